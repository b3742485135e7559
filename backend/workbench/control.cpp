#include "runs/directory.h"
#include "workbench/queue.h"
#include "workbench/run.h"
#include "workbench/worker_process.h"
#include <chrono>
#include <thread>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

Result<void> ask(const store::Project& project, const RunRow& run, runs::Request request)
{
    const fs::path directory = runFolder(project, run.name);
    if (!workerAtWork(directory))
        return fail(ErrorKind::Invalid,
            "has no worker at work, so there is nothing to stop; resume goes on with it", run.name);
    return runs::requestOf(directory, request);
}

/// A worker that has reported its end needs a moment to go.
bool goesSoon(const fs::path& directory, RunState state)
{
    if (state == RunState::Running || state == RunState::Waiting)
        return !workerAtWork(directory);
    for (int i = 0; i < 200 && workerAtWork(directory); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return !workerAtWork(directory);
}

} // namespace

fs::path runFolder(const store::Project& project, const std::string& runName)
{
    return project.folder() / "runs" / runName;
}

Result<void> stopRun(const store::Project& project, const RunRow& run)
{
    return ask(project, run, runs::Request::Stop);
}

Result<void> pauseRun(const store::Project& project, const RunRow& run)
{
    return ask(project, run, runs::Request::Pause);
}

Result<void> resumeRun(store::Project& project, const RunRow& run)
{
    const fs::path directory = runFolder(project, run.name);
    if (run.state == RunState::Done)
        return fail(ErrorKind::Invalid, "is done; start a new run to repeat it", run.name);
    if (!goesSoon(directory, run.state))
        return fail(ErrorKind::Conflict, "has a worker at work already; stop it first", run.name);
    if (const auto job = runs::readJob(directory); !job)
        return fail(job.error());
    if (auto cleared = runs::requestOf(directory, runs::Request::None); !cleared)
        return cleared;
    if (auto left = leaveQueue(project, run.id); !left)
        return left;
    if (auto waiting = project.setRunState(run.id, RunState::Waiting, {}); !waiting)
        return waiting;
    auto begun = beginWork(directory);
    if (!begun) {
        (void)project.setRunState(run.id, run.state, run.error); // as it was
        return begun;
    }
    return {};
}

} // namespace slook::workbench
