#pragma once
#include "core/result.h"
#include "formats/tsv_reader.h"
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace slook::formats {

/// The rows of a table, whatever the file is: TSV, CSV or the first sheet of an xlsx workbook.
class TableReader {
public:
    virtual ~TableReader() = default;
    /// The next row; empty at the end. Cells of a workbook have neither offset nor length. Errors:
    /// as TsvReader::next().
    [[nodiscard]] virtual Result<std::optional<TsvRecord>> next() = 0;
    [[nodiscard]] virtual std::int64_t position() const = 0;
    [[nodiscard]] virtual std::int64_t size() const = 0; ///< in the unit of position()
};

/// Errors: those of TsvReader::open() and readWorkbook().
[[nodiscard]] Result<std::unique_ptr<TableReader>> openTable(const std::filesystem::path& file);

/// What stands between the cells: a comma where the first line has no tab but a comma.
[[nodiscard]] char separatorIn(std::string_view firstLine);

} // namespace slook::formats
