#pragma once
#include "store/project.h"
#include <filesystem>

namespace slook::gui::test {

/// Adds a finished run with made-up answers, pairs and curves to a project, by the events that a
/// worker would have written. Every type of transition occurs.
[[nodiscard]] Result<RunId> addDemoRun(store::Project& project, int items);

/// A project with `items` questions about small pictures, kept in the project.
[[nodiscard]] Result<store::Project> makeSmallProject(const std::filesystem::path& file, int items);

} // namespace slook::gui::test
