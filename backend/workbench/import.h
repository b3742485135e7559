#pragma once
#include "core/rows.h"
#include "store/project.h"
#include "workbench/watch.h"
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slook::workbench {

struct ImportOptions {
    std::string format; ///< one of importFormats(); empty: found out from the file
    std::filesystem::path
        imageRoot; ///< where relative picture paths begin; empty: the file's folder
    std::filesystem::path corruptedRoot; ///< of a file of pairs: where the corrupted pictures lie,
                                         ///< under the names of the clean ones; empty: not at hand
    std::string name; ///< of the source; empty: the file's name without its ending
    std::string origin; ///< recorded as the source's file; empty: the file's own path
    std::string split; ///< given to items whose file names none
    std::vector<std::pair<std::string, std::string>>
        columns; ///< the file's own columns by our fields, see formats::ColumnMap
    bool wholeRecordsOfCutFile = false; ///< of a file that was cut off: take what is whole
    std::uint64_t seed = 0; ///< order of the options that easy-VQA's answers become
    std::filesystem::path model {}; ///< whose context prompts must fit; empty: not looked at
};

/// Answers and pairs that came with a source, and what claims of corrupted pictures are worth.
struct ImportedPairs {
    std::string run; ///< that holds them
    int answers = 0;
    int known = 0; ///< of the answers, to questions that the project had already
    int pairs = 0;
    int claimed = 0; ///< to be of a corrupted picture: the sum of the next three
    int changed = 0; ///< the corrupted picture is there and has other pixels
    int same = 0; ///< it is there and has the very pixels of the clean one
    int unknown = 0; ///< it is not there
};
[[nodiscard]] std::string claimText(const ImportedPairs& pairs); ///< in a sentence or three

struct ImportReport {
    SourceRow source; ///< as the project has it now: counts of items and problems
    std::vector<ProblemRow> problems; ///< rows that were not taken, with line and reason
    std::int64_t pictures = 0; ///< different pictures of this source
    std::optional<ImportedPairs> pairs {}; ///< of a file of pairs, traces or predictions
};

[[nodiscard]] std::vector<std::string> importFormats(); ///< see formats::importFormats()

/// Adds what was read, under a name that no other source has.
/// Errors: those of the store; Stopped, and then nothing was added.
[[nodiscard]] Result<ImportReport> addBatch(
    store::Project& project, ImportBatch batch, const Watch& watch = {});

/// What an import would bring, read and not yet written.
struct ImportPreview {
    ImportBatch batch;
    struct Check {
        bool fine = true;
        std::string text; ///< one sentence
    };
    std::vector<Check> checks;
    std::vector<std::pair<std::string, int>> categories; ///< with their questions, largest first
    /// Questions that are taken, but are longer than the model's context, with their numbers of
    /// tokens; empty where no model was named.
    std::vector<ProblemRow> tooLong;
};
/// Reads the whole source and looks it over: rows that cannot be taken (in batch.problems), picture
/// marks that do not count the pictures, the same picture or question more than once, questions
/// without an answer, pairs with one side, prompts that are longer than the model's context (see
/// PromptLength).
/// Errors: those of importInto() but for the project's.
[[nodiscard]] Result<ImportPreview> previewImport(
    const std::filesystem::path& source, const ImportOptions& options, const Watch& watch = {});
/// Adds what was previewed, as importInto() would.
[[nodiscard]] Result<ImportReport> addPreviewed(store::Project& project, ImportPreview preview,
    const ImportOptions& options, const Watch& watch = {});

/// What a file's columns are and what of ours they can be mapped to.
struct SourceShape {
    std::string format; ///< empty: of no known form
    std::string reason; ///< why it is not, in a sentence
    struct Column {
        std::string name;
        std::string sample; ///< of the first row
    };
    std::vector<Column> columns;
    std::vector<std::string> fields; ///< of ours that may be mapped
};
/// @param format  what a person has chosen; empty: found out. Errors: NotFound, Io.
[[nodiscard]] Result<SourceShape> shapeOf(
    const std::filesystem::path& source, const std::string& format = {});

/// Reads a file or folder and adds it as one source, all or nothing. Rows that cannot be taken are
/// problems of the report, no error.
/// Errors: NotFound, Io; Invalid where the form is not known or no row can be taken; Conflict where
/// the project is read-only; Stopped, and then nothing was imported.
[[nodiscard]] Result<ImportReport> importInto(store::Project& project,
    const std::filesystem::path& source, const ImportOptions& options, const Watch& watch = {});

} // namespace slook::workbench
