#pragma once
#include <filesystem>

namespace slook::worker {

/// What the worker's process says about itself.
struct WorkerIdentity {
    const char* program = "secondlook-worker";
    const char* version = "";
};

/// Executes the run directory: takes its lock, goes on where earlier workers ended, and ends in
/// exactly one Finished event. Never throws; this is the one place where the worker catches.
/// SIGTERM, SIGINT and the file `control` ask for a stop.
/// @return the process's exit code: 0 done or stopped, 1 failed (the reason is in the event, and on
/// stderr)
[[nodiscard]] int runJob(
    const std::filesystem::path& directory, const WorkerIdentity& identity) noexcept;

} // namespace slook::worker
