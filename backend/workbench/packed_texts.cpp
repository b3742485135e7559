#include "workbench/packed_texts.h"
#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <utf8proc.h>

namespace slook::workbench {
namespace {

bool isAscii(std::string_view text)
{
    constexpr std::uint64_t highBits = 0x8080808080808080;
    const char* at = text.data();
    const char* const end = at + text.size();
    std::uint64_t all = 0, eight = 0;
    for (; end - at >= static_cast<std::ptrdiff_t>(sizeof eight); at += sizeof eight) {
        std::memcpy(&eight, at, sizeof eight);
        all |= eight;
    }
    for (; at < end; ++at)
        all |= static_cast<unsigned char>(*at);
    return (all & highBits) == 0;
}

char asciiLower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool beginsWith(const char* text, std::string_view folded)
{
    return std::equal(
        folded.begin(), folded.end(), text, [](char a, char b) { return a == asciiLower(b); });
}

/// How a byte is compared with one of a folded word: an ASCII letter in both cases at once.
struct WantedByte {
    explicit WantedByte(char c)
        : mask(c >= 'a' && c <= 'z' ? 0x20 : 0)
        , byte(static_cast<unsigned char>(c))
    {
    }
    unsigned char mask;
    unsigned char byte;
};

/// Whether the word stands in the text, whose ASCII letters count in any case. Most places are
/// ruled out sixteen at a time by the word's first and last byte: a filter looks through a million
/// rows.
bool containsInAnyCase(std::string_view text, std::string_view folded)
{
    constexpr std::size_t block = 16;
    if (folded.size() > text.size() || folded.empty())
        return folded.empty();
    const std::size_t places = text.size() - folded.size() + 1;
    const char* const first = text.data();
    const char* const last = first + folded.size() - 1;
    if (places < block) {
        for (std::size_t at = 0; at < places; ++at)
            if (beginsWith(first + at, folded))
                return true;
        return false;
    }
    const WantedByte begin(folded.front()), end(folded.back());
    for (std::size_t next = 0; next < places; next += block) {
        const std::size_t at = std::min(next, places - block); // the last block overlaps
        std::array<unsigned char, block> a {}, b {}, hits {};
        std::memcpy(a.data(), first + at, block);
        std::memcpy(b.data(), last + at, block);
        for (std::size_t i = 0; i < block; ++i) // as one instruction each
            hits.data()[i] = static_cast<unsigned char>(((a.data()[i] | begin.mask) == begin.byte)
                & ((b.data()[i] | end.mask) == end.byte));
        std::array<std::uint64_t, 2> any {};
        static_assert(sizeof any == block);
        std::memcpy(any.data(), hits.data(), block);
        if ((any[0] | any[1]) == 0)
            continue;
        for (std::size_t i = 0; i < block; ++i)
            if (hits[i] != 0 && beginsWith(first + at + i, folded))
                return true;
    }
    return false;
}

} // namespace

std::string foldedCase(std::string_view text)
{
    if (!isAscii(text)) {
        utf8proc_uint8_t* out = nullptr;
        const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
            static_cast<utf8proc_ssize_t>(text.size()), &out,
            static_cast<utf8proc_option_t>(UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE | UTF8PROC_STABLE));
        if (length >= 0) {
            std::string result(reinterpret_cast<char*>(out), static_cast<std::size_t>(length));
            std::free(out); // NOLINT(cppcoreguidelines-no-malloc): as utf8proc asks
            return result;
        }
    }
    std::string result(text);
    std::ranges::transform(result, result.begin(), asciiLower);
    return result;
}

bool sameInAnyCase(std::string_view text, std::string_view folded)
{
    if (isAscii(text))
        return text.size() == folded.size() && beginsWith(text.data(), folded);
    return foldedCase(text) == folded;
}

bool SearchText::contains(std::string_view foldedWord) const
{
    if (folded.data() != nullptr || isAscii(text))
        return containsInAnyCase(folded.data() != nullptr ? folded : text, foldedWord);
    return foldedCase(text).find(foldedWord) != std::string::npos;
}

void PackedTexts::append(std::string_view text)
{
    const std::size_t begin = m_bytes.size();
    m_bytes += text;
    std::replace(
        m_bytes.begin() + static_cast<std::ptrdiff_t>(begin), m_bytes.end(), textEnd, '\xFE');
    m_bytes += textEnd;
}

void PackedTexts::add(std::span<const std::string_view> texts)
{
    for (const std::string_view text : texts)
        append(text);
    Row row { m_bytes.size(), m_bytes.size() };
    if (!std::ranges::all_of(texts, isAscii)) {
        for (const std::string_view text : texts)
            append(foldedCase(text));
        row.end = m_bytes.size();
    }
    m_rows.push_back(row);
}

void PackedTexts::shrink()
{
    m_bytes.shrink_to_fit();
    m_rows.shrink_to_fit();
}

SearchText PackedTexts::row(std::size_t row) const
{
    const Row& one = m_rows[row];
    const std::uint64_t begin = row == 0 ? 0 : m_rows[row - 1].end;
    const std::string_view all = m_bytes;
    const auto text = all.substr(begin, one.folded - begin);
    return { text, one.folded == one.end ? text : all.substr(one.folded, one.end - one.folded) };
}

namespace {

std::string_view partOf(std::string_view row, std::size_t n)
{
    for (;; --n) {
        const auto end = row.find(PackedTexts::textEnd);
        if (end == std::string_view::npos)
            return {};
        if (n == 0)
            return row.substr(0, end);
        row.remove_prefix(end + 1);
    }
}

} // namespace

SearchText PackedTexts::part(const SearchText& row, std::size_t n)
{
    const auto text = partOf(row.text, n);
    return { text, row.folded.data() == row.text.data() ? text : partOf(row.folded, n) };
}

std::uint32_t SharedTexts::number(std::string_view text)
{
    const auto found = m_numbers.find(text);
    if (found != m_numbers.end())
        return found->second;
    const auto number = static_cast<std::uint32_t>(m_texts.size());
    m_texts.emplace_back(text);
    m_numbers.emplace(text, number);
    return number;
}

} // namespace slook::workbench
