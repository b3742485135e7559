#pragma once
#include "methods/model.h"
#include "methods/scl_options.h"
#include "runs/event.h"
#include "runs/job.h"
#include <filesystem>
#include <string>
#include <vector>

namespace slook::methods {

/// A run that is ready to be written into its directory.
struct SclPlan {
    runs::Job job; ///< threads and device are the caller's to set
    std::vector<runs::InputItem> inputs; ///< those that take part, `set` filled in
    int pool = 0;
    int test = 0;
    std::vector<std::string> notes; ///< what was left out and why, one sentence each
};

/// Plans answer pool -> pairs -> train -> answer test before -> answer test after, and per control
/// pairs -> train -> answer test.
///
/// Items without a known answer or without a picture hash are left out. Unless the split is
/// "leaky", no picture is in both sets: items that share one stay together.
/// Errors: Invalid where a switch is wrong or a set would be empty.
[[nodiscard]] Result<SclPlan> planScl(
    const SclOptions& options, const runs::ModelRef& model, std::vector<runs::InputItem> items);

/// Where a training leaves its adapter, relative to the run directory: "artifacts/correctness".
[[nodiscard]] std::string artifactPath(const std::string& preference);

/// Executes a job of the recipe "scl".
///
/// Answers are asked for in blocks of a fixed order, so that a resumed run computes what an
/// uninterrupted one does: of a block that was cut off all is computed again, and only what
/// `earlier` lacks is reported. Pairs, trainings and steps that `earlier` holds are not repeated.
/// @param directory  the run directory: pictures, artifacts
/// @param earlier    events of this run that were written before
/// Errors: Stopped (what was reported stays valid), Invalid, Io.
[[nodiscard]] Result<void> runScl(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const std::filesystem::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context);

/// Executes a job of any recipe. Errors: Invalid for an unknown recipe, and those of runScl().
[[nodiscard]] Result<void> runRecipe(const runs::Job& job,
    const std::vector<runs::InputItem>& inputs, const std::filesystem::path& directory,
    const std::vector<runs::Event>& earlier, Model& model, StepContext& context);

} // namespace slook::methods
