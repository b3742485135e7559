#pragma once
#include "methods/recipe.h"
#include "methods/srf_options.h"

namespace slook::methods {

/// Plans, for each round: train a generator on masked triplets -> generate questions and answers of
/// pictures without labels -> make answers and questions again -> score and keep -> train the
/// original model on seed and kept triplets; then answer the test with the start, each round's
/// model and each control.
///
/// Labelled questions are split by picture into test, seed and pictures whose labels are not used;
/// those without a known answer lend their pictures. Errors: Invalid where a switch is wrong or a
/// set would be empty.
[[nodiscard]] Result<Plan> planSrf(
    const SrfOptions& options, const runs::ModelRef& model, std::vector<runs::InputItem> items);
[[nodiscard]] Result<Plan> planSrfFor(
    const Wishes& wishes, const runs::ModelRef& model, std::vector<runs::InputItem> items);

/// Executes a job of the recipe "srf", as runRecipe().
[[nodiscard]] Result<void> runSrf(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const std::filesystem::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context);

/// A test question as it is asked: behind options for a letter, with reasons, or without its
/// options for a word or phrase, unless it needs them.
[[nodiscard]] std::string srfQuestion(const Item& item, const std::string& answerPrompt);

} // namespace slook::methods
