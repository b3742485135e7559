#include "runs/rows_json.h"
#include "show.h"
#include "words.h"
#include "workbench/triplet_report.h"
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

using workbench::ClusteredShare;
using workbench::TripletReport;

Json rightJson(const ClusteredShare& share)
{
    return { { "right", share.part }, { "n", share.whole }, { "share", share.share },
        { "low", share.low }, { "high", share.high } };
}

Json intervalJson(const std::optional<std::pair<double, double>>& interval)
{
    return interval ? Json { { "low", interval->first }, { "high", interval->second } }
                    : Json(nullptr);
}

Json answersJson(const workbench::Accuracy& accuracy)
{
    return { { "n", accuracy.n }, { "right", accuracy.right }, { "share", accuracy.share },
        { "low", accuracy.low }, { "high", accuracy.high }, { "meanTokens", accuracy.meanTokens } };
}

Json testJson(const std::optional<workbench::Comparison>& comparison)
{
    if (!comparison)
        return nullptr;
    return { { "n", comparison->n }, { "fixed", comparison->fixed },
        { "broken", comparison->broken }, { "p", comparison->p } };
}

Json reportJson(const TripletReport& report)
{
    Json models = Json::array();
    for (const auto& model : report.models)
        models.push_back({ { "stage", model.stage }, { "preference", model.preference },
            { "control", model.control }, { "seed", model.seed }, { "generated", model.generated },
            { "answers", answersJson(model.answers) },
            { "againstStart", testJson(model.againstStart) },
            { "methodAgainstThis", testJson(model.methodAgainstThis) } });
    Json kinds = Json::array();
    for (const auto& kind : report.kinds)
        kinds.push_back({ { "kind", kind.kind }, { "seed", kind.seed },
            { "generated", kind.generated }, { "kept", kind.kept } });
    Json groups = Json::array();
    for (const auto& group : report.groups)
        groups.push_back({ { "low", group.low }, { "high", group.high }, { "n", group.n },
            { "right", rightJson(group.right) } });
    const auto& truth = report.truth;
    return { { "run", report.run }, { "extractor", report.extractor }, { "models", models },
        { "kinds", kinds }, { "groups", groups }, { "kept", rightJson(truth.kept) },
        { "dropped", rightJson(truth.dropped) }, { "unknown", truth.unknown },
        { "difference", intervalJson(truth.difference) },
        { "auc", truth.auc ? Json(*truth.auc) : Json(nullptr) },
        { "aucInterval", intervalJson(truth.aucInterval) }, { "sentence", report.sentence } };
}

std::string intervalText(double low, double high)
{
    return "[" + fixed(low, 3) + ", " + fixed(high, 3) + "]";
}

std::string rightText(double share, double low, double high, std::int64_t n)
{
    return n == 0 ? "" : fixed(share, 3) + " " + intervalText(low, high);
}

std::string rightText(const ClusteredShare& share)
{
    return rightText(share.share, share.low, share.high, share.whole);
}

/// "+37 -29, p 0.390"
std::string testText(const std::optional<workbench::Comparison>& comparison)
{
    if (!comparison)
        return {};
    return "+" + std::to_string(comparison->fixed) + " -" + std::to_string(comparison->broken)
        + ", p " + pValue(comparison->p);
}

Table learnedTable(const TripletReport& report)
{
    Table table { { { "model" }, { "seed", true }, { "triplets", true }, { "n", true },
                      { "answers [95 %]" }, { "against start" }, { "method against it" },
                      { "tokens", true } },
        {} };
    for (const auto& model : report.models) {
        const auto& a = model.answers;
        const bool trained = !model.preference.empty();
        table.rows.push_back({ model.title, trained ? std::to_string(model.seed) : "",
            trained ? std::to_string(model.generated) : "", std::to_string(a.n),
            rightText(a.share, a.low, a.high, a.n), testText(model.againstStart),
            testText(model.methodAgainstThis), fixed(a.meanTokens, 1) });
    }
    return table;
}

Table kindTable(const TripletReport& report)
{
    Table table { { { "kind" }, { "seed", true }, { "generated", true }, { "kept", true } }, {} };
    for (const auto& kind : report.kinds)
        table.rows.push_back({ kind.kind, std::to_string(kind.seed), std::to_string(kind.generated),
            std::to_string(kind.kept) });
    return table;
}

