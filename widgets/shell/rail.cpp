#include "shell/rail.h"
#include "parts/tokens.h"
#include <QAction>
#include <QPainter>
#include <QSvgRenderer>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

constexpr int railWidth = 84;
constexpr int buttonHeight = 52;
constexpr int iconSide = 20;

class RailButton final : public QAbstractButton {
public:
    explicit RailButton(QAction* action)
        : m_icon(action->objectName())
    {
        setText(action->text());
        setToolTip(QObject::tr("%1 (%2)").arg(
            action->text(), action->shortcut().toString(QKeySequence::NativeText)));
        setCheckable(true);
        setAutoExclusive(true);
        setObjectName(QStringLiteral("rail:") + m_icon);
        setFixedSize(railWidth, buttonHeight);
        connect(this, &QAbstractButton::clicked, action, &QAction::trigger);
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        const Tokens& t = tokensOf(this);
        QPainter painter(this);
        const QColor colour = isChecked() ? t.accent : underMouse() ? t.text : t.muted;
        if (isChecked())
            painter.fillRect(0, 4, 3, height() - 8, t.accent);
        painter.drawPixmap(
            (width() - iconSide) / 2, 8, tintedIcon(m_icon, colour, iconSide, devicePixelRatioF()));
        QFont small = font();
        small.setPixelSize(11);
        small.setBold(isChecked());
        painter.setFont(small);
        painter.setPen(colour);
        painter.drawText(rect().adjusted(0, 30, 0, -4), Qt::AlignHCenter | Qt::AlignTop, text());
        if (hasFocus()) {
            painter.setPen(QPen(t.accent, 1, Qt::DotLine));
            painter.drawRect(rect().adjusted(5, 3, -4, -4));
        }
    }

private:
    QString m_icon;
};

} // namespace

QPixmap tintedIcon(const QString& name, const QColor& colour, int side, double ratio)
{
    QPixmap picture(QSize(side, side) * ratio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    QSvgRenderer renderer(QStringLiteral(":/icons/%1.svg").arg(name));
    renderer.render(&painter);
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(picture.rect(), colour);
    painter.end();
    picture.setDevicePixelRatio(ratio);
    return picture;
}

Rail::Rail(QWidget* parent)
    : QWidget(parent)
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 8, 0, 8);
    column->setSpacing(0);
    column->addStretch(1);
    setFixedWidth(railWidth);
}

void Rail::add(QAction* action)
{
    auto* button = new RailButton(action);
    auto* column = qobject_cast<QVBoxLayout*>(layout());
    column->insertWidget(column->count() - 1, button);
    m_buttons.push_back(button);
}

void Rail::setCurrent(int index)
{
    m_buttons.at(static_cast<std::size_t>(index))->setChecked(true);
}

QSize Rail::sizeHint() const
{
    return { railWidth, buttonHeight };
}

void Rail::paintEvent(QPaintEvent*)
{
    const Tokens& t = tokensOf(this);
    QPainter painter(this);
    painter.fillRect(rect(), t.panel);
    painter.setPen(t.line);
    painter.drawLine(width() - 1, 0, width() - 1, height());
}

} // namespace slook::gui
