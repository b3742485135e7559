#pragma once
#include "workbench/audit.h"
#include <filesystem>

/// Two files, no server: a batch goes to an annotator as a project of its own and comes back.
namespace slook::workbench {

struct SentAudit {
    int tasks = 0;
    int verdicts = 0; ///< that were there already: the annotator goes on after them
    int pairs = 0;
    int pictures = 0;
};

/// Writes a batch as a new project: questions, pictures as bytes, both answers, rubric, order and
/// sides as they were planned. It tells nothing that the annotator must not know: no known answer,
/// no type, no model and no run; which text stands as chosen in it follows from hashes alone, and
/// the expected answer of a gold pair stays here. The file appears complete or not at all.
/// @param annotators  whose tasks; empty: everybody's, with what was adjudicated: for an
///                    adjudicator
/// Errors: Conflict (the file exists), NotFound (an annotator without tasks), and those of the
/// store.
[[nodiscard]] Result<SentAudit> sendAudit(const store::Project& project, const AuditBatchRow& batch,
    const std::vector<std::string>& annotators, const std::filesystem::path& file);

enum class MergeKind { New, Conflict, Known };
[[nodiscard]] const char* nameOf(MergeKind kind); ///< "new", "conflict", "known"

/// A verdict from elsewhere beside what is here.
struct MergeRow {
    MergeKind kind = MergeKind::New;
    AuditTask task; ///< here; without an id where the plan here has none for it
    std::string question;
    VerdictRow theirs; ///< with the ids of here
    std::optional<VerdictRow> ours; ///< of a conflict: the one that counts here
};

/// What an adjudicator elsewhere made of a pair, beside what is here.
struct MergeAdjudication {
    MergeKind kind = MergeKind::New;
    std::string question;
    std::map<ResponseId, std::string> answers; ///< both of the pair, as they are here
    AdjudicationRow theirs; ///< with the ids of here; aside where ours goes on counting
    std::optional<AdjudicationRow> ours; ///< that counts here
};

/// What a merge would do, before it is done.
struct AuditMerge {
    AuditBatchRow batch; ///< here
    std::string origin; ///< name of the file
    std::vector<MergeRow> rows; ///< as the file has them
    std::vector<MergeAdjudication> adjudications;
    std::vector<store::NewPairSet> edits; ///< corrected answers that are not here yet
    int fresh = 0, conflicts = 0, known = 0; ///< of rows
    int newTasks = 0; ///< of fresh ones: judgements that the plan here does not have
    int foreign = 0; ///< verdicts of the file about pairs that the batch here does not have
    [[nodiscard]] int adjudicated(MergeKind kind) const; ///< adjudications of this kind
    [[nodiscard]] bool changesNothing() const;
    [[nodiscard]] std::string sentence() const; ///< all of this for a person
};

/// Compares verdicts from elsewhere with those of a batch. The same verdict of the same task and
/// moment is known, also where it counts no more; another verdict of a task that has one is a
/// conflict.
[[nodiscard]] Result<AuditMerge> comparedWith(const store::Project& project,
    const AuditBatchRow& batch, std::vector<store::ImportedVerdict> verdicts,
    const std::string& origin);

/// What merging another project's file would do: one that sendAudit() wrote, or a whole copy.
/// @param audit  name of the batch; empty: the one that both files have
/// Errors: Invalid (this project itself, no batch that both have, several and none named), and
/// those of opening the file.
[[nodiscard]] Result<AuditMerge> planMerge(const store::Project& project,
    const std::filesystem::path& file, const std::string& audit = {});

/// Does it, as one step that can be undone. Of a conflict both verdicts are kept: the one from here
/// goes on counting, whichever is newer, and is flagged, so that the pair waits for an adjudicator.
/// So it is with adjudications: ours counts and theirs stands aside, unless their adjudicator had
/// ours before them and settled the pair again; where both decide otherwise the pair waits.
[[nodiscard]] Result<void> merge(store::Project& project, const AuditMerge& merge);

} // namespace slook::workbench
