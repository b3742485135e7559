#pragma once
#include "methods/model.h"
#include "methods/prompts.h"
#include "runs/event.h"
#include "runs/job.h"
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The recipes by name: what window, command line and worker need to know of a method.
namespace slook::methods {

/// A switch as a form or a help text shows it.
struct Switch {
    std::string name;
    std::string meaning; ///< one sentence for people
    std::string value; ///< the default, as it would be typed
    std::vector<std::string> allowed; ///< the values to choose from; empty where any will do
    std::string kind; ///< "choice", "flag", "integer", "number", "list", "text"
    std::string range; ///< "a number from 0 to 10"; empty where kind and `allowed` say it all
};

/// A run that is ready to be written into its directory.
struct Plan {
    runs::Job job; ///< threads and device are the caller's to set
    std::vector<runs::InputItem> inputs; ///< those that take part, `set` filled in
    int pool = 0;
    int test = 0;
    std::vector<std::string> notes; ///< what was left out and why, one sentence each
};

/// What a person asks of a recipe; the rest is its defaults.
struct Wishes {
    std::vector<std::pair<std::string, std::string>>
        set; ///< switches by name; "fidelity" counts first, wherever it stands
    std::vector<std::string> controls;
    std::uint64_t seed = 0;
};

struct Recipe {
    std::string_view name; ///< "scl"
    std::string_view title; ///< for people
    std::string_view says; ///< what it does, one sentence
    /// All its switches with the values of a preset. Errors: Invalid (no such preset).
    Result<std::vector<Switch>> (*preset)(std::string_view fidelity);
    std::span<const NamedText> (*controls)(); ///< the same run with its preference replaced
    /// Errors: Invalid where a switch is wrong or a set would be empty.
    Result<Plan> (*plan)(
        const Wishes& wishes, const runs::ModelRef& model, std::vector<runs::InputItem> items);
    /// As runRecipe().
    Result<void> (*run)(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
        const std::filesystem::path& directory, const std::vector<runs::Event>& earlier,
        Model& model, StepContext& context);
    /// How its first training trains, by job.options; null for a recipe that trains nothing.
    Result<runs::TrainOptions> (*training)(std::string_view options);

    /// With their defaults, which are the preset "ours".
    [[nodiscard]] std::vector<Switch> switches() const { return *preset("ours"); }
};

[[nodiscard]] std::span<const Recipe> recipes();
[[nodiscard]] const Recipe* recipeByName(std::string_view name); ///< null: there is none
[[nodiscard]] std::string recipeNames(); ///< "scl, stic, srf, sweep, embed"

/// The switches of a job that are not as its preset has them, as they would be typed, and the
/// preset itself where it is not "ours"; without the seed and the controls. Errors: Invalid
/// (options that are no object, an unknown preset).
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> changedSwitches(
    const Recipe& recipe, std::string_view options);

/// Executes a job of any recipe.
///
/// Answers are asked for in blocks of a fixed order, so that a resumed run computes what an
/// uninterrupted one does: of a block that was cut off all is computed again, and only what
/// `earlier` lacks is reported. Pairs, trainings and steps that `earlier` holds are not repeated.
/// @param directory  the run directory: pictures, artifacts
/// @param earlier    events of this run that were written before
/// Errors: Invalid for an unknown recipe; Stopped (what was reported stays valid), Invalid, Io.
[[nodiscard]] Result<void> runRecipe(const runs::Job& job,
    const std::vector<runs::InputItem>& inputs, const std::filesystem::path& directory,
    const std::vector<runs::Event>& earlier, Model& model, StepContext& context);

} // namespace slook::methods
