#include "pages/queue_strip.h"
#include "parts/card.h"
#include "parts/foreign_text.h"
#include <QCheckBox>
#include <QListWidget>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

namespace slook::gui {

QueueStrip::QueueStrip(Workspace& workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_says(plainLabel())
    , m_list(new QListWidget)
    , m_hold(new QPushButton)
    , m_goOn(new QCheckBox(tr("Go on after a run that fails")))
{
    setObjectName(QStringLiteral("queueStrip"));
    m_list->setObjectName(QStringLiteral("queueList"));
    m_hold->setObjectName(QStringLiteral("queueHold"));
    constexpr int listHeight = 76;
    m_list->setFixedHeight(listHeight);
    auto* card = new Card;
    card->setStrip(-1);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 6, 0, 0);
    outer->addWidget(card);
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(14, 6, 10, 8);
    auto* row = new QHBoxLayout;
    row->addWidget(m_says, 1);
    row->addWidget(m_goOn);
    const auto button = [&](const QString& text, const QString& says, auto work) {
        auto* made = new QPushButton(text);
        made->setToolTip(says);
        connect(made, &QPushButton::clicked, this, [this, work] {
            if (const RunId run = current(); run.value != 0)
                change([run, work](store::Project& project) { return work(project, run); });
        });
        row->addWidget(made);
    };
    button(tr("Earlier"), tr("One place to the front"),
        [](store::Project& project, RunId run) { return workbench::moveInQueue(project, run, 1); });
    button(tr("Later"), tr("One place back"), [](store::Project& project, RunId run) {
        return workbench::moveInQueue(project, run, -1);
    });
    button(tr("Take out"), tr("The run stays and can be resumed"),
        [](store::Project& project, RunId run) -> Result<void> {
            if (auto left = workbench::leaveQueue(project, run); !left)
                return left;
            return project.setRunState(run, RunState::Stopped, "taken out of the queue");
        });
    row->addWidget(m_hold);
    column->addLayout(row);
    column->addWidget(m_list);
    connect(m_hold, &QPushButton::clicked, this, [this] {
        change([held = !m_queue.held](
                   store::Project& project) { return workbench::holdQueue(project, held); });
    });
    connect(m_goOn, &QCheckBox::toggled, this, [this](bool goOn) {
        change([goOn](store::Project& project) {
            return workbench::setGoOnAfterFailure(project, goOn);
        });
    });
    hide();
}

RunId QueueStrip::current() const
{
    const auto at = static_cast<std::size_t>(std::max(0, m_list->currentRow()));
    return at < m_queue.runs.size() ? m_queue.runs[at].id : RunId {};
}

void QueueStrip::refresh()
{
    m_workspace.read<workbench::Queue>(
        this, [](const store::Project& project) { return workbench::queueOf(project); },
        [this](
            const Result<workbench::Queue>& queue) { show(queue ? *queue : workbench::Queue {}); });
}

void QueueStrip::change(Change work)
{
    m_workspace.change<bool>(
        this,
        [work = std::move(work)](store::Project& project) -> Result<bool> {
            auto done = work(project);
            return done ? Result<bool>(true) : Result<bool>(fail(done.error()));
        },
        [this](const Result<bool>& done) {
            if (!done)
                emit m_workspace.said(fromUtf8(message(done.error())), true);
            emit m_workspace.contentChanged();
        });
}

void QueueStrip::show(const workbench::Queue& queue)
{
    const RunId kept = current();
    m_queue = queue;
    m_list->clear();
    for (const RunRow& run : queue.runs) {
        m_list->addItem(tr("%1  %2").arg(m_list->count() + 1).arg(oneLine(run.name)));
        if (run.id == kept)
            m_list->setCurrentRow(m_list->count() - 1);
    }
    const int waiting = static_cast<int>(queue.runs.size());
    m_says->setText(queue.held ? tr("%n runs wait; the queue is held.", nullptr, waiting)
                               : tr("%n runs wait for the one at work.", nullptr, waiting));
    m_hold->setText(queue.held ? tr("Work the queue") : tr("Hold the queue"));
    const QSignalBlocker quiet(m_goOn);
    m_goOn->setChecked(queue.goOnAfterFailure);
    setVisible(waiting > 0);
}

} // namespace slook::gui
