#include "scenes/texts.h"
#include <stdexcept>

namespace slook::scenes {
namespace {

constexpr std::string_view kLetterOnly =
    "Answer with the option's letter from the given choices directly.";
constexpr std::string_view kOneWord = "Answer the question using a single word or phrase.";

std::string marking(const PromptTexts& prompts)
{
    return prompts.reasoning + prompts.extractor;
}

} // namespace

char optionLetter(int index)
{
    if (index < 0 || index > 25)
        throw std::invalid_argument("[optionLetter] no letter for option " + std::to_string(index));
    return static_cast<char>('A' + index);
}

std::string listOptions(const std::vector<std::string>& options, OptionStyle style)
{
    std::string text;
    for (std::size_t i = 0; i < options.size(); ++i) {
        text += style == OptionStyle::Lines ? '\n' : ' ';
        text += optionLetter(static_cast<int>(i));
        text += ". " + options[i];
        if (style == OptionStyle::Sentences)
            text += '.';
    }
    return text;
}

std::string askOptions(const Question& question, AnswerForm form, OptionStyle style,
    const PromptTexts& prompts, std::string_view separator)
{
    std::string text = question.text + listOptions(question.options, style);
    if (form == AnswerForm::Marked)
        text += std::string(separator) + marking(prompts);
    if (form == AnswerForm::Letter)
        text += "\n" + std::string(kLetterOnly);
    return text;
}

Reply answerOption(const Question& question, AnswerForm form, int option, bool reasoned)
{
    const char letter = optionLetter(option);
    if (form == AnswerForm::Letter)
        return { std::string(1, letter), { 0 } };
    Reply reply;
    if (reasoned)
        reply.text = question.reasons.at(static_cast<std::size_t>(option)) + " ";
    reply.text += form == AnswerForm::Marked ? "## " : "The answer is ";
    reply.letters.push_back(reply.text.size());
    reply.text += letter;
    reply.text += form == AnswerForm::Marked ? " ##" : ".";
    return reply;
}

std::string askReview(const std::string& review, AnswerForm form, const PromptTexts& prompts)
{
    return form == AnswerForm::Marked ? review + " " + marking(prompts) : review;
}

std::string askShort(std::string_view question)
{
    return std::string(question) + "\n" + std::string(kOneWord);
}

std::string questionAndAnswer(const Question& question)
{
    return "Question: " + question.text + " Answer: " + question.answer();
}

std::string askQuestionTo(std::string_view answer)
{
    return "Write a question about this image whose answer is: " + std::string(answer);
}

} // namespace slook::scenes
