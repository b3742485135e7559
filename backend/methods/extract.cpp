#include "methods/extract.h"
#include "core/file.h"
#include "methods/extract_ours.h"
#include "methods/extract_published.h"
#include "methods/pattern.h"
#include "methods/prompts.h"
#include <array>
#include <stdexcept>

namespace slook::methods {
namespace {

constexpr std::array<std::string_view, 5> names { "ours", "scl-inference", "scl-construction",
    "vlmevalkit", "llava" };

// Python's \s also takes the four separator control characters.
#define PY_SPACE "[\\s\\x1c-\\x1f]"

struct Rule {
    std::string_view name;
    Pattern pattern;
};
const Rule& hashLetter()
{
    static const Rule rule { "## [ABCD] ##", Pattern("##" PY_SPACE "*([ABCD])" PY_SPACE "*##") };
    return rule;
}
const Rule& hashAnything()
{
    static const Rule rule { "##(.*?)##", Pattern("##(.*?)##") };
    return rule;
}
const Rule& hashNumber()
{
    static const Rule rule { "## [0-3] ##", Pattern("##" PY_SPACE "*([0-3])" PY_SPACE "*##") };
    return rule;
}
const Rule& letterWithDot()
{
    static const Rule rule { "[ABCD].", Pattern("([ABCD])\\.") };
    return rule;
}

/// As Python's strip().
Span stripped(std::string_view text, Span span)
{
    static const Pattern inner("\\A" PY_SPACE "*((?s:.*?))" PY_SPACE "*\\z");
    const auto found = inner.first(text.substr(span.begin, span.end - span.begin));
    if (!found)
        return span;
    return { span.begin + found->begin, span.begin + found->end };
}
#undef PY_SPACE

void mark(ExtractionRow& row, std::string_view rule, std::string_view text, Span span)
{
    row.rule = rule;
    row.begin = static_cast<int>(span.begin);
    row.end = static_cast<int>(span.end);
    row.answer = text.substr(span.begin, span.end - span.begin);
}

bool tryRule(ExtractionRow& row, const Rule& rule, std::string_view text)
{
    const auto found = rule.pattern.first(text);
    if (found)
        mark(row, rule.name, text, stripped(text, *found));
    return found.has_value();
}

// SCL's extract_answer of inference.py and of data_construction.py. In the latter the fallback
// sits inside the loop over patterns, so it comes second.
void sclInference(ExtractionRow& row, std::string_view text)
{
    if (!tryRule(row, hashLetter(), text) && !tryRule(row, hashAnything(), text)
        && !tryRule(row, hashNumber(), text) && !tryRule(row, letterWithDot(), text))
        mark(row, "whole text", text, { 0, text.size() });
}

void sclConstruction(ExtractionRow& row, std::string_view text)
{
    (void)(tryRule(row, hashLetter(), text) || tryRule(row, letterWithDot(), text)
        || tryRule(row, hashAnything(), text) || tryRule(row, hashNumber(), text));
}

} // namespace

std::span<const std::string_view> extractorNames()
{
    return names;
}

ExtractionRow extract(std::string_view text, const Item& item, std::string_view extractor,
    std::string_view optionStyle)
{
    ExtractionRow row;
    row.extractor = extractor;
    const auto expected = expectedAnswer(item, optionStyle);
    if (extractor == "ours")
        return extractOurs(text, item, optionStyle);
    if (extractor == "vlmevalkit")
        return extractVlmEvalKit(text, item);
    if (extractor == "llava")
        return extractLlava(text, item);
    if (extractor == "scl-inference")
        sclInference(row, text);
    else if (extractor == "scl-construction")
        sclConstruction(row, text);
    else
        throw std::invalid_argument("[extract] unknown extractor " + std::string(extractor));
    if (!item.answer.empty())
        row.correct = row.begin >= 0 && row.answer == expected;
    return row;
}

std::vector<ExtractionRow> extractAll(
    std::string_view text, const Item& item, std::string_view optionStyle)
{
    std::vector<ExtractionRow> rows;
    for (const auto name : names)
        rows.push_back(extract(text, item, name, optionStyle));
    return rows;
}

std::string cleanText(std::string_view text)
{
    if (isCleanUtf8(text))
        return std::string(text);
    std::string clean;
    for (std::size_t i = 0; i < text.size();) {
        std::size_t length = 1;
        while (length <= 4 && !(i + length <= text.size() && isCleanUtf8(text.substr(i, length))))
            ++length;
        if (length > 4) {
            clean += "\xEF\xBF\xBD";
            ++i;
            continue;
        }
        clean += text.substr(i, length);
        i += length;
    }
    return clean;
}

} // namespace slook::methods
