#include "shell/history_panel.h"
#include "models/text_table_model.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include "parts/tables.h"
#include "services/workspace.h"
#include <QDateTime>
#include <QPushButton>
#include <QShortcut>
#include <QVBoxLayout>

namespace slook::gui {
namespace {

/// Of today the time, else the day: the panel is narrow.
QString shortTime(std::int64_t milliseconds)
{
    const auto then = QDateTime::fromMSecsSinceEpoch(milliseconds);
    return then.toString(then.date() == QDate::currentDate() ? QStringLiteral("HH:mm")
                                                             : QStringLiteral("yyyy-MM-dd"));
}

} // namespace

HistoryPanel::HistoryPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_model(new TextTableModel({ {}, tr("Change"), tr("When") }, this))
    , m_table(new RowTable(26))
    , m_go(new QPushButton(tr("Go to this change")))
{
    constexpr int least = 260;
    setMinimumWidth(least);
    m_table->setObjectName(QStringLiteral("historyTable"));
    m_table->setModel(m_model);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setWidths({ 26, 200, 84 }, 1);
    m_go->setToolTip(tr("Undoes what is newer, or does again up to here (Enter)"));
    connect(m_go, &QPushButton::clicked, this, &HistoryPanel::go);
    connect(m_table, &QTableView::doubleClicked, this, &HistoryPanel::go);
    for (const Qt::Key key : { Qt::Key_Return, Qt::Key_Enter }) {
        auto* enter = new QShortcut(key, m_table);
        enter->setContext(Qt::WidgetShortcut);
        connect(enter, &QShortcut::activated, this, &HistoryPanel::go);
    }
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(10, 10, 10, 10);
    column->addWidget(heading(tr("History")));
    column->addWidget(m_table, 1);
    column->addWidget(m_go);
    for (const auto signal :
        { &Workspace::contentChanged, &Workspace::marksChanged, &Workspace::projectChanged })
        connect(&workspace, signal, this, [this] {
            if (isVisible())
                refresh();
        });
}

void HistoryPanel::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    refresh();
}

void HistoryPanel::refresh()
{
    m_go->setEnabled(!m_workspace.project().readOnly);
    m_workspace.read<std::vector<JournalRow>>(
        this, [](const store::Project& project) { return project.journal(); },
        [this](const Result<std::vector<JournalRow>>& journal) {
            const int row = m_table->currentRow();
            std::vector<TextTableModel::Row> rows;
            bool current = true; // the newest change that is not undone
            for (const JournalRow& entry : journal ? *journal : std::vector<JournalRow>()) {
                const bool here = current && !entry.undone;
                current = current && entry.undone;
                rows.push_back({ { here                 ? QStringLiteral("▶")
                                         : entry.undone ? QStringLiteral("↶")
                                                        : QString(),
                                     oneLine(entry.what), shortTime(entry.time) },
                    { 0, entry.undone ? 4 : 0, 4 }, entry.id });
            }
            rows.push_back({ { current ? QStringLiteral("▶") : QString(),
                                 tr("before the first change"), QString() },
                { 0, 0, 0 }, 0 });
            m_model->setRows(std::move(rows));
            m_table->selectRow(std::clamp(row, 0, m_model->rowCount() - 1));
        });
}

void HistoryPanel::go()
{
    if (const auto* row = m_model->rowAt(m_table->currentRow()); row && m_go->isEnabled())
        m_workspace.goTo(row->id);
}

} // namespace slook::gui
