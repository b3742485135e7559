#pragma once
#include "core/result.h"
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace slook::formats {

struct SheetRow {
    int number = 1; ///< as the sheet counts, from 1
    std::vector<std::string> cells; ///< empty where the sheet has none
};

/// True where the bytes begin an xlsx workbook (ECMA-376), which is a zip archive.
[[nodiscard]] bool looksLikeWorkbook(std::string_view head);
[[nodiscard]] bool canWriteWorkbooks();

/// The rows of the first sheet that hold something; texts as they were typed, numbers as they are
/// written in the file, formulas as their last result. Errors: Invalid (damaged, over 512 MiB
/// unpacked, 1,000 columns or 20 million cells; or this build reads none), NotFound.
[[nodiscard]] Result<std::vector<SheetRow>> readWorkbook(const std::filesystem::path& file);

/// Longest text that a cell can hold, in characters.
inline constexpr std::size_t longestCell = 32'767;
/// One sheet; cells of the first column that are whole numbers are written as such, all others as
/// texts. The old file or the new one, never half. Errors: Io; Invalid (a text that is too long or
/// no UTF-8; or this build writes none).
[[nodiscard]] Result<void> writeWorkbook(
    const std::filesystem::path& file, const std::vector<std::vector<std::string>>& rows);

} // namespace slook::formats
