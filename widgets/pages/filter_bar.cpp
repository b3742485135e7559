#include "pages/filter_bar.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tokens.h"
#include "workbench/op_id.h"
#include <QAbstractItemView>
#include <QAction>
#include <QCompleter>
#include <QCoreApplication>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QStringListModel>
#include <QTextCharFormat>
#include <QTimer>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

constexpr int typingMilliseconds = 150; // before a filter acts
constexpr qsizetype longestChip = 40; // characters

/// Draws [begin, end) of a line wavy, without touching its text, selection or cursor.
void underline(QLineEdit* line, int begin, int end, const QColor& colour)
{
    QList<QInputMethodEvent::Attribute> attributes;
    if (end > begin) {
        QTextCharFormat format;
        format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        format.setUnderlineColor(colour);
        format.setForeground(colour);
        attributes.append(
            { QInputMethodEvent::TextFormat, begin - line->cursorPosition(), end - begin, format });
    }
    QInputMethodEvent event(QString(), attributes);
    QCoreApplication::sendEvent(line, &event);
}

/// Where the word begins that ends at `cursor`, outside of quotes.
int wordBegin(const QString& text, int cursor)
{
    int begin = 0;
    bool quoted = false;
    for (int i = 0; i < cursor; ++i) {
        if (text[i] == QLatin1Char('"'))
            quoted = !quoted;
        else if (text[i] == QLatin1Char(' ') && !quoted)
            begin = i + 1;
    }
    return begin;
}

QString valueText(const std::string& value)
{
    return fromUtf8(workbench::filterValue(value));
}

} // namespace

FilterBar::FilterBar(const PageParts& parts, QWidget* parent)
    : QWidget(parent)
    , m_parts(parts)
    , m_text(new QLineEdit)
    , m_fault(plainLabel())
    , m_count(mutedLabel())
    , m_chips(new QWidget)
    , m_chipRow(new QHBoxLayout(m_chips))
    , m_views(new QMenu(this))
    , m_completer(new QCompleter(this))
    , m_words(new QStringListModel(this))
    , m_pause(new QTimer(this))
{
    m_text->setObjectName(QStringLiteral("filterText"));
    m_text->setClearButtonEnabled(true);
    m_text->setPlaceholderText(tr(
        "Filter: words, type:wrong-right, category:colour, flag:red, len(chosen)>len(rejected)   "
        "(Ctrl+F)"));
    m_text->setToolTip(
        tr("Fields: %1. A leading - turns a word around; commas part several values. ↑ recalls "
           "older filters.")
            .arg([] {
                QStringList names;
                for (const std::string& name : workbench::Filter::fields())
                    names << fromUtf8(name);
                return names.join(QStringLiteral(", "));
            }()));
    m_text->installEventFilter(this);
    m_count->setWordWrap(false);
    m_count->setObjectName(QStringLiteral("filterCount"));
    m_fault->setObjectName(QStringLiteral("filterFault"));
    m_fault->hide();
    m_completer->setModel(m_words);
    m_completer->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    m_completer->setWidget(m_text);

    auto* views = new QPushButton(tr("Views"));
    views->setMenu(m_views);
    views->setToolTip(tr("Filters with a name"));
    views->setObjectName(QStringLiteral("viewsButton"));
    auto* top = new QHBoxLayout;
    top->addWidget(m_text, 1);
    top->addWidget(m_count);
    top->addWidget(views);
    m_chipRow->setContentsMargins(0, 0, 0, 0);
    m_chipRow->setSpacing(6);
    m_chips->hide();
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addLayout(top);
    column->addWidget(m_fault);
    column->addWidget(m_chips);

    m_pause->setSingleShot(true);
    m_pause->setInterval(typingMilliseconds);
    connect(m_text, &QLineEdit::textEdited, this, &FilterBar::complete);
    connect(m_text, &QLineEdit::textChanged, this, [this](const QString& text) {
        if (text == m_parts.view.text())
            m_pause->stop(); // it follows the view: a later filter must not be put back to this one
        else
            m_pause->start();
    });
    connect(m_pause, &QTimer::timeout, this, [this] { m_parts.view.setText(m_text->text()); });
    connect(m_text, &QLineEdit::editingFinished, this, [this] {
        m_parts.view.setText(m_text->text());
        m_parts.view.remember();
        m_recalled = -1;
    });
    connect(m_completer, qOverload<const QString&>(&QCompleter::activated), this,
        &FilterBar::takeCompletion);
    connect(m_views, &QMenu::aboutToShow, this, &FilterBar::fillViews);
    connect(&parts.view, &View::changed, this, &FilterBar::showView);
    connect(&parts.view, &View::selectionChanged, this, &FilterBar::showCounts);
    showView();
}

