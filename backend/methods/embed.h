#pragma once
#include "core/result.h"
#include "methods/recipe.h"
#include "runs/job.h"
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Features of pictures, questions and answers, one row an item, for maps and comparisons. Each
/// kind is one step and leaves one safetensors file (methods/feature_file.h) among the artifacts.
namespace slook::methods {

/// Every switch of the recipe, by the member's name.
struct EmbedOptions {
    /// "vision", "projected", "states" (see FeatureWish); "question", "answer": their text alone
    std::vector<std::string> of = { "vision" };
    std::vector<std::string> layers = { "-1" }; ///< of "states", see FeatureWish::layer
    std::string pool = "mean"; ///< of "states": mean, last
    std::string answerPrompt = "letter"; ///< how "states" are asked: letter, reasoned
    std::string encoder; ///< folder of a text encoder for "question" and "answer"; empty: the model
    std::uint64_t seed = 0; ///< nothing is drawn
};

[[nodiscard]] Result<EmbedOptions> embedPreset(std::string_view fidelity); ///< "ours" alone
/// With the values of this preset. Errors: Invalid (no such preset).
[[nodiscard]] Result<std::vector<Switch>> embedSwitches(std::string_view fidelity);
/// Errors: Invalid.
[[nodiscard]] Result<EmbedOptions> embedOptionsFromJsonText(
    std::string_view text, const std::string& where);

/// "vision", "states:-1", ...: what one step computes, the stage that it is filed under and the
/// name of its artifact.
[[nodiscard]] std::vector<std::string> featureNames(const EmbedOptions& options);
/// Where a feature of this name lies in a run directory: "artifacts/states_-1.safetensors".
[[nodiscard]] std::string featurePath(const std::string& name);

/// Plans one step a feature over all items. Items that lack what a feature is of (a picture, a
/// known answer) are left out of it. Errors: Invalid where a switch is wrong or nothing is left.
[[nodiscard]] Result<Plan> planEmbedFor(
    const Wishes& wishes, const runs::ModelRef& model, std::vector<runs::InputItem> items);
/// Executes a job of the recipe "embed", as runRecipe().
[[nodiscard]] Result<void> runEmbed(const runs::Job& job,
    const std::vector<runs::InputItem>& inputs, const std::filesystem::path& directory,
    const std::vector<runs::Event>& earlier, Model& model, StepContext& context);

} // namespace slook::methods
