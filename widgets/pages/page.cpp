#include "pages/page.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tables.h"
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QSignalBlocker>
#include <QStackedLayout>
#include <algorithm>

namespace slook::gui {

Page::Page(const PageParts& parts, QString name, QString title)
    : m_parts(parts)
    , m_name(std::move(name))
    , m_title(std::move(title))
{
    setObjectName(m_name + QStringLiteral("Page"));
    setFocusPolicy(Qt::ClickFocus); // so that it can have the focus where nothing in it wants it
    // What is not seen asks when it is shown again: its reading would delay what is seen.
    connect(&parts.workspace, &Workspace::contentChanged, this, [this] {
        if (isVisible())
            refresh();
    });
    connect(&parts.workspace, &Workspace::projectChanged, this, [this] {
        if (isVisible() || workspace().project().file.isEmpty()) // nothing of a closed one stays
            refresh();
    });
}

QAction* Page::addPageAction(const QString& text, const QKeySequence& key)
{
    auto* action = new QAction(text, this);
    action->setShortcut(key);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    addAction(action);
    return action;
}

void Page::addMarkActions()
{
    View& view = m_parts.view;
    const QStringList colours { tr("red"), tr("yellow"), tr("green"), tr("blue"), tr("purple") };
    const auto flags = flagNames();
    for (int i = 0; i < colours.size(); ++i) {
        auto* flag = addPageAction(tr("Flag the selected %1").arg(colours[i]),
            QKeySequence(Qt::ALT | static_cast<Qt::Key>(Qt::Key_1 + i)));
        connect(flag, &QAction::triggered, this,
            [this, name = std::string(flags[static_cast<std::size_t>(i)])] {
                toggleMark("flag", name);
            });
    }
    auto* star = addPageAction(tr("Star the selected"), QKeySequence(Qt::Key_Asterisk));
    connect(star, &QAction::triggered, this, [this] { toggleMark("star", "yes"); });
    auto* tag = addPageAction(tr("Tag the selected…"), Qt::Key_T);
    connect(tag, &QAction::triggered, this, [this, &view] {
        bool given = false;
        const QString name = QInputDialog::getItem(this, tr("Tag"),
            tr("A tag for %1; a tag that all of them have is taken off").arg(whatIsMarked()),
            view.tags(), -1, true, &given);
        if (given && !name.trimmed().isEmpty())
            toggleMark(std::string(kTagPrefix) + name.trimmed().toStdString(), "yes");
    });
    auto* only = addPageAction(tr("Only the selected, or all again"), Qt::Key_I);
    connect(
        only, &QAction::triggered, this, [&view] { view.setOnlySelected(!view.onlySelected()); });
    auto* clear = addPageAction(tr("Clear the filter"), QKeySequence(tr("Ctrl+Shift+F")));
    connect(clear, &QAction::triggered, this, [&view] {
        view.setOnlySelected(false);
        view.setText({});
    });
}

void Page::toggleMark(const std::string& name, const std::string& value)
{
    m_parts.view.toggle(name, value);
}

QString Page::whatIsMarked() const
{
    return tr("%n questions", nullptr, static_cast<int>(m_parts.view.selected().size()));
}

SelectionTie::SelectionTie(View& view, RowTable& table, std::function<ItemId(int)> itemOf,
    std::function<int(ItemId)> rowOf)
    : QObject(&table)
    , m_view(view)
    , m_table(table)
    , m_itemOf(std::move(itemOf))
    , m_rowOf(std::move(rowOf))
{
    connect(
        table.selectionModel(), &QItemSelectionModel::selectionChanged, this, &SelectionTie::tell);
    connect(&view, &View::selectionChanged, this, [this](const QObject* by) {
        if (by != this)
            follow();
    });
}

void SelectionTie::tell()
{
    if (m_quiet)
        return;
    std::vector<ItemId> items;
    for (const QItemSelectionRange& range : m_table.selectionModel()->selection())
        for (int row = range.top(); row <= range.bottom(); ++row)
            if (const ItemId item = m_itemOf(row))
                items.push_back(item);
    m_view.select(std::move(items), this);
}

std::vector<int> SelectionTie::selectedRows() const
{
    std::vector<int> rows;
    const auto& selected = m_view.selected();
    const int all = selected.empty() ? 0 : m_table.model()->rowCount();
    constexpr std::size_t lookups = 20; // of one item, against one step over all rows
    if (m_rowOf && selected.size() * lookups < static_cast<std::size_t>(all)) {
        for (const ItemId item : selected)
            if (const int row = m_rowOf(item); row >= 0)
                rows.push_back(row);
        std::ranges::sort(rows);
        return rows;
    }
    for (int row = 0; row < all; ++row)
        if (m_view.isSelected(m_itemOf(row)))
            rows.push_back(row);
    return rows;
}

void SelectionTie::select(const std::vector<int>& rows)
{
    const QAbstractItemModel* model = m_table.model();
    const int columns = model->columnCount();
    QItemSelection selection;
    for (std::size_t i = 0; i < rows.size();) { // neighbours are one range: many ranges are slow
        std::size_t end = i + 1;
        while (end < rows.size() && rows[end] == rows[end - 1] + 1)
            ++end;
        selection.select(model->index(rows[i], 0), model->index(rows[end - 1], columns - 1));
        i = end;
    }
    const int current = m_table.currentRow();
    const bool currentStays =
        current >= 0 && (rows.empty() || std::ranges::binary_search(rows, current));
    m_quiet = true;
    m_table.selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    if (!currentStays && !rows.empty())
        m_table.selectionModel()->setCurrentIndex(
            model->index(rows.front(), 0), QItemSelectionModel::NoUpdate);
    m_quiet = false;
}

void SelectionTie::restore(int row)
{
    const QAbstractItemModel* model = m_table.model();
    if (model->rowCount() == 0)
        return;
    const auto selected = selectedRows();
    const bool any = !selected.empty();
    const QModelIndex index = model->index(std::clamp(row, 0, model->rowCount() - 1), 0);
    m_quiet = any || !m_table.isVisible(); // a page that nobody looks at selects nothing for others
    m_table.selectionModel()->setCurrentIndex(index,
        any ? QItemSelectionModel::NoUpdate
            : QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    m_quiet = false;
    if (any)
        select(selected);
}

void Page::setContent(QWidget* content, EmptyState* empty)
{
    m_stack = new QStackedLayout(this);
    m_stack->addWidget(empty);
    m_stack->addWidget(content);
}

void Page::setContentOfRun(QWidget* content, EmptyState* empty)
{
    empty->addWidget(new RunBox(m_parts, empty));
    setContent(content, empty);
}

void Page::showEmpty(bool empty)
{
    m_stack->setCurrentIndex(empty ? 0 : 1);
}

QString stateText(RunState state)
{
    switch (state) {
    case RunState::Waiting:
        return Page::tr("waiting");
    case RunState::Running:
        return Page::tr("running");
    case RunState::Stopped:
        return Page::tr("stopped");
    case RunState::Failed:
        return Page::tr("failed");
    case RunState::Done:
        return Page::tr("done");
    }
    return {};
}

RunBox::RunBox(const PageParts& parts, QWidget* parent)
    : QWidget(parent)
    , m_parts(parts)
    , m_box(new QComboBox)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(heading(tr("Run")));
    row->addWidget(m_box);
    m_box->setObjectName(QStringLiteral("runBox"));
    m_box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_box->setToolTip(tr("The run that all pages show"));
    connect(m_box, &QComboBox::activated, this,
        [this] { m_parts.choice.set(RunId { m_box->currentData().toLongLong() }); });
    connect(&parts.workspace, &Workspace::contentChanged, this, &RunBox::refill);
    connect(&parts.workspace, &Workspace::projectChanged, this, &RunBox::refill);
    connect(&parts.choice, &RunChoice::changed, this,
        [this] { m_box->setCurrentIndex(m_box->findData(qlonglong(m_parts.choice.run().value))); });
    refill();
}

void RunBox::refill()
{
    m_parts.workspace.runs(this, [this](const Result<std::vector<RunRow>>& runs) {
        const QSignalBlocker quiet(m_box);
        m_box->clear();
        for (const RunRow& run : runs ? *runs : std::vector<RunRow>())
            m_box->addItem(tr("%1 · %2").arg(oneLine(run.name), stateText(run.state)),
                qlonglong(run.id.value));
        m_box->setCurrentIndex(m_box->findData(qlonglong(m_parts.choice.run().value)));
        m_box->setEnabled(m_box->count() > 0);
        if (parentWidget())
            setVisible(m_box->count() > 0);
    });
}

} // namespace slook::gui