void FilterBar::focusText()
{
    m_text->setFocus();
    m_text->selectAll();
}

void FilterBar::showView()
{
    // A bar that is typed into is ahead of the view; others follow it.
    if (!m_pause->isActive() && m_text->text() != m_parts.view.text())
        m_text->setText(m_parts.view.text());
    showChips();
    showFault();
    showCounts();
}

void FilterBar::showCounts()
{
    const View& view = m_parts.view;
    QString text = tr("%1 of %2").arg(view.shown()).arg(view.all());
    if (view.selected().size() > 1)
        text += tr(" · %1 selected").arg(view.selected().size());
    m_count->setText(text);
}

void FilterBar::showFault()
{
    const View& view = m_parts.view;
    const auto& place = view.faultPlace();
    const bool wrong = !view.fault().isEmpty();
    m_fault->setVisible(wrong);
    m_fault->setText(view.fault());
    QPalette colours = palette();
    colours.setColor(QPalette::WindowText, tokensOf(this).harm);
    m_fault->setPalette(colours);
    const std::string text = view.text().toStdString();
    if (m_text->text() == view.text())
        underline(m_text, wrong ? characterOf(text, place.begin) : 0,
            wrong ? characterOf(text, place.end) : 0, tokensOf(this).harm);
}

void FilterBar::showChips()
{
    while (QLayoutItem* item = m_chipRow->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    const auto add = [this](const QString& text, const QString& tip, auto act) {
        auto* chip = new QPushButton(
            QFontMetrics(font()).elidedText(text.left(longestChip), Qt::ElideRight, 240)
            + QStringLiteral("  ✕"));
        chip->setProperty("chip", true);
        chip->setToolTip(tip);
        connect(chip, &QPushButton::clicked, this, act);
        m_chipRow->addWidget(chip);
    };
    View& view = m_parts.view;
    const std::string text = view.text().toStdString();
    const auto words = workbench::filterWords(text);
    for (const auto& word : words) {
        std::string rest = text;
        rest.erase(word.begin, word.end - word.begin);
        add(oneLine(std::string_view(text).substr(word.begin, word.end - word.begin)),
            tr("Take this word out of the filter"), [this, rest = fromUtf8(rest).simplified()] {
                m_text->setText(rest);
                m_parts.view.setText(rest);
            });
    }
    if (view.onlySelected())
        add(tr("only the selected questions"), tr("Show the others again (I)"),
            [this] { m_parts.view.setOnlySelected(false); });
    m_chipRow->addStretch(1);
    m_chips->setVisible(view.onlySelected() || words.size() > 1);
}

namespace {

/// What may stand behind a field's colon.
QStringList valuesOf(const View& view, const QString& field)
{
    QStringList values;
    const auto put = [&](std::string_view value) { values << valueText(std::string(value)); };
    if (field == QLatin1String("type"))
        for (int type = 1; type <= 4; ++type)
            put(workbench::typeName(type));
    else if (field == QLatin1String("correct") || field == QLatin1String("disagree")
        || field == QLatin1String("star"))
        values = QStringList { QStringLiteral("yes"), QStringLiteral("no") };
    else if (field == QLatin1String("flag")) {
        for (const std::string_view flag : flagNames())
            put(flag);
        put("any");
    } else if (field == QLatin1String("tag"))
        for (const QString& tag : view.tags())
            put(tag.toStdString());
    else if (const auto found = view.values().find(field.toStdString());
             found != view.values().end())
        for (const std::string& value : found->second)
            put(value);
    return values;
}

} // namespace

QStringList FilterBar::candidates(const QString& word) const
{
    QString sign = word.startsWith(QLatin1Char('-')) ? QStringLiteral("-") : QString();
    const QString plain = word.mid(sign.size());
    const auto colon = plain.indexOf(QLatin1Char(':'));
    QStringList found;
    if (colon < 0) {
        for (const std::string& field : workbench::Filter::fields())
            if (const QString name = fromUtf8(field) + QLatin1Char(':');
                name.startsWith(plain, Qt::CaseInsensitive))
                found << sign + name;
        return found;
    }
    const QString field = plain.left(colon);
    for (const QString& value : valuesOf(m_parts.view, field))
        if (value.contains(plain.mid(colon + 1), Qt::CaseInsensitive))
            found << sign + field + QLatin1Char(':') + value;
    return found;
}

void FilterBar::complete(const QString& text)
{
    const int begin = wordBegin(text, m_text->cursorPosition());
    const QString word = text.mid(begin, m_text->cursorPosition() - begin);
    const QStringList found = word.isEmpty() ? QStringList() : candidates(word);
    if (found.isEmpty() || (found.size() == 1 && found.front() == word))
        return m_completer->popup()->hide();
    m_words->setStringList(found);
    m_completer->complete();
}

void FilterBar::takeCompletion(const QString& word)
{
    const QString text = m_text->text();
    const int cursor = m_text->cursorPosition();
    const int begin = wordBegin(text, cursor);
    const bool whole = !word.endsWith(QLatin1Char(':'));
    m_text->setText(
        text.left(begin) + word + (whole ? QStringLiteral(" ") : QString()) + text.mid(cursor));
    m_text->setCursorPosition(begin + static_cast<int>(word.size()) + (whole ? 1 : 0));
    if (!whole)
        complete(m_text->text()); // its values
}

bool FilterBar::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_text && event->type() == QEvent::KeyPress
        && !m_completer->popup()->isVisible()) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Up || key == Qt::Key_Down) {
            recall(key == Qt::Key_Up ? 1 : -1);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void FilterBar::recall(int by)
{
    const QStringList& history = m_parts.view.history();
    const int place = std::clamp(m_recalled + by, -1, static_cast<int>(history.size()) - 1);
    m_recalled = place;
    m_text->setText(place < 0 ? QString() : history.at(place));
}

void FilterBar::fillViews()
{
    m_views->clear();
    m_parts.workspace.read<std::vector<SavedView>>(
        this, [](const store::Project& project) { return project.savedViews(); },
        [this](const Result<std::vector<SavedView>>& views) {
            m_views->clear();
            auto* save = m_views->addAction(tr("Save this filter as a view…"), this, [this] {
                bool given = false;
                const QString name = QInputDialog::getText(this, tr("Save a view"),
                    tr("A name for “%1”").arg(m_parts.view.text()), QLineEdit::Normal, {}, &given);
                if (given && !name.trimmed().isEmpty())
                    saveView(name.trimmed(), m_parts.view.text());
            });
            save->setEnabled(
                !m_parts.view.text().trimmed().isEmpty() && m_parts.view.fault().isEmpty());
            if (!views || views->empty())
                return;
            m_views->addSeparator();
            auto* away = new QMenu(tr("Take away"), m_views);
            for (const SavedView& view : *views) {
                const QString name = oneLine(view.name), filter = fromUtf8(view.filter);
                connect(addForeignAction(m_views, name), &QAction::triggered, this, [this, filter] {
                    m_text->setText(filter);
                    m_parts.view.setText(filter);
                    m_parts.view.remember();
                });
                connect(addForeignAction(away, name), &QAction::triggered, this,
                    [this, name = fromUtf8(view.name)] { saveView(name, {}); });
            }
            m_views->addMenu(away);
        });
}

void FilterBar::saveView(const QString& name, const QString& filter)
{
    const SavedView view { name.toStdString(), filter.toStdString() };
    m_parts.workspace.change<bool>(
        this,
        [view, op = workbench::newOpId()](store::Project& project) -> Result<bool> {
            auto saved = project.saveView(view, op);
            return saved ? Result<bool>(true) : Result<bool>(fail(saved.error()));
        },
        [this, name](const Result<bool>& saved) {
            if (!saved)
                emit m_parts.workspace.said(fromUtf8(message(saved.error())), true);
            else
                emit m_parts.workspace.said(
                    tr("View “%1” is kept in the project.").arg(name), false);
        });
}

} // namespace slook::gui
