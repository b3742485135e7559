#pragma once
#include "core/json.h"
#include "formats/batch_builder.h"
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slook::formats {

/// A row of a Parquet file as Hugging Face data sets use it.
struct ParquetRow {
    Json record; ///< by column; a picture is replaced by its name
    std::vector<PictureSource> pictures; ///< {"bytes", "path"}, or bytes that are a picture
    std::string problem; ///< why the row is no record; else empty
};

class ParquetTable {
public:
    virtual ~ParquetTable() = default;
    [[nodiscard]] virtual std::int64_t rows() const = 0; ///< as the file says
    /// The next row; empty at the end. Errors: Invalid (a damaged part), Io (too large for memory).
    [[nodiscard]] virtual Result<std::optional<ParquetRow>> next() = 0;
};

/// A pair as TRL's DPOTrainer reads it for vision models.
struct ParquetPair {
    std::vector<std::pair<std::string, std::string>> images; ///< encoded bytes and a file name
    std::string prompt;
    std::string chosen;
    std::string rejected;
};
using NextParquetPair = std::function<Result<std::optional<ParquetPair>>()>;

/// Arrow is an optional component, loaded when the first such file is met.
[[nodiscard]] bool canReadParquet();
/// True where the bytes begin a Parquet file.
[[nodiscard]] bool looksLikeParquet(std::string_view head);
[[nodiscard]] Result<bool> isParquet(const std::filesystem::path& file);

/// Errors: Invalid (no Parquet file, cut off, encrypted, nested deeper than 32, or this build reads
/// none), NotFound, Io.
[[nodiscard]] Result<std::unique_ptr<ParquetTable>> openParquet(const std::filesystem::path& file);
/// Columns images (list of {bytes, path}), prompt, chosen, rejected (messages with content parts),
/// and the note by which `datasets` knows the pictures. The old file or the new one, never half.
/// Errors: as openParquet(); those of `next`.
[[nodiscard]] Result<void> writeParquet(
    const std::filesystem::path& file, const NextParquetPair& next);

/// What the component offers: the one symbol that it exports, "slookParquet", returns this.
struct ParquetComponent {
    Result<std::unique_ptr<ParquetTable>> (*open)(const std::filesystem::path& file);
    Result<void> (*write)(const std::filesystem::path& file, const NextParquetPair& next);
};

} // namespace slook::formats
