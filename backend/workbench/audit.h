#pragma once
#include "store/project.h"
#include "workbench/audit_plan.h"
#include "workbench/filter.h"
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slook::workbench {

/// Which pairs an audit draws from.
struct AuditSource {
    std::vector<RunId> runs; ///< empty: all runs
    std::string preference; ///< empty: the first of the newest run that has pairs, its method's own
    Filter filter;
    std::vector<ItemId> items; ///< pairs of these questions alone, ascending; empty: of all
    std::vector<PairId> pairs; ///< for Sampling::Selection: these, in this order; empty: all
};

struct AuditCandidates {
    std::vector<AuditCandidate> rows;
    int leftOut = 0; ///< pairs with one side only, or with a text that no answer of the run has
};

/// Pairs of the project that people can judge: both sides are answers of the run.
/// Errors: NotFound (a pair that is not there), and those of the store.
[[nodiscard]] Result<AuditCandidates> auditCandidates(
    const store::Project& project, const AuditSource& source);

/// Draws a plan and keeps it, before anything is judged.
/// Errors: Invalid (see planAudit(); a name that another audit has), and those of the store.
[[nodiscard]] Result<AuditBatchRow> newAudit(
    store::Project& project, const AuditSource& source, const AuditOptions& options);

/// The batch of this name or number, or the newest where nothing is named. Errors: NotFound.
[[nodiscard]] Result<AuditBatchRow> auditNamed(
    const store::Project& project, const std::string& nameOrNumber);

/// What an annotator sees of a task, and what only a reveal may show.
struct AuditView {
    AuditTask task;
    std::string question;
    std::vector<Option> options;
    std::vector<ImageId> images;
    std::string leftText;
    std::string rightText;
    std::string chosen; ///< revealed: "left" or "right"; empty in a file that was sent
    std::string machine; ///< revealed: run, preference and type in words
    std::string model; ///< folder, for the picture as the model saw it; empty where not known
    /// Of the picture behind one of both answers; which one is not told.
    std::optional<CorruptionRow> corruption;
};

/// One annotator's batch from beginning to end, so that no pair has to be waited for.
struct AuditSession {
    AuditBatchRow batch;
    std::string annotator;
    std::vector<AuditView> views; ///< by position
    std::vector<VerdictRow> verdicts; ///< that count, in the order in which they were given
    std::vector<VerdictDraft> drafts;
};
/// Errors: NotFound (the annotator has no task in this batch), and those of the store.
[[nodiscard]] Result<AuditSession> auditSession(
    const store::Project& project, BatchId batch, const std::string& annotator);

/// Who has tasks in a batch, and how many have a verdict.
struct AuditProgress {
    std::string annotator;
    int tasks = 0;
    int judged = 0;
};
[[nodiscard]] Result<std::vector<AuditProgress>> auditProgress(
    const store::Project& project, BatchId batch);

/// Everything about the pairs of a batch, by pair.
struct AuditedPair {
    PairRow pair;
    Item item;
    std::string method; ///< recipe of its run
    std::string benchmark;
    std::string corruption;
    ResponseId chosen;
    ResponseId rejected;
};
/// What makes a pair the same pair in another file: its pictures, prompt and answers, whichever of
/// them is preferred.
[[nodiscard]] Result<std::string> pairSha256(
    const store::Project& project, const AuditedPair& pair);
/// Whether this batch came in a file that sendAudit() wrote.
[[nodiscard]] bool isSent(const AuditBatchRow& batch);
[[nodiscard]] Result<std::map<PairId, AuditedPair>> auditedPairs(
    const store::Project& project, BatchId batch);

} // namespace slook::workbench
