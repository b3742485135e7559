#include "methods/extract_ours.h"
#include "methods/extract.h"
#include "methods/pattern.h"
#include "methods/prompts.h"
#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <vector>

namespace slook::methods {
namespace {

struct Match {
    std::string_view rule;
    Span span;
    std::string answer;
};

std::vector<std::string> labelsOf(const Item& item, std::string_view optionStyle)
{
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < item.options.size(); ++i)
        labels.push_back(optionStyle == "scienceqa" ? std::to_string(i) : item.options[i].label);
    if (labels.empty())
        labels = { "A", "B", "C", "D", "E", "F", "G", "H" };
    return labels;
}

/// The labels as one group. "A" and "I" are words too: followed by one in lower case they count
/// only where that word goes on about the label ("A because ...").
std::string labelGroup(const std::vector<std::string>& labels)
{
    std::string group;
    for (const auto& label : labels) {
        group += group.empty() ? "" : "|";
        group += Pattern::quoted(label) + "(?![\\w'])";
        if (label == "A" || label == "I")
            group += "(?!\\s+(?!because\\b|since\\b|as\\b|and\\b)[a-z])";
    }
    return "(" + group + ")";
}

/// Patterns for one set of labels.
struct LabelPatterns {
    explicit LabelPatterns(const std::string& label)
        : hash("##\\s*[(*]*" + label + "[*)]*\\s*[.:,]?\\s*##")
        , hashWithText("##\\s*[(*]*" + label + "[*)]*\\s*[).:,][^#\\n]*##")
        , hashOpen("##\\s*[(*]*" + label + "[*).:,]*\\s*\\z")
        , statement("(?i:\\banswer\\s*(?:is|would\\s+be|should\\s+be|must\\s+be|:|=)"
                    "|\\b(?:correct|best|right|final)\\s+(?:option|choice|answer)\\s*(?:is|:|=))"
                    "(?i:\\s*:?\\s*(?:the\\s+)?(?:option|choice|letter)?)[\\s\"'(\\[*_:#]{0,8}"
              + label)
        , bare("\\A[\\s\"'(\\[*_]*" + label + "[\\s\"')\\]*_.:,!]*\\z", true)
        , leading("\\A[\\s\"'(\\[*_]*" + label + "[).:\\]]+(?:\\s|\\z)")
        , alone("(?<![\\w'])" + label)
    {
    }
    Pattern hash, hashWithText, hashOpen, statement, bare, leading, alone;
};

const LabelPatterns& patternsFor(const std::vector<std::string>& labels)
{
    thread_local std::map<std::vector<std::string>, LabelPatterns> known;
    if (known.size() > 64) // a hostile file may have a new set in every row
        known.clear();
    auto found = known.find(labels);
    if (found == known.end())
        found = known.emplace(labels, LabelPatterns(labelGroup(labels))).first;
    return found->second;
}

std::optional<Match> labelMatch(
    std::string_view rule, std::string_view text, std::optional<Span> span)
{
    if (!span)
        return std::nullopt;
    return Match { rule, *span, std::string(text.substr(span->begin, span->end - span->begin)) };
}

/// The only label that stands alone somewhere; nothing where two different ones do.
std::optional<Match> onlyLabel(const LabelPatterns& patterns, std::string_view text)
{
    std::optional<Match> only;
    bool different = false;
    patterns.alone.forEach(text, [&](Span span) {
        auto match = labelMatch("only label", text, span);
        different = only && only->answer != match->answer;
        only = std::move(match);
        return !different;
    });
    return different ? std::nullopt : only;
}

struct Mention {
    std::size_t option;
    Span span;
};

/// Where the options' texts stand in `text` as whole words; one inside a longer option's text does
/// not count ("red" in "dark red").
std::vector<Mention> mentions(std::string_view text, const Item& item,
    std::optional<Span> (Pattern::*which)(std::string_view) const)
{
    std::vector<Mention> all;
    for (std::size_t i = 0; i < item.options.size(); ++i) {
        const auto& option = item.options[i].text;
        if (option.empty() || option.size() > 500)
            continue;
        const Pattern pattern("(?<!\\w)(" + Pattern::quoted(option) + ")(?!\\w)", true);
        if (const auto span = (pattern.*which)(text))
            all.push_back({ i, *span });
    }
    std::erase_if(all, [&](const Mention& one) {
        return std::ranges::any_of(all, [&](const Mention& other) {
            return other.span.begin <= one.span.begin && one.span.end <= other.span.end
                && other.span.end - other.span.begin > one.span.end - one.span.begin;
        });
    });
    return all;
}

std::optional<Match> optionText(
    std::string_view text, const Item& item, const std::vector<std::string>& labels)
{
    static const Pattern statement(
        "(?i:\\banswer\\s*(?:is|would\\s+be|should\\s+be|must\\s+be|:|=)"
        "|\\b(?:correct|best|right|final)\\s+(?:option|choice|answer)\\s*(?:is|:|=))()");
    if (const auto stated = statement.last(text)) {
        const auto after = text.substr(stated->end, 1000);
        for (const auto& one : mentions(after, item, &Pattern::first))
            if (normalizedAnswer(after.substr(0, one.span.begin)).empty()) // articles at most
                return Match { "answer is (option text)",
                    { stated->end + one.span.begin, stated->end + one.span.end },
                    labels[one.option] };
    }
    const auto found = mentions(text, item, &Pattern::last);
    if (found.size() != 1)
        return std::nullopt;
    return Match { "option text", found[0].span, labels[found[0].option] };
}

/// The label as the item writes it, where it was found in another case.
std::string asLabel(const std::string& found, const std::vector<std::string>& labels)
{
    for (const auto& label : labels)
        if (label.size() == found.size()
            && std::ranges::equal(label, found, [](unsigned char a, unsigned char b) {
                   return std::tolower(a) == std::tolower(b);
               }))
            return label;
    return found;
}

std::optional<Match> findLabel(
    std::string_view text, const Item& item, const std::vector<std::string>& labels)
{
    const auto& p = patternsFor(labels);
    if (auto match = labelMatch("## A ##", text, p.hash.last(text)))
        return match;
    if (auto match = labelMatch("## A: text ##", text, p.hashWithText.last(text)))
        return match;
    if (auto match = labelMatch("## A (open)", text, p.hashOpen.last(text)))
        return match;
    if (auto match = labelMatch("answer is A", text, p.statement.last(text)))
        return match;
    if (auto match = labelMatch("A", text, p.bare.first(text)))
        return match;
    if (auto match = labelMatch("A. at the start", text, p.leading.first(text)))
        return match;
    if (auto match = optionText(text, item, labels))
        return match;
    return onlyLabel(p, text);
}

std::optional<Match> findOpen(std::string_view text)
{
    static const Pattern hash("##\\s*([^#\\n]*[^#\\s])\\s*##");
    static const Pattern statement("(?i:\\banswer\\s*(?:is|:|=))[\\s\"'*]*"
                                   "((?:(?![.!?](?:\\s|\\z))[^\\n\"*])+)");
    static const Pattern yesNo("\\A\\s*(yes|no)(?:[,.!;]|\\s*\\z)", true);
    static const Pattern whole("\\A\\s*((?s:.*?))[\\s.]*\\z");
    if (auto match = labelMatch("## text ##", text, hash.last(text)))
        return match;
    if (auto match = labelMatch("answer is", text, statement.last(text)))
        return match;
    if (auto match = labelMatch("yes or no", text, yesNo.first(text)))
        return match;
    return labelMatch("whole text", text, whole.first(text));
}

/// The label that is right; an answer that is the text of an option stands for its label.
std::string rightLabel(
    const Item& item, std::string_view style, const std::vector<std::string>& labels)
{
    const auto expected = expectedAnswer(item, style);
    const auto label = asLabel(expected, labels);
    if (std::ranges::find(labels, label) != labels.end())
        return label;
    for (std::size_t i = 0; i < item.options.size(); ++i)
        if (normalizedAnswer(item.options[i].text) == normalizedAnswer(expected))
            return labels[i];
    return expected;
}

std::string numberWord(const std::string& word)
{
    static const std::map<std::string, std::string, std::less<>> numbers { { "zero", "0" },
        { "none", "0" }, { "one", "1" }, { "two", "2" }, { "three", "3" }, { "four", "4" },
        { "five", "5" }, { "six", "6" }, { "seven", "7" }, { "eight", "8" }, { "nine", "9" },
        { "ten", "10" } };
    const auto found = numbers.find(word);
    return found == numbers.end() ? word : found->second;
}

} // namespace

