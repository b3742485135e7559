#include "workbench/audit_agreement.h"
#include "analysis/intervals.h"
#include "analysis/paired.h"
#include "core/json.h"
#include "workbench/audit_material.h"
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace slook::workbench {
namespace {

constexpr double fastSeconds = 2;
constexpr int fewJudged = 10; ///< below, a sentence about training would be a guess

std::vector<RaterPair> matrixOf(const Material& material, const Drawing& drawing)
{
    std::vector<RaterPair> matrix;
    for (std::size_t i = 0; i < material.raters.size(); ++i)
        for (std::size_t j = i + 1; j < material.raters.size(); ++j) {
            const std::vector<std::string> two { material.raters[i], material.raters[j] };
            const Ratings labels = shared(tableOf(
                material, [](const AuditedPair&) { return true; }, two)
                                              .labels);
            matrix.push_back({ two[0], two[1], coefficient("Raw agreement", labels, rawOf, drawing),
                coefficient("Cohen's kappa", labels, cohenOf, drawing) });
        }
    return matrix;
}

double quantile(const std::vector<double>& sorted, double p)
{
    if (sorted.empty())
        return 0;
    const double at = p * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const double next = sorted[std::min(below + 1, sorted.size() - 1)];
    return sorted[below] + (at - static_cast<double>(below)) * (next - sorted[below]);
}

/// First and second judgement of the same pair by one person.
Ratings repeatsOf(const Material& material, const std::string& rater)
{
    std::map<PairId, std::optional<Label>> first;
    for (const Judged& one : material.judged)
        if (one.task->annotator == rater && !isRepeat(one))
            first[one.pair->pair.id] = one.label;
    Ratings both(2);
    for (const Judged& one : material.judged) {
        if (one.task->annotator != rater || !isRepeat(one) || !one.label)
            continue;
        const auto before = first.find(one.pair->pair.id);
        if (before == first.end() || !before->second)
            continue;
        both[0].push_back(static_cast<int>(*before->second));
        both[1].push_back(static_cast<int>(*one.label));
    }
    return both;
}

RaterReport raterReport(const Material& material, const std::string& rater, const Drawing& drawing)
{
    RaterReport report;
    report.name = rater;
    report.tasks =
        static_cast<int>(std::ranges::count(material.tasks, rater, &AuditTask::annotator));
    std::int64_t sided = 0;
    std::int64_t left = 0;
    std::int64_t gold = 0;
    std::int64_t right = 0;
    std::vector<double> seconds;
    for (const Judged& one : material.judged) {
        if (one.task->annotator != rater)
            continue;
        ++report.judged;
        if (one.verdict->better && one.task->kind != TaskKind::Imported) {
            ++sided;
            left += one.verdict->better == one.task->left ? 1 : 0;
        }
        if (one.task->expected) {
            ++gold;
            right += one.verdict->better == one.task->expected ? 1 : 0;
        }
        if (one.verdict->seconds > 0) { // imports may not know it
            seconds.push_back(one.verdict->seconds);
            report.fast += one.verdict->seconds < fastSeconds ? 1 : 0;
        }
    }
    report.left = shareOf(left, sided);
    report.leftP = sided > 0 ? analysis::binomialTwoSided(left, sided, 0.5) : 1;
    report.gold = shareOf(right, gold);
    std::ranges::sort(seconds);
    report.medianSeconds = quantile(seconds, 0.5);
    report.lowerSeconds = quantile(seconds, 0.25);
    report.upperSeconds = quantile(seconds, 0.75);
    const Ratings both = repeatsOf(material, rater);
    std::int64_t alike = 0;
    for (std::size_t i = 0; i < both[0].size(); ++i)
        alike += both[0][i] == both[1][i] ? 1 : 0;
    report.retest = shareOf(alike, static_cast<std::int64_t>(both[0].size()));
    report.retestKappa = coefficient("Cohen's kappa", both, cohenOf, drawing);
    if (both[0].empty())
        report.retestKappa.undefined = "undefined: no mirrored pair was judged twice yet";
    return report;
}

/// Pairs that the plan drew, so that gold does not count among them.
std::set<PairId> sampledPairs(const Material& material)
{
    std::set<PairId> sampled;
    for (const AuditTask& task : material.tasks)
        if (task.kind != TaskKind::Gold)
            sampled.insert(task.pair);
    return sampled;
}

std::string number(double value)
{
    std::array<char, 32> buffer {};
    std::snprintf(buffer.data(), buffer.size(), "%.2f", value);
    return buffer.data();
}

std::string meaningOf(const LabelPrecision& one)
{
    const Share& p = one.precision;
    if (p.n < fewJudged)
        return "Too few pairs with a better side (" + std::to_string(p.n)
            + ") to say anything about training.";
    const double wrong = 1 - p.share;
    if (p.high < 0.5)
        return "People prefer the rejected answer more often than not: relabel these pairs, or "
               "drop them.";
    if (p.low <= 0.5)
        return "The labels cannot be told from a coin with this many judgements: drop these pairs "
               "or judge more.";
    if (wrong == 0)
        return "No label was found wrong; up to " + number(1 - p.low)
            + " of them may be, and no smoothing is called for by what was seen.";
    return "About " + number(wrong) + " of the labels are wrong [" + number(1 - p.high) + ", "
        + number(1 - p.low) + "]: relabel what was judged, and train the rest with label smoothing "
        + number(wrong) + ".";
}

LabelPrecision precisionOf(const Material& material, const std::vector<PairOutcome>& outcomes,
    const std::set<PairId>& sampled, const std::string& by, const std::string& name,
    const Wanted& wanted)
{
    LabelPrecision result;
    result.by = by;
    result.name = name;
    std::int64_t confirmed = 0;
    std::int64_t sided = 0;
    for (const PairOutcome& outcome : outcomes) {
        if (!sampled.contains(outcome.pair) || !wanted(material.pairs.at(outcome.pair)))
            continue;
        if (!outcome.label) {
            result.conflict += outcome.judged() > 0 && !outcome.adjudication ? 1 : 0;
            continue;
        }
        ++result.judged;
        result.tie += outcome.label == Label::Tie ? 1 : 0;
        result.bothBad += outcome.label == Label::BothBad ? 1 : 0;
        confirmed += outcome.label == Label::Chosen ? 1 : 0;
        sided += outcome.label == Label::Chosen || outcome.label == Label::Rejected ? 1 : 0;
    }
    result.precision = shareOf(confirmed, sided);
    result.meaning = meaningOf(result);
    return result;
}

/// Strata weighted by their size, with a normal interval whose variances add two hits and two
/// misses to each stratum, so that a stratum without a miss has one too (Agresti and Coull 1998).
std::optional<Share> weightedOf(const std::vector<LabelPrecision>& rows, const std::string& strata)
{
    double population = 0;
    for (const LabelPrecision& one : rows)
        if (one.by == strata)
            population += one.population;
    Share result;
    double variance = 0;
    for (const LabelPrecision& one : rows) {
        if (one.by != strata)
            continue;
        if (one.precision.n == 0 || population == 0)
            return std::nullopt;
        const double weight = one.population / population;
        const auto n = static_cast<double>(one.precision.n) + 4;
        const double p = (static_cast<double>(one.precision.hits) + 2) / n;
        result.share += weight * one.precision.share;
        result.hits += one.precision.hits;
        result.n += one.precision.n;
        variance += weight * weight * p * (1 - p) / n;
    }
    const double half = analysis::normalQuantile(0.975) * std::sqrt(variance);
    result.low = std::max(0.0, result.share - half);
    result.high = std::min(1.0, result.share + half);
    return result.n > 0 ? std::optional(result) : std::nullopt;
}

} // namespace

double PairOutcome::support() const
{
    const int all = judged();
    return all == 0 ? 0 : static_cast<double>(*std::ranges::max_element(votes)) / all;
}

Share shareOf(std::int64_t hits, std::int64_t n)
{
    const auto interval = analysis::wilson(hits, n);
    return { hits, n, n > 0 ? static_cast<double>(hits) / static_cast<double>(n) : 0, interval.low,
        interval.high };
}

std::optional<Label> labelOf(const VerdictRow& verdict, ResponseId chosen)
{
    switch (verdict.choice) {
    case Choice::Better:
    case Choice::MuchBetter:
        return verdict.better == chosen ? Label::Chosen : Label::Rejected;
    case Choice::Tie:
        return Label::Tie;
    case Choice::BothBad:
        return Label::BothBad;
    default:
        return std::nullopt;
    }
}

std::optional<int> degreeOf(const VerdictRow& verdict, ResponseId chosen)
{
    const auto label = labelOf(verdict, chosen);
    if (!label)
        return std::nullopt;
    if (!verdict.better)
        return 0;
    return (verdict.choice == Choice::MuchBetter ? 2 : 1) * (*label == Label::Chosen ? 1 : -1);
}

const char* nameOf(Label label)
{
    constexpr std::array names { "chosen", "rejected", "tie", "both-bad" };
    return names.at(static_cast<std::size_t>(label));
}

Result<AuditReport> auditReport(
    const store::Project& project, const AuditBatchRow& batch, int resamples)
{
    const auto material = materialOf(project, batch.id);
    if (!material)
        return fail(material.error());
    const Drawing drawing { batch.seed, resamples };
    const auto plan = parseJson(batch.plan, "plan of " + batch.name);
    if (!plan)
        return fail(plan.error());
    AuditReport report;
    report.batch = batch;
    const std::string sampling = stringOr(*plan, "sampling");
    report.randomSample =
        sampling == nameOf(Sampling::Random) || sampling == nameOf(Sampling::Stratified);
    report.outcomes = outcomesOf(*material);
    report.conflicts = conflictsOf(report.outcomes);
    const auto sampled = sampledPairs(*material);
    const std::string strata = stringOr(*plan, "strata");
    forGroups(*material, [&](const std::string& by, const std::string& name, const Wanted& wanted) {
        report.agreement.push_back(agreementOfGroup(*material, by, name, wanted, drawing));
        auto one = precisionOf(*material, report.outcomes, sampled, by, name, wanted);
        if (by == "all")
            one.population = static_cast<int>(integerOr(*plan, "population", 0));
        if (by == strata && plan->contains("found"))
            for (const auto& found : plan->at("found"))
                if (stringOr(found, "name") == name)
                    one.population = static_cast<int>(integerOr(found, "population", 0));
        report.precision.push_back(std::move(one));
    });
    report.sent = isSent(batch);
    if (report.sent)
        report.precision.clear();
    else if (!strata.empty())
        report.weighted = weightedOf(report.precision, strata);
    report.matrix = matrixOf(*material, drawing);
    for (const std::string& rater : material->raters)
        report.raters.push_back(raterReport(*material, rater, drawing));
    report.judgedPairs = static_cast<int>(report.outcomes.size());
    return report;
}

} // namespace slook::workbench
