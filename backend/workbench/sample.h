#pragma once
#include "store/project.h"
#include "workbench/import.h"
#include <filesystem>
#include <vector>

namespace slook::workbench {

/// Creates a project with the questions that come with the program: held-out rendered scenes and a
/// slice of easy-VQA's test part, about 500 questions.
/// Errors: NotFound (no resources), Conflict (the file exists), Io, Stopped; nothing is left then.
[[nodiscard]] Result<std::vector<ImportReport>> makeSampleProject(
    const std::filesystem::path& file, const Watch& watch = {});

} // namespace slook::workbench
