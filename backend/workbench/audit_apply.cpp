#include "workbench/audit_apply.h"
#include "core/file.h"
#include "core/json.h"
#include "workbench/op_id.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::workbench {
namespace {

constexpr double mostSmoothing = 0.49;
constexpr std::int64_t enoughJudged = 10;

std::string twoDigits(double value)
{
    std::array<char, 32> buffer {};
    std::snprintf(buffer.data(), buffer.size(), "%.2f", value);
    return buffer.data();
}

Result<RunId> runOf(const std::map<PairId, AuditedPair>& pairs, const ApplyOptions& options)
{
    if (options.run)
        return options.run;
    std::set<RunId> runs;
    for (const auto& [id, pair] : pairs)
        runs.insert(pair.pair.run);
    if (runs.size() == 1)
        return *runs.begin();
    return fail(ErrorKind::Invalid,
        "is about pairs of " + std::to_string(runs.size())
            + " runs; name the run whose pairs are to be changed",
        "audit");
}

/// What happens to one pair that people judged.
enum class Fate { Kept, Relabelled, Rewritten, Dropped };

Fate fateOf(const PairOutcome& outcome, const ApplyOptions& options)
{
    const auto by = [](Treatment treatment) {
        return treatment == Treatment::Keep ? Fate::Kept
            : treatment == Treatment::Drop  ? Fate::Dropped
                                            : Fate::Relabelled;
    };
    if (outcome.adjudication) {
        if (outcome.adjudication->outcome == Settlement::Drop)
            return Fate::Dropped;
        if (outcome.adjudication->outcome == Settlement::Rewrite)
            return Fate::Rewritten;
    } else if (outcome.support() < options.support) {
        return by(options.undecided);
    }
    if (outcome.label == Label::Chosen)
        return Fate::Kept;
    return by(outcome.label == Label::Rejected ? options.reversed : options.undecided);
}

store::DerivedPair derivedFrom(const PairRow& parent, Fate fate, const PairOutcome* outcome)
{
    store::DerivedPair derived { parent, { {}, parent.id, {}, "kept", -1, -1 } };
    if (fate == Fate::Relabelled
        || (fate == Fate::Rewritten && outcome->votes[1] > outcome->votes[0])) {
        std::swap(derived.pair.chosen, derived.pair.rejected);
        std::swap(derived.pair.chosenTurn, derived.pair.rejectedTurn);
        std::swap(derived.pair.chosenStage, derived.pair.rejectedStage);
        derived.origin.change = "relabelled";
    }
    if (fate == Fate::Rewritten) { // the written answer beside the one that people liked less
        derived.pair.chosen = outcome->adjudication->rewrite;
        derived.origin.change = "rewritten";
    }
    return derived;
}

/// Share of wrong labels that is to be expected of a pair of this type that nobody judged.
double expectedWrong(const AuditReport& report, const std::string& type)
{
    double wrong = 0;
    for (const LabelPrecision& one : report.precision)
        if (one.precision.n >= enoughJudged
            && (one.by == "all" || (one.by == "type" && one.name == type)))
            wrong = 1 - one.precision.share; // all come first, so the type has the last word
    return wrong;
}

std::string sentenceFor(const ApplyPlan& plan, const AuditReport& report)
{
    std::string text = std::to_string(plan.pairs.size()) + " pairs: " + std::to_string(plan.kept)
        + " judged and kept, " + std::to_string(plan.relabelled) + " relabelled, "
        + std::to_string(plan.rewritten) + " rewritten, " + std::to_string(plan.unjudged)
        + " kept that nobody judged; " + std::to_string(plan.dropped + plan.unjudgedDropped)
        + " dropped. Label smoothing " + twoDigits(plan.labelSmoothing) + ".";
    if (!report.randomSample && plan.unjudged > 0)
        text += " The audit is no random sample, so it says nothing about the pairs that nobody "
                "judged.";
    return text;
}

Json ruleJson(const AuditReport& report, const ApplyOptions& options, const ApplyPlan& plan)
{
    return { { "audit", report.batch.name }, { "reversed", nameOf(options.reversed) },
        { "undecided", nameOf(options.undecided) }, { "unjudged", options.unjudged },
        { "support", options.support }, { "votes", options.votes }, { "kept", plan.kept },
        { "relabelled", plan.relabelled }, { "rewritten", plan.rewritten },
        { "dropped", plan.dropped }, { "unjudgedKept", plan.unjudged },
        { "unjudgedDropped", plan.unjudgedDropped }, { "labelSmoothing", plan.labelSmoothing },
        { "labelSmoothingEstimated", !options.labelSmoothing.has_value() } };
}

void count(ApplyPlan& plan, Fate fate)
{
    plan.kept += fate == Fate::Kept;
    plan.relabelled += fate == Fate::Relabelled;
    plan.rewritten += fate == Fate::Rewritten;
    plan.dropped += fate == Fate::Dropped;
}

bool isContinuation(char byte)
{
    return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u;
}

} // namespace

