#include "methods/extract_published.h"
#include "methods/pattern.h"
#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace slook::methods {
namespace {

struct Word {
    std::string_view text;
    std::size_t begin = 0;
};

/// Split at blanks, with these marks taken for blanks.
std::vector<Word> wordsOf(std::string_view text)
{
    constexpr std::string_view blanks = ".()[],:;!*#{} \t\n\v\f\r";
    std::vector<Word> words;
    for (std::size_t at = text.find_first_not_of(blanks); at != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
        words.push_back({ text.substr(at, end - at), at });
        at = text.find_first_not_of(blanks, end);
    }
    return words;
}

std::string lowered(std::string_view text)
{
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c + 32);
    return result;
}

std::size_t characters(std::string_view text)
{
    constexpr unsigned char highBits = 0xC0, continuation = 0x80;
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & highBits) != continuation; }));
}

bool isLabel(const Item& item, std::string_view text)
{
    return std::ranges::any_of(item.options, [&](const Option& o) { return o.label == text; });
}

struct Reading {
    std::string answer;
    const char* rule = "";
    std::size_t begin = 0, end = 0;
};

std::optional<Reading> letterOf(std::string_view text, const Item& item)
{
    constexpr std::array refusals { "Sorry, I can't help with images of people yet.",
        "I can't process this file.", "I'm sorry, but without the image provided",
        "Cannot determine the answer" };
    for (const std::string_view refusal : refusals)
        if (const auto at = text.find(refusal); at != std::string_view::npos)
            return Reading { "Z", "refusal", at, at + refusal.size() };
    const auto words = wordsOf(text);
    const auto find = [&](std::string_view label) {
        return std::ranges::find(words, label, &Word::text);
    };
    const auto named = std::ranges::count_if(
        item.options, [&](const Option& o) { return find(o.label) != words.end(); });
    if (named == 1) {
        for (const Option& option : item.options) {
            constexpr std::ptrdiff_t lastWords = 5;
            const auto word = find(option.label);
            if (word != words.end()
                && word - words.begin() > static_cast<std::ptrdiff_t>(words.size()) - lastWords)
                return Reading { option.label, "one letter near the end", word->begin,
                    word->begin + word->text.size() };
        }
    } else if (const auto word = find("Z"); named == 0 && word != words.end()) {
        return Reading { "Z", "Z", word->begin, word->begin + 1 };
    }
    static const Pattern verbose(R"((?:correct\s+)?answer\s+is\s+\**([ABCD])\**)", true);
    if (const auto found = verbose.first(text)) {
        std::string label(text.substr(found->begin, found->end - found->begin));
        label[0] = static_cast<char>(label[0] & ~0x20); // upper case
        if (isLabel(item, label))
            return Reading { label, "answer is X", found->begin, found->end };
    }
    return std::nullopt;
}

std::optional<Reading> optionTextOf(std::string_view text, const Item& item)
{
    std::size_t options = 0;
    for (const Option& option : item.options)
        options += characters(option.text);
    if (characters(text) > 2 * options)
        return std::nullopt;
    const std::string answer = lowered(text);
    std::optional<Reading> found;
    for (const Option& option : item.options)
        if (const auto at = answer.find(lowered(option.text)); at != std::string::npos) {
            if (found)
                return std::nullopt;
            found = Reading { option.label, "text of one option", at, at + option.text.size() };
        }
    return found;
}

ExtractionRow rowOf(
    std::string_view extractor, const std::optional<Reading>& reading, const Item& item)
{
    ExtractionRow row;
    row.extractor = extractor;
    if (reading) {
        row.rule = reading->rule;
        row.begin = static_cast<int>(reading->begin);
        row.end = static_cast<int>(reading->end);
        row.answer = reading->answer;
    }
    if (!item.answer.empty() && !item.options.empty())
        row.correct = reading && row.answer == item.answer;
    return row;
}

} // namespace

ExtractionRow extractVlmEvalKit(std::string_view text, const Item& item)
{
    std::optional<Reading> reading;
    if (!item.options.empty()
        && text.find("Failed to obtain answer via API") == std::string_view::npos)
        reading = letterOf(text, item);
    if (!reading && !item.options.empty())
        reading = optionTextOf(text, item);
    return rowOf("vlmevalkit", reading, item);
}

ExtractionRow extractLlava(std::string_view text, const Item& item)
{
    constexpr std::string_view letters = "ABCDE";
    const bool letter = !text.empty() && letters.find(text[0]) != std::string_view::npos;
    std::optional<Reading> reading;
    if (letter && text.size() == 1)
        reading = Reading { std::string(text), "whole text", 0, 1 };
    else if (letter && text.substr(1, 2) == ". ")
        reading = Reading { std::string(text.substr(0, 1)), "begins with A. ", 0, 1 };
    else {
        static const Pattern sentence("The answer is ([A-Z]).");
        int times = 0;
        sentence.forEach(text, [&](Span span) {
            reading = Reading { std::string(text.substr(span.begin, span.end - span.begin)),
                "The answer is A.", span.begin, span.end };
            return ++times < 2;
        });
        if (times > 1)
            reading.reset();
    }
    return rowOf("llava", reading, item);
}

} // namespace slook::methods
