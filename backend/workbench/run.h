#pragma once
#include "core/rows.h"
#include "methods/recipe.h"
#include "store/project.h"
#include "workbench/watch.h"
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace slook::workbench {

/// What a person chooses before a run; the rest is the recipe's own defaults.
struct RunOptions {
    std::filesystem::path model; ///< a Hugging Face folder; empty: the embedded model
    std::filesystem::path adapter; ///< a PEFT folder to start from; empty: none
    bool adapterToCome = false; ///< a run before this one in the queue will write it
    store::ItemFilter items; ///< the questions of the run
    std::vector<std::pair<std::string, std::string>>
        set; ///< switches of the recipe by name, see recipeSwitches()
    std::vector<std::string> controls; ///< see controlNames()
    std::uint64_t seed = 0;
    int threads = 0; ///< 0: as many as the machine has
    std::string device; ///< "" automatic, "cpu", "cuda"
    bool int8 = false; ///< see Launch
    std::string chatTemplate; ///< see Launch
    std::string launch; ///< how a person chose all this, see launch.h; kept beside job.json
    bool queued = false; ///< the run waits behind those of the queue, see queue.h
    std::string audited; ///< pairs that an audit left, see trainOnAudited(); empty: none
};

using RecipeSwitch = methods::Switch;

/// The pictures of these items, each once.
[[nodiscard]] Result<std::vector<ImageRow>> imagesOf(
    const store::Project& project, const std::vector<Item>& items);

/// A run that has begun.
struct StartedRun {
    RunRow run;
    int pool = 0; ///< questions that pairs are built from
    int test = 0; ///< questions that are measured
    std::vector<std::string> notes; ///< what was left out and why, one sentence each
};

[[nodiscard]] std::vector<std::string> recipes(); ///< "scl", ...
/// Every switch that RunOptions::set may name, with its default. Empty for an unknown recipe.
[[nodiscard]] std::vector<RecipeSwitch> recipeSwitches(const std::string& recipe);
[[nodiscard]] std::vector<std::string> controlNames(const std::string& recipe);

/// The folder of a run: NAME.slook.d/runs/NAME.
[[nodiscard]] std::filesystem::path runFolder(
    const store::Project& project, const std::string& runName);

/// What a run would be, before anything is written.
struct PlannedRun {
    methods::Plan plan;
    std::vector<ImageRow> images; ///< that its questions show
};
/// Errors: as startRun(), without those of writing.
[[nodiscard]] Result<PlannedRun> planRun(
    const store::Project& project, const std::string& recipe, const RunOptions& options);

/// Plans a run, writes its directory (pictures that the project keeps as bytes are written into
/// it), adds it to the project and starts a worker that outlives the caller, or puts it at the end
/// of the queue. Errors: NotFound
/// (model, worker), Invalid (unknown recipe or switch, no questions), Io, Conflict, Stopped. On
/// failure the project has no run more than before.
[[nodiscard]] Result<StartedRun> startRun(store::Project& project, const std::string& recipe,
    const RunOptions& options, const Watch& watch = {});

/// Asks the worker to end after what it is doing; what is done is kept. Needs no ownership of the
/// project. Errors: Invalid where no worker is at work on it, Io.
[[nodiscard]] Result<void> stopRun(const store::Project& project, const RunRow& run);
/// As stopRun(), with the promise that resumeRun() will follow.
[[nodiscard]] Result<void> pauseRun(const store::Project& project, const RunRow& run);
/// Starts a worker on the same directory; it goes on where the last one ended.
/// Errors: Invalid (the run is done), Conflict (a worker is at work on it), NotFound (the directory
/// is gone), Io.
[[nodiscard]] Result<void> resumeRun(store::Project& project, const RunRow& run);

} // namespace slook::workbench
