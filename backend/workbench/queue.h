#pragma once
#include "core/rows.h"
#include "store/project.h"
#include <optional>
#include <vector>

/// Runs that wait for their turn: one is at work at a time. The order and what is said here are
/// kept in the project; whoever owns it works through them.
namespace slook::workbench {

struct Queue {
    std::vector<RunRow> runs; ///< in the order in which they will start
    bool held = true; ///< nothing starts by itself
    bool goOnAfterFailure = true; ///< else a run that fails holds the queue
};

[[nodiscard]] Result<Queue> queueOf(const store::Project& project);
[[nodiscard]] bool isQueued(const store::Project& project, const RunRow& run);

[[nodiscard]] Result<void> appendToQueue(store::Project& project, RunId run);
/// Takes it out; the run itself stays. Nothing happens where it is not in.
[[nodiscard]] Result<void> leaveQueue(store::Project& project, RunId run);
/// Moves it so many places towards the front, or back where `places` is negative; not past the
/// ends. Errors: NotFound (it is not in the queue).
[[nodiscard]] Result<void> moveInQueue(store::Project& project, RunId run, int places);
[[nodiscard]] Result<void> holdQueue(store::Project& project, bool held);
[[nodiscard]] Result<void> setGoOnAfterFailure(store::Project& project, bool goOn);

/// Starts the first run where the queue is not held and no run is at work. A run of the queue that
/// was stopped or paused, or has failed where a failure stops, holds the queue first. One that
/// cannot be started is called failed, with the reason.
/// @return the run that has begun, if one has
[[nodiscard]] Result<std::optional<RunRow>> workQueue(store::Project& project);

} // namespace slook::workbench
