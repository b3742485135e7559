#include "workbench/audit_conflicts.h"
#include "core/random.h"
#include "workbench/audit_material.h"
#include <algorithm>

namespace slook::workbench {
namespace {

std::string inWords(const VerdictRow& verdict, ResponseId a)
{
    const std::string better = verdict.better == a ? "A" : "B";
    switch (verdict.choice) {
    case Choice::Better:
        return better + " is better";
    case Choice::MuchBetter:
        return better + " is much better";
    case Choice::Tie:
        return "tie";
    case Choice::BothBad:
        return "both bad";
    default:
        return "cannot judge";
    }
}

std::string inWords(const AdjudicationRow& row, ResponseId a)
{
    switch (row.outcome) {
    case Settlement::Better:
        return row.better == a ? "A is better" : "B is better";
    case Settlement::Tie:
        return "tie";
    case Settlement::Drop:
        return "drop";
    default:
        return "rewrite: " + row.rewrite;
    }
}

Voice voiceOf(const std::string& where, const AdjudicationRow& row, ResponseId a)
{
    Voice voice;
    voice.verdict = "settled " + where + ": " + inWords(row, a);
    if (!row.category.empty())
        voice.reasons.push_back(row.category);
    voice.note = row.note;
    return voice;
}

} // namespace

Result<std::vector<ConflictView>> auditConflicts(
    const store::Project& project, const AuditBatchRow& batch)
{
    const auto material = materialOf(project, batch.id);
    if (!material)
        return fail(material.error());
    std::vector<ConflictView> views;
    const auto outcomes = outcomesOf(*material);
    for (const Conflict& conflict : conflictsOf(outcomes)) {
        const AuditedPair& pair = material->pairs.at(conflict.pair);
        Random random =
            Random::of(batch.seed, "adjudication", static_cast<std::uint64_t>(conflict.pair.value));
        const bool chosenIsA = random.chance(0.5);
        ConflictView view;
        view.pair = conflict.pair;
        view.why = conflict.why;
        view.question = pair.item.question;
        view.options = pair.item.options;
        view.images = pair.item.images;
        view.a = chosenIsA ? pair.chosen : pair.rejected;
        view.b = chosenIsA ? pair.rejected : pair.chosen;
        view.aText = chosenIsA ? pair.pair.chosen : pair.pair.rejected;
        view.bText = chosenIsA ? pair.pair.rejected : pair.pair.chosen;
        for (const Judged& one : material->judged)
            if (one.task->pair == conflict.pair && !isRepeat(one))
                view.voices.push_back(
                    { inWords(*one.verdict, view.a), one.task->left == view.a ? "A" : "B",
                        one.verdict->reasons, one.verdict->note, one.verdict->seconds });
        random.shuffle(view.voices);
        const auto outcome = std::ranges::find(outcomes, conflict.pair, &PairOutcome::pair);
        if (outcome->adjudication)
            view.voices.push_back(voiceOf("here", *outcome->adjudication, view.a));
        for (const AdjudicationRow& other : outcome->contrary)
            view.voices.push_back(voiceOf("elsewhere", other, view.a));
        views.push_back(std::move(view));
    }
    return views;
}

} // namespace slook::workbench
