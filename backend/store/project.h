#pragma once
#include "core/audit.h"
#include "core/import_batch.h"
#include "core/layout.h"
#include "core/marks.h"
#include "core/result.h"
#include "core/rows.h"
#include "runs/event.h"
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slook::store {

using slook::ImportBatch;
using slook::NewImage;

/// What to show; empty members do not filter.
struct ItemFilter {
    std::vector<SourceId> sources = {};
    std::string category = {};
    std::string split = {};
    std::string text = {}; ///< in question, hint, options or key; no pattern
    std::vector<ItemId> ids = {}; ///< also of an import that was undone: results point to them
    bool withFields = true; ///< else Item::fields and Item::line stay empty: they can be long
};

/// A person's own rules and the name under which their extractions are kept.
struct ExtractionSet {
    std::string name;
    std::string rules;
};

/// How a person reads an answer, whatever an extractor makes of it.
struct HandReading {
    ResponseId response;
    std::string answer; ///< an option's label or words; empty: it says none
    std::optional<bool> correct; ///< empty: as the extractors read it again
    std::string reason;
};

/// Whether a person finds a triplet's answer to its question true of its picture.
struct TripletVerdict {
    TripletId triplet;
    std::string annotator;
    std::optional<bool> right; ///< empty: it cannot be told
};

/// Result of "check project".
struct CheckReport {
    std::vector<std::string> problems; ///< empty where all is well
    std::map<std::string, std::int64_t> counts; ///< rows per table
};

/// A verdict that was made elsewhere; with a task of its own where the plan has none for it.
struct ImportedVerdict {
    std::optional<AuditTask> newTask;
    VerdictRow verdict; ///< `task` names a task of the batch where `newTask` is empty
    bool keepsOrigin = false; ///< the verdict says itself where it came from
};

/// A pair that is made from another one.
struct DerivedPair {
    PairRow pair; ///< run, preference and, for a written text, chosenTurn are set by the store
    PairOriginRow origin; ///< parent, change and span; pair and set are set by the store
};

/// A set of pairs on its way into a project, see Project::addPairSet().
struct NewPairSet {
    PairSetRow set;
    std::vector<DerivedPair> pairs;
};

/// What was made elsewhere of a batch, on its way into a project, see Project::addJudgements().
struct ImportedJudgements {
    std::vector<ImportedVerdict> verdicts; ///< in this order: the last of a task counts
    std::vector<AdjudicationRow> adjudications; ///< with their own origin; `batch` is set
    std::vector<NewPairSet> sets;
    std::string origin; ///< name of the file
};

/// The project file NAME.slook: single source of truth, one owner by OS lock, one writing
/// connection. One object per thread. Every changing call is one transaction that is durable when
/// it returns; on failure nothing of it is left. Calls with an `opId` are harmless when repeated
/// with the same one.
class Project {
public:
    /// Creates a new file, complete or not at all. Errors: Conflict if it exists; Io; Invalid for a
    /// network file system.
    [[nodiscard]] static Result<Project> create(const std::filesystem::path& file);
    /// Opens as the owner. Errors: NotFound; Conflict, naming pid, host and since when, if another
    /// process owns it; Invalid if it is no project, damaged, or made by a newer version (its bytes
    /// stay unchanged).
    [[nodiscard]] static Result<Project> open(const std::filesystem::path& file);
    /// Opens beside an owner; every changing call fails with Conflict. Shows a file with foreign
    /// tables, triggers or views too, which open() refuses; nothing of them is executed.
    [[nodiscard]] static Result<Project> openReadOnly(const std::filesystem::path& file);
    Project(Project&&) noexcept;
    Project& operator=(Project&&) noexcept;
    ~Project();

    [[nodiscard]] const std::filesystem::path& file() const;
    [[nodiscard]] std::filesystem::path folder() const; ///< NAME.slook.d
    [[nodiscard]] bool readOnly() const;
    /// Sentences that a person should see once: the last owner stopped without closing, the file
    /// lies where a restart deletes it.
    [[nodiscard]] const std::vector<std::string>& notices() const;
    /// Structure, foreign keys, schema, and the bytes of stored pictures against their hashes.
    [[nodiscard]] Result<CheckReport> check() const;

    // Data
    /// All or nothing; pictures with a known pixel hash are not stored again. One journal entry.
    [[nodiscard]] Result<SourceId> addImport(const ImportBatch& batch, const std::string& opId);
    /// @param withUndone  also those whose import was undone
    [[nodiscard]] Result<std::vector<SourceRow>> sources(bool withUndone = false) const;
    [[nodiscard]] Result<std::vector<ProblemRow>> problems(SourceId source) const;
    [[nodiscard]] Result<std::vector<Item>> items(const ItemFilter& filter = {}) const; ///< by id
    /// The same one after the other, for those who keep less of them than all.
    [[nodiscard]] Result<void> forEachItem(
        const ItemFilter& filter, const std::function<void(const Item&)>& visit) const;
    [[nodiscard]] Result<std::vector<ItemId>> itemIds(const ItemFilter& filter = {}) const;
    [[nodiscard]] Result<std::vector<ImageRow>> images(
        std::span<const ImageId> ids) const; ///< in the order asked
    [[nodiscard]] Result<std::string> imageBytes(
        ImageId id) const; ///< encoded bytes, from the project or its file

    // Runs
    /// The name for a new run ("0007-scl"), free in the project and among its run directories. The
    /// caller writes the directory under this name first, then calls addRun().
    [[nodiscard]] Result<std::string> nextRunName(const std::string& recipe) const;
    /// @param source  the import that brought all of the run, for one that nobody has run: undoing
    ///                the import hides it
    [[nodiscard]] Result<RunId> addRun(
        const RunRow& run, const std::string& opId, SourceId source = {});
    [[nodiscard]] Result<std::vector<RunRow>> runs() const; ///< newest first
    [[nodiscard]] Result<RunRow> run(const std::string& nameOrNumber) const;
    /// Runs that wait for their turn, in their order. setQueue() replaces the whole; each run
    /// stands in it once.
    [[nodiscard]] Result<std::vector<RunId>> queue() const;
    [[nodiscard]] Result<void> setQueue(std::span<const RunId> runs);
    /// Takes events in exactly once: those with seq <= the run's lastSeq are skipped; a gap is
    /// Invalid. Updates the run's state. A repeated answer, pair, triplet or metric (a worker that
    /// resumed) replaces the older one and keeps its id.
    [[nodiscard]] Result<void> takeEvents(RunId run, std::span<const runs::Event> events);
    [[nodiscard]] Result<void> setRunState(RunId run, RunState state, const std::string& error);

    // Results
    [[nodiscard]] Result<std::vector<std::string>> stages(
        RunId run) const; ///< in the order they were answered
    [[nodiscard]] Result<std::vector<ResponseRow>> responses(
        RunId run, const std::string& stage = {}) const;
    [[nodiscard]] Result<ResponseRow> response(ResponseId id) const;
    [[nodiscard]] Result<std::vector<ExtractionRow>> extractions(ResponseId id) const;
    /// Of one extractor, all answers of the run, by response.
    [[nodiscard]] Result<std::vector<ExtractionRow>> extractionsOf(
        RunId run, const std::string& extractor) const;
    /// Keeps what a person's own rules made of a run's answers, under a name of its own ("mine-1").
    /// One journal entry. @return the name. Errors: Invalid (no extraction), NotFound (no such
    /// run).
    [[nodiscard]] Result<std::string> addExtractions(RunId run, const std::string& rules,
        std::span<const ExtractionRow> rows, const std::string& opId);
    [[nodiscard]] Result<std::vector<ExtractionSet>> extractionSets(RunId run) const; ///< by age
    /// What was done to pictures before the model described them, by response.
    [[nodiscard]] Result<std::vector<CorruptionRow>> corruptions(RunId run) const;
    /// One row per item that has a first and a later answer in this stage, both marked right or
    /// wrong by `extractor`; items without a known answer are left out.
    [[nodiscard]] Result<std::vector<TransitionRow>> transitions(
        RunId run, const std::string& stage, const std::string& extractor) const;
    /// The same one after the other, by item, without what the question is (key to images).
    [[nodiscard]] Result<void> forEachTransition(RunId run, const std::string& stage,
        const std::string& extractor, const std::function<void(const TransitionRow&)>& visit) const;
    [[nodiscard]] Result<std::vector<PairRow>> pairs(
        RunId run, const std::string& preference = {}) const;
    /// The same one after the other.
    [[nodiscard]] Result<void> forEachPair(RunId run, const std::string& preference,
        const std::function<void(const PairRow&)>& visit) const;
    /// The seed's first, then round by round.
    [[nodiscard]] Result<std::vector<TripletRow>> triplets(RunId run) const;
    [[nodiscard]] Result<std::vector<MetricRow>> metrics(
        RunId run, const std::string& training = {}, int afterStep = -1) const;
    /// By training, item and step.
    [[nodiscard]] Result<std::vector<RewardRow>> rewards(
        RunId run, const std::string& training = {}) const;
    [[nodiscard]] Result<std::vector<runs::Event>> notes(RunId run)
        const; ///< Started, StepBegan, StepEnded, Artifact, Note, Finished and the newest Progress

    // Maps
    [[nodiscard]] Result<LayoutId> addLayout(const LayoutRow& layout, const std::string& opId);
    [[nodiscard]] Result<std::vector<LayoutRow>> layouts() const; ///< newest first, without points
    [[nodiscard]] Result<LayoutRow> layout(LayoutId id) const;
    /// Hides it, as one journal entry; those that started from it stay. Errors: NotFound.
    [[nodiscard]] Result<void> removeLayout(LayoutId id, const std::string& opId);

    // Audits. Each of these changes is one journal entry.
    /// A batch with all of its tasks, before anything is judged.
    /// Errors: Invalid (no name, a name that another batch has, no task).
    [[nodiscard]] Result<BatchId> addAudit(
        const AuditBatchRow& batch, std::span<const AuditTask> tasks, const std::string& opId);
    [[nodiscard]] Result<std::vector<AuditBatchRow>> audits() const; ///< newest first
    /// By annotator and position; of all annotators where none is named.
    [[nodiscard]] Result<std::vector<AuditTask>> auditTasks(
        BatchId batch, const std::string& annotator = {}) const;
    /// A new verdict supersedes the task's older ones and ends its draft; Choice::Withdrawn leaves
    /// the task without one. Errors: NotFound (no such task), Invalid (`better` is none of its
    /// answers, or missing).
    [[nodiscard]] Result<VerdictId> addVerdict(const VerdictRow& verdict, const std::string& opId);
    /// What was made elsewhere of a batch. All or none, one journal entry. Errors: as addVerdict()
    /// and addPairSet().
    [[nodiscard]] Result<void> addJudgements(
        BatchId batch, const ImportedJudgements& judgements, const std::string& opId);
    /// The one that counts of each task, in the order in which they were given.
    [[nodiscard]] Result<std::vector<VerdictRow>> verdicts(
        BatchId batch, const std::string& annotator = {}) const;
    /// Superseded and withdrawn ones too.
    [[nodiscard]] Result<std::vector<VerdictRow>> verdictHistory(BatchId batch) const;
    /// Replaces the task's draft. No journal entry: nothing was decided.
    [[nodiscard]] Result<void> keepDraft(const VerdictDraft& draft);
    [[nodiscard]] Result<std::vector<VerdictDraft>> drafts(
        BatchId batch, const std::string& annotator) const;
    [[nodiscard]] Result<std::int64_t> addAdjudication(
        const AdjudicationRow& adjudication, const std::string& opId);
    /// The one that counts of each pair; of all batches where none is named.
    [[nodiscard]] Result<std::vector<AdjudicationRow>> adjudications(BatchId batch = {}) const;
    /// Superseded ones and those that stand aside too, in the order in which they came.
    [[nodiscard]] Result<std::vector<AdjudicationRow>> adjudicationHistory(BatchId batch) const;
    /// Pairs of `set.run` under a preference of their own: `set.preference` with the next free
    /// number, or "edited" as it is. Pairs that they come from stay. Undoing hides them.
    /// @return the set with id and preference. Errors: Invalid (no pair).
    [[nodiscard]] Result<PairSetRow> addPairSet(
        PairSetRow set, std::span<const DerivedPair> pairs, const std::string& opId);
    [[nodiscard]] Result<std::vector<PairSetRow>> pairSets(RunId run = {}) const;
    [[nodiscard]] Result<std::vector<PairOriginRow>> pairOrigins(PairSetId set) const;

    // Readings by hand. One call is one journal entry.
    /// From now on transitions() and extractionsOf() have these answers, for every extractor.
    /// Errors: Invalid (no reading, no reason, an unknown response).
    [[nodiscard]] Result<void> readByHand(
        std::span<const HandReading> readings, const std::string& opId);
    [[nodiscard]] Result<std::vector<HandReading>> handReadings(
        RunId run) const; ///< that are in force, by response

    // Verdicts on triplets. One call is one journal entry.
    /// From now on this is what the annotator says of it. Errors: Invalid (no annotator); NotFound.
    [[nodiscard]] Result<void> judgeTriplet(const TripletVerdict& verdict, const std::string& opId);
    /// The newest of each annotator that is not undone, by triplet and annotator.
    [[nodiscard]] Result<std::vector<TripletVerdict>> tripletVerdicts(RunId run) const;

    // Marks and views. Each change is one journal entry.
    /// Puts a mark on all of these questions, or takes it off where `value` is empty.
    /// Errors: Invalid (no such mark or value, no question).
    [[nodiscard]] Result<void> mark(std::span<const ItemId> items, const std::string& name,
        const std::string& value, const std::string& opId);
    /// The same of preference pairs; their questions' own marks stay as they are.
    [[nodiscard]] Result<void> markPairs(std::span<const PairId> pairs, const std::string& name,
        const std::string& value, const std::string& opId);
    /// Of questions by item and name, then of pairs by pair and name.
    [[nodiscard]] Result<std::vector<MarkRow>> marks() const;
    /// Replaces a view of the same name; takes it away where the filter is empty.
    [[nodiscard]] Result<void> saveView(const SavedView& view, const std::string& opId);
    [[nodiscard]] Result<std::vector<SavedView>> savedViews() const; ///< by name

    // Settings of the project, no part of its history
    [[nodiscard]] Result<std::string> setting(
        const std::string& name) const; ///< "" where it was never set
    [[nodiscard]] Result<void> setSetting(const std::string& name, const std::string& value);

    // History
    [[nodiscard]] Result<std::vector<JournalRow>> journal(int limit = 200) const; ///< newest first
    /// Undoes what is newer than this entry, or does again up to it what was undone.
    /// @param entry  0: before the first one. @return how many entries changed. Errors: NotFound.
    [[nodiscard]] Result<int> goTo(std::int64_t entry);
    [[nodiscard]] Result<std::string>
    undo(); ///< what was undone; Invalid where there is nothing to undo
    [[nodiscard]] Result<std::string> redo();

private:
    struct Db; // keeps SQLite out of this header
    explicit Project(std::unique_ptr<Db> db);
    std::unique_ptr<Db> m_db;
};

} // namespace slook::store
