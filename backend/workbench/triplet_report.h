#pragma once
#include "workbench/report.h"
#include "workbench/triplet_sets.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slook::workbench {

/// One model of a run that learns from consistent triplets: the start, a round's, or a control.
struct TripletModel {
    std::string stage; ///< "before", "after:round1", "after:random"
    std::string preference; ///< its training; empty for the start
    std::string title;
    bool control = false;
    std::int64_t seed = 0; ///< labelled questions that it learned
    std::int64_t generated = 0; ///< triplets of the model's own that it learned
    Accuracy answers; ///< to the test questions
    std::optional<Comparison> againstStart;
    /// For a control: the last round's answers against this one's.
    std::optional<Comparison> methodAgainstThis;
};

/// Triplets of one kind.
struct KindCounts {
    std::string kind;
    std::int64_t seed = 0, generated = 0, kept = 0;
};

struct TripletReport {
    std::string run;
    std::string extractor;
    std::vector<TripletModel> models; ///< the start first, then the rounds, then controls
    std::vector<KindCounts> kinds; ///< those that occur
    std::vector<ScoreGroup> groups; ///< tenths by score, lowest first
    TruthOfKept truth;
    std::string sentence; ///< what the numbers do and do not show
};

/// Derived from responses, extractions, triplets and the items' column `truth`, never stored.
/// Errors: NotFound where the run has neither a triplet nor an answer to a test question yet.
[[nodiscard]] Result<TripletReport> tripletReportOf(
    const store::Project& project, const RunRow& run, const std::string& extractor = "ours");

/// Whether a run learns from triplets, so that tripletReportOf() is its report.
[[nodiscard]] bool learnsFromTriplets(const RunRow& run);

} // namespace slook::workbench
