#pragma once
#include "console.h"
#include "core/rows.h"
#include "store/project.h"
#include "workbench/follow.h"
#include "workbench/import.h"
#include "workbench/launch.h"
#include "workbench/watch.h"
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

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

/// What a person asks of a run on the command line.
struct RunRequest {
    std::string project;
    workbench::Launch launch; ///< without `set`
    std::vector<std::string> set; ///< KEY=VALUE
    bool detach = false;
    bool queue = false;
};
/// Starts a run and follows it to its end, or leaves it alone with `detach`. @return its name.
/// Writes no document but with `detach`. Errors: those of startRun(); the run's own where it failed
/// or was stopped.
[[nodiscard]] Result<std::string> runToItsEnd(const Session& session, const RunRequest& request);
/// Follows a run that has a worker to its end, or until a second Ctrl-C leaves it alone.
[[nodiscard]] Result<workbench::RunStatus> follow(
    const Session& session, store::Project& project, const RunRow& run);
/// Works through the queue, one run after the other, to its end or to a Ctrl-C.
/// @param strict  a run that is not done ends it with that run's error
[[nodiscard]] Result<void> workThrough(
    const Session& session, store::Project& project, bool strict);
/// What a run would be, without starting it: its command, its job, the checks of its data and, with
/// `tried`, the trial on a few rows. Errors: Invalid where a check has failed.
[[nodiscard]] Result<void> showPreflight(
    const Session& session, const RunRequest& request, bool tried);
/// The request's launch with its switches.
[[nodiscard]] Result<workbench::Launch> launchOf(const RunRequest& request);
[[nodiscard]] Json runJson(const RunRow& run);

/// What an import has taken and what not.
void showImported(const Session& session, const workbench::ImportReport& report);

// One file for each group of verbs.
void addProjectVerbs(CLI::App& app, Session& session); ///< new, sample, info, check
void addHistoryVerbs(CLI::App& app, Session& session); ///< history, undo, redo
void addMarkVerbs(CLI::App& app, Session& session); ///< mark
void addJudgeVerb(CLI::App& app, Session& session); ///< judge
void addImportVerbs(CLI::App& app, Session& session); ///< import
void addRunVerbs(CLI::App& app, Session& session); ///< run, runs, stop, pause, resume, queue
void addChainVerbs(CLI::App& app, Session& session); ///< chain, rounds
void addQueueVerb(CLI::App& app, Session& session); ///< queue; called by addRunVerbs
void addSweepVerbs(CLI::App& app, Session& session); ///< sweep, corrupt
void addCompareVerbs(CLI::App& app, Session& session); ///< compare, report
void addMapVerbs(CLI::App& app, Session& session); ///< layout, overlap
void addShowVerbs(CLI::App& app, Session& session); ///< show ...
void addExportVerbs(CLI::App& app, Session& session); ///< export ...
void addAuditVerbs(CLI::App& app, Session& session); ///< audit ...
void addModelVerbs(CLI::App& app, Session& session); ///< model inspect, model chat, model int8
void addChatVerb(CLI::App& model, Session& session); ///< model chat; called by addModelVerbs
void addInt8Verb(CLI::App& model, Session& session); ///< model int8; called by addModelVerbs
void addSceneVerbs(CLI::App& app, Session& session); ///< scenes
void addImageVerbs(CLI::App& app, Session& session); ///< image seen
/// image corrupt, image corruptions; called by addImageVerbs
void addCorruptVerbs(CLI::App& image, Session& session);

} // namespace slook::cli
