#include "workbench/description_report.h"
#include "analysis/intervals.h"
#include "analysis/paired.h"
#include "core/json.h"
#include "methods/extract.h"
#include "scenes/truth.h"
#include "workbench/verdict.h"
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace slook::workbench {
namespace {

using Checks = std::map<ItemId, scenes::DescriptionCheck>;

/// Everything of a run that the report looks at, read once.
struct Material {
    std::map<std::string, std::vector<const ResponseRow*>> byStage;
    std::vector<ResponseRow> responses;
    std::map<ResponseId, ExtractionRow> extractions;
    std::map<ItemId, Item> items;
    std::map<ItemId, std::string> truths;
    std::map<std::string, std::int64_t> pairs; ///< by preference
};

/// What one model said, kept for comparisons.
struct Measured {
    ModelScores scores;
    Verdicts faithful, answers, described, yesNo;
    Checks checks;
};

Result<Material> materialOf(
    const store::Project& project, const RunRow& run, const std::string& extractor)
{
    Material all;
    auto responses = project.responses(run.id);
    if (!responses)
        return fail(responses.error());
    all.responses = std::move(*responses);
    std::vector<ItemId> ids;
    for (const ResponseRow& one : all.responses) {
        all.byStage[one.stage].push_back(&one);
        ids.push_back(one.item);
    }
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    const auto marks = project.extractionsOf(run.id, extractor);
    if (!marks)
        return fail(marks.error());
    for (const ExtractionRow& one : *marks)
        all.extractions.emplace(one.response, one);
    if (!ids.empty()) {
        auto items = project.items({ .ids = std::move(ids) });
        if (!items)
            return fail(items.error());
        for (Item& item : *items) {
            const auto fields = parseJson(item.fields.empty() ? "{}" : item.fields, "fields");
            if (fields && fields->is_object())
                if (auto truth = stringOr(*fields, "truth"); !truth.empty())
                    all.truths.emplace(item.id, std::move(truth));
            all.items.emplace(item.id, std::move(item));
        }
    }
    const auto pairs = project.pairs(run.id);
    if (!pairs)
        return fail(pairs.error());
    for (const PairRow& one : *pairs)
        ++all.pairs[one.preference];
    return all;
}

const std::vector<const ResponseRow*>& responsesOf(const Material& all, const std::string& stage)
{
    static const std::vector<const ResponseRow*> none;
    const auto found = all.byStage.find(stage);
    return found == all.byStage.end() ? none : found->second;
}

double meanTokens(const std::vector<const ResponseRow*>& responses)
{
    std::size_t tokens = 0;
    for (const auto* one : responses)
        tokens += one->tokenIds.size();
    return responses.empty() ? 0
                             : static_cast<double>(tokens) / static_cast<double>(responses.size());
}

/// The sign test on invented objects a picture.
Comparison comparedInventions(const Checks& before, const Checks& after)
{
    Comparison result;
    for (const auto& [item, check] : after) {
        const auto old = before.find(item);
        if (old == before.end())
            continue;
        ++result.n;
        result.fixed += check.hallucinated < old->second.hallucinated ? 1 : 0;
        result.broken += check.hallucinated > old->second.hallucinated ? 1 : 0;
    }
    result.p = analysis::mcnemarExact(result.broken, result.fixed);
    return result;
}

template <class Part, class Whole>
ClusteredShare shareOf(const Checks& checks, Part part, Whole whole)
{
    std::vector<std::int64_t> parts, wholes;
    for (const auto& [item, check] : checks) {
        parts.push_back(part(check));
        wholes.push_back(whole(check));
    }
    return clusteredShare(parts, wholes);
}

void scoreDescriptions(const Material& all, Measured& model)
{
    using Check = scenes::DescriptionCheck;
    std::vector<const ResponseRow*> known;
    for (const auto* one : responsesOf(all, "describe:" + model.scores.stage)) {
        const auto truth = all.truths.find(one->item);
        if (truth == all.truths.end())
            continue;
        known.push_back(one);
        const auto check = scenes::checkDescription(truth->second, one->text);
        model.faithful[one->item] = check.hallucinated == 0;
        model.checks.emplace(one->item, check);
    }
    auto& score = model.scores.descriptions;
    score.faithful = accuracyOf(model.faithful, meanTokens(known));
    score.hallucinated = shareOf(
        model.checks, [](const Check& c) { return c.hallucinated; },
        [](const Check& c) { return c.mentioned; });
    score.recall = shareOf(
        model.checks, [](const Check& c) { return c.correct; },
        [](const Check& c) { return c.objects; });
    score.wrongAttributes = shareOf(
        model.checks,
        [](const Check& c) { return std::min(c.correct, c.wrongSize + c.wrongPlace); },
        [](const Check& c) { return c.correct; });
    if (!known.empty())
        score.meanMentioned =
            static_cast<double>(score.hallucinated.whole) / static_cast<double>(known.size());
}

/// The text of an answer: what stands behind an option's label.
std::string spelled(const Item& item, const std::string& answer)
{
    const auto option = std::ranges::find(item.options, answer, &Option::label);
    return methods::normalizedAnswer(option == item.options.end() ? answer : option->text);
}

void scoreYesNo(const Item& item, const ExtractionRow& mark, Measured& model)
{
    const auto truth = spelled(item, item.answer);
    if (truth != "yes" && truth != "no")
        return;
    const auto said = spelled(item, mark.answer);
    auto& score = model.scores.yesNo;
    model.yesNo[item.id] = said == truth;
    score.unread += said != "yes" && said != "no" ? 1 : 0;
    score.truePositive += truth == "yes" && said == "yes" ? 1 : 0;
    score.falseNegative += truth == "yes" && said != "yes" ? 1 : 0;
    score.falsePositive += truth == "no" && said == "yes" ? 1 : 0;
    score.trueNegative += truth == "no" && said == "no" ? 1 : 0;
}

double ratio(std::int64_t part, std::int64_t whole)
{
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void finishYesNo(Measured& model)
{
    auto& score = model.scores.yesNo;
    score.accuracy = accuracyOf(model.yesNo, 0);
    const auto yes = score.truePositive + score.falsePositive;
    score.precision = ratio(score.truePositive, yes);
    score.recall = ratio(score.truePositive, score.truePositive + score.falseNegative);
    score.f1 = ratio(
        2 * score.truePositive, 2 * score.truePositive + score.falsePositive + score.falseNegative);
    score.yesShare = ratio(yes, score.accuracy.n);
}

void scoreAnswers(const Material& all, Measured& model)
{
    for (const bool plain : { true, false }) {
        const auto& responses =
            responsesOf(all, plain ? model.scores.stage : "dar:" + model.scores.stage);
        auto& verdicts = plain ? model.answers : model.described;
        for (const auto* one : responses) {
            const auto mark = all.extractions.find(one->id);
            if (mark == all.extractions.end() || !mark->second.correct)
                continue;
            verdicts[one->item] = *mark->second.correct;
            if (plain)
                scoreYesNo(all.items.at(one->item), mark->second, model);
        }
        (plain ? model.scores.answers : model.scores.described) =
            accuracyOf(verdicts, meanTokens(responses));
    }
    finishYesNo(model);
    if (!model.described.empty())
        model.scores.describedAgainstPlain = compared(model.answers, model.described);
}

std::string titleOf(const std::string& preference)
{
    if (preference.empty())
        return "start";
    if (preference.starts_with("stage"))
        return "stage " + preference.substr(5);
    return "control: " + preference;
}

Measured measured(const Material& all, const std::string& stage)
{
    Measured model;
    auto& scores = model.scores;
    scores.stage = stage;
    scores.preference = stage == "before" ? "" : stage.substr(std::string("after:").size());
    scores.title = titleOf(scores.preference);
    scores.control = !scores.preference.empty() && !scores.preference.starts_with("stage");
    if (const auto pairs = all.pairs.find(scores.preference); pairs != all.pairs.end())
        scores.pairs = pairs->second;
    scoreDescriptions(all, model);
    scoreAnswers(all, model);
    return model;
}

/// The start, the stages, the controls.
int rank(const ModelScores& model)
{
    return model.preference.empty() ? 0 : model.control ? 2 : 1;
}

void compareWithStart(const Measured& start, Measured& model)
{
    if (!model.faithful.empty()) {
        model.scores.faithfulAgainstStart = compared(start.faithful, model.faithful);
        model.scores.inventedAgainstStart = comparedInventions(start.checks, model.checks);
    }
    if (!model.answers.empty())
        model.scores.answersAgainstStart = compared(start.answers, model.answers);
    if (!model.yesNo.empty())
        model.scores.yesNo.againstStart = compared(start.yesNo, model.yesNo);
}

std::vector<std::string> measuredStages(const Material& all)
{
    std::vector<std::string> stages;
    for (const auto& [name, responses] : all.byStage) {
        const auto stage = name.starts_with("describe:") ? name.substr(9) : name;
        const bool isModel = stage == "before" || stage.starts_with("after:");
        if (isModel && std::ranges::find(stages, stage) == stages.end())
            stages.push_back(stage);
    }
    return stages;
}

} // namespace

bool describesPictures(const RunRow& run)
{
    return run.recipe == "stic";
}

Result<DescriptionReport> descriptionReportOf(
    const store::Project& project, const RunRow& run, const std::string& extractor)
{
    const auto all = materialOf(project, run, extractor);
    if (!all)
        return fail(all.error());
    std::vector<Measured> models;
    for (const std::string& stage : measuredStages(*all))
        models.push_back(measured(*all, stage));
    if (models.empty())
        return fail(ErrorKind::NotFound,
            "has no description of a test picture yet; wait for it, or resume it", run.name);
    std::ranges::stable_sort(models, {}, [](const Measured& m) { return rank(m.scores); });
    DescriptionReport report { run.name, extractor, {}, 0, {} };
    const Measured& start = models.front();
    for (Measured& model : models) {
        if (rank(start.scores) == 0 && rank(model.scores) > 0)
            compareWithStart(start, model);
        if (!model.scores.control)
            continue;
        const auto* replaced = model.scores.preference == "plain-sft" ? "stage2" : "stage1";
        const auto stage = std::ranges::find(
            models, replaced, [](const Measured& m) { return m.scores.preference; });
        if (stage != models.end() && !model.checks.empty())
            model.scores.stageAgainstThis = comparedInventions(model.checks, stage->checks);
    }
    for (const auto* one : responsesOf(*all, "describe:" + start.scores.stage))
        report.withoutTruth += all->truths.contains(one->item) ? 0 : 1;
    for (Measured& model : models)
        report.models.push_back(std::move(model.scores));
    report.sentence = verdictOn(report);
    return report;
}

} // namespace slook::workbench
