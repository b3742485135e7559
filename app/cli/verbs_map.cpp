#include "interrupt.h"
#include "session.h"
#include "show.h"
#include "words.h"
#include "workbench/layout.h"
#include "workbench/map_view.h"
#include "workbench/op_id.h"
#include "workbench/overlap.h"
#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

struct LayoutArguments {
    std::string project, feature, csv;
    std::vector<std::string> runs;
    workbench::LayoutOptions options;
    std::int64_t start = 0;
    std::int64_t remove = 0;
    bool randomStart = false;
};

struct OverlapArguments {
    std::string project, feature, pool, run, stage;
    std::vector<std::string> runs;
    workbench::OverlapOptions options;
};

Json numberOrNull(double value)
{
    return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json layoutJson(const LayoutRow& row)
{
    return { { "layout", row.id.value }, { "feature", row.feature }, { "method", row.method },
        { "options", parseJson(row.options, {}).value_or(Json::object()) },
        { "start", row.start ? Json(row.start.value) : Json(nullptr) }, { "time", row.time },
        { "seconds", row.seconds }, { "iterations", row.iterations },
        { "divergence", numberOrNull(row.divergence) },
        { "trustworthiness", numberOrNull(row.trustworthiness) },
        { "neighboursKept", numberOrNull(row.neighboursKept) }, { "neighbours", row.neighbours },
        { "judged", row.judged }, { "points", row.size } };
}

Result<std::vector<workbench::FeatureSet>> setsNamed(
    const store::Project& project, const std::vector<std::string>& runs, const std::string& feature)
{
    std::vector<workbench::FeatureSet> sets;
    for (const std::string& run : runs.empty() ? std::vector<std::string> { {} } : runs) {
        auto set = workbench::featureSetNamed(project, run, feature);
        if (!set)
            return fail(set.error());
        sets.push_back(std::move(*set));
    }
    return sets;
}

Result<LayoutRow> computed(const Session& session, const workbench::LayoutInput& input)
{
    for (const std::string& note : input.notes)
        session.console.notice(note);
    ProgressBar bar;
    return workbench::computeLayout(input, [&](const analysis::TsneState& state) {
        bar.show(state.layout ? "Layout" : "Neighbours", state.iteration,
            input.options.tsne.iterations,
            state.layout ? "KL " + fixed(state.divergence, 3) : std::string());
        return interrupts() == 0;
    });
}

Result<void> removeLayout(const Session& session, store::Project& project, LayoutId id)
{
    if (auto removed = project.removeLayout(id, workbench::newOpId()); !removed)
        return removed;
    session.console.line("Layout " + std::to_string(id.value) + " is deleted; undo brings it back");
    session.console.document({ { "deleted", id.value } });
    return {};
}

Result<void> layOut(const Session& session, LayoutArguments arguments)
{
    arguments.options.tsne.pcaStart = !arguments.randomStart;
    auto project = openToChange(session, arguments.project);
    if (!project)
        return fail(project.error());
    if (arguments.remove != 0)
        return removeLayout(session, *project, { arguments.remove });
    const auto sets = setsNamed(*project, arguments.runs, arguments.feature);
    if (!sets)
        return fail(sets.error());
    const auto input =
        workbench::layoutInput(*project, *sets, arguments.options, { arguments.start });
    if (!input)
        return fail(input.error());
    auto row = computed(session, *input);
    if (!row)
        return fail(row.error());
    const auto id = project->addLayout(*row, workbench::newOpId());
    if (!id)
        return fail(id.error());
    row->id = *id;
    if (!arguments.csv.empty()) {
        const auto view = workbench::mapView(*project, *id, {});
        if (!view)
            return fail(view.error());
        if (auto written = workbench::writeMapCsv(*view, arguments.csv); !written)
            return written;
    }
    session.console.line("Layout " + std::to_string(id->value) + ", " + duration(row->seconds)
        + ": " + workbench::layoutText(*row));
    auto document = layoutJson(*row);
    document["notes"] = input->notes;
    session.console.document(document);
    return {};
}

std::string gainText(const workbench::SourceGain& gain)
{
    return fixed(gain.before.share * 100, 1) + " -> " + fixed(gain.after.share * 100, 1) + ", n "
        + std::to_string(gain.before.n) + ", p " + pValue(gain.change.p);
}

Result<void> overlap(const Session& session, const OverlapArguments& arguments)
{
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto sets = setsNamed(*project, arguments.runs, arguments.feature);
    if (!sets)
        return fail(sets.error());
    std::optional<RunRow> run;
    if (!arguments.run.empty()) {
        auto row = project->run(arguments.run);
        if (!row)
            return fail(row.error());
        run = std::move(*row);
    }
    const auto report = workbench::overlapOf(
        *project, *sets, arguments.pool, run, arguments.stage, arguments.options);
    if (!report)
        return fail(report.error());
    Table table { { { "benchmark" }, { "pictures of each", true }, { "overlap [95 %]" },
                      { "right, % before -> after" } },
        {} };
    Json sources = Json::array();
    for (const auto& one : report->sources) {
        const auto& m = one.mixing;
        table.rows.push_back({ one.source, std::to_string(m.n),
            fixed(m.overlap, 3) + " [" + fixed(m.low, 3) + ", " + fixed(m.high, 3) + "]",
            one.gain ? gainText(*one.gain) : "" });
        Json gain = nullptr;
        if (one.gain)
            gain = { { "n", one.gain->before.n }, { "before", one.gain->before.share },
                { "after", one.gain->after.share }, { "fixed", one.gain->change.fixed },
                { "broken", one.gain->change.broken }, { "p", one.gain->change.p } };
        sources.push_back({ { "source", one.source }, { "n", m.n }, { "overlap", m.overlap },
            { "low", m.low }, { "high", m.high }, { "gain", gain } });
    }
    session.console.line("Overlap with " + report->pool + " by " + report->feature + ", "
        + std::to_string(report->options.neighbours) + " neighbours (0: apart, 1: one cloud)");
    session.console.table(table);
    session.console.line("");
    session.console.line(report->sentence);
    session.console.document({ { "pool", report->pool }, { "feature", report->feature },
        { "run", report->run }, { "stage", report->stage },
        { "neighbours", report->options.neighbours }, { "sources", sources },
        { "spearman", report->spearman ? Json(*report->spearman) : Json(nullptr) },
        { "p", report->p ? Json(*report->p) : Json(nullptr) }, { "sentence", report->sentence } });
    return {};
}

void addLayoutVerb(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<LayoutArguments>();
    auto& o = arguments->options;
    CLI::App* command =
        app.add_subcommand("layout", "Lay features out in the plane, and keep the map");
    command->add_option("project", arguments->project, "The project, NAME.slook")->required();
    command->add_option("--feature", arguments->feature, "vision, states:-1, ...; else the first");
    command
        ->add_option("--run", arguments->runs,
            "Runs of the recipe embed, several with commas; else the newest")
        ->delimiter(',');
    command->add_option("--method", o.method, "pca or tsne")
        ->check(CLI::IsMember({ "pca", "tsne" }));
    command->add_option(
        "--perplexity", o.tsne.perplexity, "About how many neighbours a point has, default 30");
    command->add_option("--iterations", o.tsne.iterations, "Default 1000");
    command->add_option("--learning-rate", o.tsne.rate, "Default 0: points / exaggeration / 4");
    command->add_option("--exaggeration", o.tsne.exaggeration, "Of the early phase, default 12");
    command->add_option("--seed", o.tsne.seed, "Of a random start and of drawn points");
    command->add_flag("--random-start", arguments->randomStart, "Else from principal components");
    command->add_option("--reduce", o.reduce, "Principal components to begin with; 0: all numbers");
    command->add_option("--limit", o.most, "At most so many points, drawn by the seed");
    command->add_option("--start", arguments->start, "Number of a layout to go on from");
    command->add_option(
        "--delete", arguments->remove, "Delete this map and make none; undo brings it back");
    command->add_option("--csv", arguments->csv, "Write the points into this file, too");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return layOut(session, *arguments); };
    });
}

