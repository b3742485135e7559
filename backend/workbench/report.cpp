#include "workbench/report.h"
#include "analysis/agreement.h"
#include "analysis/intervals.h"
#include "analysis/paired.h"
#include "workbench/verdict.h"
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace slook::workbench {
namespace {

/// What a stage's answers come to, kept for comparisons.
struct Stage {
    StageReport report;
    Verdicts first;
    Verdicts refined;
};

double meanTokens(const std::vector<ResponseRow>& responses, const std::set<ResponseId>& wanted)
{
    std::int64_t tokens = 0;
    std::int64_t count = 0;
    for (const ResponseRow& response : responses)
        if (wanted.contains(response.id)) {
            tokens += static_cast<std::int64_t>(response.tokenIds.size());
            ++count;
        }
    return count == 0 ? 0 : static_cast<double>(tokens) / static_cast<double>(count);
}

/// "after:random" is measured after training on "random", plain "after" on correctness.
void nameStage(StageReport& report)
{
    const auto colon = report.stage.find(':');
    if (report.stage == "before") {
        report.title = "start";
    } else if (colon == std::string::npos) {
        report.preference = "correctness";
        report.title = "correctness";
    } else {
        report.preference = report.stage.substr(colon + 1);
        report.control = report.preference != "correctness";
        report.title = (report.control ? "control: " : "") + report.preference;
    }
}

Result<Stage> stageOf(const store::Project& project, const RunRow& run, const std::string& name,
    const std::string& extractor)
{
    const auto rows = project.transitions(run.id, name, extractor);
    if (!rows)
        return fail(rows.error());
    const auto responses = project.responses(run.id, name);
    if (!responses)
        return fail(responses.error());
    Stage stage;
    stage.report.stage = name;
    nameStage(stage.report);
    std::set<ResponseId> firsts, lasts;
    for (const TransitionRow& row : *rows) {
        stage.first[row.item] = row.firstCorrect;
        stage.refined[row.item] = row.refinedCorrect;
        firsts.insert(row.first);
        lasts.insert(row.refined);
        ++stage.report.types.at(static_cast<std::size_t>(row.type() - 1));
    }
    stage.report.first = accuracyOf(stage.first, meanTokens(*responses, firsts));
    stage.report.refined = accuracyOf(stage.refined, meanTokens(*responses, lasts));
    if (!stage.report.preference.empty()) {
        const auto pairs = project.pairs(run.id, stage.report.preference);
        if (!pairs)
            return fail(pairs.error());
        stage.report.pairs = static_cast<std::int64_t>(pairs->size());
    }
    return stage;
}

/// The start, then the training on correctness, then controls in their own order.
int rank(const StageReport& report)
{
    return report.preference.empty() ? 0 : report.control ? 2 : 1;
}

} // namespace

Accuracy accuracyOf(const Verdicts& verdicts, double meanTokens)
{
    Accuracy accuracy;
    accuracy.n = static_cast<std::int64_t>(verdicts.size());
    accuracy.right = std::ranges::count_if(verdicts, [](const auto& one) { return one.second; });
    if (accuracy.n > 0)
        accuracy.share = static_cast<double>(accuracy.right) / static_cast<double>(accuracy.n);
    const auto interval = analysis::wilson(accuracy.right, accuracy.n);
    accuracy.low = interval.low;
    accuracy.high = interval.high;
    accuracy.meanTokens = meanTokens;
    return accuracy;
}

ClusteredShare clusteredShare(
    std::span<const std::int64_t> parts, std::span<const std::int64_t> wholes)
{
    ClusteredShare share;
    share.part = std::accumulate(parts.begin(), parts.end(), std::int64_t { 0 });
    share.whole = std::accumulate(wholes.begin(), wholes.end(), std::int64_t { 0 });
    const auto interval = analysis::ratioInterval(parts, wholes);
    share.share = interval.ratio;
    share.low = interval.low;
    share.high = interval.high;
    return share;
}

Comparison compared(const Verdicts& before, const Verdicts& after)
{
    Comparison result;
    for (const auto& [item, right] : after) {
        const auto old = before.find(item);
        if (old == before.end())
            continue;
        ++result.n;
        result.fixed += right && !old->second ? 1 : 0;
        result.broken += !right && old->second ? 1 : 0;
    }
    result.p = analysis::mcnemarExact(result.broken, result.fixed);
    return result;
}

Result<Report> reportOf(
    const store::Project& project, const RunRow& run, const std::string& extractor)
{
    const auto names = project.stages(run.id);
    if (!names)
        return fail(names.error());
    std::vector<Stage> stages;
    for (const std::string& name : *names) {
        if (name != "before" && !name.starts_with("after"))
            continue; // questions that pairs are built from, and descriptions, measure nothing here
        auto stage = stageOf(project, run, name, extractor);
        if (!stage)
            return fail(stage.error());
        stages.push_back(std::move(*stage));
    }
    if (stages.empty())
        return fail(ErrorKind::NotFound,
            "has no answer to a test question yet; wait for it, or resume it", run.name);
    std::ranges::stable_sort(stages, {}, [](const Stage& s) { return rank(s.report); });
    const auto trained =
        std::ranges::find_if(stages, [](const Stage& s) { return rank(s.report) == 1; });
    Report report { run.name, extractor, {}, {} };
    for (Stage& stage : stages) {
        if (rank(stages.front().report) == 0 && rank(stage.report) > 0) {
            stage.report.firstAgainstStart = compared(stages.front().first, stage.first);
            stage.report.refinedAgainstStart = compared(stages.front().refined, stage.refined);
        }
        if (stage.report.control && trained != stages.end())
            stage.report.correctnessAgainstThis = compared(stage.first, trained->first);
        report.stages.push_back(stage.report);
    }
    report.sentence = verdictOn(report);
    const auto byHand = project.handReadings(run.id);
    if (!byHand)
        return fail(byHand.error());
    if (!byHand->empty())
        report.sentence += " A person has read " + std::to_string(byHand->size())
            + (byHand->size() == 1 ? " answer" : " answers") + " in the extractor's place.";
    return report;
}

Result<std::vector<Flip>> flipsOf(const store::Project& project, const RunRow& run,
    const std::string& fromStage, const std::string& toStage, const std::string& extractor)
{
    const auto before = project.transitions(run.id, fromStage, extractor);
    if (!before)
        return fail(before.error());
    const auto after = project.transitions(run.id, toStage, extractor);
    if (!after)
        return fail(after.error());
    std::map<ItemId, const TransitionRow*> old;
    for (const TransitionRow& row : *before)
        old.emplace(row.item, &row);
    std::vector<Flip> flips;
    for (const TransitionRow& row : *after) {
        const auto known = old.find(row.item);
        if (known != old.end() && known->second->firstCorrect != row.firstCorrect)
            flips.push_back({ *known->second, row });
    }
    return flips;
}

Result<std::vector<ExtractorAgreement>> agreementOf(
    const store::Project& project, const RunRow& run, const std::string& stage)
{
    const auto responses = project.responses(run.id, stage);
    if (!responses)
        return fail(responses.error());
    struct Ratings {
        ExtractorAgreement counts;
        std::vector<int> a, b;
    };
    std::map<std::pair<std::string, std::string>, Ratings> all;
    for (const ResponseRow& response : *responses) {
        const auto found = project.extractions(response.id);
        if (!found)
            return fail(found.error());
        for (auto a = found->begin(); a != found->end(); ++a)
            for (auto b = a + 1; b != found->end(); ++b) {
                if (!a->correct || !b->correct)
                    continue;
                Ratings& ratings = all[{ a->extractor, b->extractor }];
                ratings.a.push_back(*a->correct ? 1 : 0);
                ratings.b.push_back(*b->correct ? 1 : 0);
                ++ratings.counts.n;
                ratings.counts.sameVerdict += a->correct == b->correct ? 1 : 0;
                ratings.counts.sameAnswer += a->answer == b->answer ? 1 : 0;
            }
    }
    std::vector<ExtractorAgreement> result;
    for (auto& [names, ratings] : all) {
        ratings.counts.a = names.first;
        ratings.counts.b = names.second;
        ratings.counts.kappa = analysis::cohenKappa(ratings.a, ratings.b);
        result.push_back(ratings.counts);
    }
    return result;
}

} // namespace slook::workbench
