#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace slook::text {

/// The printable character that stands for each byte in byte-level vocabularies ("Ġ" for a blank).
/// Source: GPT-2's encoder, bytes_to_unicode.
[[nodiscard]] std::string bytesToCharacters(std::string_view bytes);
/// The bytes that a token stands for; nothing where it holds a character that stands for none.
[[nodiscard]] std::optional<std::string> charactersToBytes(std::string_view token);

} // namespace slook::text
