#pragma once
#include "console.h"
#include "core/rows.h"
#include "store/project.h"
#include "workbench/watch.h"
#include <filesystem>
#include <functional>
#include <map>
#include <string>

namespace CLI { // NOLINT: the name that CLI11 has chosen
class App;
}

namespace slook::cli {

/// One start of the program: its outputs and what it was asked to do.
struct Session {
    Console console;
    std::function<Result<void>()> action; ///< set by the verb that was named
};

/// A watch that draws on `bar` and stops at the first Ctrl-C.
[[nodiscard]] workbench::Watch watchWith(ProgressBar& bar);

/// Opens a project to change it, and takes in what workers wrote meanwhile.
[[nodiscard]] Result<store::Project> openToChange(
    const Session& session, const std::filesystem::path& file);
/// Opens a project to read it. Where workers have written and nobody owns the project, what they
/// wrote is taken in first; beside an owner the project is read as it is.
[[nodiscard]] Result<store::Project> openToRead(
    const Session& session, const std::filesystem::path& file);

/// The run that `--run` names, or the newest one where nothing is named.
/// Errors: NotFound, also where there is no run at all.
[[nodiscard]] Result<RunRow> runNamed(const store::Project& project, const std::string& name);

/// Names of the sources by their id.
[[nodiscard]] Result<std::map<SourceId, std::string>> sourceNames(const store::Project& project);
/// All items by their id.
[[nodiscard]] Result<std::map<ItemId, Item>> itemsById(const store::Project& project);

[[nodiscard]] std::string stateName(RunState state); ///< "waiting", "running", ...
[[nodiscard]] std::string timeText(std::int64_t utcMilliseconds); ///< "2024-05-01 12:30"; "" for 0

// One file for each group of verbs.
void addProjectVerbs(CLI::App& app, Session& session); ///< new, sample, info, check
void addHistoryVerbs(CLI::App& app, Session& session); ///< history, undo, redo
void addImportVerbs(CLI::App& app, Session& session); ///< import
void addRunVerbs(CLI::App& app, Session& session); ///< run, runs, stop, pause, resume
void addShowVerbs(CLI::App& app, Session& session); ///< show ...
void addExportVerbs(CLI::App& app, Session& session); ///< export ...
void addAuditVerbs(CLI::App& app, Session& session); ///< audit ...
void addModelVerbs(CLI::App& app, Session& session); ///< model inspect, model chat
void addChatVerb(CLI::App& model, Session& session); ///< model chat; called by addModelVerbs
void addSceneVerbs(CLI::App& app, Session& session); ///< scenes
void addImageVerbs(CLI::App& app, Session& session); ///< image seen
/// image corrupt, image corruptions; called by addImageVerbs
void addCorruptVerbs(CLI::App& image, Session& session);

} // namespace slook::cli
