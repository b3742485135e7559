#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace slook::text {

/// Bytes of the UTF-8 character that begins with `lead`; 1 for a byte that begins none.
[[nodiscard]] int characterBytes(unsigned char lead);
/// The character at byte `at` of valid UTF-8.
[[nodiscard]] char32_t characterAt(std::string_view text, std::size_t at);
/// First byte of the character that ends before byte `end` of valid UTF-8; `end` > 0.
[[nodiscard]] std::size_t characterBefore(std::string_view text, std::size_t end);
void appendUtf8(std::string& text, char32_t character);

/// The text with every longest broken part of a character replaced by U+FFFD, as Rust's
/// from_utf8_lossy does.
[[nodiscard]] std::string cleanUtf8(std::string_view bytes);
/// True where cleanUtf8() would change nothing.
[[nodiscard]] bool isUtf8(std::string_view bytes);

[[nodiscard]] bool isWhiteSpace(char32_t character); ///< Unicode's White_Space
[[nodiscard]] bool isNumber(char32_t character); ///< categories Nd, Nl, No
[[nodiscard]] bool isWordCharacter(char32_t character);

} // namespace slook::text
