#pragma once
#include "core/result.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace slook::text {

/// Lets a map of strings be asked with a view.
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const
    {
        return std::hash<std::string_view> {}(text);
    }
};
using Vocabulary = std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>>;

/// What a byte-pair model is made of.
struct BpeSettings {
    Vocabulary vocabulary;
    std::vector<std::pair<std::string, std::string>> merges; ///< the earlier, the sooner
    std::optional<std::string> unknown;
    std::string continuingPrefix;
    std::string endOfWordSuffix;
    bool fuseUnknown = false;
    bool byteFallback = false;
    bool ignoreMerges = false;
};

/// Byte-pair encoding of one word.
class Bpe {
public:
    /// Errors: Invalid where a merge or the unknown token is not in the vocabulary.
    [[nodiscard]] static Result<Bpe> make(BpeSettings settings, const std::string& where);

    /// Appends the word's ids. Time n log n in the word's length.
    void encode(std::string_view word, std::vector<std::int32_t>& ids) const;
    [[nodiscard]] const Vocabulary& vocabulary() const { return m_settings.vocabulary; }

private:
    struct Merge {
        std::int32_t rank = -1;
        std::int32_t id = -1;
    };
    struct Slot {
        std::uint64_t pair = ~std::uint64_t(0);
        Merge merge;
    };
    struct Symbol {
        std::int32_t id;
        std::int32_t previous; ///< -1 at the start
        std::int32_t next; ///< -1 at the end
        bool dead = false;
    };

    [[nodiscard]] const Merge* find(std::int32_t left, std::int32_t right) const;
    void insert(std::int32_t left, std::int32_t right, Merge merge);
    [[nodiscard]] std::vector<std::int32_t> characters(std::string_view word) const;
    void mergeAll(std::vector<Symbol>& symbols) const;

    BpeSettings m_settings;
    std::int32_t m_unknown = -1;
    std::vector<std::int32_t> m_byteIds; ///< of <0x00> to <0xFF>, -1 where absent
    std::vector<Slot> m_slots; ///< open addressing, a power of two
};

} // namespace slook::text
