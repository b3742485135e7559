#pragma once
#include "core/rows.h"
#include "store/project.h"
#include "workbench/report.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slook::workbench {

/// What a model answered about pictures at one level of a corruption.
struct SweepLevel {
    std::string stage; ///< "clean", "level 3"
    std::string title; ///< "as they are", "severity 3", "side=20"
    std::int64_t asked = 0; ///< questions that were answered
    /// Answered about the clean picture and not at this level: a picture that could not be
    /// corrupted, mostly because not a pixel would have changed.
    std::int64_t missing = 0;
    std::int64_t samePixels = 0; ///< of `asked`: after its resize the model got the clean pixels
    Accuracy accuracy; ///< of questions with a known answer
    Accuracy changed; ///< questions answered otherwise than about the clean picture
    std::optional<Comparison> againstClean; ///< right answers, of questions with a known answer
};

struct SweepReport {
    std::string run;
    std::string op;
    std::string extractor;
    std::int64_t pictures = 0; ///< different ones
    std::vector<SweepLevel> levels; ///< the clean pictures first
    std::string sentence; ///< what the numbers do and do not show
};

[[nodiscard]] bool isSweep(const RunRow& run);

/// Derived from responses and extractions, never stored. An answer counts as changed where what the
/// extractor reads of it differs, or, where it reads nothing, the text; case, articles and
/// punctuation do not count.
/// Errors: Invalid where the run is no sweep; NotFound where nothing is answered yet.
[[nodiscard]] Result<SweepReport> sweepReportOf(
    const store::Project& project, const RunRow& run, const std::string& extractor = "ours");

} // namespace slook::workbench
