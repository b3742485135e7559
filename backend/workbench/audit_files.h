#pragma once
#include "workbench/audit.h"
#include <filesystem>

namespace slook::workbench {

[[nodiscard]] std::vector<std::string> verdictFormats(); ///< "jsonl", "csv"

/// Writes every verdict of a batch, superseded ones too, with everything that is known of it: plan,
/// pair, both answers, the order seen, what counts. One row a verdict.
/// @return rows written
/// Errors: Invalid (unknown form, nothing to write), Io.
[[nodiscard]] Result<std::int64_t> exportVerdicts(const store::Project& project,
    const AuditBatchRow& batch, const std::string& format, const std::filesystem::path& out);

struct VerdictImport {
    int verdicts = 0;
    int newTasks = 0; ///< of judgements that the plan does not have
    int superseded = 0; ///< left out: the file says that a newer one counts
};

/// Takes verdicts that were made elsewhere into a batch, all or none, as one step that can be
/// undone. JSON Lines, or CSV with a head line, as exportVerdicts() writes them. A row needs
/// `annotator`; the pair by `pairSha256` (its pictures, prompt and answers, so another project's
/// numbers do not matter) or `pair`; and `choice` with `betterSha256` where one answer is better,
/// or `label`: chosen, rejected, tie, both-bad, cannot-judge. Other columns may be missing. Errors:
/// NotFound, Io; Invalid, naming the line, what is wrong there and what is needed.
[[nodiscard]] Result<VerdictImport> importVerdicts(
    store::Project& project, const AuditBatchRow& batch, const std::filesystem::path& file);

} // namespace slook::workbench
