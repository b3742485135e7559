#include "methods/own_rules.h"
#include "methods/extract.h"
#include <algorithm>
#include <stdexcept>

namespace slook::methods {
namespace {

std::string_view withoutBlanks(std::string_view text)
{
    constexpr std::string_view blanks = " \t\n\r";
    const auto begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos
        ? std::string_view()
        : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

bool isRight(const std::string& answer, const Item& item)
{
    if (normalizedAnswer(answer) == normalizedAnswer(item.answer))
        return true;
    const auto right = std::ranges::find(item.options, item.answer, &Option::label);
    return right != item.options.end() && normalizedAnswer(answer) == normalizedAnswer(right->text);
}

} // namespace

Result<OwnRules> OwnRules::parse(std::string_view text)
{
    constexpr std::string_view lastWord = "last:";
    OwnRules rules;
    int number = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const std::string_view line = withoutBlanks(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        if (line.empty() || line.starts_with("# "))
            continue;
        const bool last = line.starts_with(lastWord);
        try {
            rules.m_rules.push_back({ std::string(line),
                Pattern(withoutBlanks(line.substr(last ? lastWord.size() : 0))), last });
        } catch (const std::invalid_argument& e) {
            return fail(ErrorKind::Invalid, e.what(), "rule " + std::to_string(number));
        }
    }
    if (rules.m_rules.empty())
        return fail(ErrorKind::Invalid, "have no expression; write one a line", "the rules");
    return rules;
}

ExtractionRow OwnRules::extract(std::string_view text, const Item& item) const
{
    ExtractionRow row;
    for (const Rule& rule : m_rules) {
        const auto found = rule.last ? rule.pattern.last(text) : rule.pattern.first(text);
        if (!found)
            continue;
        const auto whole = text.substr(found->begin, found->end - found->begin);
        const auto answer = withoutBlanks(whole);
        row.rule = rule.name;
        row.begin = static_cast<int>(
            answer.empty() ? found->begin : static_cast<std::size_t>(answer.data() - text.data()));
        row.end = row.begin + static_cast<int>(answer.size());
        row.answer = answer;
        break;
    }
    if (!item.answer.empty())
        row.correct = row.begin >= 0 && isRight(row.answer, item);
    return row;
}

} // namespace slook::methods
