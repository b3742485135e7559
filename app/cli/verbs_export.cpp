#include "session.h"
#include "workbench/audit_files.h"
#include "workbench/export.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

struct ExportArguments {
    std::string project;
    std::string run;
    std::string where;
    std::string out;
    std::string audit; ///< of verdicts; empty: the newest
    workbench::ExportOptions options;
    bool linkPictures = false;
};

using Export = Result<workbench::ExportReport> (*)(const store::Project& project,
    const std::string& run, const workbench::ExportOptions& options, const workbench::Watch& watch);

Result<workbench::ExportReport> pairs(const store::Project& project, const std::string& run,
    const workbench::ExportOptions& options, const workbench::Watch& watch)
{
    const auto row = runNamed(project, run);
    return row ? workbench::exportPairs(project, *row, options, watch)
               : Result<workbench::ExportReport>(fail(row.error()));
}

Result<workbench::ExportReport> responses(const store::Project& project, const std::string& run,
    const workbench::ExportOptions& options, const workbench::Watch& watch)
{
    const auto row = runNamed(project, run);
    return row ? workbench::exportResponses(project, *row, options, watch)
               : Result<workbench::ExportReport>(fail(row.error()));
}

Result<workbench::ExportReport> triplets(const store::Project& project, const std::string& run,
    const workbench::ExportOptions& options, const workbench::Watch& watch)
{
    const auto row = runNamed(project, run);
    return row ? workbench::exportTriplets(project, *row, options, watch)
               : Result<workbench::ExportReport>(fail(row.error()));
}

Result<workbench::ExportReport> items(const store::Project& project, const std::string&,
    const workbench::ExportOptions& options, const workbench::Watch& watch)
{
    return workbench::exportItems(project, options, watch);
}

Result<void> write(const Session& session, ExportArguments arguments, Export one)
{
    auto filter = workbench::Filter::parse(arguments.where);
    if (!filter)
        return fail(filter.error());
    arguments.options.filter = std::move(*filter);
    arguments.options.out = arguments.out;
    arguments.options.copyPictures = !arguments.linkPictures;
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    ProgressBar bar;
    const auto report = one(*project, arguments.run, arguments.options, watchWith(bar));
    bar.clear();
    if (!report)
        return fail(report.error());
    Json files = Json::array();
    for (const auto& file : report->files)
        files.push_back(file.string());
    session.console.line(arguments.out + ": " + std::to_string(report->rows) + " rows, "
        + std::to_string(report->pictures) + " pictures");
    for (const std::string& sentence : report->notCarried)
        session.console.notice(sentence);
    session.console.document(
        { { "out", arguments.out }, { "rows", report->rows }, { "pictures", report->pictures },
            { "files", files }, { "notCarried", report->notCarried } });
    return {};
}

Result<void> writeVerdicts(const Session& session, const ExportArguments& arguments)
{
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto batch = workbench::auditNamed(*project, arguments.audit);
    if (!batch)
        return fail(batch.error());
    const auto report =
        workbench::exportVerdicts(*project, *batch, arguments.options.format, arguments.out);
    if (!report)
        return fail(report.error());
    session.console.line(arguments.out + ": " + std::to_string(report->rows) + " verdicts");
    for (const std::string& sentence : report->notCarried)
        session.console.notice(sentence);
    session.console.document({ { "out", arguments.out }, { "rows", report->rows },
        { "audit", batch->name }, { "notCarried", report->notCarried } });
    return {};
}

} // namespace

void addExportVerbs(CLI::App& app, Session& session)
{
    CLI::App* command =
        app.add_subcommand("export", "Write pairs, questions or answers for others");
    auto arguments = std::make_shared<ExportArguments>();
    command->add_option("project", arguments->project, "The project, NAME.slook")->required();
    command->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, Export one,
                         const std::vector<std::string>& formats) {
        CLI::App* verb = command->add_subcommand(name, help);
        verb->add_option("--format", arguments->options.format, "The form of the file")
            ->required()
            ->check(CLI::IsMember(formats));
        verb->add_option("--out", arguments->out, "The file to write")->required();
        verb->add_option("--where", arguments->where, "Only rows that fit, as in show --where");
        verb->add_flag("--link-pictures", arguments->linkPictures,
            "Name pictures that lie on the disk by their path instead of copying them");
        verb->callback([&session, arguments, one] {
            session.action = [&session, arguments, one] { return write(session, *arguments, one); };
        });
        return verb;
    };
    const char* runHelp = "Name or number of the run; else the newest";
    CLI::App* verb = add("pairs", "Preference pairs of a run", pairs, workbench::pairFormats());
    verb->add_option("--run", arguments->run, runHelp);
    verb->add_option("--preference", arguments->options.preference,
        "Which pairs: correctness or a control of the run");
    add("items", "Questions", items, workbench::itemFormats());
    verb = add("responses", "What the model said", responses, workbench::responseFormats());
    verb->add_option("--run", arguments->run, runHelp);
    verb->add_option("--stage", arguments->options.stage, "Of this stage only");
    verb = add("triplets", "Questions and answers of the model's own that a run kept", triplets,
        workbench::tripletFormats());
    verb->add_option("--run", arguments->run, runHelp);
    verb->add_flag("--with-seed", arguments->options.withSeed, "The labelled seed too");
    verb = command->add_subcommand("verdicts", "What people judged in an audit");
    verb->add_option("--format", arguments->options.format, "The form of the file")
        ->required()
        ->check(CLI::IsMember(workbench::verdictFormats()));
    verb->add_option("--out", arguments->out, "The file to write")->required();
    verb->add_option("--audit", arguments->audit, "Name or number; else the newest");
    verb->callback([&session, arguments] {
        session.action = [&session, arguments] { return writeVerdicts(session, *arguments); };
    });
}

} // namespace slook::cli
