#pragma once
#include "core/rows.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Rows of an audit: people judge the pairs that a machine labelled.
namespace slook {

/// Pairs that are put to people, with the whole plan, frozen before the first judgement.
struct AuditBatchRow {
    BatchId id;
    std::string name; ///< unique among the batches that are there
    std::int64_t time = 0; ///< UTC milliseconds
    std::uint64_t seed = 0; ///< of the sample, the order of tasks and the order of sides
    std::string plan; ///< JSON: what was asked for, what was found, strata with their sizes
    std::string rubric; ///< what to look at, with examples; plain text
    int tasks = 0;
    int judged = 0; ///< tasks with a verdict
};

/// Why a task is there. Nothing on the screen tells.
enum class TaskKind { Plain, Mirrored, Gold, Imported };

/// One pair before one annotator, with the order of its sides.
struct AuditTask {
    TaskId id;
    BatchId batch;
    std::string annotator;
    int position = 0; ///< counted from 0 in the annotator's order
    TaskKind kind = TaskKind::Plain;
    PairId pair;
    ResponseId left; ///< the answer that is shown on the left
    ResponseId right;
    std::string stratum; ///< that the pair was drawn from; empty where there are none
    ResponseId expected; ///< of a gold task: the answer that is known to be better
};

enum class Choice { Better, MuchBetter, Tie, BothBad, CannotJudge, Withdrawn };

/// A person's judgement of a task. Rows are only added; the newest one of a task counts.
struct VerdictRow {
    VerdictId id;
    TaskId task;
    Choice choice = Choice::CannotJudge;
    ResponseId better; ///< set for Better and MuchBetter alone
    std::vector<std::string> reasons; ///< of verdictReasons()
    std::string note;
    bool flagged = false; ///< for adjudication
    double seconds = 0; ///< of attention: idle and unfocused time is left out
    std::int64_t time = 0; ///< UTC milliseconds
    std::string origin = "screen"; ///< or the name of the file that it was imported from
};

/// What somebody has begun to write about a task and not yet judged.
struct VerdictDraft {
    TaskId task;
    std::vector<std::string> reasons;
    std::string note;
    bool flagged = false;
    double seconds = 0;
};

enum class Settlement { Better, Tie, Drop, Rewrite };

/// What an adjudicator made of a pair that people did not agree on. The newest of a pair counts,
/// of those that do not stand aside.
struct AdjudicationRow {
    std::int64_t id = 0;
    BatchId batch;
    PairId pair;
    Settlement outcome = Settlement::Drop;
    ResponseId better; ///< set for Better alone
    std::string rewrite; ///< set for Rewrite alone: the answer as it should be
    std::string category; ///< kind of error, of verdictReasons() or empty
    std::string note;
    std::string adjudicator;
    std::int64_t time = 0; ///< UTC milliseconds
    std::string origin = "screen"; ///< or the name of the file that it came in
    bool aside = false; ///< came in a file when the pair was settled here: kept, and does not count
    [[nodiscard]] bool decidesLike(const AdjudicationRow& other) const
    {
        return outcome == other.outcome && better == other.better && rewrite == other.rewrite;
    }
};

/// Pairs that were made from other pairs by people's judgements or edits, in one step.
struct PairSetRow {
    PairSetId id;
    RunId run;
    BatchId batch; ///< 0: of no batch
    std::string preference; ///< of its pairs: "audited-1", "edited"
    std::string rule; ///< JSON: what was dropped, relabelled, kept, and why
    double labelSmoothing = 0; ///< share of labels that are taken to be wrong; 0: none
    int pairs = 0;
    std::int64_t time = 0; ///< UTC milliseconds
};

/// Where a pair of a set comes from.
struct PairOriginRow {
    PairId pair;
    PairId parent;
    PairSetId set;
    std::string change; ///< "kept", "relabelled", "edited", "rewritten"
    int begin = -1; ///< bytes of the parent's text that were replaced, [begin, end); -1: none
    int end = -1;
};

[[nodiscard]] const char* nameOf(Choice choice); ///< "much-better", as in files and columns
[[nodiscard]] const char* nameOf(TaskKind kind);
[[nodiscard]] const char* nameOf(Settlement outcome);
[[nodiscard]] std::optional<Choice> choiceNamed(const std::string& name);
[[nodiscard]] std::optional<TaskKind> taskKindNamed(const std::string& name);
[[nodiscard]] std::optional<Settlement> settlementNamed(const std::string& name);

/// The reasons that a verdict may carry, in the order of their keys R 1 to R 9 and R 0.
[[nodiscard]] const std::vector<std::string>& verdictReasons();

} // namespace slook
