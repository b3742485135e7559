#pragma once
#include "core/result.h"
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slook::text {

/// BERT's tokenizer: words are split at blanks and punctuation, then into the longest pieces of a
/// vocabulary. Source: Devlin et al. 2018, arXiv:1810.04805, tokenization.py (BasicTokenizer,
/// WordpieceTokenizer).
class WordPiece {
public:
    /// Reads vocab.txt with tokenizer_config.json, or tokenizer.json where there is no vocab.txt.
    /// Errors: NotFound; Invalid, where it is no WordPiece or lacks one of its special tokens.
    [[nodiscard]] static Result<WordPiece> load(const std::filesystem::path& folder);

    /// Ids of a text between [CLS] and [SEP]. Bytes that are no UTF-8 count as U+FFFD.
    /// @param most  at most so many ids, those two included; at least 2
    [[nodiscard]] std::vector<std::int64_t> encode(std::string_view text, std::size_t most) const;
    [[nodiscard]] std::int64_t size() const; ///< highest id + 1

private:
    struct Rules {
        bool lowerCase = true;
        bool stripAccents = true;
        bool splitChinese = true;
    };
    [[nodiscard]] std::vector<std::string> words(std::string_view text) const;
    void appendPieces(const std::string& word, std::vector<std::int64_t>& ids) const;

    std::map<std::string, std::int64_t, std::less<>> m_vocabulary;
    Rules m_rules;
    std::string m_inside = "##"; ///< begins a piece that goes on a word
    std::int64_t m_unknown = 0, m_begin = 0, m_end = 0;
};

} // namespace slook::text
