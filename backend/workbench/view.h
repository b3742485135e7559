#pragma once
#include "store/project.h"
#include <string>

namespace slook::workbench {

/// The questions that a person means: "" for all, the name of a source, several names with commas
/// between them, or the words of a Filter.
/// @param most  at most so many, spread evenly over the view; 0 for all
/// Errors: Invalid (no source of that name and no filter; no question left).
[[nodiscard]] Result<store::ItemFilter> viewOf(
    const store::Project& project, const std::string& text, std::size_t most = 0);

} // namespace slook::workbench
