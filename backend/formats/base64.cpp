#include "formats/base64.h"
#include <array>
#include <cstdint>

namespace slook::formats {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<std::int8_t, 256> reversed()
{
    std::array<std::int8_t, 256> table {};
    table.fill(-1);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return table;
}

std::string_view withoutPrefix(std::string_view text)
{
    if (!text.starts_with("data:"))
        return text;
    const auto comma = text.substr(0, 200).find(',');
    return comma == std::string_view::npos ? text : text.substr(comma + 1);
}

} // namespace

std::optional<std::string> fromBase64(std::string_view text)
{
    static constexpr auto values = reversed();
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    int have = 0;
    int padding = 0;
    for (const char c : withoutPrefix(text)) {
        if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
            continue;
        if (c == '=') {
            ++padding;
            continue;
        }
        const auto value = values[static_cast<unsigned char>(c)];
        if (value < 0 || padding > 0)
            return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        if (++have == 4) {
            bytes += static_cast<char>(bits >> 16 & 0xFF);
            bytes += static_cast<char>(bits >> 8 & 0xFF);
            bytes += static_cast<char>(bits & 0xFF);
            bits = 0;
            have = 0;
        }
    }
    if (have == 1 || padding > 2 || (padding > 0 && have + padding != 4))
        return std::nullopt;
    if (have >= 2)
        bytes += static_cast<char>(bits >> (have == 2 ? 4 : 10) & 0xFF);
    if (have == 3)
        bytes += static_cast<char>(bits >> 2 & 0xFF);
    return bytes;
}

std::string toBase64(std::string_view bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto left = bytes.size() - i;
        const auto at = [&](std::size_t k) -> std::uint32_t {
            return k < left ? static_cast<unsigned char>(bytes[i + k]) : 0;
        };
        const auto bits = at(0) << 16 | at(1) << 8 | at(2);
        text += alphabet[bits >> 18 & 63];
        text += alphabet[bits >> 12 & 63];
        text += left > 1 ? alphabet[bits >> 6 & 63] : '=';
        text += left > 2 ? alphabet[bits & 63] : '=';
    }
    return text;
}

} // namespace slook::formats
