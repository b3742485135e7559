#include "runs/rows_json.h"
#include "show.h"
#include "words.h"
#include "workbench/description_report.h"
#include "workbench/report.h"
#include "workbench/sweep_report.h"
#include "workbench/triplet_report.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::cli {
namespace {

using workbench::Accuracy;
using workbench::Comparison;
using workbench::StageReport;

Json toJson(const Accuracy& accuracy)
{
    return { { "n", accuracy.n }, { "right", accuracy.right }, { "share", accuracy.share },
        { "low", accuracy.low }, { "high", accuracy.high }, { "meanTokens", accuracy.meanTokens } };
}

Json toJson(const std::optional<Comparison>& comparison)
{
    if (!comparison)
        return nullptr;
    return { { "n", comparison->n }, { "fixed", comparison->fixed },
        { "broken", comparison->broken }, { "p", comparison->p } };
}

Json toJson(const StageReport& stage)
{
    return { { "stage", stage.stage }, { "preference", stage.preference },
        { "control", stage.control }, { "pairs", stage.pairs }, { "first", toJson(stage.first) },
        { "refined", toJson(stage.refined) }, { "types", stage.types },
        { "firstAgainstStart", toJson(stage.firstAgainstStart) },
        { "refinedAgainstStart", toJson(stage.refinedAgainstStart) },
        { "correctnessAgainstThis", toJson(stage.correctnessAgainstThis) } };
}

std::string shareText(const Accuracy& accuracy)
{
    return fixed(accuracy.share, 3) + " [" + fixed(accuracy.low, 3) + ", " + fixed(accuracy.high, 3)
        + "]";
}

/// "+37 -29, p 0.390"
std::string changeText(const std::optional<Comparison>& comparison)
{
    if (!comparison)
        return {};
    return "+" + std::to_string(comparison->fixed) + " -" + std::to_string(comparison->broken)
        + ", p " + pValue(comparison->p);
}

Json toJson(const workbench::ClusteredShare& share)
{
    return { { "part", share.part }, { "whole", share.whole }, { "share", share.share },
        { "low", share.low }, { "high", share.high } };
}

Json toJson(const workbench::YesNoScore& score)
{
    return { { "accuracy", toJson(score.accuracy) }, { "truePositive", score.truePositive },
        { "falsePositive", score.falsePositive }, { "trueNegative", score.trueNegative },
        { "falseNegative", score.falseNegative }, { "unread", score.unread },
        { "precision", score.precision }, { "recall", score.recall }, { "f1", score.f1 },
        { "yesShare", score.yesShare }, { "againstStart", toJson(score.againstStart) } };
}

Json toJson(const workbench::ModelScores& model)
{
    const auto& d = model.descriptions;
    return { { "stage", model.stage }, { "preference", model.preference },
        { "control", model.control }, { "pairs", model.pairs },
        { "descriptions",
            { { "faithful", toJson(d.faithful) }, { "hallucinated", toJson(d.hallucinated) },
                { "recall", toJson(d.recall) }, { "wrongAttributes", toJson(d.wrongAttributes) },
                { "meanMentioned", d.meanMentioned } } },
        { "faithfulAgainstStart", toJson(model.faithfulAgainstStart) },
        { "inventedAgainstStart", toJson(model.inventedAgainstStart) },
        { "stageAgainstThis", toJson(model.stageAgainstThis) },
        { "answers", toJson(model.answers) },
        { "answersAgainstStart", toJson(model.answersAgainstStart) },
        { "described", toJson(model.described) },
        { "describedAgainstPlain", toJson(model.describedAgainstPlain) },
        { "yesNo", toJson(model.yesNo) } };
}

std::string shareText(const workbench::ClusteredShare& share)
{
    return fixed(share.share, 3) + " [" + fixed(share.low, 3) + ", " + fixed(share.high, 3) + "]";
}

std::string pairsText(const workbench::ModelScores& model)
{
    return model.preference.empty() ? "" : std::to_string(model.pairs);
}

/// Shares are of descriptions (without invention) or of objects (the others).
Table descriptionTable(const workbench::DescriptionReport& report)
{
    Table table { { { "model" }, { "pairs", true }, { "n", true }, { "no invention [95 %]" },
                      { "against start" }, { "invented objects [95 %]" }, { "fewer, more" },
                      { "recall [95 %]" }, { "wrong size or place" }, { "objects", true },
                      { "tokens", true }, { "method against it" } },
        {} };
    for (const auto& model : report.models) {
        const auto& d = model.descriptions;
        table.rows.push_back({ model.title, pairsText(model), std::to_string(d.faithful.n),
            shareText(d.faithful), changeText(model.faithfulAgainstStart),
            shareText(d.hallucinated), changeText(model.inventedAgainstStart), shareText(d.recall),
            shareText(d.wrongAttributes), fixed(d.meanMentioned, 1),
            fixed(d.faithful.meanTokens, 1), changeText(model.stageAgainstThis) });
    }
    return table;
}

Table answerTable(const workbench::DescriptionReport& report)
{
    Table table { { { "model" }, { "n", true }, { "answers [95 %]" }, { "against start" },
                      { "with its description [95 %]" }, { "against without" },
                      { "tokens", true } },
        {} };
    for (const auto& model : report.models)
        table.rows.push_back({ model.title, std::to_string(model.answers.n),
            shareText(model.answers), changeText(model.answersAgainstStart),
            model.describedAgainstPlain ? shareText(model.described) : "",
            changeText(model.describedAgainstPlain),
            fixed(model.answers.meanTokens, 1) + "/" + fixed(model.described.meanTokens, 1) });
    return table;
}

Table yesNoTable(const workbench::DescriptionReport& report)
{
    Table table { { { "model" }, { "yes/no questions", true }, { "accuracy [95 %]" },
                      { "against start" }, { "precision", true }, { "recall", true },
                      { "F1", true }, { "share of yes", true }, { "unread", true } },
        {} };
    for (const auto& model : report.models) {
        const auto& y = model.yesNo;
        table.rows.push_back({ model.title, std::to_string(y.accuracy.n), shareText(y.accuracy),
            changeText(y.againstStart), fixed(y.precision, 3), fixed(y.recall, 3), fixed(y.f1, 3),
            fixed(y.yesShare, 3), std::to_string(y.unread) });
    }
    return table;
}

Table accuracyTable(const workbench::Report& report)
{
    Table table { { { "model" }, { "pairs", true }, { "n", true }, { "first answer [95 %]" },
                      { "against start" }, { "last answer [95 %]" }, { "against start" },
                      { "tokens", true }, { "correctness against it" } },
        {} };
    for (const StageReport& stage : report.stages)
        table.rows.push_back(
            { stage.title, stage.preference.empty() ? "" : std::to_string(stage.pairs),
                std::to_string(stage.first.n), shareText(stage.first),
                changeText(stage.firstAgainstStart), shareText(stage.refined),
                changeText(stage.refinedAgainstStart),
                fixed(stage.first.meanTokens, 1) + "/" + fixed(stage.refined.meanTokens, 1),
                changeText(stage.correctnessAgainstThis) });
    return table;
}

Table typeTable(const workbench::Report& report)
{
    Table table { { { "model" } }, {} };
    for (int type = 1; type <= 4; ++type)
        table.columns.push_back({ workbench::typeName(type), true });
    for (const StageReport& stage : report.stages) {
        std::vector<std::string> row { stage.title };
        for (const auto answers : stage.types)
            row.push_back(std::to_string(answers));
        table.rows.push_back(std::move(row));
    }
    return table;
}

/// The stage that training on correctness was measured in, or the one that is asked for.
Result<std::string> laterStage(
    const store::Project& project, const RunRow& run, const std::string& wanted)
{
    const auto stages = project.stages(run.id);
    if (!stages)
        return fail(stages.error());
    for (const std::string& stage : *stages)
        if (stage == wanted || (wanted.empty() && stage.starts_with("after")))
            return stage;
    return fail(ErrorKind::NotFound,
        wanted.empty() ? "is not measured after training yet; wait for it, or resume it"
                       : "has no stage " + wanted,
        run.name);
}

} // namespace

