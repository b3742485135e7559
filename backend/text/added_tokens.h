#pragma once
#include "core/result.h"
#include "text/bpe.h" // TextHash
#include "text/normalizer.h"
#include "text/pre_tokenizer.h"
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace slook::text {

/// A token that is found in the text before the byte-pair model sees it.
struct AddedToken {
    std::string content;
    std::string
        shown; ///< in decoded text: the normalized form where the token is looked for in that form
    std::int32_t id = 0;
    bool special = false;
    bool normalized = false; ///< looked for after normalizing, in its normalized form
    bool singleWord = false; ///< not inside a word
    bool leftStrip = false; ///< takes the blanks before it
    bool rightStrip = false;
};

/// The added tokens of a tokenizer and their search in texts.
class AddedTokens {
public:
    /// Errors: those of the normalizer.
    [[nodiscard]] static Result<AddedTokens> make(
        std::vector<AddedToken> tokens, const std::vector<TextStep>& normalizer);

    /// Cuts the text at added tokens: those looked for as they stand first, the others after
    /// normalizing what is left.
    [[nodiscard]] Result<std::vector<Piece>> split(
        std::string_view text, const std::vector<TextStep>& normalizer) const;

    [[nodiscard]] const AddedToken* byId(std::int32_t id) const;
    [[nodiscard]] const AddedToken* byContent(std::string_view content) const;
    [[nodiscard]] std::int32_t highestId() const; ///< -1 where there is none

private:
    /// Finds the longest of many words that begins at a place.
    class Trie {
    public:
        void insert(std::string_view word, int token);
        /// Index of the token and its length in bytes; -1 where none begins at `at`.
        [[nodiscard]] std::pair<int, std::size_t> longestAt(
            std::string_view text, std::size_t at) const;
        [[nodiscard]] bool mayBegin(char c) const
        {
            return m_begins[static_cast<unsigned char>(c)];
        }

    private:
        std::unordered_map<std::uint64_t, int> m_next; ///< (node, byte) -> node
        std::vector<int> m_token { -1 }; ///< of each node
        std::array<bool, 256> m_begins {};
    };

    void cut(Piece piece, const Trie& trie, std::vector<Piece>& out) const;

    std::vector<AddedToken> m_tokens;
    Trie m_plain;
    Trie m_normalized;
    std::unordered_map<std::int32_t, int> m_byId;
    std::unordered_map<std::string, int, TextHash, std::equal_to<>> m_byContent;
};

} // namespace slook::text
