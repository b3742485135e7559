#pragma once
#include "core/import_batch.h"
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace slook::formats {

/// How far a long import or export has come.
struct Progress {
    std::string what; ///< "Reading questions.tsv"
    std::int64_t done = 0;
    std::int64_t total = 0; ///< 0: not known
};

/// Names of a file's own columns or fields by ours: { "question", "prompt" } reads the question out
/// of "prompt". A field of ours that is not named here is looked for under its own name.
using ColumnMap = std::vector<std::pair<std::string, std::string>>;

struct ImportOptions {
    std::string format; ///< one of importFormats(); empty: found out from the content
    std::filesystem::path
        imageRoot; ///< where relative picture paths begin; empty: see readSource()
    std::string name; ///< of the source; empty: the file's name without its ending
    std::string split; ///< given to items whose file names none
    /// Of a file that was cut off: take the whole records. Else such a file is an error that says
    /// how many there are.
    bool wholeRecordsOfCutFile = false;
    /// Keep the bytes of pictures that are files too, so that the project can be moved alone.
    bool copyPictures = false;
    ColumnMap columns; ///< of a table ("vlmevalkit") or of JSON records ("llava"); else ignored
    std::uint64_t seed = 0; ///< order of the options that easy-VQA's answers become
    int threads = 0; ///< for decoding pictures; 0: as many as the machine has, at most 4
    std::function<void(const Progress&)> onProgress; ///< on the calling thread
    std::function<bool()> stopRequested; ///< on any thread
};

/// "vlmevalkit", "easy-vqa", "llava", "folder", "picture-list", benchmarks in the JSON of their
/// authors
/// ("scienceqa", ...), "stic-pairs" and "pairs" of all other trainers, "scl-traces", answers of
/// models ("llava-answers", "mmevalpro-answers"). Where a form is JSON its records may be rows of a
/// Parquet file, where it is a table it may be xlsx.
[[nodiscard]] std::vector<std::string> importFormats();

/// What a file or folder is, by its content: one of importFormats(). Errors: NotFound, Io, Invalid
/// (none of them, saying what it looks like instead).
[[nodiscard]] Result<std::string> sniffFormat(const std::filesystem::path& source);

/// What a table's header or the first JSON record names, with its first value, cut; empty for a
/// folder and for texts that are neither. Errors: NotFound, Io.
struct SourceColumn {
    std::string name;
    std::string sample;
};
[[nodiscard]] Result<std::vector<SourceColumn>> sourceColumns(const std::filesystem::path& source);
/// Fields that this form reads and a person may map, in the order in which to show them; empty
/// where the form has nothing to map.
[[nodiscard]] std::vector<std::string> mappedFields(const std::string& format);

/// Reads a whole source. Every picture is decoded once to know its size and the hash of its pixels;
/// those that came as bytes are loaded again by NewImage::load when the store wants them. Rows that
/// cannot be taken become problems with line and reason. Relative picture paths are looked for
/// under `imageRoot` alone where it is given, else beside the file (VLMEvalKit: images/<name>/) and
/// never outside of it; absolute ones only under `imageRoot` or beside the file. Errors: NotFound,
/// Io; Invalid where the form is not known, the file is cut off, or no row can be taken; Stopped.
[[nodiscard]] Result<ImportBatch> readSource(
    const std::filesystem::path& source, const ImportOptions& options = {});

} // namespace slook::formats
