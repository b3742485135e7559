#pragma once
#include "workbench/audit_agreement.h"
#include <optional>
#include <string>
#include <vector>

namespace slook::workbench {

enum class Treatment { Keep, Drop, Relabel };

/// What an audit does to the pairs that it is about.
struct ApplyOptions {
    RunId run; ///< whose pairs; 0: the one run that the audit is about
    Treatment reversed = Treatment::Relabel; ///< people prefer the rejected answer
    Treatment undecided = Treatment::Drop; ///< tie, both bad, no outcome; not Relabel
    bool unjudged = true; ///< keep pairs that nobody judged
    double support = 0; ///< least share of the votes behind an outcome; with less it is undecided
    int votes = 1; ///< least number of votes; with fewer, and no adjudication, it is unjudged
    std::optional<double> labelSmoothing; ///< in [0, 0.5); empty: estimated, see ApplyPlan
};

/// What would be done, before it is.
struct ApplyPlan {
    RunId run;
    std::vector<store::DerivedPair> pairs;
    int kept = 0, relabelled = 0, rewritten = 0, dropped = 0; ///< of judged pairs
    int unjudged = 0; ///< kept although nobody judged them
    int unjudgedDropped = 0;
    /// As asked for, or estimated: the share of wrong labels among pairs of the same type (of all
    /// pairs where ten with a better side are not judged), times the share of the set that nobody
    /// judged; 0 where the audit is no random sample. Meaning: Mitchell 2023, "A note on DPO with
    /// noisy preferences", epsilon; `label_smoothing` in TRL.
    double labelSmoothing = 0;
    std::string sentence; ///< all of this for a person
};

/// Errors: Invalid (several runs and none named, a label smoothing out of range, no pair left), and
/// those of the store.
[[nodiscard]] Result<ApplyPlan> planApply(
    const store::Project& project, const AuditReport& report, const ApplyOptions& options);

/// Makes the pairs of planApply() a set of their own, "audited-1", in one step that can be undone.
[[nodiscard]] Result<PairSetRow> applyAudit(
    store::Project& project, const AuditReport& report, const ApplyOptions& options);

/// A person's correction of an answer becomes a pair "edited": the corrected text is chosen, the
/// answer as it was is rejected. What was replaced is found by taking off what both have in common
/// at their ends.
/// Errors: NotFound (a pair or answer that the audit does not have), Invalid (nothing changed, an
/// empty text, no UTF-8).
[[nodiscard]] Result<PairSetRow> fixAnswer(store::Project& project, BatchId batch, PairId pair,
    ResponseId answer, const std::string& corrected, const std::string& annotator);

/// The same as a set that is not yet written. Errors: as fixAnswer().
[[nodiscard]] Result<store::NewPairSet> correctedPair(const AuditedPair& pair, BatchId batch,
    ResponseId answer, const std::string& corrected, const std::string& annotator);

/// Bytes [begin, end) of `before` that are replaced in `after`; whole characters.
struct ReplacedSpan {
    std::size_t begin = 0, end = 0;
    std::string by;
};
[[nodiscard]] ReplacedSpan replacedSpan(const std::string& before, const std::string& after);

[[nodiscard]] const char* nameOf(Treatment treatment); ///< "keep", "drop", "relabel"
[[nodiscard]] std::optional<Treatment> treatmentNamed(const std::string& name);

} // namespace slook::workbench
