#include "session.h"
#include "workbench/audit_files.h"
#include "workbench/import.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

struct ImportArguments {
    std::string project;
    std::string source;
    std::string imageRoot;
    std::string corruptedRoot;
    std::string model;
    std::vector<std::string> map; ///< OURS=THEIRS
    bool preview = false;
    std::string audit; ///< of verdicts; empty: the newest
    workbench::ImportOptions options;
};

Json toJson(const workbench::ImportedPairs& pairs)
{
    return { { "run", pairs.run }, { "answers", pairs.answers }, { "known", pairs.known },
        { "pairs", pairs.pairs }, { "claimed", pairs.claimed }, { "changed", pairs.changed },
        { "same", pairs.same }, { "unknown", pairs.unknown } };
}

} // namespace

void showImported(const Session& session, const workbench::ImportReport& report)
{
    session.console.line(report.source.name + ": " + std::to_string(report.source.items)
        + " questions about " + std::to_string(report.pictures) + " pictures, "
        + std::to_string(report.problems.size()) + " rows not taken");
    Table table {
        { { "line", true }, { "key", false, true }, { "not taken because", false, true } }, {}
    };
    Json problems = Json::array();
    for (const ProblemRow& problem : report.problems) {
        table.rows.push_back({ std::to_string(problem.line), problem.key, problem.reason });
        problems.push_back(
            { { "line", problem.line }, { "key", problem.key }, { "reason", problem.reason } });
    }
    if (!table.rows.empty())
        session.console.table(table);
    if (report.pairs)
        session.console.line(report.pairs->run + ": " + workbench::claimText(*report.pairs));
    Json document { { "source", report.source.name }, { "format", report.source.format },
        { "items", report.source.items }, { "pictures", report.pictures },
        { "problems", problems } };
    if (report.pairs)
        document["pairs"] = toJson(*report.pairs);
    session.console.document(document);
}

