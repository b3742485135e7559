#include "core/file.h"
#include "session.h"
#include "words.h"
#include "workbench/comparison.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

struct CompareArguments {
    std::string project, extractor = "ours", latex, csv, run, out;
    std::vector<std::string> models;
    bool published = false;
};

Json accuracyJson(const workbench::Accuracy& one)
{
    return { { "n", one.n }, { "right", one.right }, { "share", one.share }, { "low", one.low },
        { "high", one.high } };
}

Json groupsJson(const std::map<std::string, workbench::Accuracy>& groups)
{
    Json json = Json::object();
    for (const auto& [name, one] : groups)
        json[name] = accuracyJson(one);
    return json;
}

std::vector<workbench::PublishedRow> publishedFor(
    const CompareArguments& arguments, const std::string& method = {})
{
    return arguments.published ? workbench::publishedRows(method)
                               : std::vector<workbench::PublishedRow>();
}

Json documentOf(const workbench::ModelComparison& comparison, const CompareArguments& arguments)
{
    Json models = Json::array(), tests = Json::array(), published = Json::array();
    for (const auto& one : comparison.scores)
        models.push_back({ { "run", one.contender.run.name }, { "stage", one.contender.stage },
            { "control", one.control }, { "trained", one.trained },
            { "accuracy", accuracyJson(one.all) }, { "meanTokens", one.all.meanTokens },
            { "answers", one.answers }, { "pictures", one.pictures }, { "seconds", one.seconds },
            { "bySource", groupsJson(one.bySource) }, { "byCategory", groupsJson(one.byCategory) },
            { "byKind", groupsJson(one.byKind) }, { "byTransition", groupsJson(one.byType) } });
    for (const auto& one : comparison.tests)
        tests.push_back({ { "a", comparison.scores[one.a].contender.name() },
            { "b", comparison.scores[one.b].contender.name() }, { "n", one.change.n },
            { "difference", one.difference }, { "fixed", one.change.fixed },
            { "broken", one.change.broken }, { "p", one.change.p }, { "holm", one.holm } });
    for (const auto& one : publishedFor(arguments)) {
        Json accuracy = Json::object();
        for (const auto& [benchmark, value] : one.accuracy)
            accuracy[benchmark] = value;
        published.push_back(
            { { "paper", one.paper }, { "model", one.model }, { "accuracy", accuracy } });
    }
    return { { "extractor", comparison.extractor }, { "models", models }, { "tests", tests },
        { "publishedByOthers", published }, { "sentence", comparison.sentence } };
}

void print(const Session& session, const workbench::ModelComparison& comparison,
    const CompareArguments& arguments)
{
    Table models { { { "model" }, { "kind" }, { "right [95 %]" }, { "n", true }, { "tokens", true },
                       { "seconds", true } },
        {} };
    for (const auto& one : comparison.scores)
        models.rows.push_back({ one.contender.name(),
            !one.trained      ? "start"
                : one.control ? "control"
                              : "trained",
            fixed(one.all.share, 3) + " [" + fixed(one.all.low, 3) + ", " + fixed(one.all.high, 3)
                + "]",
            std::to_string(one.all.n), fixed(one.all.meanTokens, 1), fixed(one.seconds, 1) });
    Table tests { { { "A" }, { "B" }, { "n", true }, { "B - A", true }, { "fixed", true },
                      { "broken", true }, { "p", true }, { "Holm", true } },
        {} };
    for (const auto& one : comparison.tests)
        tests.rows.push_back({ comparison.scores[one.a].contender.name(),
            comparison.scores[one.b].contender.name(), std::to_string(one.change.n),
            fixed(100 * one.difference, 1), std::to_string(one.change.fixed),
            std::to_string(one.change.broken), pValue(one.change.p), pValue(one.holm) });
    session.console.table(models);
    session.console.line("");
    session.console.table(tests);
    for (const auto& one : publishedFor(arguments)) {
        std::string values;
        for (const auto& [benchmark, value] : one.accuracy)
            values += " " + benchmark + " " + fixed(value, 2);
        session.console.line("published by others, " + one.paper + ": " + one.model + values);
    }
    session.console.line("");
    session.console.line(comparison.sentence);
    session.console.document(documentOf(comparison, arguments));
}

Result<void> compare(const Session& session, const CompareArguments& arguments)
{
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto contenders = workbench::contendersNamed(*project, arguments.models);
    if (!contenders)
        return fail(contenders.error());
    const auto comparison = workbench::compareModels(*project, *contenders, arguments.extractor);
    if (!comparison)
        return fail(comparison.error());
    if (!arguments.latex.empty())
        if (auto written = writeFileAtomically(
                arguments.latex, workbench::comparisonLatex(*comparison, publishedFor(arguments)));
            !written)
            return written;
    if (!arguments.csv.empty())
        if (auto written =
                writeFileAtomically(arguments.csv, workbench::comparisonCsv(*comparison));
            !written)
            return written;
    print(session, *comparison, arguments);
    return {};
}

Result<void> report(const Session& session, const CompareArguments& arguments)
{
    if (!arguments.out.ends_with(".html"))
        return fail(ErrorKind::Invalid, "ends in no form that is written; name a file OUT.html",
            arguments.out);
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto contenders = workbench::contendersNamed(*project, { arguments.run });
    if (!contenders)
        return fail(contenders.error());
    const auto comparison = workbench::compareModels(*project, *contenders, arguments.extractor);
    if (!comparison)
        return fail(comparison.error());
    const RunRow& run = contenders->front().run;
    const auto page = workbench::runReportHtml(run, *comparison,
        publishedFor(arguments, run.recipe == "scl" || run.recipe == "stic" ? run.recipe : ""));
    if (auto written = writeFileAtomically(arguments.out, page); !written)
        return written;
    session.console.line("Wrote " + arguments.out + ". " + comparison->sentence);
    session.console.document({ { "file", arguments.out }, { "sentence", comparison->sentence } });
    return {};
}

} // namespace

void addCompareVerbs(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<CompareArguments>();
    CLI::App* command = app.add_subcommand(
        "compare", "Compare any models by their answers: paired tests, corrected for their number");
    command->add_option("project", arguments->project, "The project, NAME.slook")->required();
    command
        ->add_option("models", arguments->models,
            "RUN for all measured models of a run, with its controls; RUN:STAGE for one of them")
        ->required();
    command->add_option(
        "--extractor", arguments->extractor, "What reads the answers, default ours");
    command->add_flag("--published", arguments->published, "Tables of the papers beside them");
    command->add_option("--latex", arguments->latex, "Write the tables into this file");
    command->add_option("--csv", arguments->csv, "Write all groups into this file");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return compare(session, *arguments); };
    });
    auto page = std::make_shared<CompareArguments>();
    page->published = true;
    CLI::App* second = app.add_subcommand("report", "Write a run with its controls as one page");
    second->add_option("project", page->project, "The project, NAME.slook")->required();
    second->add_option("run", page->run, "Name or number of the run")->required();
    second->add_option("out", page->out, "The file, OUT.html")->required();
    second->add_option("--extractor", page->extractor, "What reads the answers, default ours");
    second->callback(
        [&session, page] { session.action = [&session, page] { return report(session, *page); }; });
}

} // namespace slook::cli
