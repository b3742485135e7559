#include "shell/jobs_drawer.h"
#include "parts/card.h"
#include "parts/numbers.h"
#include "services/workspace.h"
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

namespace slook::gui {

QString numbersOf(const JobView& job)
{
    QStringList parts;
    if (job.total > 0)
        parts << JobsDrawer::tr("%1 of %2 %3").arg(job.done).arg(job.total).arg(job.unit).trimmed();
    else if (job.done > 0)
        parts << QString::number(job.done);
    if (job.perSecond > 0)
        parts << JobsDrawer::tr("%1/s").arg(number(job.perSecond, 3));
    if (job.secondsLeft >= 0)
        parts << JobsDrawer::tr("%1 left").arg(duration(job.secondsLeft));
    return parts.join(QStringLiteral(" · "));
}

JobsDrawer::JobsDrawer(Workspace& workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_column(new QVBoxLayout(this))
    , m_none(mutedLabel(tr("Nothing is running.")))
{
    setObjectName(QStringLiteral("jobsDrawer"));
    setBackgroundRole(QPalette::Base);
    setAutoFillBackground(true);
    m_column->setContentsMargins(12, 6, 12, 6);
    m_column->setSpacing(4);
    m_column->addWidget(m_none);
    m_column->addStretch(1);
    connect(&workspace, &Workspace::jobsChanged, this, &JobsDrawer::refresh);
    refresh();
}

JobsDrawer::Line JobsDrawer::makeLine(const JobView& job)
{
    constexpr int barWidth = 160;
    Line line { new QWidget, plainLabel(), new QProgressBar, mutedLabel() };
    line.text->setWordWrap(false);
    line.numbers->setWordWrap(false);
    line.bar->setTextVisible(false);
    line.bar->setFixedWidth(barWidth);
    auto* layout = new QHBoxLayout(line.row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(line.text);
    layout->addWidget(line.bar);
    layout->addWidget(line.numbers, 1);
    if (job.canPause) {
        auto* pause = new QPushButton(tr("Pause"));
        connect(pause, &QPushButton::clicked, this,
            [this, run = job.run] { m_workspace.stopRun(run, true); });
        layout->addWidget(pause);
    }
    auto* stop = new QPushButton(tr("Stop"));
    stop->setToolTip(tr("What is done is kept"));
    connect(stop, &QPushButton::clicked, this, [this, id = job.id] { m_workspace.stopJob(id); });
    layout->addWidget(stop);
    m_column->insertWidget(m_column->count() - 1, line.row);
    return line;
}

void JobsDrawer::refresh()
{
    const auto& jobs = m_workspace.jobs();
    for (auto one = m_lines.begin(); one != m_lines.end();) {
        const bool gone = std::ranges::find(jobs, one->first, &JobView::id) == jobs.end();
        if (gone)
            one->second.row->deleteLater();
        one = gone ? m_lines.erase(one) : std::next(one);
    }
    for (const JobView& job : jobs) {
        auto found = m_lines.find(job.id);
        if (found == m_lines.end())
            found = m_lines.emplace(job.id, makeLine(job)).first;
        const Line& line = found->second;
        line.text->setText(
            job.detail.isEmpty() ? job.title : tr("%1: %2").arg(job.title, job.detail));
        constexpr int parts = 1000;
        line.bar->setRange(0, job.total > 0 ? parts : 0);
        if (job.total > 0)
            line.bar->setValue(static_cast<int>(job.done * parts / job.total));
        line.numbers->setText(numbersOf(job));
    }
    m_none->setVisible(jobs.empty());
}

} // namespace slook::gui
