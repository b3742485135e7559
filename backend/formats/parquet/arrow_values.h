#pragma once
#include "core/json.h"
#include <arrow/api.h>
#include <string>
#include <vector>

namespace slook::formats {

/// A picture that a cell holds.
struct CellPicture {
    std::string bytes;
    std::string name; ///< what stands in the record in its place
};

/// Deepest nesting of lists and structs that is read.
inline constexpr int deepestNesting = 32;
[[nodiscard]] int nestingOf(const arrow::DataType& type); ///< 0 for a plain value

/// One cell as JSON. Pictures, {"bytes", "path"} or bytes that are one, are put into `pictures` and
/// stand as their names; a name that the file does not give is that of the column with a number.
/// Dates, decimals and the like become texts.
/// @throws std::runtime_error where a text is no clean UTF-8
[[nodiscard]] Json jsonOf(const arrow::Array& array, std::int64_t row, const std::string& column,
    std::vector<CellPicture>& pictures);

/// The pictures of one cell alone, in the same order.
[[nodiscard]] std::vector<CellPicture> picturesOf(const arrow::Array& array, std::int64_t row);

} // namespace slook::formats