Result<void> showAccuracy(const Session& session, const ShowArguments& arguments)
{
    const auto opened = openRun(session, arguments);
    if (!opened)
        return fail(opened.error());
    const RunRow& run = opened->run;
    if (workbench::describesPictures(run))
        return showDescriptions(session, arguments);
    if (workbench::isSweep(run))
        return showSweep(session, arguments);
    if (workbench::learnsFromTriplets(run))
        return showTripletReport(session, arguments);
    const auto report = workbench::reportOf(opened->project, run, arguments.extractor);
    if (!report)
        return fail(report.error());
    Json stages = Json::array();
    for (const StageReport& stage : report->stages)
        stages.push_back(toJson(stage));
    session.console.line(
        report->run + ", read by the extractor " + report->extractor + ", model " + run.model);
    session.console.table(accuracyTable(*report));
    session.console.line("");
    session.console.table(typeTable(*report));
    session.console.line("");
    session.console.line(report->sentence);
    session.console.document({ { "run", report->run }, { "extractor", report->extractor },
        { "stages", stages }, { "sentence", report->sentence } });
    return {};
}

Result<void> showDescriptions(const Session& session, const ShowArguments& arguments)
{
    const auto opened = openRun(session, arguments);
    if (!opened)
        return fail(opened.error());
    const RunRow& run = opened->run;
    if (!workbench::describesPictures(run))
        return fail(ErrorKind::Invalid,
            "is of the recipe " + run.recipe + ", which describes no picture; see show accuracy",
            run.name);
    const auto report = workbench::descriptionReportOf(opened->project, run, arguments.extractor);
    if (!report)
        return fail(report.error());
    session.console.line(
        report->run + ", read by the extractor " + report->extractor + ", model " + run.model);
    session.console.table(descriptionTable(*report));
    session.console.line("");
    session.console.table(answerTable(*report));
    if (report->models.front().yesNo.accuracy.n > 0) {
        session.console.line("");
        session.console.table(yesNoTable(*report));
    }
    session.console.line("");
    session.console.line(report->sentence);
    Json models = Json::array();
    for (const auto& one : report->models)
        models.push_back(toJson(one));
    session.console.document(
        { { "run", report->run }, { "extractor", report->extractor }, { "models", models },
            { "withoutTruth", report->withoutTruth }, { "sentence", report->sentence } });
    return {};
}