namespace {

/// Verdicts that people gave elsewhere.
Result<void> importVerdicts(const Session& session, const ImportArguments& arguments)
{
    auto project = openToChange(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto batch = workbench::auditNamed(*project, arguments.audit);
    if (!batch)
        return fail(batch.error());
    const auto report = workbench::importVerdicts(*project, *batch, arguments.source);
    if (!report)
        return fail(report.error());
    session.console.line(batch->name + ": " + std::to_string(report->verdicts) + " verdicts, "
        + std::to_string(report->newTasks) + " of them beyond the plan, "
        + std::to_string(report->conflicts) + " beside another verdict, "
        + std::to_string(report->known) + " known already");
    session.console.document({ { "audit", batch->name }, { "verdicts", report->verdicts },
        { "newTasks", report->newTasks }, { "superseded", report->superseded },
        { "conflicts", report->conflicts }, { "known", report->known } });
    return {};
}

/// What an import would bring; nothing is written.
Result<void> preview(const Session& session, const ImportArguments& arguments)
{
    ProgressBar bar;
    const auto preview =
        workbench::previewImport(arguments.source, arguments.options, watchWith(bar));
    bar.clear();
    if (!preview)
        return fail(preview.error());
    const auto& batch = preview->batch;
    Table table { { { "key" }, { "question", false, true }, { "options", true }, { "answer" },
                      { "pictures", true } },
        {} };
    constexpr std::size_t shown = 10;
    for (std::size_t i = 0; i < std::min(batch.items.size(), shown); ++i) {
        const Item& item = batch.items[i];
        table.rows.push_back({ item.key, item.question, std::to_string(item.options.size()),
            item.answer, std::to_string(batch.itemImages[i].size()) });
    }
    session.console.table(table);
    Json checks = Json::array();
    for (const auto& check : preview->checks) {
        session.console.line((check.fine ? "ok: " : "note: ") + check.text);
        checks.push_back({ { "fine", check.fine }, { "text", check.text } });
    }
    for (const ProblemRow& problem : batch.problems)
        session.console.line("line " + std::to_string(problem.line) + ", " + problem.key
            + ": not taken because " + problem.reason);
    Json tooLong = Json::array();
    for (const ProblemRow& one : preview->tooLong) {
        session.console.line(
            "line " + std::to_string(one.line) + ", " + one.key + ": too long, " + one.reason);
        tooLong.push_back({ { "line", one.line }, { "key", one.key }, { "reason", one.reason } });
    }
    session.console.line(std::to_string(batch.items.size()) + " questions would be imported as "
        + batch.source.format + ", " + std::to_string(batch.problems.size())
        + " rows would not be taken. Nothing was written.");
    session.console.document({ { "format", batch.source.format }, { "items", batch.items.size() },
        { "pictures", batch.images.size() }, { "problems", batch.problems.size() },
        { "checks", checks }, { "tooLong", tooLong } });
    return {};
}

Result<void> import(const Session& session, ImportArguments arguments)
{
    if (arguments.options.format == "verdicts")
        return importVerdicts(session, arguments);
    for (const std::string& one : arguments.map) {
        const auto equals = one.find('=');
        if (equals == std::string::npos || equals == 0 || equals + 1 == one.size())
            return fail(ErrorKind::Invalid,
                "is no OURS=THEIRS; write for example --map question=prompt", one);
        arguments.options.columns.emplace_back(one.substr(0, equals), one.substr(equals + 1));
    }
    arguments.options.imageRoot = arguments.imageRoot;
    arguments.options.corruptedRoot = arguments.corruptedRoot;
    arguments.options.model = arguments.model;
    if (arguments.preview)
        return preview(session, arguments);
    auto project = openToChange(session, arguments.project);
    if (!project)
        return fail(project.error());
    ProgressBar bar;
    const auto report =
        workbench::importInto(*project, arguments.source, arguments.options, watchWith(bar));
    bar.clear();
    if (!report)
        return fail(report.error());
    showImported(session, *report);
    return {};
}

} // namespace

void addImportVerbs(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<ImportArguments>();
    auto formats = workbench::importFormats();
    formats.emplace_back("verdicts");
    CLI::App* command = app.add_subcommand("import",
        "Add a benchmark, a folder of pictures, preference pairs, traces, or verdicts of an audit");
    command->add_option("project", arguments->project, "The project, NAME.slook")->required();
    command->add_option("source", arguments->source, "The file or folder")->required();
    command->add_option("--format", arguments->options.format, "Its form; else it is found out")
        ->check(CLI::IsMember(formats));
    command->add_option("--image-root", arguments->imageRoot,
        "The folder where relative picture paths begin; else the source's own");
    command->add_option("--corrupted-root", arguments->corruptedRoot,
        "With STIC's pairs: the folder of the corrupted pictures, under the names of the clean "
        "ones, "
        "so that a claim can be checked");
    command->add_option("--audit", arguments->audit, "Whose verdicts; else of the newest audit");
    command
        ->add_option("--map", arguments->map,
            "A column of the file in the place of one of ours, OURS=THEIRS: question=prompt")
        ->take_all()
        ->type_name("OURS=THEIRS")
        ->allow_extra_args(false);
    command->add_option("--model", arguments->model,
        "With --check: a model's folder; says which prompts, pictures included, are longer than "
        "its context");
    command->add_flag(
        "--check,--preview", arguments->preview, "Say what it would bring; write nothing");
    command->add_option("--name", arguments->options.name, "What the source is called");
    command->add_option("--split", arguments->options.split, "Split of items that name none");
    command->add_option("--seed", arguments->options.seed, "Order of options that are made up");
    command->add_flag("--take-whole-records", arguments->options.wholeRecordsOfCutFile,
        "Of a file that was cut off, take the records that are whole");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return import(session, *arguments); };
    });
}

} // namespace slook::cli
