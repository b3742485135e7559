#pragma once
#include "methods/model.h"
#include "methods/recipe.h"
#include "methods/scl_options.h"
#include "runs/event.h"
#include "runs/job.h"
#include <filesystem>
#include <string>
#include <vector>

namespace slook::methods {

/// Plans answer pool -> pairs -> train -> answer test before -> answer test after, and per control
/// pairs -> train -> answer test.
///
/// Items without a known answer or without a picture hash are left out. Unless the split is
/// "leaky", no picture is in both sets: items that share one stay together.
/// Errors: Invalid where a switch is wrong or a set would be empty.
[[nodiscard]] Result<Plan> planScl(
    const SclOptions& options, const runs::ModelRef& model, std::vector<runs::InputItem> items);

/// The same from a person's wishes. Errors: those of the switches too.
[[nodiscard]] Result<Plan> planSclFor(
    const Wishes& wishes, const runs::ModelRef& model, std::vector<runs::InputItem> items);

/// Executes a job of the recipe "scl", as runRecipe().
[[nodiscard]] Result<void> runScl(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const std::filesystem::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context);

} // namespace slook::methods
