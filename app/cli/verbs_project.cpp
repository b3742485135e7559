#include "session.h"
#include "store/backup.h"
#include "workbench/sample.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace fs = std::filesystem;

namespace slook::cli {
namespace {

Json toJson(const SourceRow& source)
{
    return { { "name", source.name }, { "file", source.file }, { "format", source.format },
        { "sha256", source.sha256 }, { "time", source.time }, { "items", source.items },
        { "problems", source.problems } };
}

Result<void> create(const Session& session, const fs::path& file)
{
    const auto project = store::Project::create(file);
    if (!project)
        return fail(project.error());
    session.console.line(project->file().string() + " is ready; import questions next");
    session.console.document({ { "project", project->file().string() } });
    return {};
}

Result<void> sample(const Session& session, const fs::path& file)
{
    ProgressBar bar;
    const auto reports = workbench::makeSampleProject(file, watchWith(bar));
    if (!reports)
        return fail(reports.error());
    bar.clear();
    Json sources = Json::array();
    for (const auto& report : *reports) {
        session.console.line(report.source.name + ": " + std::to_string(report.source.items)
            + " questions about " + std::to_string(report.pictures) + " pictures");
        sources.push_back(toJson(report.source));
    }
    session.console.document({ { "project", file.string() }, { "sources", sources } });
    return {};
}

Result<void> info(const Session& session, const fs::path& file)
{
    const auto project = openToRead(session, file);
    if (!project)
        return fail(project.error());
    const auto sources = project->sources();
    if (!sources)
        return fail(sources.error());
    const auto runs = project->runs();
    if (!runs)
        return fail(runs.error());
    Table table { { { "source", false, true }, { "format" }, { "items", true },
                      { "not taken", true }, { "imported" }, { "file", false, true } },
        {} };
    Json json = Json::array();
    int items = 0;
    for (const SourceRow& source : *sources) {
        items += source.items;
        table.rows.push_back({ source.name, source.format, std::to_string(source.items),
            std::to_string(source.problems), timeText(source.time), source.file });
        json.push_back(toJson(source));
    }
    session.console.line(project->file().string() + ": " + std::to_string(items) + " questions of "
        + std::to_string(sources->size()) + " sources, " + std::to_string(runs->size()) + " runs");
    if (!table.rows.empty())
        session.console.table(table);
    session.console.document({ { "project", project->file().string() }, { "items", items },
        { "runs", runs->size() }, { "sources", json } });
    return {};
}

Result<void> check(const Session& session, const fs::path& file)
{
    const auto project = openToRead(session, file);
    if (!project)
        return fail(project.error());
    const auto report = project->check();
    if (!report)
        return fail(report.error());
    Table table { { { "table" }, { "rows", true } }, {} };
    Json counts = Json::object();
    for (const auto& [name, count] : report->counts) {
        table.rows.push_back({ name, std::to_string(count) });
        counts[name] = count;
    }
    session.console.table(table);
    for (const std::string& problem : report->problems)
        session.console.line(problem);
    session.console.document({ { "problems", report->problems }, { "counts", counts } });
    if (report->problems.empty()) {
        session.console.line("No problem was found.");
        return {};
    }
    return fail(ErrorKind::Invalid,
        std::to_string(report->problems.size())
            + " problems were found; keep a copy of the file before anything else",
        file.string());
}

Json toJson(const store::Backup& backup)
{
    return { { "file", backup.file.string() }, { "time", backup.time }, { "bytes", backup.bytes },
        { "format", backup.format } };
}

Result<void> makeBackup(const Session& session, const fs::path& file)
{
    const auto backup = store::backUp(file);
    if (!backup)
        return fail(backup.error());
    session.console.line("backed up and read through: " + backup->file.string());
    session.console.document({ { "backup", toJson(*backup) } });
    return {};
}

Result<void> listBackups(const Session& session, const fs::path& file)
{
    Table table { { { "made (UTC)" }, { "KiB", true }, { "file", false, true } }, {} };
    Json json = Json::array();
    for (const store::Backup& one : store::backupsOf(file)) {
        table.rows.push_back(
            { timeText(one.time), std::to_string(one.bytes / 1024), one.file.string() });
        json.push_back(toJson(one));
    }
    if (table.rows.empty())
        session.console.line("There is no backup of " + file.string() + " yet.");
    else
        session.console.table(table);
    session.console.document({ { "backups", json } });
    return {};
}

/// @param backup  empty: the newest one
Result<void> restoreBackup(const Session& session, const fs::path& file, const fs::path& backup)
{
    const auto all = store::backupsOf(file);
    if (backup.empty() && all.empty())
        return fail(ErrorKind::NotFound, "has no backup", file.string());
    const auto& chosen = backup.empty() ? all.front().file : backup;
    const auto now = store::holdings(file); // of a damaged project nobody knows
    const auto then = store::holdings(chosen);
    if (!then)
        return fail(then.error());
    const auto aside = store::restore(file, chosen);
    if (!aside)
        return fail(aside.error());
    session.console.line(
        chosen.string() + " is in place; what was there is kept in " + aside->string());
    Json changes = Json::object();
    for (const auto& [table, count] : now ? *now : std::map<std::string, std::int64_t>())
        if (const auto old = then->find(table); old == then->end() || old->second != count) {
            const auto before = old == then->end() ? 0 : old->second;
            changes[table] = { { "now", before }, { "before", count } };
            session.console.line("  " + table + ": " + std::to_string(before) + " instead of "
                + std::to_string(count));
        }
    session.console.document(
        { { "backup", chosen.string() }, { "aside", aside->string() }, { "changed", changes } });
    return {};
}

void addBackupVerbs(CLI::App& app, Session& session)
{
    struct Arguments {
        std::string project, backup;
        bool list = false;
    };
    auto arguments = std::make_shared<Arguments>();
    CLI::App* make = app.add_subcommand("backup", "Make a verified copy of a project's file");
    make->add_option("project", arguments->project, "The project, NAME.slook")->required();
    make->add_flag("--list", arguments->list, "Only list those that there are");
    make->callback([&session, arguments] {
        session.action = [&session, arguments] {
            return (arguments->list ? listBackups : makeBackup)(session, arguments->project);
        };
    });
    CLI::App* put = app.add_subcommand(
        "restore", "Put a backup in a project's place; what is there now is moved aside");
    put->add_option("project", arguments->project, "The project, NAME.slook")->required();
    put->add_option("backup", arguments->backup, "A file of backup --list; else the newest");
    put->callback([&session, arguments] {
        session.action = [&session, arguments] {
            return restoreBackup(session, arguments->project, arguments->backup);
        };
    });
}

} // namespace

void addProjectVerbs(CLI::App& app, Session& session)
{
    const auto add = [&](const char* name, const char* help, auto verb) {
        auto file = std::make_shared<std::string>();
        CLI::App* command = app.add_subcommand(name, help);
        command->add_option("project", *file, "The project, NAME.slook")->required();
        command->callback([&session, file, verb] {
            session.action = [&session, file, verb] { return verb(session, fs::path(*file)); };
        });
    };
    add("new", "Create an empty project", create);
    add("sample", "Create a project with the questions that come with the program", sample);
    add("info", "Say what a project holds", info);
    addBackupVerbs(app, session);
    add("check", "Check a project's file and say what is wrong with it", check);
}

} // namespace slook::cli
