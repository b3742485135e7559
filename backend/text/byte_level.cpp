#include "text/byte_level.h"
#include "text/utf8.h"
#include <array>

namespace slook::text {
namespace {

constexpr int firstSpare =
    0x100; // bytes that are no printable Latin-1 character are counted from here
constexpr int spares = 68;

struct Tables {
    std::array<char32_t, 256> characters {};
    std::array<int, firstSpare + spares> bytes {};
};

const Tables& tables()
{
    static const Tables made = [] {
        Tables t;
        t.bytes.fill(-1);
        int spare = firstSpare;
        for (int byte = 0; byte < 256; ++byte) {
            const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC)
                || (byte >= 0xAE && byte <= 0xFF);
            const int character = printable ? byte : spare++;
            t.characters[byte] = static_cast<char32_t>(character);
            t.bytes[character] = byte;
        }
        return t;
    }();
    return made;
}

} // namespace

std::string bytesToCharacters(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char byte : bytes)
        appendUtf8(out, tables().characters[static_cast<unsigned char>(byte)]);
    return out;
}

std::optional<std::string> charactersToBytes(std::string_view token)
{
    std::string out;
    for (std::size_t at = 0; at < token.size();
         at += characterBytes(static_cast<unsigned char>(token[at]))) {
        const char32_t character = characterAt(token, at);
        const int byte = character < tables().bytes.size() ? tables().bytes[character] : -1;
        if (byte < 0)
            return std::nullopt;
        out += static_cast<char>(byte);
    }
    return out;
}

} // namespace slook::text
