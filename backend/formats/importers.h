#pragma once
#include "core/json.h"
#include "formats/import.h"
#include "formats/picture_finder.h"
#include <optional>
#include <string>
#include <vector>

namespace slook::formats {

// One importer a form; readSource() chooses. Errors as of readSource().
[[nodiscard]] Result<ImportBatch> importVlmevalkit(
    const std::filesystem::path& file, const ImportOptions& options);
/// @param source the folder with data/, data/ itself, one split's folder, or a questions.json
[[nodiscard]] Result<ImportBatch> importEasyVqa(
    const std::filesystem::path& source, const ImportOptions& options);
[[nodiscard]] Result<ImportBatch> importSticPairs(
    const std::filesystem::path& file, const ImportOptions& options);
[[nodiscard]] Result<ImportBatch> importLlava(
    const std::filesystem::path& file, const ImportOptions& options);
[[nodiscard]] Result<ImportBatch> importFolder(
    const std::filesystem::path& folder, const ImportOptions& options);

/// A JSON list of picture names, as STIC's pool of unlabelled pictures: no questions.
[[nodiscard]] Result<ImportBatch> importPictureList(
    const std::filesystem::path& file, const ImportOptions& options);

[[nodiscard]] std::vector<std::string> benchmarkForms(); ///< names of those in JSON of their own
/// @param format  one of benchmarkForms(), else throws std::invalid_argument
[[nodiscard]] Result<ImportBatch> importBenchmark(
    const std::string& format, const std::filesystem::path& file, const ImportOptions& options);
/// The benchmark whose file begins with this record, or with this member of one object; empty:
/// none.
[[nodiscard]] std::string benchmarkOfRecord(const Json& record);
[[nodiscard]] std::string benchmarkOfMember(const std::string& key, const Json& member);

/// The splits of an easy-VQA folder: (name, folder with questions.json); empty where it is none.
[[nodiscard]] std::vector<std::pair<std::string, std::filesystem::path>> easyVqaSplits(
    const std::filesystem::path& source);
/// True where the bytes begin a picture of a kind that is decoded.
[[nodiscard]] bool looksLikePicture(std::string_view head);

/// The label that an answer means: a label, "(B)", "b.", or the text of exactly one option.
[[nodiscard]] std::optional<std::string> labelOf(
    const std::string& answer, const std::vector<Option>& options);
/// Puts `answer` into an item that may have options. Empty, or why the row cannot be taken.
[[nodiscard]] std::string setAnswer(Item& item, const std::string& answer);

/// The first of the finders' pictures, or the first one's error.
[[nodiscard]] Result<std::filesystem::path> findIn(
    const std::vector<PictureFinder>& finders, const std::string& name);

/// Name, file and format of a source. `hash` is of the file, or of what stands for a folder.
[[nodiscard]] SourceRow sourceRow(const std::filesystem::path& source, const ImportOptions& options,
    const char* format, std::string hash);

} // namespace slook::formats
