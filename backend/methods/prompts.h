#pragma once
#include "core/item.h"
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The texts that are given to a model. Those of published methods are data, kept to the byte.
namespace slook::methods {

/// A text that can be chosen by name.
struct NamedText {
    std::string_view name;
    std::string_view title; ///< for people
    std::string_view text;
};

/// The review instructions: "cp", "vp1", "vp2", "vp3" of SCL, and "short" of ours.
[[nodiscard]] std::span<const NamedText> reviewPrompts();
/// Ways to write the options behind a question; `text` is an example.
/// "seedbench", "mmt-bench" (only A to D), "mmbench" (non-empty ones of A to D), "scienceqa"
/// (numbers from 0), "mmevalpro" (lines without a break before), "in-question" (nothing), as SCL's
/// code does it; "lines" of ours.
[[nodiscard]] std::span<const NamedText> optionStyles();

inline constexpr std::string_view reasoningSuffix = "Explain your reasoning step-by-step.";
inline constexpr std::string_view letterExtractor =
    " Your final answer should be put between two ##, like ## A ## (if your final answer is A), "
    "at the end of your response.";
inline constexpr std::string_view numberExtractor =
    " Your final answer should be put between two ##, like ## 0 ## (if your final answer is 0), "
    "at the end of your response.";
/// Ours, for questions without options, which SCL does not have.
inline constexpr std::string_view openExtractor =
    " Your final answer should be put between two ##, at the end of your response.";
/// LLaVA's instructions for short answers.
inline constexpr std::string_view letterOnly =
    "Answer with the option's letter from the given choices directly.";
inline constexpr std::string_view wordOnly = "Answer the question using a single word or phrase.";

/// How a question becomes the text of a turn.
struct PromptStyle {
    std::string options = "lines"; ///< one of optionStyles()
    /// "space" or "newline" before the reasoning suffix. SCL has a blank, since its options stand
    /// in one line; behind options in lines the blank would put the request into the last option.
    std::string separator = "newline";
    bool reasoning = true; ///< ask for reasoning
    bool answerFormat = true; ///< ask for "## A ##"
    bool hint = true; ///< put the item's hint in front of the question
    std::string open = "short"; ///< questions without options: "short" asks for a word or phrase
                                ///< instead of reasoning; "same" treats them like the others
};

/// The options as `style` writes them; empty for a question without options.
/// @throws std::invalid_argument for an unknown style
[[nodiscard]] std::string optionText(const Item& item, std::string_view style);
/// The first turn.
[[nodiscard]] std::string firstPrompt(const Item& item, const PromptStyle& style);
/// A later turn. @throws std::invalid_argument for an unknown review
[[nodiscard]] std::string reviewPrompt(
    const Item& item, std::string_view review, const PromptStyle& style);
/// Whether the answer is one of some labels: the item has options, or holds them in its question.
[[nodiscard]] bool asksForLabel(const Item& item, std::string_view optionStyle);
/// What a model has to say to be right: an option's label ("scienceqa": its number), or the text.
[[nodiscard]] std::string expectedAnswer(const Item& item, std::string_view optionStyle);

// STIC (Deng et al. 2024, arXiv:2405.19716), from the published code.
[[nodiscard]] std::span<const std::string_view> sticCaptionPrompts(); ///< 8
[[nodiscard]] std::string_view sticGoodPrompt();
[[nodiscard]] std::span<const std::string_view> sticHallucinationPrompts(); ///< 8

} // namespace slook::methods
