#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tokens.h"
#include <QAction>
#include <QFontDatabase>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

constexpr int cardCorner = 6;
constexpr int stripWidth = 4;

} // namespace

Card::Card(QWidget* parent)
    : QFrame(parent)
{
    setFrameShape(QFrame::NoFrame);
}

void Card::setStrip(int type)
{
    m_strip = type;
    update();
}

void Card::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokensOf(this);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    QPainterPath outline;
    outline.addRoundedRect(box, cardCorner, cardCorner);
    painter.fillPath(outline, t.panel);
    if (m_strip != 0) {
        painter.save();
        painter.setClipPath(outline);
        painter.fillRect(
            QRectF(0, 0, stripWidth, height()), m_strip < 0 ? t.accent : t.ofType(m_strip));
        painter.restore();
    }
    painter.setPen(QPen(t.line, 1));
    painter.drawPath(outline);
}

QLabel* plainLabel(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setText(text);
    return label;
}

QLabel* mutedLabel(const QString& text, QWidget* parent)
{
    QLabel* label = plainLabel(text, parent);
    label->setForegroundRole(QPalette::PlaceholderText);
    return label;
}

QLabel* heading(const QString& text, QWidget* parent)
{
    QLabel* label = mutedLabel(text, parent);
    label->setWordWrap(false);
    QFont font = label->font();
    font.setPixelSize(11);
    font.setWeight(QFont::DemiBold);
    font.setCapitalization(QFont::AllUppercase);
    font.setLetterSpacing(QFont::AbsoluteSpacing, 0.4);
    label->setFont(font);
    return label;
}

QLabel* largeLabel(const QString& text, int pixels, QWidget* parent)
{
    QLabel* label = plainLabel(text, parent);
    QFont font = label->font();
    font.setPixelSize(pixels);
    font.setWeight(QFont::DemiBold);
    label->setFont(font);
    return label;
}

QFont monospace(int pixels)
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPixelSize(pixels);
    return font;
}

QLabel* codeLabel(const QString& text, QWidget* parent)
{
    QLabel* label = plainLabel(text, parent);
    label->setFont(monospace());
    return label;
}

QPushButton* actionButton(QAction* action, bool primary, const QString& text)
{
    auto* button = new QPushButton(text.isEmpty() ? action->text() : text);
    button->setProperty("primary", primary);
    const auto follow = [button, action] {
        const QString key = action->shortcut().toString(QKeySequence::NativeText);
        button->setToolTip(
            key.isEmpty() ? action->text() : EmptyState::tr("%1 (%2)").arg(action->text(), key));
        button->setEnabled(action->isEnabled());
    };
    follow();
    QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
    QObject::connect(action, &QAction::changed, button, follow);
    return button;
}

QAction* addForeignAction(QMenu* menu, const QString& text)
{
    QString name = text;
    QAction* action = menu->addAction(name.replace(QLatin1Char('&'), QLatin1String("&&")));
    action->setToolTip(tooltip(text));
    return action;
}

EmptyState::EmptyState(const QString& title, const QString& next, QWidget* parent)
    : QWidget(parent)
    , m_title(largeLabel(title, 18))
    , m_next(mutedLabel(next))
    , m_buttons(new QVBoxLayout)
{
    constexpr int width = 440;
    auto* column = new QVBoxLayout(this);
    column->addStretch(2);
    for (QLabel* label : { m_title, m_next }) {
        label->setAlignment(Qt::AlignCenter);
        label->setFixedWidth(width);
        auto* row =
            new QHBoxLayout; // an alignment instead would forget the height that wrapping needs
        row->addStretch();
        row->addWidget(label);
        row->addStretch();
        column->addLayout(row);
    }
    m_buttons->setSpacing(8);
    column->addSpacing(12);
    column->addLayout(m_buttons);
    column->addStretch(3);
}

void EmptyState::setTexts(const QString& title, const QString& next)
{
    m_title->setText(title);
    m_next->setText(next);
}

void EmptyState::addAction(QAction* action)
{
    constexpr int width = 240;
    auto* button = actionButton(action, m_buttons->count() == 0);
    button->setFixedWidth(width);
    addWidget(button);
}

void EmptyState::addWidget(QWidget* widget)
{
    m_buttons->addWidget(widget, 0, Qt::AlignHCenter);
}

} // namespace slook::gui
