#include "workbench/follow.h"
#include "core/file.h"
#include "runs/job.h"
#include "workbench/plain_text.h"
#include "workbench/queue.h"
#include "workbench/run.h"
#include "workbench/worker_process.h"
#include <algorithm>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

constexpr std::size_t eventsAtOnce = 1000;

bool isOpen(RunState state)
{
    return state == RunState::Waiting || state == RunState::Running;
}

/// The last line that the worker printed for people, or nothing.
std::string lastWords(const fs::path& directory)
{
    constexpr std::uint64_t logLimit = 64u << 20;
    auto log = readFile(directory / "worker.log", logLimit);
    if (!log)
        return {};
    while (!log->empty() && (log->back() == '\n' || log->back() == ' '))
        log->pop_back();
    const auto begin = log->rfind('\n');
    constexpr int width = 200;
    return clipped(
        printable(std::string_view(*log).substr(begin == std::string::npos ? 0 : begin + 1)),
        width);
}

std::string endedWithoutAWord(const fs::path& directory)
{
    std::string text = "the worker ended before the run was done";
    if (const std::string last = lastWords(directory); !last.empty())
        text += " (its last line: " + last + ")";
    return text + "; what it had reported is kept, and resuming the run goes on from there";
}

int stepsOf(const RunRow& run)
{
    const auto job = runs::jobFromText(run.job, run.name);
    return job ? static_cast<int>(job->steps.size()) : 0;
}

std::optional<double> valueOf(const MetricRow& row, const std::string& name)
{
    const auto found = row.values.find(name);
    return found == row.values.end() ? std::nullopt : std::optional(found->second);
}

} // namespace

RunFollower::RunFollower(const store::Project& project, const RunRow& run)
    : m_directory(runFolder(project, run.name))
    , m_reader(m_directory, run.lastSeq)
{
    m_status.run = run;
    m_status.steps = stepsOf(run);
}

void RunFollower::note(const runs::Event& event)
{
    if (const auto* began = std::get_if<runs::StepBegan>(&event.body)) {
        m_status.step = began->index;
        m_status.stepTitle = began->title.empty() ? began->kind : began->title;
        m_status.done = 0;
        m_status.total = began->total;
        m_status.perSecond = 0;
        m_status.secondsLeft = -1;
        m_status.unit.clear();
        m_status.loss.reset();
        m_status.dpoLoss.reset();
    } else if (const auto* progress = std::get_if<runs::Progress>(&event.body)) {
        m_status.step = progress->index;
        m_status.done = progress->done;
        m_status.total = progress->total;
        m_status.unit = progress->unit;
        m_status.perSecond = progress->perSecond;
        m_status.secondsLeft = progress->secondsLeft;
    } else if (const auto* measured = std::get_if<runs::Measured>(&event.body)) {
        m_status.loss = valueOf(measured->metric, "loss");
        m_status.dpoLoss = valueOf(measured->metric, "loss/dpo");
    } else if (const auto* text = std::get_if<runs::Note>(&event.body)) {
        m_status.notes.push_back(
            text->level == "info" ? text->text : text->level + ": " + text->text);
    }
}

Result<void> RunFollower::takePending(store::Project& project)
{
    for (;;) {
        if (m_pending.empty()) {
            auto next = m_reader.next(eventsAtOnce);
            if (!next)
                return fail(next.error());
            m_pending = std::move(*next);
        }
        if (m_pending.empty())
            return {};
        if (auto taken = project.takeEvents(m_status.run.id, m_pending); !taken)
            return taken; // kept for the next call
        m_status.eventsTaken += static_cast<std::int64_t>(m_pending.size());
        for (const runs::Event& event : m_pending)
            note(event);
        m_pending.clear();
    }
}

Result<void> RunFollower::settle(store::Project& project)
{
    auto row = project.run(m_status.run.name);
    if (!row)
        return fail(row.error());
    if (!m_status.workerAlive && isOpen(row->state) && !isQueued(project, *row)) {
        if (auto set =
                project.setRunState(row->id, RunState::Stopped, endedWithoutAWord(m_directory));
            !set)
            return set;
        row = project.run(m_status.run.name);
        if (!row)
            return fail(row.error());
    }
    m_status.run = std::move(*row);
    return {};
}

Result<RunStatus> RunFollower::poll(store::Project& project)
{
    m_status.notes.clear();
    m_status.eventsTaken = 0;
    if (m_first) {
        m_first = false;
        if (const auto notes = project.notes(m_status.run.id))
            for (const runs::Event& event : *notes)
                note(event);
        m_status.notes.clear(); // those were shown when they came
    }
    // Asked before reading: whatever a worker that is gone by now wrote is then read to its end.
    m_status.workerAlive = workerAtWork(m_directory);
    if (auto taken = takePending(project); !taken)
        return fail(taken.error());
    if (auto settled = settle(project); !settled)
        return fail(settled.error());
    return m_status;
}

Result<std::vector<RunStatus>> catchUp(store::Project& project)
{
    auto runs = project.runs();
    if (!runs)
        return fail(runs.error());
    std::vector<RunStatus> all;
    std::optional<Error> first;
    for (const RunRow& run : *runs) {
        const bool atWork = workerAtWork(runFolder(project, run.name));
        if (!atWork && (!isOpen(run.state) || isQueued(project, run)))
            continue;
        auto status = RunFollower(project, run).poll(project);
        if (status)
            all.push_back(std::move(*status));
        else if (!first)
            first = status.error();
    }
    if (first)
        return fail(*first);
    return all;
}

bool needsCatchUp(const store::Project& project)
{
    const auto runs = project.runs();
    return runs && std::ranges::any_of(*runs, [&](const RunRow& run) {
        return isOpen(run.state) && !isQueued(project, run);
    });
}

} // namespace slook::workbench
