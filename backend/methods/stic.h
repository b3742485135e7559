#pragma once
#include "methods/recipe.h"
#include "methods/stic_options.h"

namespace slook::methods {

/// Plans describe (good, rejected) -> pairs -> train stage 1 -> describe with stage 1 -> infused
/// instructions -> train stage 2 -> describe, answer, describe and respond with the start and each
/// stage, and the same for each control.
///
/// Each picture is described once, under its first question. Items without a known answer teach
/// nothing in stage 2 and are not measured by answers. Errors: Invalid where a switch is wrong or a
/// set would be empty.
[[nodiscard]] Result<Plan> planStic(
    const SticOptions& options, const runs::ModelRef& model, std::vector<runs::InputItem> items);
[[nodiscard]] Result<Plan> planSticFor(
    const Wishes& wishes, const runs::ModelRef& model, std::vector<runs::InputItem> items);

/// Executes a job of the recipe "stic", as runRecipe().
[[nodiscard]] Result<void> runStic(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const std::filesystem::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context);

/// What was drawn for one picture, a function of the run's seed and the item.
struct SticDraw {
    bool corrupts = false; ///< the rejected description is of a corrupted picture
    std::size_t caption = 0; ///< of sticCaptionPrompts()
    std::size_t hallucination = 0; ///< of sticHallucinationPrompts()
    std::size_t infused = 0; ///< of sticCaptionPrompts(), for stage 2
    std::uint64_t corruptionSeed = 0; ///< below 2^63
};
[[nodiscard]] SticDraw sticDraw(const SticOptions& options, ItemId item);

/// A test question as STIC's evaluation asks it, or with reasons.
[[nodiscard]] std::string sticQuestion(const Item& item, const std::string& answerPrompt);

} // namespace slook::methods
