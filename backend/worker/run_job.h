#pragma once
#include <filesystem>

namespace slook::worker {

/// What the worker's process says about itself.
struct WorkerIdentity {
    const char* program = "secondlook-worker";
    const char* version = "";
};

/// What a worker does in a run directory.
enum class Task { Run, Preflight };

/// Executes the run directory: takes its lock, goes on where earlier workers ended, and ends in
/// exactly one Finished event. Never throws; this is the one place where the worker catches.
/// SIGTERM, SIGINT and the file `control` ask for a stop.
/// Task::Preflight is a trial of the run on the few questions that its directory has, see
/// preflight().
/// @return the process's exit code: 0 done or stopped, 1 failed (the reason is in the event, and on
/// stderr)
[[nodiscard]] int runJob(const std::filesystem::path& directory, const WorkerIdentity& identity,
    Task task = Task::Run) noexcept;

} // namespace slook::worker
