#include "workbench/plain_text.h"
#include <algorithm>
#include <array>
#include <cstdio>
#include <utf8proc.h>

namespace slook::workbench {
namespace {

/// One character of UTF-8 and its length in bytes; a negative code where the bytes are none.
struct Character {
    utf8proc_int32_t code = -1;
    std::size_t bytes = 1;
};

Character characterAt(std::string_view text, std::size_t at)
{
    utf8proc_int32_t code = -1;
    const auto length =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + at),
            static_cast<utf8proc_ssize_t>(text.size() - at), &code);
    if (length <= 0)
        return {};
    return { code, static_cast<std::size_t>(length) };
}

/// Bidirectional controls, zero-width characters, line and paragraph separators, tags.
bool hidesText(utf8proc_int32_t code)
{
    switch (utf8proc_category(code)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CS:
        return true;
    default:
        return false;
    }
}

std::string named(utf8proc_int32_t code)
{
    std::array<char, 16> buffer {};
    const char* form = code < 0x80 ? "\\x%02x" : "\\u{%x}";
    std::snprintf(buffer.data(), buffer.size(), form, static_cast<unsigned>(code));
    return buffer.data();
}

std::string shown(std::string_view text, std::size_t at, const Character& one, bool keepLines)
{
    if (one.code < 0) {
        std::array<char, 8> buffer {};
        std::snprintf(
            buffer.data(), buffer.size(), "\\x%02x", static_cast<unsigned char>(text[at]));
        return buffer.data();
    }
    if (one.code == '\n')
        return keepLines ? "\n" : "\\n";
    if (one.code == '\t')
        return "\\t";
    if (one.code == '\r')
        return "\\r";
    return hidesText(one.code) ? named(one.code) : std::string(text.substr(at, one.bytes));
}

} // namespace

std::string printable(std::string_view text, bool keepLines)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const Character one = characterAt(text, at);
        out += shown(text, at, one, keepLines);
        at += one.bytes;
    }
    return out;
}

int columnsOf(std::string_view text)
{
    int columns = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Character one = characterAt(text, at);
        columns += one.code < 0 ? 1 : utf8proc_charwidth(one.code);
        at += one.bytes;
    }
    return columns;
}

std::string clipped(std::string_view text, int columns)
{
    if (columnsOf(text) <= columns)
        return std::string(text);
    int used = 0;
    std::size_t at = 0;
    while (at < text.size()) {
        const Character one = characterAt(text, at);
        const int width = one.code < 0 ? 1 : utf8proc_charwidth(one.code);
        if (used + width > std::max(columns - 1, 0))
            break;
        used += width;
        at += one.bytes;
    }
    return columns > 0 ? std::string(text.substr(0, at)) + "\u2026" : std::string();
}

} // namespace slook::workbench