Result<ApplyPlan> planApply(
    const store::Project& project, const AuditReport& report, const ApplyOptions& options)
{
    const auto judged = auditedPairs(project, report.batch.id);
    if (!judged)
        return fail(judged.error());
    const auto run = runOf(*judged, options);
    if (!run)
        return fail(run.error());
    if (options.labelSmoothing && !(*options.labelSmoothing >= 0 && *options.labelSmoothing < 0.5))
        return fail(
            ErrorKind::Invalid, "must be from 0 to below 0.5; choose another", "label smoothing");
    const auto plan = parseJson(report.batch.plan, "plan of " + report.batch.name);
    if (!plan)
        return fail(plan.error());
    if (report.sent)
        return fail(ErrorKind::Invalid,
            "was sent to be judged, without the machine's labels; merge this file where it came "
            "from and apply it there",
            report.batch.name);
    const auto pairs = project.pairs(*run, stringOr(*plan, "preference", "correctness"));
    if (!pairs)
        return fail(pairs.error());
    ApplyPlan result;
    result.run = *run;
    double wrong = 0;
    for (const PairRow& pair : *pairs) {
        const auto outcome = std::ranges::find(report.outcomes, pair.id, &PairOutcome::pair);
        const bool known = outcome != report.outcomes.end()
            && (outcome->adjudication || outcome->judged() + outcome->cannotJudge >= options.votes);
        if (!known) {
            (options.unjudged ? result.unjudged : result.unjudgedDropped) += 1;
            if (options.unjudged) {
                wrong += expectedWrong(report, typeName(pair.type));
                result.pairs.push_back(derivedFrom(pair, Fate::Kept, nullptr));
            }
            continue;
        }
        const Fate fate = fateOf(*outcome, options);
        count(result, fate);
        if (fate != Fate::Dropped)
            result.pairs.push_back(derivedFrom(pair, fate, &*outcome));
    }
    if (result.pairs.empty())
        return fail(
            ErrorKind::Invalid, "would leave no pair; choose other treatments", report.batch.name);
    const double estimate =
        report.randomSample ? wrong / static_cast<double>(result.pairs.size()) : 0;
    result.labelSmoothing = options.labelSmoothing.value_or(std::min(mostSmoothing, estimate));
    result.sentence = sentenceFor(result, report);
    return result;
}

Result<PairSetRow> applyAudit(
    store::Project& project, const AuditReport& report, const ApplyOptions& options)
{
    const auto plan = planApply(project, report, options);
    if (!plan)
        return fail(plan.error());
    PairSetRow set;
    set.run = plan->run;
    set.batch = report.batch.id;
    set.preference = "audited";
    set.rule = dumpLine(ruleJson(report, options, *plan));
    set.labelSmoothing = plan->labelSmoothing;
    return project.addPairSet(set, plan->pairs, newOpId());
}

ReplacedSpan replacedSpan(const std::string& before, const std::string& after)
{
    const std::size_t shorter = std::min(before.size(), after.size());
    std::size_t head = 0;
    while (head < shorter && before[head] == after[head])
        ++head;
    while (head > 0
        && ((head < before.size() && isContinuation(before[head]))
            || (head < after.size() && isContinuation(after[head]))))
        --head;
    std::size_t tail = 0;
    while (
        tail < shorter - head && before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
        ++tail;
    while (tail > 0 && isContinuation(before[before.size() - tail]))
        --tail;
    return { head, before.size() - tail, after.substr(head, after.size() - tail - head) };
}

Result<store::NewPairSet> correctedPair(const AuditedPair& pair, BatchId batch, ResponseId answer,
    const std::string& corrected, const std::string& annotator)
{
    if (!answer || (answer != pair.chosen && answer != pair.rejected))
        return fail(ErrorKind::NotFound, "is no answer of this audit; reload the batch",
            "answer " + std::to_string(answer.value));
    const PairRow& parent = pair.pair;
    const bool ofChosen = answer == pair.chosen;
    const std::string& before = ofChosen ? parent.chosen : parent.rejected;
    if (corrected == before || corrected.empty() || !isCleanUtf8(corrected))
        return fail(ErrorKind::Invalid,
            corrected == before     ? "was not changed; change the wrong words first"
                : corrected.empty() ? "needs a text; write what the answer should say"
                                    : "is no valid UTF-8 text",
            "the corrected answer");
    const auto span = replacedSpan(before, corrected);
    store::DerivedPair derived { parent,
        { {}, parent.id, {}, "edited", static_cast<int>(span.begin), static_cast<int>(span.end) } };
    derived.pair.chosen = corrected;
    derived.pair.rejected = before;
    derived.pair.rejectedTurn = ofChosen ? parent.chosenTurn : parent.rejectedTurn;
    derived.pair.rejectedStage = ofChosen ? parent.chosenStage : parent.rejectedStage;
    store::NewPairSet made;
    made.set.run = parent.run;
    made.set.batch = batch;
    made.set.preference = "edited";
    made.set.rule = dumpLine({ { "annotator", annotator }, { "response", answer.value },
        { "begin", span.begin }, { "end", span.end },
        { "replaced", before.substr(span.begin, span.end - span.begin) }, { "by", span.by } });
    made.pairs.push_back(std::move(derived));
    return made;
}

Result<PairSetRow> fixAnswer(store::Project& project, BatchId batch, PairId pair, ResponseId answer,
    const std::string& corrected, const std::string& annotator)
{
    const auto pairs = auditedPairs(project, batch);
    if (!pairs)
        return fail(pairs.error());
    const auto found = pairs->find(pair);
    const auto made = correctedPair(
        found == pairs->end() ? AuditedPair() : found->second, batch, answer, corrected, annotator);
    if (!made)
        return fail(made.error());
    return project.addPairSet(made->set, made->pairs, newOpId());
}

const char* nameOf(Treatment treatment)
{
    return treatment == Treatment::Keep ? "keep"
        : treatment == Treatment::Drop  ? "drop"
                                        : "relabel";
}

std::optional<Treatment> treatmentNamed(const std::string& name)
{
    for (const Treatment one : { Treatment::Keep, Treatment::Drop, Treatment::Relabel })
        if (name == nameOf(one))
            return one;
    return std::nullopt;
}

} // namespace slook::workbench
