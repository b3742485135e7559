#include "pages/page.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QHBoxLayout>
#include <QSignalBlocker>
#include <QStackedLayout>

namespace slook::gui {

void RunChoice::set(RunId run)
{
    if (run == m_run)
        return;
    m_run = run;
    emit changed();
}

Page::Page(const PageParts& parts, QString name, QString title)
    : m_parts(parts)
    , m_name(std::move(name))
    , m_title(std::move(title))
{
    setObjectName(m_name + QStringLiteral("Page"));
    connect(&parts.workspace, &Workspace::contentChanged, this, [this] { refresh(); });
    connect(&parts.workspace, &Workspace::projectChanged, this, [this] { refresh(); });
}

QAction* Page::addPageAction(const QString& text, const QKeySequence& key)
{
    auto* action = new QAction(text, this);
    action->setShortcut(key);
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    addAction(action);
    return action;
}

void Page::setContent(QWidget* content, EmptyState* empty)
{
    m_stack = new QStackedLayout(this);
    m_stack->addWidget(empty);
    m_stack->addWidget(content);
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
    });
}

} // namespace slook::gui
