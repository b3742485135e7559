#include "services/view.h"
#include "parts/foreign_text.h"
#include <QSet>
#include <algorithm>

namespace slook::gui {
namespace {

constexpr qsizetype longestHistory = 50;

} // namespace

void RunChoice::set(RunId run)
{
    if (run == m_run)
        return;
    m_run = run;
    emit changed();
}

View::View(Workspace& workspace, RunChoice& choice, QObject* parent)
    : QObject(parent)
    , m_workspace(workspace)
    , m_choice(choice)
{
    connect(&workspace, &Workspace::contentChanged, this, &View::refresh);
    connect(&workspace, &Workspace::marksChanged, this, &View::refresh);
    connect(&workspace, &Workspace::matchesBegan, this,
        [this](const QString& filter, const std::vector<ItemId>& first) {
            if (m_newText && m_only.empty() && filter == m_text)
                emit began(first);
        });
    connect(&workspace, &Workspace::projectChanged, this, [this] {
        m_selected.clear();
        m_only.clear();
        m_known = false;
        m_text.clear();
        refresh();
        emit selectionChanged(this);
    });
    connect(&choice, &RunChoice::changed, this, [this] {
        m_query.stage.clear();
        refresh();
    });
    refresh();
}

void View::setText(const QString& text)
{
    if (text == m_text)
        return;
    m_text = text;
    refresh();
    m_newText = !m_text.isEmpty() && m_fault.isEmpty();
}

void View::setWord(const QString& field, const QString& value)
{
    const std::string text = m_text.toStdString();
    QString kept;
    for (const auto& word : workbench::filterWords(text)) {
        const auto one = fromUtf8(std::string_view(text).substr(word.begin, word.end - word.begin));
        if (!one.startsWith(field + QLatin1Char(':'))
            && !one.startsWith(QLatin1Char('-') + field + QLatin1Char(':')))
            kept += (kept.isEmpty() ? QString() : QStringLiteral(" ")) + one;
    }
    if (!value.isEmpty())
        kept += (kept.isEmpty() ? QString() : QStringLiteral(" ")) + field + QLatin1Char(':')
            + fromUtf8(workbench::filterValue(value.toStdString()));
    setText(kept);
    remember();
}

QString View::wordOf(const QString& field) const
{
    const std::string text = m_text.toStdString();
    QStringList values;
    for (const auto& word : workbench::filterWords(text))
        if (const auto one =
                fromUtf8(std::string_view(text).substr(word.begin, word.end - word.begin));
            one.contains(field + QLatin1Char(':')))
            values << (one.startsWith(field) ? one.mid(field.size() + 1) : QString());
    return values.size() == 1 ? values.front() : QString();
}

void View::setAnswers(const std::string& stage, const std::string& extractor)
{
    if (m_query.stage == stage && m_query.extractor == extractor)
        return;
    m_query.stage = stage;
    m_query.extractor = extractor;
    if (!m_text.isEmpty())
        refresh();
}

void View::refresh()
{
    m_query.filter = m_text.toStdString();
    m_query.run = m_choice.run();
    m_fault.clear();
    m_newText = false;
    if (const auto filter = workbench::Filter::parseAt(m_query.filter); !filter) {
        ++m_request; // what is on its way is old
        m_fault = fromUtf8(message(filter.error().error));
        m_faultPlace = filter.error().place;
        emit changed();
        return;
    }
    const int request = ++m_request;
    m_workspace.matching(m_query, this, [this, request](const Result<ViewRows>& rows) {
        if (request != m_request)
            return;
        m_newText = false;
        m_known = rows.has_value();
        if (rows)
            m_rows = *rows;
        else if (rows.error().kind == ErrorKind::Invalid) {
            m_fault = fromUtf8(message(rows.error()));
            m_faultPlace = { 0, m_query.filter.size() };
        } else
            m_rows = {};
        emit changed();
    });
}

void View::remember()
{
    const QString text = m_text.trimmed();
    if (text.isEmpty() || !m_fault.isEmpty())
        return;
    m_history.removeAll(text);
    m_history.prepend(text);
    m_history = m_history.mid(0, longestHistory);
}

bool View::holds(const std::vector<bool>& set, ItemId item) const
{
    if (!m_only.empty() && !std::ranges::binary_search(m_only, item))
        return false;
    const auto at = static_cast<std::size_t>(item.value);
    // What the answer does not know came after it, or its import was undone.
    return !m_known || m_query.filter.empty() || (at < set.size() && set[at]);
}

bool View::passes(const PairRow& pair) const
{
    if (!passes(pair.item))
        return false;
    return !m_known || m_query.filter.empty()
        || std::ranges::binary_search(m_rows.matches.pairs, pair.id);
}

std::function<bool(ItemId)> View::countedNow() const
{
    const bool all = !m_known || m_query.filter.empty();
    return [all, only = m_only, set = all ? std::vector<bool>() : m_rows.matches.passesButType](
               ItemId item) {
        if (!only.empty() && !std::ranges::binary_search(only, item))
            return false;
        const auto at = static_cast<std::size_t>(item.value);
        return all || (at < set.size() && set[at]);
    };
}

bool View::isSelected(ItemId item) const
{
    return std::ranges::binary_search(m_selected, item);
}

void View::select(std::vector<ItemId> items, const QObject* by)
{
    std::ranges::sort(items);
    const auto repeated = std::ranges::unique(items);
    items.erase(repeated.begin(), repeated.end());
    if (items == m_selected)
        return;
    m_selected = std::move(items);
    emit selectionChanged(by);
}

void View::setOnlySelected(bool on)
{
    m_only = on ? m_selected : std::vector<ItemId>();
    emit changed();
}

QStringList View::tags() const
{
    QSet<QString> names;
    const auto add = [&](const auto& marked) {
        for (const auto& [id, marks] : marked)
            for (const MarkRow& mark : marks)
                if (mark.name.starts_with(kTagPrefix))
                    names.insert(fromUtf8(std::string_view(mark.name).substr(kTagPrefix.size())));
    };
    add(m_rows.marks->items);
    add(m_rows.marks->pairs);
    QStringList sorted(names.begin(), names.end());
    sorted.sort(Qt::CaseInsensitive);
    return sorted;
}

void View::toggle(const std::string& name, const std::string& value)
{
    if (m_selected.empty()) {
        emit m_workspace.said(tr("Nothing is selected; select rows first."), false);
        return;
    }
    m_workspace.mark(m_selected, name, allHave(m_selected, name, value) ? std::string() : value);
}

void View::togglePairs(
    const std::vector<PairId>& pairs, const std::string& name, const std::string& value)
{
    if (pairs.empty()) {
        emit m_workspace.said(tr("Nothing is selected; select rows first."), false);
        return;
    }
    m_workspace.markPairs(pairs, name, allHave(pairs, name, value) ? std::string() : value);
}

template <class Id>
bool View::allHave(
    const std::vector<Id>& marked, const std::string& name, const std::string& value) const
{
    return std::ranges::all_of(marked, [&](Id id) {
        return std::ranges::any_of(marksOf(id),
            [&](const MarkRow& mark) { return mark.name == name && mark.value == value; });
    });
}

} // namespace slook::gui
