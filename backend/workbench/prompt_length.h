#pragma once
#include "core/item.h"
#include "core/result.h"
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace slook::workbench {

/// What a prompt takes of a model's context.
struct PromptTokens {
    std::int64_t text = 0; ///< chat template included
    std::int64_t pictures = 0; ///< 0 also where the family's rule is not known
    [[nodiscard]] std::int64_t total() const { return text + pictures; }
};

/// Counts what questions would take in the prompts of a model, from its folder's small files alone:
/// its tokenizer, its chat template, and the rule by which its family makes places of pictures. The
/// prompt is one turn of the user: pictures, hint, question, options in lines. What a method adds,
/// its instructions, a review, the answer, comes on top.
class PromptLength {
public:
    /// Errors: NotFound, Invalid (no context length, a broken file).
    [[nodiscard]] static Result<PromptLength> of(const std::filesystem::path& model);
    PromptLength(PromptLength&&) noexcept;
    PromptLength& operator=(PromptLength&&) noexcept;
    ~PromptLength();

    [[nodiscard]] std::int64_t context() const; ///< tokens
    /// What is not as a run would count it, in a sentence; empty where all is.
    [[nodiscard]] const std::string& estimate() const;
    /// Places of a prompt that the picture takes; 0 where the family's rule is not known.
    [[nodiscard]] Result<std::int64_t> places(const ImageRow& picture) const;
    [[nodiscard]] int patchSize() const; ///< of the vision tower, pixels; 0: not known
    /// The token as it stands in the vocabulary ("▁dog"); empty where there is no such token.
    [[nodiscard]] std::string pieceOf(std::int64_t token) const;
    /// Never less than count() gives, and known at once.
    [[nodiscard]] std::int64_t atMost(const Item& item, std::span<const ImageRow> pictures) const;
    /// Errors: Invalid (a picture that the model cannot take, a template that refuses).
    [[nodiscard]] Result<PromptTokens> count(
        const Item& item, std::span<const ImageRow> pictures) const;

private:
    struct Parts;
    explicit PromptLength(std::unique_ptr<const Parts> parts);
    std::unique_ptr<const Parts> m_parts;
};

} // namespace slook::workbench
