#include "workbench/queue.h"
#include "workbench/run.h"
#include "workbench/worker_process.h"
#include <algorithm>

namespace slook::workbench {
namespace {

// Settings of the project. An absent one means the default of Queue.
const std::string heldSetting = "queue.held"; // "no": it works
const std::string goOnSetting = "queue.goOn"; // "no": a failure holds
const std::string lastSetting = "queue.last"; // name of the run that it has started last

Result<std::vector<RunRow>> rowsOf(const store::Project& project)
{
    const auto ids = project.queue();
    if (!ids)
        return fail(ids.error());
    if (ids->empty())
        return std::vector<RunRow>();
    const auto runs = project.runs();
    if (!runs)
        return fail(runs.error());
    std::vector<RunRow> rows;
    for (const RunId id : *ids)
        if (const auto found = std::ranges::find(*runs, id, &RunRow::id); found != runs->end())
            rows.push_back(*found);
    return rows;
}

/// True where some run has a worker.
Result<bool> somebodyWorks(const store::Project& project)
{
    const auto runs = project.runs();
    if (!runs)
        return fail(runs.error());
    return std::ranges::any_of(*runs, [&](const RunRow& run) {
        return run.state != RunState::Done && run.state != RunState::Failed
            && workerAtWork(runFolder(project, run.name));
    });
}

/// True where what became of the last run keeps the next from starting.
Result<bool> lastOneHolds(const store::Project& project, bool goOnAfterFailure)
{
    const auto name = project.setting(lastSetting);
    if (!name)
        return fail(name.error());
    if (name->empty())
        return false;
    const auto last = project.run(*name);
    if (!last)
        return false; // it is gone
    return last->state == RunState::Stopped
        || (last->state == RunState::Failed && !goOnAfterFailure);
}

} // namespace

Result<Queue> queueOf(const store::Project& project)
{
    auto runs = rowsOf(project);
    if (!runs)
        return fail(runs.error());
    const auto held = project.setting(heldSetting);
    const auto goOn = project.setting(goOnSetting);
    if (!held || !goOn)
        return fail(held ? goOn.error() : held.error());
    return Queue { std::move(*runs), *held != "no", *goOn != "no" };
}

bool isQueued(const store::Project& project, const RunRow& run)
{
    const auto ids = project.queue();
    return ids && std::ranges::find(*ids, run.id) != ids->end();
}

Result<void> appendToQueue(store::Project& project, RunId run)
{
    auto ids = project.queue();
    if (!ids)
        return fail(ids.error());
    if (std::ranges::find(*ids, run) != ids->end())
        return {};
    ids->push_back(run);
    return project.setQueue(*ids);
}

Result<void> leaveQueue(store::Project& project, RunId run)
{
    auto ids = project.queue();
    if (!ids)
        return fail(ids.error());
    return std::erase(*ids, run) == 0 ? Result<void>() : project.setQueue(*ids);
}

Result<void> moveInQueue(store::Project& project, RunId run, int places)
{
    auto ids = project.queue();
    if (!ids)
        return fail(ids.error());
    const auto found = std::ranges::find(*ids, run);
    if (found == ids->end())
        return fail(ErrorKind::NotFound, "does not wait in the queue; reload it",
            "run " + std::to_string(run.value));
    const auto at = found - ids->begin();
    const auto to =
        std::clamp<std::ptrdiff_t>(at - places, 0, static_cast<std::ptrdiff_t>(ids->size()) - 1);
    ids->erase(found);
    ids->insert(ids->begin() + to, run);
    return project.setQueue(*ids);
}

Result<void> holdQueue(store::Project& project, bool held)
{
    if (!held) // whoever lets it go has seen what became of the last run
        if (auto forgotten = project.setSetting(lastSetting, ""); !forgotten)
            return forgotten;
    return project.setSetting(heldSetting, held ? "yes" : "no");
}

Result<void> setGoOnAfterFailure(store::Project& project, bool goOn)
{
    return project.setSetting(goOnSetting, goOn ? "yes" : "no");
}

Result<std::optional<RunRow>> workQueue(store::Project& project)
{
    const auto queue = queueOf(project);
    if (!queue)
        return fail(queue.error());
    if (queue->held || queue->runs.empty())
        return std::nullopt;
    const auto busy = somebodyWorks(project);
    if (!busy || *busy)
        return busy ? Result<std::optional<RunRow>>(std::nullopt) : fail(busy.error());
    const auto holds = lastOneHolds(project, queue->goOnAfterFailure);
    if (!holds)
        return fail(holds.error());
    if (*holds) {
        if (auto held = holdQueue(project, true); !held)
            return fail(held.error());
        return std::nullopt;
    }
    const RunRow& next = queue->runs.front();
    if (auto noted = project.setSetting(lastSetting, next.name); !noted)
        return fail(noted.error());
    if (auto begun = resumeRun(project, next); !begun) {
        if (auto left = leaveQueue(project, next.id); !left)
            return fail(left.error());
        if (auto told = project.setRunState(next.id, RunState::Failed, message(begun.error()));
            !told)
            return fail(told.error());
    }
    auto now = project.run(next.name);
    if (!now)
        return fail(now.error());
    return std::optional(std::move(*now));
}

} // namespace slook::workbench
