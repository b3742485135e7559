// The part of StoreWorkspace that changes a project: imports, exports, runs and jobs.
#include "parts/foreign_text.h"
#include "services/queries.h"
#include "services/store_workspace.h"
#include "workbench/op_id.h"
#include "workbench/queue.h"
#include <QElapsedTimer>
#include <QFileInfo>
#include <algorithm>
#include <utility>

namespace slook::gui {
namespace {

constexpr qint64 reportMilliseconds = 100; // between two reports of one job
constexpr int pollsPerQueue = 8; // while runs are at work the queue is looked at now and then

} // namespace

// Jobs

workbench::Watch StoreWorkspace::beginJob(qint64& id, const QString& title)
{
    id = --m_lastJob; // below zero, so that it is never a run's
    auto stop = std::make_shared<std::atomic<bool>>(false);
    m_stops[id] = stop;
    JobView job;
    job.id = id;
    job.title = title;
    putJob(job);
    auto clock = std::make_shared<QElapsedTimer>();
    workbench::Watch watch;
    watch.stopRequested = [stop] { return stop->load(); };
    watch.report = [this, job, clock](const workbench::Progress& progress) {
        if (clock->isValid() && clock->elapsed() < reportMilliseconds)
            return;
        clock->start();
        JobView moved = job;
        moved.detail = fromUtf8(progress.what);
        moved.done = progress.done;
        moved.total = progress.total;
        onGui([this, moved] {
            if (m_stops.contains(moved.id))
                putJob(moved);
        });
    };
    return watch;
}

void StoreWorkspace::endJob(qint64 id)
{
    m_stops.erase(id);
    std::erase_if(m_jobs, [id](const JobView& job) { return job.id == id; });
    emit jobsChanged();
}

void StoreWorkspace::putJob(const JobView& job)
{
    const auto found = std::ranges::find(m_jobs, job.id, &JobView::id);
    if (found == m_jobs.end())
        m_jobs.push_back(job);
    else
        *found = job;
    emit jobsChanged();
}

void StoreWorkspace::stopJob(qint64 id)
{
    if (id > 0)
        return stopRun(RunId { id }, false);
    if (const auto found = m_stops.find(id); found != m_stops.end())
        *found->second = true;
}

// Import and export

void StoreWorkspace::importFrom(const QString& path, const workbench::ImportOptions& options,
    QObject* context, Done<workbench::ImportReport> done)
{
    qint64 job = 0;
    const auto watch = beginJob(job, tr("Import of %1").arg(QFileInfo(path).fileName()));
    ask<workbench::ImportReport>(
        *m_owner, this,
        [file = QFileInfo(path).absoluteFilePath().toStdString(), options, watch](
            store::Project& project) {
            return workbench::importInto(project, file, options, watch);
        },
        [this, job, alive = QPointer<QObject>(context), done = std::move(done)](
            Result<workbench::ImportReport> result) {
            endJob(job);
            if (result)
                contentMoved();
            if (alive)
                done(std::move(result));
        });
}

void StoreWorkspace::sourceShape(const QString& path, const std::string& format, QObject* context,
    Done<workbench::SourceShape> done)
{
    beside<workbench::SourceShape>(
        [file = path.toStdString(), format] { return workbench::shapeOf(file, format); },
        [alive = QPointer<QObject>(context), done = std::move(done)](
            Result<workbench::SourceShape> shape) {
            if (alive)
                done(std::move(shape));
        });
}

qint64 StoreWorkspace::previewImport(const QString& path, const workbench::ImportOptions& options,
    QObject* context, Done<Preview> done)
{
    qint64 job = 0;
    const auto watch = beginJob(job, tr("Reading %1").arg(QFileInfo(path).fileName()));
    beside<Preview>(
        [file = QFileInfo(path).absoluteFilePath().toStdString(), options,
            watch]() -> Result<Preview> {
            auto preview = workbench::previewImport(file, options, watch);
            if (!preview)
                return fail(preview.error());
            return std::make_shared<workbench::ImportPreview>(std::move(*preview));
        },
        [this, job, alive = QPointer<QObject>(context), done = std::move(done)](
            Result<Preview> preview) {
            endJob(job);
            if (alive)
                done(std::move(preview));
        });
    return job;
}

void StoreWorkspace::addPreviewed(const Preview& preview, const workbench::ImportOptions& options,
    QObject* context, Done<workbench::ImportReport> done)
{
    qint64 job = 0;
    const auto watch = beginJob(job, tr("Import of %1").arg(fromUtf8(preview->batch.source.name)));
    ask<workbench::ImportReport>(
        *m_owner, this,
        [preview, options, watch](store::Project& project) {
            return workbench::addPreviewed(project, std::move(*preview), options, watch);
        },
        [this, job, alive = QPointer<QObject>(context), done = std::move(done)](
            Result<workbench::ImportReport> result) {
            endJob(job);
            if (result)
                contentMoved();
            if (alive)
                done(std::move(result));
        });
}

void StoreWorkspace::exportPairs(RunId run, const workbench::ExportOptions& options,
    QObject* context, Done<workbench::ExportReport> done)
{
    qint64 job = 0;
    const auto watch = beginJob(job, tr("Export of pairs"));
    ask<workbench::ExportReport>(
        *m_reader, this,
        [run, options, watch](store::Project& project) -> Result<workbench::ExportReport> {
            const auto row = runOf(project, run);
            if (!row)
                return fail(row.error());
            return workbench::exportPairs(project, *row, options, watch);
        },
        [this, job, alive = QPointer<QObject>(context), done = std::move(done)](
            Result<workbench::ExportReport> result) {
            endJob(job);
            if (alive)
                done(std::move(result));
        });
}

// Runs

void StoreWorkspace::startBy(Start start, QObject* context, Done<RunRow> done)
{
    qint64 job = 0;
    const auto watch = beginJob(job, tr("Preparing a run"));
    ask<RunRow>(
        *m_owner, this,
        [this, followers = m_followers, start = std::move(start), watch](
            store::Project& project) -> Result<RunRow> {
            auto started = start(project, watch);
            if (!started)
                return fail(started.error());
            const RunRow& run = started->run;
            followers->emplace(run.id, workbench::RunFollower(project, run));
            for (const std::string& note : started->notes)
                onGui([this, note] { emit said(fromUtf8(note), false); });
            return run;
        },
        [this, job, alive = QPointer<QObject>(context), done = std::move(done)](
            Result<RunRow> result) {
            endJob(job);
            if (result)
                emit contentChanged();
            if (alive)
                done(std::move(result));
        });
}

void StoreWorkspace::startRun(const std::string& recipe, const workbench::RunOptions& options,
    QObject* context, Done<RunRow> done)
{
    startBy(
        [recipe, options](store::Project& project, const workbench::Watch& watch) {
            return workbench::startRun(project, recipe, options, watch);
        },
        context, std::move(done));
}

void StoreWorkspace::launch(
    const workbench::Launch& launch, bool queued, QObject* context, Done<RunRow> done)
{
    startBy(
        [launch, queued](store::Project& project,
            const workbench::Watch& watch) -> Result<workbench::StartedRun> {
            auto options = workbench::optionsOf(project, launch);
            if (!options)
                return fail(options.error());
            options->queued = queued;
            return workbench::startRun(project, launch.recipe, *options, watch);
        },
        context, std::move(done));
}

/// The project is read on its thread; the trial itself, which takes longer, runs beside it.
void StoreWorkspace::preflight(
    const workbench::Launch& launch, QObject* context, Done<workbench::Preflight> done)
{
    qint64 job = 0;
    const auto watch = beginJob(job, tr("Trial of a run"));
    const auto end = [this, job, alive = QPointer<QObject>(context), done = std::move(done)](
                         Result<workbench::Preflight> result) {
        endJob(job);
        if (alive)
            done(std::move(result));
    };
    ask<workbench::PreflightPlan>(
        *m_reader, this,
        [launch, watch](store::Project& project) {
            return workbench::preparePreflight(project, launch, watch);
        },
        [this, watch, end](Result<workbench::PreflightPlan> plan) {
            if (!plan)
                return end(fail(plan.error()));
            beside<workbench::Preflight>(
                [watch, plan = std::move(*plan)] { return workbench::tryOut(plan, watch); }, end);
        });
}

void StoreWorkspace::resumeRun(RunId id)
{
    ask<RunRow>(
        *m_owner, this,
        [followers = m_followers, id](store::Project& project) -> Result<RunRow> {
            auto run = runOf(project, id);
            if (!run)
                return run;
            if (auto resumed = workbench::resumeRun(project, *run); !resumed)
                return fail(resumed.error());
            followers->erase(id);
            followers->emplace(id, workbench::RunFollower(project, *run));
            return run;
        },
        [this](Result<RunRow> result) {
            if (result)
                emit contentChanged();
            else
                tell(result.error());
        });
}

void StoreWorkspace::stopRun(RunId id, bool pause)
{
    ask<bool>(
        *m_owner, this,
        [id, pause](store::Project& project) -> Result<bool> {
            const auto run = runOf(project, id);
            if (!run)
                return fail(run.error());
            auto asked =
                pause ? workbench::pauseRun(project, *run) : workbench::stopRun(project, *run);
            return asked ? Result<bool>(true) : Result<bool>(fail(asked.error()));
        },
        [this, pause](Result<bool> result) {
            if (!result)
                return tell(result.error());
            emit said(pause ? tr("The run was asked to pause; what is done is kept.")
                            : tr("The run was asked to stop; what is done is kept."),
                false);
        });
}

void StoreWorkspace::undo(bool redo)
{
    ask<std::string>(
        *m_owner, this,
        [redo](store::Project& project) { return redo ? project.redo() : project.undo(); },
        [this, redo](Result<std::string> result) {
            if (!result)
                return tell(result.error());
            emit said(
                (redo ? tr("Done again: %1") : tr("Undone: %1")).arg(fromUtf8(*result)), false);
            contentMoved();
        });
}

void StoreWorkspace::goTo(qint64 journalEntry)
{
    ask<int>(
        *m_owner, this,
        [journalEntry](store::Project& project) { return project.goTo(journalEntry); },
        [this](Result<int> result) {
            if (!result)
                return tell(result.error());
            emit said(tr("%n changes undone or done again", nullptr, *result), false);
            contentMoved();
        });
}

void StoreWorkspace::mark(
    const std::vector<ItemId>& items, const std::string& name, const std::string& value)
{
    changeMarks([items, name, value](store::Project& project, const std::string& op) {
        return project.mark(items, name, value, op);
    });
}

void StoreWorkspace::markPairs(
    const std::vector<PairId>& pairs, const std::string& name, const std::string& value)
{
    changeMarks([pairs, name, value](store::Project& project, const std::string& op) {
        return project.markPairs(pairs, name, value, op);
    });
}

void StoreWorkspace::changeMarks(
    std::function<Result<void>(store::Project&, const std::string&)> change)
{
    ask<std::string>(
        *m_owner, this,
        [change = std::move(change), op = workbench::newOpId()](
            store::Project& project) -> Result<std::string> {
            if (auto marked = change(project, op); !marked)
                return fail(marked.error());
            const auto journal = project.journal(1);
            return journal ? Result<std::string>(journal->front().what) : fail(journal.error());
        },
        [this](Result<std::string> result) {
            if (!result)
                return tell(result.error());
            emit said(tr("%1 · Ctrl+Z undoes it").arg(fromUtf8(*result)), false);
            m_reader->post([this](ProjectThread::Slot&) {
                m_marks.reset();
                m_lastMatches.reset();
            });
            emit marksChanged();
        });
}

void StoreWorkspace::pollRuns(store::Project& project)
{
    for (auto one = m_followers->begin(); one != m_followers->end();) {
        const auto status = one->second.poll(project);
        if (!status) {
            onGui([this, error = status.error()] { tell(error); });
            one = m_followers->erase(one); // a damaged log says so once; nothing is lost
            continue;
        }
        onGui([this, status = *status, generation = m_generation.load()] {
            if (generation == m_generation)
                showRun(status);
        });
        one = status->ended() ? m_followers->erase(one) : std::next(one);
    }
    if (m_followers->empty() || ++m_polls % pollsPerQueue == 0)
        workQueue(project);
}

void StoreWorkspace::workQueue(store::Project& project)
{
    if (project.readOnly())
        return;
    const auto begun = workbench::workQueue(project);
    const std::string failure = begun ? std::string() : message(begun.error());
    if (std::exchange(m_queueFailure, failure) != failure && !begun)
        onGui([this, error = begun.error()] { tell(error); });
    if (!begun || !*begun)
        return;
    m_followers->erase((*begun)->id);
    m_followers->emplace((*begun)->id, workbench::RunFollower(project, **begun));
    onGui([this, name = (*begun)->name] {
        emit said(tr("%1 of the queue is at work.").arg(fromUtf8(name)), false);
        emit contentChanged();
    });
}

void StoreWorkspace::showRun(const workbench::RunStatus& status)
{
    const qint64 id = status.run.id.value;
    if (status.ended()) {
        endJob(id);
        emit runMoved(status);
        emit contentChanged();
        return;
    }
    JobView job;
    job.id = id;
    job.run = status.run.id;
    job.title = fromUtf8(status.run.name);
    job.detail = status.stepTitle.empty() ? tr("starting the worker")
                                          : tr("step %1 of %2: %3")
                                                .arg(status.step + 1)
                                                .arg(status.steps)
                                                .arg(fromUtf8(status.stepTitle));
    if (status.loss)
        job.detail += tr(", loss %1").arg(*status.loss, 0, 'f', 4);
    if (status.dpoLoss)
        job.detail += tr(", DPO part %1").arg(*status.dpoLoss, 0, 'f', 4);
    job.done = status.done;
    job.total = status.total;
    job.perSecond = status.perSecond;
    job.unit = fromUtf8(status.unit);
    job.secondsLeft = status.secondsLeft;
    job.canPause = true;
    putJob(job);
    emit runMoved(status);
}

} // namespace slook::gui
