#include "core/audit.h"
#include <array>
#include <stdexcept>
#include <utility>

namespace slook {
namespace {

constexpr std::array choices { std::pair(Choice::Better, "better"),
    std::pair(Choice::MuchBetter, "much-better"), std::pair(Choice::Tie, "tie"),
    std::pair(Choice::BothBad, "both-bad"), std::pair(Choice::CannotJudge, "cannot-judge"),
    std::pair(Choice::Withdrawn, "withdrawn") };
constexpr std::array kinds { std::pair(TaskKind::Plain, "plain"),
    std::pair(TaskKind::Mirrored, "mirrored"), std::pair(TaskKind::Gold, "gold"),
    std::pair(TaskKind::Imported, "imported") };
constexpr std::array outcomes { std::pair(Settlement::Better, "better"),
    std::pair(Settlement::Tie, "tie"), std::pair(Settlement::Drop, "drop"),
    std::pair(Settlement::Rewrite, "rewrite") };

template <class List, class Value> const char* nameIn(const List& list, Value value)
{
    for (const auto& [one, name] : list)
        if (one == value)
            return name;
    throw std::logic_error("[nameIn] a value without a name");
}

template <class List>
auto valueIn(const List& list, const std::string& wanted)
    -> std::optional<decltype(list.front().first)>
{
    for (const auto& [one, name] : list)
        if (wanted == name)
            return one;
    return std::nullopt;
}

} // namespace

const char* nameOf(Choice choice)
{
    return nameIn(choices, choice);
}
const char* nameOf(TaskKind kind)
{
    return nameIn(kinds, kind);
}
const char* nameOf(Settlement outcome)
{
    return nameIn(outcomes, outcome);
}
std::optional<Choice> choiceNamed(const std::string& name)
{
    return valueIn(choices, name);
}
std::optional<TaskKind> taskKindNamed(const std::string& name)
{
    return valueIn(kinds, name);
}
std::optional<Settlement> settlementNamed(const std::string& name)
{
    return valueIn(outcomes, name);
}

const std::vector<std::string>& verdictReasons()
{
    static const std::vector<std::string> reasons { "hallucinated object", "wrong attribute",
        "wrong count", "wrong relation", "text reading", "reasoning", "format", "refusal",
        "verbosity", "other" };
    return reasons;
}

} // namespace slook
