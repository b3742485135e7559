#include "session.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace fs = std::filesystem;

namespace slook::cli {
namespace {

Result<void> history(const Session& session, const fs::path& file)
{
    const auto project = openToRead(session, file);
    if (!project)
        return fail(project.error());
    const auto entries = project->journal();
    if (!entries)
        return fail(entries.error());
    Table table { { { "number", true }, { "time" }, { "state" }, { "what", false, true } }, {} };
    Json json = Json::array();
    for (const JournalRow& entry : *entries) {
        table.rows.push_back({ std::to_string(entry.id), timeText(entry.time),
            entry.undone ? "undone" : "done", entry.what });
        json.push_back({ { "id", entry.id }, { "time", entry.time }, { "what", entry.what },
            { "undone", entry.undone } });
    }
    session.console.table(table);
    session.console.document({ { "history", json } });
    return {};
}

Result<void> step(const Session& session, const fs::path& file, bool back)
{
    auto project = openToChange(session, file);
    if (!project)
        return fail(project.error());
    const auto what = back ? project->undo() : project->redo();
    if (!what)
        return fail(what.error());
    session.console.line((back ? "Undone: " : "Done again: ") + *what);
    session.console.document({ { back ? "undone" : "redone", *what } });
    return {};
}

} // namespace

void addHistoryVerbs(CLI::App& app, Session& session)
{
    const auto add = [&](const char* name, const char* help, auto verb) {
        auto file = std::make_shared<std::string>();
        CLI::App* command = app.add_subcommand(name, help);
        command->add_option("project", *file, "The project, NAME.slook")->required();
        command->callback([&session, file, verb] {
            session.action = [&session, file, verb] { return verb(session, fs::path(*file)); };
        });
    };
    add("history", "List the changes of a project, newest first", history);
    add("undo", "Take the newest change back",
        [](const Session& s, const fs::path& file) { return step(s, file, true); });
    add("redo", "Make the change again that was taken back last",
        [](const Session& s, const fs::path& file) { return step(s, file, false); });
}

} // namespace slook::cli
