#include "workbench/question_kind.h"
#include "methods/pattern.h"
#include <algorithm>
#include <array>
#include <string_view>

namespace slook::workbench {
namespace {

using methods::Pattern;

bool isIn(const Pattern& pattern, const std::string& text)
{
    return pattern.first(text).has_value();
}

bool offersYesAndNo(const std::vector<Option>& options)
{
    static const Pattern side(R"(^\s*(yes|no|true|false)\W*$)", true);
    static const Pattern neither(
        R"(^\s*(unknown|unsure|not sure|unanswerable|(?:cannot|can't|can not) (?:tell|say|be \w+))\W*$)",
        true);
    int sides = 0;
    for (const Option& one : options) {
        if (!isIn(side, one.text) && !isIn(neither, one.text))
            return false;
        sides += isIn(side, one.text) ? 1 : 0;
    }
    return sides >= 2;
}

bool asksYesOrNo(const std::string& question)
{
    static const Pattern said(R"(\b(yes or no|true or false|yes\s*/\s*no)\b)", true);
    static const Pattern begins(
        R"(^\W*((?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should)(?:n't)?)\b)",
        true);
    static const Pattern offers(R"(\b(or)\b)", true);
    return isIn(said, question) || (isIn(begins, question) && !isIn(offers, question));
}

struct Topic {
    const char* name;
    Pattern words;
};

const std::array<Topic, 6>& topics()
{
    static const std::array<Topic, 6> all { {
        { "description", Pattern(R"(\b(describe|caption|summari[sz]e|description)\b)", true) },
        { "number", Pattern(R"(\b(how (?:many|much)|count|(?:what|which) number)\b)", true) },
        { "colour", Pattern(R"(\b(?:what|which)\b[^?]*\b(colou?rs?)\b)", true) },
        { "shape", Pattern(R"(\b(?:what|which)\b[^?]*\b(shapes?)\b)", true) },
        { "position",
            Pattern(
                R"(\b(where|(?:what|which) (?:side|corner|direction|position|half))\b)", true) },
        { "text",
            Pattern(
                R"(\b(written|(?:what|which) (?:word|letter|text)s?|what (?:do|does)\b[^?]*\b(?:say|read))\b)",
                true) },
    } };
    return all;
}

} // namespace

std::string questionKind(const Item& item)
{
    if (item.options.empty() ? asksYesOrNo(item.question) : offersYesAndNo(item.options))
        return "yes/no";
    const auto found = std::ranges::find_if(
        topics(), [&](const Topic& topic) { return isIn(topic.words, item.question); });
    if (found != topics().end())
        return found->name;
    return item.options.empty() ? "open" : "choice";
}

Result<std::map<ItemId, std::string>> questionKinds(const store::Project& project)
{
    const auto items = project.items();
    if (!items)
        return fail(items.error());
    std::map<ItemId, std::string> kinds;
    for (const Item& one : *items)
        kinds.emplace(one.id, questionKind(one));
    return kinds;
}

} // namespace slook::workbench
