#pragma once
#include "core/result.h"
#include "core/rows.h"
#include "runs/event.h"
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slook::store {

/// A picture on its way in: `bytes` are kept in the project where the source had bytes, else the
/// picture stays at `row.path`.
struct NewImage {
    ImageRow row; ///< id is given by the store
    std::string bytes;
};

/// A whole import. Items name their pictures by position in `images`.
struct ImportBatch {
    SourceRow source; ///< id, items and problems are given by the store
    std::vector<NewImage> images;
    std::vector<Item> items; ///< Item::images is filled in by the store ...
    std::vector<std::vector<std::size_t>>
        itemImages; ///< ... from these positions in `images`, one list per item
    std::vector<ProblemRow> problems;
};

/// What to show; empty members do not filter.
struct ItemFilter {
    std::vector<SourceId> sources;
    std::string category;
    std::string split;
    std::string text; ///< in question, hint, options or key; no pattern
    std::vector<ItemId> ids;
};

/// Result of "check project".
struct CheckReport {
    std::vector<std::string> problems; ///< empty where all is well
    std::map<std::string, std::int64_t> counts; ///< rows per table
};

/// The project file NAME.slook: single source of truth, one owner by OS lock, one writing
/// connection. One object per thread. Every changing call is one transaction that is durable when
/// it returns; on failure nothing of it is left. Calls with an `opId` are harmless when repeated
/// with the same one.
class Project {
public:
    /// Creates a new file. Errors: Conflict if it exists; Io; Invalid for a network or temporary
    /// file system.
    [[nodiscard]] static Result<Project> create(const std::filesystem::path& file);
    /// Opens as the owner. Errors: NotFound; Conflict, naming pid, host and since when, if another
    /// process owns it; Invalid if it is no project, damaged, or made by a newer version (its bytes
    /// stay unchanged).
    [[nodiscard]] static Result<Project> open(const std::filesystem::path& file);
    /// Opens beside an owner; every changing call fails with Conflict.
    [[nodiscard]] static Result<Project> openReadOnly(const std::filesystem::path& file);
    Project(Project&&) noexcept;
    Project& operator=(Project&&) noexcept;
    ~Project();

    [[nodiscard]] const std::filesystem::path& file() const;
    [[nodiscard]] std::filesystem::path folder() const; ///< NAME.slook.d
    [[nodiscard]] Result<CheckReport> check() const;

    // Data
    /// All or nothing; pictures with a known pixel hash are not stored again. One journal entry.
    [[nodiscard]] Result<SourceId> addImport(const ImportBatch& batch, const std::string& opId);
    [[nodiscard]] Result<std::vector<SourceRow>> sources() const;
    [[nodiscard]] Result<std::vector<ProblemRow>> problems(SourceId source) const;
    [[nodiscard]] Result<std::vector<Item>> items(const ItemFilter& filter = {}) const; ///< by id
    [[nodiscard]] Result<std::vector<ImageRow>> images(
        std::span<const ImageId> ids) const; ///< in the order asked
    [[nodiscard]] Result<std::string> imageBytes(
        ImageId id) const; ///< encoded bytes, from the project or its file

    // Runs
    /// Names the run ("0007-scl"), creates its row. The caller writes the directory first under the
    /// returned name.
    [[nodiscard]] Result<std::string> nextRunName(const std::string& recipe) const;
    [[nodiscard]] Result<RunId> addRun(const RunRow& run, const std::string& opId);
    [[nodiscard]] Result<std::vector<RunRow>> runs() const; ///< newest first
    [[nodiscard]] Result<RunRow> run(const std::string& nameOrNumber) const;
    /// Takes events in exactly once: those with seq <= the run's lastSeq are skipped; a gap is
    /// Invalid. Updates the run's state.
    [[nodiscard]] Result<void> takeEvents(RunId run, std::span<const runs::Event> events);
    [[nodiscard]] Result<void> setRunState(RunId run, RunState state, const std::string& error);

    // Results
    [[nodiscard]] Result<std::vector<std::string>> stages(
        RunId run) const; ///< in the order they were answered
    [[nodiscard]] Result<std::vector<ResponseRow>> responses(
        RunId run, const std::string& stage = {}) const;
    [[nodiscard]] Result<ResponseRow> response(ResponseId id) const;
    [[nodiscard]] Result<std::vector<ExtractionRow>> extractions(ResponseId id) const;
    /// One row per item that has a first and a last answer in this stage. `extractor` decides what
    /// counts.
    [[nodiscard]] Result<std::vector<TransitionRow>> transitions(
        RunId run, const std::string& stage, const std::string& extractor) const;
    [[nodiscard]] Result<std::vector<PairRow>> pairs(
        RunId run, const std::string& preference = {}) const;
    [[nodiscard]] Result<std::vector<MetricRow>> metrics(
        RunId run, const std::string& training = {}, int afterStep = -1) const;
    [[nodiscard]] Result<std::vector<runs::Event>> notes(RunId run)
        const; ///< Started, StepBegan, StepEnded, Artifact, Note, Finished and the newest Progress

    // History
    [[nodiscard]] Result<std::vector<JournalRow>> journal(int limit = 200) const;
    [[nodiscard]] Result<std::string>
    undo(); ///< what was undone; Invalid where there is nothing to undo
    [[nodiscard]] Result<std::string> redo();

private:
    struct Db; // keeps SQLite out of this header
    explicit Project(std::unique_ptr<Db> db);
    std::unique_ptr<Db> m_db;
};

} // namespace slook::store
