#pragma once
#include "workbench/report.h"
#include <string>

namespace slook::workbench {

/// What a report's numbers show and what they do not, in plain sentences. A change counts as shown
/// where the exact McNemar p is below 0.05; several controls are not corrected for, which it says.
[[nodiscard]] std::string verdictOn(const Report& report);

} // namespace slook::workbench