std::string normalizedAnswer(std::string_view text)
{
    std::string result;
    std::string word;
    const auto endWord = [&] {
        if (!word.empty() && word != "a" && word != "an" && word != "the")
            result += (result.empty() ? "" : " ") + numberWord(word);
        word.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool digitAround = i > 0 && i + 1 < text.size() && std::isdigit(text[i - 1] & 0xFF)
            && std::isdigit(text[i + 1] & 0xFF);
        if (byte >= 0x80 || std::isalnum(byte) || (byte == '.' && digitAround)
            || (byte == '-' && i + 1 < text.size() && std::isdigit(text[i + 1] & 0xFF)))
            word += static_cast<char>(std::tolower(byte));
        else if (!(byte == ',' && digitAround) && byte != '\'')
            endWord();
    }
    endWord();
    return result;
}

ExtractionRow extractOurs(std::string_view text, const Item& item, std::string_view optionStyle)
{
    ExtractionRow row;
    row.extractor = "ours";
    const bool label = asksForLabel(item, optionStyle);
    const auto labels = labelsOf(item, optionStyle);
    const auto match = label ? findLabel(text, item, labels) : findOpen(text);
    if (match) {
        row.rule = match->rule;
        row.begin = static_cast<int>(match->span.begin);
        row.end = static_cast<int>(match->span.end);
        row.answer = label ? asLabel(match->answer, labels) : match->answer;
    }
    if (item.answer.empty())
        return row;
    row.correct = match
        && (label ? row.answer == rightLabel(item, optionStyle, labels)
                  : normalizedAnswer(row.answer) == normalizedAnswer(item.answer));
    return row;
}

} // namespace slook::methods
