#pragma once
#include "workbench/description_report.h"
#include "workbench/report.h"
#include "workbench/triplet_report.h"
#include <string>

namespace slook::workbench {

[[nodiscard]] std::string percentText(double share); ///< "41.3 %"
[[nodiscard]] std::string pText(double p); ///< "p = 0.012", "p = 3e-05"

/// What a report's numbers show and what they do not, in plain sentences. A change counts as shown
/// where the exact McNemar p is below 0.05; several controls are not corrected for, which it says.
[[nodiscard]] std::string verdictOn(const Report& report);
/// The same of descriptions. Length is said beside, since shorter texts hallucinate less.
[[nodiscard]] std::string verdictOn(const DescriptionReport& report);
/// The same of a run that keeps consistent triplets, and whether those are more often right.
[[nodiscard]] std::string verdictOn(const TripletReport& report);

} // namespace slook::workbench
