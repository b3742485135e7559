#include "methods/sweep.h"
#include "session.h"
#include "show.h"
#include "words.h"
#include "workbench/corrupt_view.h"
#include "workbench/sweep_report.h"
#include "workbench/view.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

struct SweepArguments {
    RunRequest run;
    std::string op;
    std::vector<std::string> levels;
};

struct ApplyArguments {
    std::string project, view, op, level, name;
    std::uint64_t seed = 0;
    std::size_t limit = 0;
    bool preview = false;
};

std::string shareText(const workbench::Accuracy& share)
{
    if (share.n == 0)
        return {};
    return fixed(share.share, 3) + " [" + fixed(share.low, 3) + ", " + fixed(share.high, 3) + "]";
}

Json toJson(const workbench::Accuracy& share)
{
    return { { "n", share.n }, { "hits", share.right }, { "share", share.share },
        { "low", share.low }, { "high", share.high } };
}

Json toJson(const workbench::SweepLevel& level)
{
    Json against = nullptr;
    if (const auto& one = level.againstClean)
        against = { { "n", one->n }, { "fixed", one->fixed }, { "broken", one->broken },
            { "p", one->p } };
    return { { "stage", level.stage }, { "title", level.title }, { "asked", level.asked },
        { "missing", level.missing }, { "samePixels", level.samePixels },
        { "accuracy", toJson(level.accuracy) }, { "changed", toJson(level.changed) },
        { "againstClean", std::move(against) } };
}

void print(const Session& session, const workbench::SweepReport& report)
{
    Table table { { { "pictures" }, { "n", true }, { "right [95 %]" }, { "against clean" },
                      { "changed answers [95 %]" }, { "same pixels", true }, { "refused", true } },
        {} };
    Json levels = Json::array();
    for (const auto& level : report.levels) {
        const auto& against = level.againstClean;
        table.rows.push_back({ level.title, std::to_string(level.asked), shareText(level.accuracy),
            against && against->n > 0 ? "+" + std::to_string(against->fixed) + " -"
                    + std::to_string(against->broken) + ", p " + pValue(against->p)
                                      : "",
            shareText(level.changed), std::to_string(level.samePixels),
            std::to_string(level.missing) });
        levels.push_back(toJson(level));
    }
    session.console.line(
        report.run + ", " + report.op + ", read by the extractor " + report.extractor);
    session.console.table(table);
    session.console.line("");
    session.console.line(report.sentence);
    session.console.document({ { "run", report.run }, { "op", report.op },
        { "extractor", report.extractor }, { "pictures", report.pictures },
        { "levels", std::move(levels) }, { "sentence", report.sentence } });
}

Result<void> sweep(const Session& session, SweepArguments arguments)
{
    auto& set = arguments.run.set;
    set.insert(set.begin(), "op=" + arguments.op);
    if (!arguments.levels.empty()) {
        std::string levels;
        for (const std::string& one : arguments.levels)
            levels += (levels.empty() ? "" : ",") + one;
        set.push_back("levels=" + levels);
    }
    arguments.run.launch.recipe = "sweep";
    const auto done = runToItsEnd(session, arguments.run);
    if (!done)
        return fail(done.error());
    if (arguments.run.detach)
        return {};
    ShowArguments show;
    show.project = arguments.run.project;
    show.run = *done;
    return showSweep(session, show);
}

std::string textOf(const workbench::CorruptPreview& one)
{
    return one.refused.empty() ? workbench::corruptionName(one.corruption)
                               : "refused: " + one.refused;
}

Result<workbench::CorruptView> viewFrom(
    const store::Project& project, const ApplyArguments& arguments)
{
    const auto level = arguments.level.empty() ? std::string("standard") : arguments.level;
    const auto corruption = methods::corruptionAt(arguments.op, level, arguments.seed);
    if (!corruption)
        return fail(corruption.error());
    auto items = workbench::viewOf(project, arguments.view, arguments.limit);
    if (!items)
        return fail(items.error());
    return workbench::CorruptView { *corruption, std::move(*items), arguments.name };
}

