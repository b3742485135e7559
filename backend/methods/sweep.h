#pragma once
#include "core/result.h"
#include "image/corruption.h"
#include "methods/recipe.h"
#include "runs/job.h"
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// A sweep: the same questions about the pictures as they are, and then with one corruption at
/// several levels. It trains nothing.
namespace slook::methods {

/// Every switch of a sweep, by the member's name.
struct SweepOptions {
    std::string op = "gaussian_noise"; ///< one of image::operators()
    /// See corruptionAt(); empty: all severities of the operator, or "standard" where it has none.
    std::vector<std::string> levels;
    std::string answerPrompt = "letter"; ///< letter, reasoned
    std::string respond = "off"; ///< describe and respond: off, picture, blind
    runs::Decoding test;
    std::uint64_t seed = 0; ///< of the corruptions and of sampling
};

/// What a level means: a severity ("3"), the operator's standard numbers ("standard"), or numbers
/// of its parameters ("side=20", "brightness=1.5:hue=0.1"; those that are not named keep their
/// standard). Errors: Invalid, naming the operator and what it has.
[[nodiscard]] Result<image::Corruption> corruptionAt(
    std::string_view op, const std::string& level, std::uint64_t seed);
/// All severities of an operator, or "standard" where it has none.
[[nodiscard]] std::vector<std::string> levelsOf(std::string_view op);

[[nodiscard]] Result<SweepOptions> sweepPreset(std::string_view fidelity); ///< "ours" alone
/// With the values of this preset. Errors: Invalid (no such preset).
[[nodiscard]] Result<std::vector<Switch>> sweepSwitches(std::string_view fidelity);
[[nodiscard]] std::span<const NamedText> sweepControls(); ///< none: nothing is trained
/// Errors: Invalid. The result names its levels.
[[nodiscard]] Result<SweepOptions> sweepOptionsFromJsonText(
    std::string_view text, const std::string& where);

inline constexpr std::string_view cleanStage = "clean"; ///< the pictures as they are
[[nodiscard]] std::string stageOfLevel(const std::string& level); ///< "level 3"

/// Plans answers to the clean pictures, then to those of each level. Questions without a picture
/// are left out; those without a known answer still tell whether the answer changes.
/// Errors: Invalid where a switch is wrong or no question has a picture.
[[nodiscard]] Result<Plan> planSweepFor(
    const Wishes& wishes, const runs::ModelRef& model, std::vector<runs::InputItem> items);
/// Executes a job of the recipe "sweep", as runRecipe().
[[nodiscard]] Result<void> runSweep(const runs::Job& job,
    const std::vector<runs::InputItem>& inputs, const std::filesystem::path& directory,
    const std::vector<runs::Event>& earlier, Model& model, StepContext& context);

} // namespace slook::methods
