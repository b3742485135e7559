#pragma once
#include "core/result.h"
#include <filesystem>
#include <string>

/// The worker's process as its starter sees it: between the start and the moment when the worker
/// holds the run's lock, only the process itself says that somebody is at work.
namespace slook::workbench {

/// Starts a worker on a run directory and leaves its pid there.
/// @param verb  what it does there: "run" or "preflight"
/// Errors: NotFound (no worker program), Io.
[[nodiscard]] Result<void> beginWork(
    const std::filesystem::path& directory, const std::string& verb = "run");

/// True while a worker holds the run's lock, or was started and has not yet got that far.
[[nodiscard]] bool workerAtWork(const std::filesystem::path& directory);

} // namespace slook::workbench