/// Highest scores first.
Table groupTable(const TripletReport& report)
{
    Table table { { { "score" }, { "triplets", true }, { "truth known", true },
                      { "right [95 %, by picture]" } },
        {} };
    for (auto group = report.groups.rbegin(); group != report.groups.rend(); ++group)
        table.rows.push_back(
            { fixed(group->low, 3) + " to " + fixed(group->high, 3), std::to_string(group->n),
                std::to_string(group->right.whole), rightText(group->right) });
    const auto& truth = report.truth;
    table.rows.push_back({ "kept", "", std::to_string(truth.kept.whole), rightText(truth.kept) });
    table.rows.push_back(
        { "dropped", "", std::to_string(truth.dropped.whole), rightText(truth.dropped) });
    return table;
}

Result<TripletReport> tripletsOf(
    const store::Project& project, const RunRow& run, const std::string& extractor)
{
    if (!workbench::learnsFromTriplets(run))
        return fail(ErrorKind::Invalid,
            "is of the recipe " + run.recipe + ", which makes no triplets; see show accuracy",
            run.name);
    return workbench::tripletReportOf(project, run, extractor);
}

} // namespace

Result<void> showTripletReport(const Session& session, const ShowArguments& arguments)
{
    const auto opened = openRun(session, arguments);
    if (!opened)
        return fail(opened.error());
    const auto report = tripletsOf(opened->project, opened->run, arguments.extractor);
    if (!report)
        return fail(report.error());
    session.console.line(report->run + ", read by the extractor " + report->extractor + ", model "
        + opened->run.model);
    session.console.table(learnedTable(*report));
    if (!report->groups.empty()) {
        session.console.line("");
        session.console.table(kindTable(*report));
        session.console.line("");
        session.console.table(groupTable(*report));
    }
    if (report->truth.auc)
        session.console.line("A right triplet has a higher score than a wrong one with the chance "
            + fixed(*report->truth.auc, 3)
            + (report->truth.aucInterval ? " "
                        + intervalText(
                            report->truth.aucInterval->first, report->truth.aucInterval->second)
                                         : std::string())
            + "; of " + std::to_string(report->truth.unknown) + " the truth is not known.");
    session.console.line("");
    session.console.line(report->sentence);
    session.console.document(reportJson(*report));
    return {};
}

Result<void> showTriplets(const Session& session, const ShowArguments& arguments)
{
    const auto opened = openRunToShow(session, arguments);
    if (!opened)
        return fail(opened.error());
    const RunRow& run = opened->run;
    if (!workbench::learnsFromTriplets(run))
        return fail(ErrorKind::Invalid,
            "is of the recipe " + run.recipe + ", which makes no triplets; see show pairs",
            run.name);
    const auto triplets = workbench::judgedTriplets(opened->project, run);
    if (!triplets)
        return fail(triplets.error());
    Table table { { { "item", true }, { "round", true }, { "kind" }, { "score", true }, { "kept" },
                      { "right" }, { "Q", true }, { "A", true }, { "question", false, true },
                      { "question again", false, true }, { "answer", false, true },
                      { "answer again", false, true } },
        {} };
    Json json = Json::array();
    for (const auto& [row, images, right, rendered] : *triplets) {
        const Item& item = opened->items.at(row.item);
        if (!opened->filter.matches(item, opened->sources.at(item.source)))
            continue;
        Json one = runs::toJson(row);
        one["id"] = row.id.value;
        one["right"] = right ? Json(*right) : Json(nullptr);
        one["known by"] = !right ? "nobody" : rendered ? "the picture's truth" : "people";
        json.push_back(std::move(one));
        if (row.round == 0)
            continue; // the seed is in the project's questions
        table.rows.push_back({ std::to_string(row.item.value), std::to_string(row.round), row.kind,
            fixed(row.score, 3), row.kept ? "kept" : "",
            !right       ? "?"
                : *right ? "yes"
                         : "no",
            fixed(row.questionSimilarity, 3), fixed(row.answerSimilarity, 3), row.question,
            row.questionAgain, row.answer, row.answerAgain });
    }
    return finish(
        session, arguments, table, { { "run", run.name }, { "triplets", std::move(json) } });
}

} // namespace slook::cli
