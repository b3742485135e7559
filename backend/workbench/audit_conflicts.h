#pragma once
#include "workbench/audit_agreement.h"

namespace slook::workbench {

/// What one person said of a pair, without a name.
struct Voice {
    /// "A is better", "B is much better", "tie", "both bad", "cannot judge"; of an adjudicator
    /// "settled here: A is better", "settled elsewhere: drop"
    std::string verdict;
    std::string leftWas; ///< "A" or "B": the order that this person saw; empty of an adjudicator
    std::vector<std::string> reasons;
    std::string note;
    double seconds = 0;
};

/// A pair before an adjudicator: both answers as A and B in an order that tells nothing.
struct ConflictView {
    PairId pair;
    std::string why;
    std::string question;
    std::vector<Option> options;
    std::vector<ImageId> images;
    ResponseId a, b;
    std::string aText, bText;
    std::vector<Voice> voices; ///< in an order that tells nothing
};

/// The queue of an audit: what auditReport() lists as conflicts. A and B are drawn by the batch's
/// seed, so a return shows the same.
[[nodiscard]] Result<std::vector<ConflictView>> auditConflicts(
    const store::Project& project, const AuditBatchRow& batch);

} // namespace slook::workbench
