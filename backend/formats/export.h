#pragma once
#include "core/result.h"
#include "core/rows.h"
#include "formats/import.h"
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace slook::formats {

/// How the rejected text of a pair was made, for STIC's form.
struct PairMaking {
    bool corrupted = false; ///< of a picture whose pixels are known to differ, or are said to
    bool proven = false; ///< both hashes show that they do
    bool refuted = false; ///< it was said to be corrupted, and the pixels are the clean ones
    std::string badPrompt {}; ///< that it answers, where a bad prompt made it
};

/// What an export may need; items and pictures that no exported row names are ignored.
struct ExportData {
    std::vector<PairRow> pairs;
    std::map<PairId, PairMaking> makings; ///< of the pairs of which it is known
    std::vector<ResponseRow> responses;
    std::vector<ExtractionRow> extractions; ///< of the responses, any number each
    std::vector<Item> items;
    std::vector<ImageRow> images;
    std::function<Result<std::string>(ImageId)> imageBytes; ///< encoded bytes of a picture
};

struct ExportOptions {
    std::string format = {}; ///< one of the formats below
    /// Pictures are written once each to images/ beside the file; if false, those that lie on the
    /// disk are named by their absolute path and only pictures kept in the project are written.
    bool copyPictures = true;
    std::function<void(const Progress&)> onProgress = {};
    std::function<bool()> stopRequested = {};
};

struct ExportReport {
    std::int64_t records = 0;
    std::int64_t pictures = 0; ///< files written to images/
    std::vector<std::filesystem::path> files; ///< besides pictures
    std::vector<std::string> notCarried; ///< what the form has no place for, one sentence each
};

/// "scl", "trl", "llama-factory", "ms-swift", "povid", "stic", ...; "trl-parquet" where this build
/// writes Parquet
[[nodiscard]] std::vector<std::string> pairFormats();
[[nodiscard]] std::vector<std::string> itemFormats(); ///< "vlmevalkit", "jsonl"
/// "jsonl"; "vlmevalkit": a prediction file, "vlmevalkit-xlsx" where this build writes Excel's;
/// "scl-traces": first and refined answers as SCL's inference.py writes them; "llava-answers" and
/// "mmevalpro-answers": one answer a question, as these evaluations read them
[[nodiscard]] std::vector<std::string> responseFormats();
[[nodiscard]] std::vector<std::string> conversationFormats(); ///< "llava"

/// Writes `out` (and images/, for LLaMA-Factory dataset_info.json, beside it); the old file or the
/// new one, never half. Errors: Invalid (unknown format, nothing to write, a row that names an
/// unknown item), NotFound (no folder), Io, Stopped.
[[nodiscard]] Result<ExportReport> exportPairs(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options);
/// As a VLMEvalKit TSV with the pictures as base64.
[[nodiscard]] Result<ExportReport> exportItems(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options);
/// Questions with their answers to be learned, as LLaVA's training reads them: the question as it
/// is asked, options are not added. Those without an answer or with several pictures are left out.
[[nodiscard]] Result<ExportReport> exportConversations(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options);
/// One line of JSON a response, with its question, key, and extractions; or one of the forms above.
[[nodiscard]] Result<ExportReport> exportResponses(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options);

} // namespace slook::formats
