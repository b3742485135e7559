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

} // namespace

Result<std::vector<ConflictView>> auditConflicts(
    const store::Project& project, const AuditBatchRow& batch)
{
    const auto material = materialOf(project, batch.id);
    if (!material)
        return fail(material.error());
    std::vector<ConflictView> views;
    for (const Conflict& conflict : conflictsOf(outcomesOf(*material))) {
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
        views.push_back(std::move(view));
    }
    return views;
}

} // namespace slook::workbench
