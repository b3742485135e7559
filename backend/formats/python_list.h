#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slook::formats {

/// The elements of a Python (or JSON) list literal of texts and plain numbers, such as
/// `['a', "b", 3]`: read as a literal, never evaluated. Empty where `text` is no such list.
[[nodiscard]] std::optional<std::vector<std::string>> fromPythonList(std::string_view text);

} // namespace slook::formats
