#pragma once
#include "core/item.h"
#include <SQLiteCpp/Statement.h>
#include <string>
#include <vector>

namespace slook::store {

/// How lists lie in a column: options as [["A","red"],...], numbers as [1,2].
[[nodiscard]] std::string optionsToText(const std::vector<Option>& options);
[[nodiscard]] std::vector<Option> optionsFromText(const std::string& text);
[[nodiscard]] std::string numbersToText(const std::vector<std::int64_t>& numbers);
/// Of a list with or without brackets; what is no number is skipped.
[[nodiscard]] std::vector<std::int64_t> numbersFromText(const std::string& text);
[[nodiscard]] std::vector<ImageId> imagesFromText(const std::string& text);

/// A REAL column that may be NULL for NaN.
void bindReal(SQLite::Statement& statement, int index, double value);
[[nodiscard]] double realAt(const SQLite::Statement& statement, int column);

} // namespace slook::store
