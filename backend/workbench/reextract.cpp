#include "workbench/reextract.h"
#include "methods/own_rules.h"
#include "workbench/op_id.h"
#include <algorithm>
#include <unordered_map>

namespace slook::workbench {

int RuleTrial::moved() const
{
    int moved = 0;
    for (std::size_t from = 1; from < moves.size(); ++from)
        for (std::size_t to = 1; to < moves.size(); ++to)
            moved += from == to ? 0 : moves[from][to];
    return moved;
}

Result<RuleTrial> tryRules(const store::Project& project, RunId run, const std::string& stage,
    const std::string& extractor, const std::string& rules, std::size_t mostRows)
{
    const auto parsed = methods::OwnRules::parse(rules);
    if (!parsed)
        return fail(parsed.error());
    const auto old = project.transitions(run, stage, extractor);
    if (!old)
        return fail(old.error());
    RuleTrial trial;
    for (const TransitionRow& row : *old) {
        Item item;
        item.options = row.options;
        item.answer = row.answer;
        const ExtractionRow first = parsed->extract(row.firstText, item);
        const ExtractionRow refined = parsed->extract(row.refinedText, item);
        TransitionRow now = row;
        now.firstCorrect = first.correct.value_or(false);
        now.refinedCorrect = refined.correct.value_or(false);
        ++trial.questions;
        ++trial.moves.at(static_cast<std::size_t>(row.type()))
              .at(static_cast<std::size_t>(now.type()));
        const bool otherFirst = first.answer != row.firstAnswer;
        const bool otherRefined = refined.answer != row.refinedAnswer;
        trial.readings += (otherFirst ? 1 : 0) + (otherRefined ? 1 : 0);
        if (!otherFirst && !otherRefined && row.type() == now.type())
            continue;
        const bool showFirst = otherFirst || !otherRefined;
        const ExtractionRow& shown = showFirst ? first : refined;
        trial.rows.push_back({ row.item, row.question, showFirst ? row.firstText : row.refinedText,
            showFirst ? 1 : 2, shown.begin, shown.end,
            showFirst ? row.firstAnswer : row.refinedAnswer, shown.answer, row.type(),
            now.type() });
    }
    std::ranges::stable_partition(
        trial.rows, [](const RuleTrial::Row& row) { return row.oldType != row.newType; });
    if (trial.rows.size() > mostRows)
        trial.rows.resize(mostRows);
    return trial;
}

Result<std::string> applyRules(store::Project& project, RunId run, const std::string& rules)
{
    const auto parsed = methods::OwnRules::parse(rules);
    if (!parsed)
        return fail(parsed.error());
    const auto responses = project.responses(run);
    if (!responses)
        return fail(responses.error());
    store::ItemFilter asked;
    for (const ResponseRow& response : *responses)
        asked.ids.push_back(response.item);
    std::ranges::sort(asked.ids);
    const auto repeated = std::ranges::unique(asked.ids);
    asked.ids.erase(repeated.begin(), repeated.end());
    const auto items = project.items(asked);
    if (!items)
        return fail(items.error());
    std::unordered_map<ItemId, const Item*> byId;
    for (const Item& item : *items)
        byId[item.id] = &item;
    std::vector<ExtractionRow> rows;
    for (const ResponseRow& response : *responses) {
        rows.push_back(parsed->extract(response.text, *byId.at(response.item)));
        rows.back().response = response.id;
    }
    return project.addExtractions(run, rules, rows, newOpId());
}

} // namespace slook::workbench
