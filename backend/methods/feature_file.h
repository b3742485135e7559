#pragma once
#include "core/ids.h"
#include "core/result.h"
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace slook::methods {

/// A safetensors file that grows row by row: "items" [rows] I64, then "vectors" [rows, width] F32,
/// NaN where a row was refused. Until finish() it lies beside its name, with ".part" behind it, and
/// another worker may go on with it. Large numbers stay out of the events and the project, and any
/// program that reads safetensors reads them.
class FeatureFile {
public:
    /// Goes on with what an earlier worker left for the same items and words, else begins anew.
    /// @param about  written into the file's metadata
    /// Errors: Io.
    [[nodiscard]] static Result<FeatureFile> open(std::filesystem::path file,
        std::vector<ItemId> items, std::map<std::string, std::string> about);

    [[nodiscard]] std::size_t rows() const { return m_rows; } ///< that are in it
    /// A row that is in it. Errors: Io.
    [[nodiscard]] Result<std::vector<float>> row(std::size_t row) const;
    void cut(std::size_t rows); ///< at most so many are kept
    /// Adds one row after the other; an empty one was refused.
    /// Errors: Io; Invalid where a row has another width than those before.
    [[nodiscard]] Result<void> append(std::span<const std::vector<float>> rows);
    /// Syncs and gives the file its name. Errors: Io; Invalid where rows are missing or all were
    /// refused.
    [[nodiscard]] Result<void> finish();

private:
    FeatureFile(std::filesystem::path file, std::vector<ItemId> items,
        std::map<std::string, std::string> about);
    [[nodiscard]] std::string header(std::size_t width) const; ///< its length in front of it
    [[nodiscard]] std::size_t offsetOf(std::size_t row) const;
    Result<void> begin(std::size_t width);
    void adopt(); ///< what an earlier worker left

    std::filesystem::path m_file;
    std::filesystem::path m_part;
    std::vector<ItemId> m_items;
    std::map<std::string, std::string> m_about;
    std::size_t m_width = 0; ///< 0: not known before the first row that was not refused
    std::size_t m_rows = 0; ///< refused ones before m_width is known are counted and not written
};

} // namespace slook::methods
