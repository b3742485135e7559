#include "methods/recipe.h"
#include "methods/embed.h"
#include "methods/scl.h"
#include "methods/srf.h"
#include "methods/srf_options.h"
#include "methods/stic.h"
#include "methods/stic_options.h"
#include "methods/sweep.h"
#include "methods/switch_table.h"
#include <algorithm>
#include <array>

namespace slook::methods {
namespace {

Result<runs::TrainOptions> trainingOfScl(std::string_view text)
{
    auto options = sclOptionsFromJsonText(text, "options of job.json");
    if (!options)
        return fail(options.error());
    return options->training;
}

Result<runs::TrainOptions> trainingOfStic(std::string_view text)
{
    auto options = sticOptionsFromJsonText(text, "options of job.json");
    if (!options)
        return fail(options.error());
    return trainingOf(*options, "stage1");
}

Result<runs::TrainOptions> trainingOfSrf(std::string_view text)
{
    auto options = srfOptionsFromJsonText(text, "options of job.json");
    if (!options)
        return fail(options.error());
    return trainingOf(*options, false);
}

const std::array<Recipe, 5> allRecipes { {
    { "scl", "Self-correction learning (SCL)",
        "Answer, review, read the answers, build pairs from changed minds, train, and measure "
        "again.",
        sclSwitches, controlNames, planSclFor, runScl, trainingOfScl },
    { "stic", "Self-training on image comprehension (STIC)",
        "Describe pictures well and badly, learn to prefer the careful description, then to answer "
        "with a description at hand, and measure what is described and answered.",
        sticSwitches, sticControls, planSticFor, runStic, trainingOfStic },
    { "srf", "Self-refinement by triangular consistency (SRF)",
        "Learn from a labelled seed to ask and to answer, do both about pictures without labels, "
        "keep what can be made again from picture and question or answer, learn from it, and "
        "measure again.",
        srfSwitches, srfControls, planSrfFor, runSrf, trainingOfSrf },
    { "sweep", "Sweep of a corruption",
        "Ask about the pictures as they are and with one corruption at several levels, and measure "
        "what the answers lose. Nothing is trained.",
        sweepSwitches, sweepControls, planSweepFor, runSweep, nullptr },
    { "embed", "Features for maps",
        "Compute features of pictures, questions or answers, to lay them out on the page Map. "
        "Nothing is trained.",
        embedSwitches, sweepControls, planEmbedFor, runEmbed, nullptr },
} };

} // namespace

std::span<const Recipe> recipes()
{
    return allRecipes;
}

const Recipe* recipeByName(std::string_view name)
{
    const auto* found = std::ranges::find(allRecipes, name, &Recipe::name);
    return found == allRecipes.end() ? nullptr : found;
}

std::string recipeNames()
{
    std::string names;
    for (const Recipe& one : allRecipes)
        names += (names.empty() ? "" : ", ") + std::string(one.name);
    return names;
}

Result<std::vector<std::pair<std::string, std::string>>> changedSwitches(
    const Recipe& recipe, std::string_view options)
{
    const auto json = parseJson(options, "options of job.json");
    if (!json)
        return fail(json.error());
    if (!json->is_object())
        return fail(ErrorKind::Invalid, "holds no object of switches", "options of job.json");
    std::vector<std::pair<std::string, std::string>> changed;
    const auto fidelity = stringOr(*json, "fidelity", "ours");
    const auto preset = recipe.preset(fidelity);
    if (!preset)
        return fail(preset.error());
    if (fidelity != "ours")
        changed.emplace_back("fidelity", fidelity);
    for (const Switch& one : *preset) {
        if (one.name == "seed" || one.name == "controls" || !json->contains(one.name))
            continue;
        if (auto value = asTyped(json->at(one.name)); value != one.value)
            changed.emplace_back(one.name, std::move(value));
    }
    return changed;
}

Result<void> runRecipe(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const std::filesystem::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context)
{
    if (const auto* recipe = recipeByName(job.recipe))
        return recipe->run(job, inputs, directory, earlier, model, context);
    return fail(ErrorKind::Invalid,
        "is a recipe that this worker does not know; it knows " + recipeNames(),
        "\"" + job.recipe.substr(0, 100) + "\"");
}

} // namespace slook::methods
