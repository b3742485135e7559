#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

namespace slook::text {

/// Bytes [begin, end) of a UTF-8 text.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool operator==(const Span&) const = default;
};

/// What differs between two texts, in words.
struct WordDiff {
    std::vector<Span>
        before; ///< changed places of the first text, ascending, apart from each other
    std::vector<Span> after; ///< changed places of the second text
    double likeness = 1; ///< 2 * common words / all words of both, in [0, 1]; 1 for two empty texts
    bool exact = true; ///< false where the texts were too long and only common ends were taken off
};

/// Longest common subsequence of words and marks; blanks belong to no word. Time is bounded.
[[nodiscard]] WordDiff wordDiff(std::string_view before, std::string_view after);

} // namespace slook::text
