#pragma once
#include "core/rows.h"
#include "store/project.h"
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slook::workbench {

/// How many answers of one turn were right.
struct Accuracy {
    std::int64_t n = 0;
    std::int64_t right = 0;
    double share = 0; ///< right / n; 0 where n is 0
    double low = 0, high = 1; ///< Wilson's interval at 95 %
    double meanTokens = 0; ///< length of the answers
};

/// Two verdicts on the same items, the second against the first.
struct Comparison {
    std::int64_t n = 0; ///< items that both have
    std::int64_t fixed = 0; ///< wrong, then right
    std::int64_t broken = 0; ///< right, then wrong
    double p = 1; ///< exact McNemar test, two-sided
};

/// Which items were answered rightly.
using Verdicts = std::map<ItemId, bool>;
[[nodiscard]] Accuracy accuracyOf(const Verdicts& verdicts, double meanTokens);
/// On the items that both have.
[[nodiscard]] Comparison compared(const Verdicts& before, const Verdicts& after);

/// A share of counts that come in clusters, such as the objects of each description.
struct ClusteredShare {
    std::int64_t part = 0;
    std::int64_t whole = 0;
    double share = 0; ///< part / whole; 0 where whole is 0
    double low = 0, high = 1; ///< 95 %, over clusters (analysis::ratioInterval)
};
/// Of one part and one whole a cluster.
[[nodiscard]] ClusteredShare clusteredShare(
    std::span<const std::int64_t> parts, std::span<const std::int64_t> wholes);

/// One model on the test questions: the start, or what one training made of it.
struct StageReport {
    std::string stage; ///< "before", "after", "after:random"
    std::string preference; ///< what it was trained on; empty for the start
    std::string title; ///< for people: "start", "correctness", "control: random"
    bool control = false;
    std::int64_t pairs = 0; ///< that it was trained on
    Accuracy first; ///< of the first answer
    Accuracy refined; ///< of the last answer
    std::array<std::int64_t, 4> types {}; ///< transitions of type 1 to 4
    std::optional<Comparison> firstAgainstStart;
    std::optional<Comparison> refinedAgainstStart;
    /// For a control: the first answers of the training on correctness against this one's.
    std::optional<Comparison> correctnessAgainstThis;
};

/// Before and after, with the controls beside it.
struct Report {
    std::string run;
    std::string extractor;
    std::vector<StageReport> stages; ///< the start first, then the training on correctness
    std::string sentence; ///< what the numbers do and do not show
};

/// Derived from responses and extractions, never stored.
/// Errors: NotFound where the run has no answer to a test question yet.
[[nodiscard]] Result<Report> reportOf(
    const store::Project& project, const RunRow& run, const std::string& extractor = "ours");

/// Items whose first answer changed its verdict between two stages.
struct Flip {
    TransitionRow before;
    TransitionRow after;
    [[nodiscard]] bool fixed() const { return after.firstCorrect; }
};
[[nodiscard]] Result<std::vector<Flip>> flipsOf(const store::Project& project, const RunRow& run,
    const std::string& fromStage, const std::string& toStage, const std::string& extractor);

/// How far two extractors agree on the same responses.
struct ExtractorAgreement {
    std::string a, b;
    std::int64_t n = 0; ///< responses that both have marked
    std::int64_t sameVerdict = 0;
    std::int64_t sameAnswer = 0;
    double kappa = 0; ///< Cohen's, of right and wrong
};
/// @param stage  empty: all stages of the run
[[nodiscard]] Result<std::vector<ExtractorAgreement>> agreementOf(
    const store::Project& project, const RunRow& run, const std::string& stage = {});

} // namespace slook::workbench