Result<void> preview(const Session& session, const ApplyArguments& arguments)
{
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto view = viewFrom(*project, arguments);
    if (!view)
        return fail(view.error());
    const auto previews = workbench::previewCorruption(*project, *view);
    if (!previews)
        return fail(previews.error());
    Table table { { { "item", true }, { "question", false, true }, { "what is done" },
                      { "pixels before" }, { "after" } },
        {} };
    Json json = Json::array();
    for (const auto& one : *previews) {
        table.rows.push_back({ std::to_string(one.item.id.value), one.item.question, textOf(one),
            one.sha256Before.substr(0, 12), one.sha256After.substr(0, 12) });
        json.push_back({ { "item", one.item.id.value },
            { "corruption", image::toJson(one.corruption) }, { "sha256Before", one.sha256Before },
            { "sha256After", one.sha256After }, { "refused", one.refused } });
    }
    session.console.table(table);
    session.console.line("Nothing was changed; without --preview, all questions of the view are "
                         "added with such pictures.");
    session.console.document({ { "preview", std::move(json) } });
    return {};
}

Result<void> apply(const Session& session, const ApplyArguments& arguments)
{
    if (arguments.preview)
        return preview(session, arguments);
    auto project = openToChange(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto view = viewFrom(*project, arguments);
    if (!view)
        return fail(view.error());
    ProgressBar bar;
    const auto report = workbench::applyCorruption(*project, *view, watchWith(bar));
    bar.clear();
    if (!report)
        return fail(report.error());
    showImported(session, *report);
    return {};
}

void addSweep(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<SweepArguments>();
    CLI::App* command = app.add_subcommand("sweep",
        "Ask about pictures as they are and with a corruption at several levels; nothing is "
        "trained");
    auto& run = arguments->run;
    command->add_option("project", run.project, "The project, NAME.slook")->required();
    command->add_option("--op", arguments->op, "The operator; see image corruptions")->required();
    command
        ->add_option("--severities,--levels", arguments->levels,
            "Severities 1 to 5, standard, or numbers such as side=20; else all severities")
        ->delimiter(',');
    command->add_option("--items", run.launch.items,
        "Which questions: the name of a source, several with commas, or a filter; else all");
    command->add_option("--count", run.launch.limit, "At most so many questions, spread evenly");
    command->add_option(
        "--model", run.launch.model, "A Hugging Face model folder; else the embedded model");
    command->add_option("--adapter", run.launch.adapter, "A PEFT adapter folder");
    command->add_option("--set", run.set, "Another switch of the recipe, KEY=VALUE")
        ->take_all()
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command->add_option("--seed", run.launch.seed, "Seed of the corruptions");
    command->add_option("--threads", run.launch.threads, "Threads of the worker; 0: all cores")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--device", run.launch.device, "cpu or cuda; else what is there")
        ->check(CLI::IsMember({ "cpu", "cuda" }));
    command->add_flag("--int8", run.launch.int8,
        "Keep the language model's weights as 8-bit whole numbers; see model int8");
    command->add_flag("--detach", run.detach, "Start it and come back at once");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return sweep(session, *arguments); };
    });
}

} // namespace

Result<void> showSweep(const Session& session, const ShowArguments& arguments)
{
    const auto opened = openRun(session, arguments);
    if (!opened)
        return fail(opened.error());
    const auto report = workbench::sweepReportOf(opened->project, opened->run, arguments.extractor);
    if (!report)
        return fail(report.error());
    print(session, *report);
    return {};
}

void addSweepVerbs(CLI::App& app, Session& session)
{
    addSweep(app, session);
    auto arguments = std::make_shared<ApplyArguments>();
    CLI::App* command = app.add_subcommand("corrupt",
        "Add the questions of a view once more, with corrupted pictures, as a source of its own");
    command->add_option("project", arguments->project, "The project, NAME.slook")->required();
    command->add_option("--op", arguments->op, "The operator; see image corruptions")->required();
    command->add_option("--level", arguments->level,
        "A severity 1 to 5, or numbers such as side=20; else the operator's standard");
    command->add_option("--items", arguments->view,
        "Which questions: the name of a source, several with commas, or a filter; else all");
    command->add_option("--limit", arguments->limit, "At most so many questions, spread evenly");
    command->add_option("--seed", arguments->seed, "Of what is drawn");
    command->add_option("--name", arguments->name, "What the new source is called");
    command->add_flag(
        "--preview", arguments->preview, "Only say what would be done to twelve of them");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return apply(session, *arguments); };
    });
}

} // namespace slook::cli
