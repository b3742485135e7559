#pragma once
#include "workbench/audit.h"
#include <filesystem>

namespace slook::workbench {

/// "jsonl", "csv", "argilla", "llm-comparator"
[[nodiscard]] std::vector<std::string> verdictFormats();

struct VerdictExport {
    std::int64_t rows = 0; ///< verdicts
    std::vector<std::string> notCarried; ///< what the form has no place for, one sentence each
};

/// Writes every verdict of a batch. JSON Lines and CSV have one row a verdict, superseded ones too,
/// with everything that is known of it: plan, pair, both answers, the order seen, what counts. For
/// the forms of other programs see audit_forms.h.
/// Errors: Invalid (unknown form, nothing to write), Io.
[[nodiscard]] Result<VerdictExport> exportVerdicts(const store::Project& project,
    const AuditBatchRow& batch, const std::string& format, const std::filesystem::path& out);

/// Writes what people said of these pairs, of all audits, and what they were made from: one line a
/// pair that has either, `row` is its number among the pairs, from 1. Nothing is written where no
/// pair has. @return verdicts. Errors: Io, and those of the store.
[[nodiscard]] Result<std::int64_t> writeLineage(const store::Project& project,
    const std::vector<PairRow>& pairs, const std::filesystem::path& out);

struct VerdictImport {
    int verdicts = 0; ///< taken in
    int conflicts = 0; ///< of them, beside another verdict that goes on counting, see merge()
    int known = 0; ///< left out: they are here already
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
