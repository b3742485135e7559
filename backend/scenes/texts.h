#pragma once
#include "scenes/question.h"
#include <string>
#include <string_view>
#include <vector>

namespace slook::scenes {

/// Texts that belong to a method and not to a scene: the caller hands them in. Every default is a
/// short one of our own, so that nothing depends on them.
struct PromptTexts {
    std::string reasoning =
        "Explain your reasoning."; ///< asked for at the end of the first question
    std::string extractor; ///< follows `reasoning`; begins with its own blank
    std::vector<std::string> reviews { "Check your answer against the image, then answer again." };
    std::vector<std::string> captions { "Describe the image." };
    std::vector<std::string> carefulCaptions {
        "Describe the image carefully. Name only what you can see."
    };
    std::vector<std::string> inventiveCaptions { "Describe things that might be there." };
};

/// How an answer is asked for and given.
enum class AnswerForm {
    Marked, ///< reasoning and extractor follow; the answer ends "## A ##"
    Letter, ///< "Answer with the option's letter ..."; the answer is "A"
    Plain, ///< nothing follows; the answer ends "The answer is A."
};

/// How options are listed.
enum class OptionStyle {
    Sentences, ///< " A. red. B. blue."
    Inline, ///< " A. red B. blue"
    Lines, ///< one line each
};

/// Bytes [begin, end) of a text.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// A text of the assistant and where in it an option's letter stands for the answer.
struct Reply {
    std::string text;
    std::vector<std::size_t> letters; ///< bytes from the beginning
    std::vector<Span> learned {}; ///< what is trained, whole words in order; empty: all of it
};

[[nodiscard]] char optionLetter(
    int index); ///< 'A' for 0. @throws std::invalid_argument outside 0 .. 25

[[nodiscard]] std::string listOptions(const std::vector<std::string>& options, OptionStyle style);

/// Question, options and what the form appends. `separator` stands before `prompts.reasoning`.
[[nodiscard]] std::string askOptions(const Question& question, AnswerForm form, OptionStyle style,
    const PromptTexts& prompts, std::string_view separator = " ");

/// The answer of somebody who takes `option`; with `reasoned` it says first why (never in form
/// Letter).
[[nodiscard]] Reply answerOption(
    const Question& question, AnswerForm form, int option, bool reasoned);

/// The second turn's text: a review prompt and what the form appends.
[[nodiscard]] std::string askReview(
    const std::string& review, AnswerForm form, const PromptTexts& prompts);

/// The question alone, to be answered by question.answer(). Not for Exist, which needs its options.
[[nodiscard]] std::string askShort(std::string_view question);

inline constexpr std::string_view kAskForQuestion =
    "Ask a question about this image and answer it.";
/// The reply to kAskForQuestion.
[[nodiscard]] std::string questionAndAnswer(const Question& question);
/// Asks for a question whose answer is given; the reply is question.text.
[[nodiscard]] std::string askQuestionTo(std::string_view answer);

} // namespace slook::scenes
