#include "methods/prompts.h"
#include <algorithm>
#include <array>
#include <stdexcept>

namespace slook::methods {
namespace {

// SCL (He et al. 2024, arXiv:2410.04055), inference.py and data_construction.py.
constexpr std::array<NamedText, 5> reviews { {
    { "cp", "Critical prompt (CP)",
        "Review your previous answer and find problems with your answer. Based on the problems you "
        "found, improve your answer." },
    { "vp1", "Visual prompt 1 (VP-1)",
        "Review your previous answer and ensure that all relevant aspects of the image have been "
        "considered. Are there any elements or details that you missed? Based on your review, "
        "improve your answer." },
    { "vp2", "Visual prompt 2 (VP-2)",
        "Review your contextual understanding of the image. Have you correctly interpreted the "
        "overall context and purpose of the scene? Based on your review, improve your answer." },
    { "vp3", "Visual prompt 3 (VP-3)",
        "Review your answer and ensure that your understanding of the image is comprehensive and "
        "detailed. Are there any aspects of the scene that you have omitted or misinterpreted? "
        "Based on your review, improve your answer." },
    { "short", "Short (ours)", "Check your answer against the image, then answer again." },
} };

constexpr std::array<NamedText, 7> styles { {
    { "lines", "One line each (ours)", "\nA. left\nB. right" },
    { "seedbench", "SEEDBench", " A. left. B. right." },
    { "mmt-bench", "MMT-Bench: A to D only", " A. left. B. right." },
    { "mmbench", "MMBench: A to D, empty ones left out", " A. left B. right" },
    { "scienceqa", "ScienceQA: numbers from 0", "\n0. left\n1. right" },
    { "mmevalpro", "MMEvalPro: lines without a break before", "A. left\nB. right" },
    { "in-question", "The question holds them", "" },
} };

/// "A. left. B. right." with `between` in front of each, at most `most` of them.
std::string listed(const Item& item, std::string_view between, std::string_view behind,
    std::size_t most, bool skipEmpty)
{
    std::string text;
    for (std::size_t i = 0; i < std::min(most, item.options.size()); ++i) {
        const auto& option = item.options[i];
        if (skipEmpty && option.text.empty())
            continue;
        text.append(between).append(option.label).append(". ").append(option.text).append(behind);
    }
    return text;
}

std::string numbered(const Item& item)
{
    std::string text;
    for (std::size_t i = 0; i < item.options.size(); ++i)
        text += "\n" + std::to_string(i) + ". " + item.options[i].text;
    return text;
}

bool isOpenShort(const Item& item, const PromptStyle& style)
{
    return style.open == "short" && !asksForLabel(item, style.options);
}

std::string_view extractorText(const Item& item, const PromptStyle& style)
{
    if (!asksForLabel(item, style.options))
        return openExtractor;
    return style.options == "scienceqa" ? numberExtractor : letterExtractor;
}

/// What follows a question or a review, the blank or line break included.
std::string ending(const Item& item, const PromptStyle& style, std::string_view separator)
{
    std::string text;
    if (style.reasoning)
        text.append(separator).append(reasoningSuffix);
    if (style.answerFormat)
        text.append(extractorText(item, style));
    return text;
}

} // namespace

std::span<const NamedText> reviewPrompts()
{
    return reviews;
}

std::span<const NamedText> optionStyles()
{
    return styles;
}

std::string optionText(const Item& item, std::string_view style)
{
    constexpr auto all = static_cast<std::size_t>(-1);
    if (style == "lines")
        return listed(item, "\n", "", all, false);
    if (style == "seedbench")
        return listed(item, " ", ".", all, false);
    if (style == "mmt-bench")
        return listed(item, " ", ".", 4, false);
    if (style == "mmbench")
        return listed(item, " ", "", 4, true);
    if (style == "scienceqa")
        return numbered(item);
    if (style == "mmevalpro")
        return item.options.empty() ? "" : listed(item, "\n", "", all, false).substr(1);
    if (style == "in-question")
        return {};
    throw std::invalid_argument("[optionText] unknown style " + std::string(style));
}

std::string firstPrompt(const Item& item, const PromptStyle& style)
{
    std::string text;
    if (style.hint && !item.hint.empty())
        text = item.hint + "\n";
    text += item.question + optionText(item, style.options);
    if (isOpenShort(item, style))
        return text.append("\n").append(wordOnly);
    return text + ending(item, style, style.separator == "newline" ? "\n" : " ");
}

std::string reviewPrompt(const Item& item, std::string_view review, const PromptStyle& style)
{
    const auto* found = std::ranges::find(reviews, review, &NamedText::name);
    if (found == reviews.end())
        throw std::invalid_argument("[reviewPrompt] unknown review " + std::string(review));
    std::string text(found->text);
    if (isOpenShort(item, style))
        return text.append(" ").append(wordOnly);
    return text + ending(item, style, " ");
}

bool asksForLabel(const Item& item, std::string_view optionStyle)
{
    if (!item.options.empty() || optionStyle == "in-question")
        return true;
    // Several benchmarks write the options into the question and a letter into the answer.
    return item.answer.size() == 1 && item.answer[0] >= 'A' && item.answer[0] <= 'H';
}

std::string expectedAnswer(const Item& item, std::string_view optionStyle)
{
    if (optionStyle != "scienceqa")
        return item.answer;
    const auto found = std::ranges::find(item.options, item.answer, &Option::label);
    return found == item.options.end() ? item.answer : std::to_string(found - item.options.begin());
}

} // namespace slook::methods
