#pragma once
#include <string>
#include <string_view>

/// Foreign text on a terminal or in one line of a table.
namespace slook::workbench {

/// `text` so that it cannot act: control characters, terminal escapes, bytes that are no UTF-8 and
/// characters that turn or hide other text are written as \n, \t, \x1b or \u{202e}.
/// Line breaks stay where `keepLines` is set.
[[nodiscard]] std::string printable(std::string_view text, bool keepLines = false);

/// How many columns of a terminal `printable` text takes.
[[nodiscard]] int columnsOf(std::string_view text);

/// The beginning of printable text that fits `columns` columns; what is cut is shown as an
/// ellipsis.
[[nodiscard]] std::string clipped(std::string_view text, int columns);

} // namespace slook::workbench