void addOverlapVerb(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<OverlapArguments>();
    CLI::App* command = app.add_subcommand(
        "overlap", "How far a pool without labels overlaps with benchmarks, against the gain");
    command->add_option("project", arguments->project, "The project, NAME.slook")->required();
    command->add_option("--pool", arguments->pool, "Name of the source without labels")->required();
    command->add_option("--feature", arguments->feature, "vision, states:-1, ...; else the first");
    command
        ->add_option("--features-of", arguments->runs,
            "Runs of the recipe embed, several with commas; else the newest")
        ->delimiter(',');
    command->add_option("--run", arguments->run, "Run whose gain is compared; else none");
    command->add_option("--stage", arguments->stage, "Its stage after training; else the last");
    command->add_option("--neighbours", arguments->options.neighbours, "Default 10")
        ->check(CLI::PositiveNumber);
    command->add_option("--most", arguments->options.most, "Pictures of each source, default 1000")
        ->check(CLI::PositiveNumber);
    command->add_option("--seed", arguments->options.seed, "Of the pictures that are drawn");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return overlap(session, *arguments); };
    });
}

} // namespace

Result<void> showEmbeddings(const Session& session, const ShowArguments& arguments)
{
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto sets = workbench::featureSets(*project);
    if (!sets)
        return fail(sets.error());
    Table table { { { "run" }, { "feature" }, { "rows", true }, { "numbers", true },
                      { "model", false, true }, { "remark", false, true } },
        {} };
    Json json = Json::array();
    for (const auto& one : *sets) {
        table.rows.push_back({ one.run.name, one.name, std::to_string(one.rows),
            std::to_string(one.columns), one.run.model, one.problem });
        json.push_back({ { "run", one.run.name }, { "feature", one.name }, { "rows", one.rows },
            { "columns", one.columns }, { "model", one.run.model }, { "file", one.file.string() },
            { "sha256", one.sha256 }, { "problem", one.problem } });
    }
    return finish(session, arguments, table, { { "embeddings", std::move(json) } });
}

Result<void> showLayouts(const Session& session, const ShowArguments& arguments)
{
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto rows = project->layouts();
    if (!rows)
        return fail(rows.error());
    Table table { { { "layout", true }, { "made" }, { "took", true }, { "what", false, true } },
        {} };
    Json json = Json::array();
    for (const LayoutRow& one : *rows) {
        table.rows.push_back({ std::to_string(one.id.value), timeText(one.time),
            duration(one.seconds), workbench::layoutText(one) });
        json.push_back(layoutJson(one));
    }
    return finish(session, arguments, table, { { "layouts", std::move(json) } });
}

void addMapVerbs(CLI::App& app, Session& session)
{
    addLayoutVerb(app, session);
    addOverlapVerb(app, session);
}

} // namespace slook::cli
