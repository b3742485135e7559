#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace slook::engine {

/// Ids that may come behind `ids`: what once came behind the same last three ids, or else the same
/// last two, at the newest such place. A second answer often says its first one again.
/// Source: Saxena 2023, "Prompt Lookup Decoding".
/// @param most    so many ids at most
/// @param forbidden an id at which a draft ends: a picture's placeholder
/// @return none where nothing was found
[[nodiscard]] std::vector<std::int64_t> draftBehind(
    std::span<const std::int64_t> ids, std::size_t most, std::int64_t forbidden);

/// How far a conversation's drafts are trusted: so many ids may be guessed next. Ids that came true
/// raise it, the others lower it twice as fast, so that a row whose drafts fail soon has none.
class DraftTrust {
public:
    [[nodiscard]] std::int64_t most() const { return m_trust; }
    /// @param guessed ids of a draft @param right how many of them came true
    void learn(std::int64_t guessed, std::int64_t right);

private:
    std::int64_t m_trust = 4;
};

} // namespace slook::engine
