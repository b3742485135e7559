#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace slook::formats {

/// The bytes of a base64 text (RFC 4648, section 4); blanks and line breaks are skipped, a
/// `data:...;base64,` prefix too. Empty where the text is none.
[[nodiscard]] std::optional<std::string> fromBase64(std::string_view text);
[[nodiscard]] std::string toBase64(std::string_view bytes);

} // namespace slook::formats
