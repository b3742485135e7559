#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace slook::workbench {

/// Case folded as Unicode says; text that is no UTF-8 is folded in ASCII only.
[[nodiscard]] std::string foldedCase(std::string_view text);
/// @param folded  case folded already
[[nodiscard]] bool sameInAnyCase(std::string_view text, std::string_view folded);

/// A text for a search in any letter case.
struct SearchText {
    std::string_view text;
    /// The same, case folded; `text` itself where that is ASCII, whose letters are folded in
    /// passing. Null where nobody has folded it yet: then the search does.
    std::string_view folded = {};
    [[nodiscard]] bool contains(std::string_view foldedWord) const;
};

/// The texts of many rows in one piece of memory, so that a million of them are small and searched
/// fast. A row's texts stand one behind the other, each ended by textEnd; where one of them is more
/// than ASCII, the row case folded stands behind it.
class PackedTexts {
public:
    static constexpr char textEnd = '\xFF'; ///< no byte of UTF-8; in a text it becomes '\xFE'

    void add(std::span<const std::string_view> texts); ///< a row
    void shrink(); ///< gives back what was reserved for more rows
    [[nodiscard]] std::size_t size() const { return m_rows.size(); }
    [[nodiscard]] SearchText row(std::size_t row) const; ///< all of its texts
    /// The n-th text of what row() gave; empty where there are fewer.
    [[nodiscard]] static SearchText part(const SearchText& row, std::size_t n);

private:
    struct Row {
        std::uint64_t end = 0; ///< of everything, in m_bytes
        std::uint64_t folded = 0; ///< where it begins case folded; `end` where all is ASCII
    };
    void append(std::string_view text);
    std::string m_bytes;
    std::vector<Row> m_rows;
};

/// Texts that many rows share, as numbers: 0 is the empty one, the others in the order in which
/// they came.
class SharedTexts {
public:
    [[nodiscard]] std::uint32_t number(std::string_view text); ///< added where it is new
    [[nodiscard]] const std::string& at(std::uint32_t number) const { return m_texts[number]; }
    [[nodiscard]] std::size_t size() const { return m_texts.size(); }

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const
        {
            return std::hash<std::string_view>()(text);
        }
    };
    std::vector<std::string> m_texts = std::vector<std::string>(1);
    std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> m_numbers { { "", 0 } };
};

} // namespace slook::workbench