Result<void> showFlips(const Session& session, const ShowArguments& arguments)
{
    const auto opened = openRunToShow(session, arguments);
    if (!opened)
        return fail(opened.error());
    const RunRow& run = opened->run;
    const auto to = laterStage(opened->project, run, arguments.stage);
    if (!to)
        return fail(to.error());
    const auto flips = workbench::flipsOf(opened->project, run, "before", *to, arguments.extractor);
    if (!flips)
        return fail(flips.error());
    Table table { { { "item", true }, { "change" }, { "answer" }, { "before" }, { "after" },
                      { "question", false, true }, { "text before", false, true },
                      { "text after", false, true } },
        {} };
    Json json = Json::array();
    for (const auto& flip : *flips) {
        if (!opened->filter.matches(flip.after))
            continue;
        const char* change = flip.fixed() ? "fixed" : "broken";
        table.rows.push_back({ std::to_string(flip.after.item.value), change, flip.after.answer,
            flip.before.firstAnswer, flip.after.firstAnswer, flip.after.question,
            flip.before.firstText, flip.after.firstText });
        json.push_back({ { "item", flip.after.item.value }, { "key", flip.after.key },
            { "source", flip.after.source }, { "change", change },
            { "question", flip.after.question }, { "answer", flip.after.answer },
            { "answerBefore", flip.before.firstAnswer }, { "answerAfter", flip.after.firstAnswer },
            { "textBefore", flip.before.firstText }, { "textAfter", flip.after.firstText } });
    }
    session.console.line(run.name + ", first answers of the stage before against " + *to);
    return finish(session, arguments, table,
        { { "run", run.name }, { "from", "before" }, { "to", *to }, { "flips", json } });
}

Result<void> showAgreement(const Session& session, const ShowArguments& arguments)
{
    if (!arguments.audit.empty())
        return showAuditAgreement(session, arguments);
    const auto opened = openRun(session, arguments);
    if (!opened)
        return fail(opened.error());
    const RunRow& run = opened->run;
    const auto pairs = workbench::agreementOf(opened->project, run, arguments.stage);
    if (!pairs)
        return fail(pairs.error());
    Table table { { { "extractor" }, { "against" }, { "responses", true }, { "same verdict", true },
                      { "same answer", true }, { "Cohen's kappa", true } },
        {} };
    Json json = Json::array();
    for (const auto& one : *pairs) {
        const auto n = static_cast<double>(one.n);
        table.rows.push_back({ one.a, one.b, std::to_string(one.n),
            percent(static_cast<double>(one.sameVerdict) / n),
            percent(static_cast<double>(one.sameAnswer) / n), fixed(one.kappa, 3) });
        json.push_back(
            { { "a", one.a }, { "b", one.b }, { "n", one.n }, { "sameVerdict", one.sameVerdict },
                { "sameAnswer", one.sameAnswer }, { "kappa", one.kappa } });
    }
    return finish(session, arguments, table, { { "run", run.name }, { "agreement", json } });
}

Result<void> showMetrics(const Session& session, const ShowArguments& arguments)
{
    const auto opened = openRun(session, arguments);
    if (!opened)
        return fail(opened.error());
    const auto metrics = opened->project.metrics(opened->run.id, arguments.preference);
    if (!metrics)
        return fail(metrics.error());
    Table table { { { "training" }, { "step", true } }, {} };
    std::set<std::string> names;
    for (const MetricRow& row : *metrics)
        for (const auto& [name, value] : row.values)
            names.insert(name);
    for (const std::string& name : names)
        table.columns.push_back({ name, true });
    Json json = Json::array();
    for (const MetricRow& row : *metrics) {
        std::vector<std::string> cells { row.training, std::to_string(row.step) };
        for (const std::string& name : names)
            cells.push_back(row.values.contains(name) ? significant(row.values.at(name)) : "");
        table.rows.push_back(std::move(cells));
        json.push_back(runs::toJson(row));
    }
    return finish(session, arguments, table, { { "run", opened->run.name }, { "metrics", json } });
}

} // namespace slook::cli
