#pragma once
#include "text/jinja_run.h"
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Texts and arguments, as filters, tests and methods share them.
namespace slook::text::jinja {

/// Errors: TemplateError where it was not given.
[[nodiscard]] const Value& need(const Arguments& arguments, std::size_t at, std::string_view name);
[[nodiscard]] std::string textArgument(
    const Arguments& arguments, std::size_t at, std::string_view name, std::string fallback);
[[nodiscard]] std::int64_t wholeArgument(
    const Arguments& arguments, std::size_t at, std::string_view name, std::int64_t fallback);
[[nodiscard]] std::string asText(const Value& value);
/// Takes characters of `set` (blanks where empty) from the ends.
[[nodiscard]] std::string stripped(
    std::string_view text, std::string_view set, bool left, bool right);
[[nodiscard]] std::string recased(const std::string& text, bool upper);
[[nodiscard]] std::string capitalized(const std::string& text);
[[nodiscard]] std::string titled(const std::string& text);
/// At most `count` times; negative: always.
[[nodiscard]] std::string replaced(
    const std::string& text, const std::string& from, const std::string& to, std::int64_t count);
/// At `separator`, or at blanks where it is empty; at most `count` times.
[[nodiscard]] Value splitText(
    const std::string& text, const std::string& separator, std::int64_t count);
[[nodiscard]] std::string joinedText(
    const std::vector<Value>& items, const std::string& separator, bool onlyTexts);
/// Key and value of each entry of a dictionary.
[[nodiscard]] Value pairs(const Value& value);

} // namespace slook::text::jinja
