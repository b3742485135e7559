#pragma once
#include "runs/directory.h"
#include "workbench/run.h"

/// The last part of starting a run; for run.cpp and audited_training.cpp.
namespace slook::workbench {

/// Errors: Invalid where a step of `job` trains and its weights are to be in int8.
[[nodiscard]] Result<void> requireTrainable(const runs::Job& job, bool int8);

/// Writes the run's directory, with what `more` adds to it, records the run and starts a worker
/// or queues it. Errors: those of startRun(), and those of `more`.
[[nodiscard]] Result<RunRow> startPlanned(store::Project& project, const std::string& recipe,
    const PlannedRun& planned, const RunOptions& options, const Watch& watch,
    const runs::FillDirectory& more = {});

} // namespace slook::workbench
