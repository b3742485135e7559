#pragma once
#include "core/json.h"
#include "workbench/audit.h"

/// Verdicts as other programs read them; for audit_files.cpp.
namespace slook::workbench {

/// A verdict with everything that is known of it. It points into what its reader holds.
struct VerdictRecord {
    const AuditBatchRow* batch = nullptr;
    const AuditTask* task = nullptr;
    const AuditedPair* pair = nullptr;
    const VerdictRow* verdict = nullptr;
    std::string pairSha256;
    bool counts = true; ///< no newer one of the same task does
};

[[nodiscard]] std::string labelName(const VerdictRow& verdict, const AuditedPair& pair);

/// One record a pair as Argilla 1.x exports a feedback dataset, JSON Lines: fields prompt,
/// response1 and response2 (which is which follows from a hash), a ranking question "preference", a
/// choice "reasons" and a text "note" with the answers of each annotator, the machine's choice as
/// the suggestion. Both bad and cannot judge are discarded responses. @return the losses too
[[nodiscard]] std::string argillaForm(
    const std::vector<VerdictRecord>& records, std::vector<std::string>& losses);

/// One example a pair for LLM Comparator: A is the machine's choice; much better counts 1.5, better
/// 1, a tie and both bad 0, as its own judge's words do.
[[nodiscard]] std::string comparatorForm(
    const std::vector<VerdictRecord>& records, std::vector<std::string>& losses);

} // namespace slook::workbench
