#pragma once
#include "store/project.h"
#include "workbench/import.h"
#include <filesystem>
#include <vector>

namespace slook::workbench {

/// Creates a project with questions that need no download: held-out scenes, rendered on the spot,
/// and a slice of easy-VQA's test part; about 500 together. Errors: NotFound (no resources),
/// Conflict (the file exists), Io, Stopped; nothing is left then.
[[nodiscard]] Result<std::vector<ImportReport>> makeSampleProject(
    const std::filesystem::path& file, const Watch& watch = {});

} // namespace slook::workbench
