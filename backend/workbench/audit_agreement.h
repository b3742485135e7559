#pragma once
#include "workbench/audit.h"
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slook::workbench {

/// A verdict seen from the machine's label, whichever side it was shown on.
enum class Label { Chosen, Rejected, Tie, BothBad };

/// What people made of one pair.
struct PairOutcome {
    PairId pair;
    std::array<int, 4> votes {}; ///< by Label; repeats and "cannot judge" are not counted
    int cannotJudge = 0;
    bool flagged = false;
    /// What more than half of the votes say, or an adjudication; empty where neither says anything
    /// or the adjudicator dropped or rewrote the pair.
    std::optional<Label> label;
    std::optional<AdjudicationRow> adjudication;
    /// Came in files after it and decide otherwise; until somebody settles the pair anew.
    std::vector<AdjudicationRow> contrary;
    [[nodiscard]] int judged() const { return votes[0] + votes[1] + votes[2] + votes[3]; }
    /// Share of the votes that the strongest label has; 0 without votes.
    [[nodiscard]] double support() const;
};

/// A coefficient with everything that it needs to be read.
struct Coefficient {
    std::string name; ///< "Krippendorff's alpha, nominal"
    std::optional<double> value;
    double low = 0, high = 0; ///< bootstrap percentile interval at 95 % over pairs
    bool hasInterval = false;
    std::int64_t n = 0; ///< pairs with two judgements or more
    std::string undefined; ///< why there is no value, in words
};

/// Agreement within one group of pairs.
struct GroupAgreement {
    std::string by; ///< "all", "type", "method", "benchmark", "corruption"
    std::string name;
    std::vector<Coefficient> coefficients; ///< raw agreement first
};

struct RaterPair {
    std::string a, b;
    Coefficient raw;
    Coefficient kappa; ///< Cohen's
};

/// A share of something, with Wilson's interval at 95 %.
struct Share {
    std::int64_t hits = 0;
    std::int64_t n = 0;
    double share = 0; ///< 0 where n is 0
    double low = 0, high = 1;
};
[[nodiscard]] Share shareOf(std::int64_t hits, std::int64_t n);

struct RaterReport {
    std::string name;
    int tasks = 0;
    int judged = 0;
    Share left; ///< verdicts for one side that chose the left one; imports may not know it
    double leftP = 1; ///< binomial test against one half
    Share retest; ///< mirrored pairs that were judged alike both times
    Coefficient retestKappa;
    Share gold; ///< gold pairs whose known answer was preferred
    double medianSeconds = 0, lowerSeconds = 0, upperSeconds = 0; ///< quartiles
    int fast = 0; ///< verdicts in less than two seconds
};

/// How good the machine's labels are in a group of pairs, as people judged them.
struct LabelPrecision {
    std::string by; ///< as GroupAgreement::by
    std::string name;
    int population = 0; ///< pairs that the audit drew from; 0: not known for this grouping
    int judged = 0; ///< pairs with an outcome
    int tie = 0, bothBad = 0;
    int conflict = 0; ///< judged without an outcome
    Share precision; ///< of pairs with a better side: those where it is the machine's choice
    std::string meaning; ///< for training, one sentence
};

/// A pair that waits for an adjudicator.
struct Conflict {
    PairId pair;
    std::string why; ///< "people disagree", "flagged", "adjudicators disagree"
};

struct AuditReport {
    AuditBatchRow batch;
    std::vector<GroupAgreement> agreement; ///< all pairs first
    std::vector<RaterPair> matrix; ///< every two annotators
    std::vector<RaterReport> raters;
    std::vector<LabelPrecision> precision; ///< all pairs first; none in a file that was sent
    /// Of a stratified audit: strata weighted by their size among all pairs.
    std::optional<Share> weighted;
    std::vector<PairOutcome> outcomes; ///< of pairs with a verdict or an adjudication
    std::vector<Conflict> conflicts; ///< that no adjudication has settled, or two otherwise
    bool randomSample = true; ///< false: margins or a selection; it speaks for its own pairs alone
    int judgedPairs = 0;
    bool sent = false; ///< to an annotator: there is no machine's label to judge, see sendAudit()
};

/// Everything that an audit says so far. Bootstrap intervals are drawn by the batch's seed, so the
/// same verdicts give the same numbers.
/// @param resamples  of each bootstrap interval
/// Errors: those of the store.
[[nodiscard]] Result<AuditReport> auditReport(
    const store::Project& project, const AuditBatchRow& batch, int resamples = 1000);

/// The verdict as a label of the pair; empty for "cannot judge".
[[nodiscard]] std::optional<Label> labelOf(const VerdictRow& verdict, ResponseId chosen);
/// From 2, the machine's choice is much better, to -2.
[[nodiscard]] std::optional<int> degreeOf(const VerdictRow& verdict, ResponseId chosen);
[[nodiscard]] const char* nameOf(Label label); ///< "chosen", "rejected", "tie", "both-bad"

} // namespace slook::workbench
