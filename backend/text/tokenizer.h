#pragma once
#include "core/result.h"
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slook::text {

using TokenId = std::int32_t;

/// What a foreign tokenizer.json may be at most; larger files are refused before they are read.
struct TokenizerLimits {
    std::size_t fileBytes = 64u << 20;
    std::size_t vocab = 1'000'000;
    std::size_t merges = 2'000'000;
    int jsonDepth = 64;
    std::size_t textBytes = 64u << 20; ///< longest text that encode() takes
};

/// A byte-pair tokenizer as Hugging Face's `tokenizer.json` describes it: byte-fallback (Llama) or
/// byte-level (GPT-2). All const functions may be called from several threads at once.
class Tokenizer {
public:
    /// Errors: NotFound, Io, Invalid (a limit, broken JSON, a component that is not known).
    [[nodiscard]] static Result<Tokenizer> load(
        const std::filesystem::path& file, const TokenizerLimits& limits = {});
    [[nodiscard]] static Result<Tokenizer> parse(
        std::string_view json, const std::string& where, const TokenizerLimits& limits = {});

    Tokenizer(Tokenizer&&) noexcept;
    Tokenizer& operator=(Tokenizer&&) noexcept;
    ~Tokenizer();

    /// Token ids of `text`. `addSpecial` lets the post-processor add its tokens (for example <s>).
    /// Bytes that are no UTF-8 count as U+FFFD. Errors: Invalid (text too long, a pattern's match
    /// limit).
    [[nodiscard]] Result<std::vector<TokenId>> encode(std::string_view text, bool addSpecial) const;

    /// The text of `ids`; ids that do not exist are left out, as are special tokens where
    /// `skipSpecial`.
    [[nodiscard]] std::string decode(std::span<const TokenId> ids, bool skipSpecial) const;

    /// The token as it stands in the vocabulary ("▁dog", "Ġdog", "<0x0A>"); empty for an id that
    /// does not exist.
    [[nodiscard]] std::optional<std::string> tokenText(TokenId id) const;
    [[nodiscard]] std::optional<TokenId> idOf(std::string_view token) const;
    [[nodiscard]] bool isSpecial(TokenId id) const;
    /// Highest id + 1, added tokens included.
    [[nodiscard]] TokenId size() const;

private:
    struct Parts;
    explicit Tokenizer(std::unique_ptr<const Parts> parts);
    std::unique_ptr<const Parts> m_parts;
};

} // namespace slook::text
