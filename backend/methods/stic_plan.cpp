#include "methods/recipe_run.h"
#include "methods/split.h"
#include "methods/stic.h"
#include <algorithm>

namespace slook::methods {
namespace {

using Steps = std::vector<runs::StepSpec>;

runs::StepSpec asking(std::string kind, std::string stage, std::string set, std::string adapter)
{
    return { .kind = std::move(kind),
        .stage = std::move(stage),
        .set = std::move(set),
        .preference = {},
        .adapter = std::move(adapter) };
}

/// @param from  the training whose adapter it goes on from; empty: the start weights
void addTraining(Steps& steps, const std::string& preference, const std::string& from)
{
    steps.push_back(
        { .kind = "pairs", .stage = {}, .set = {}, .preference = preference, .adapter = {} });
    steps.push_back(
        { .kind = "train", .stage = {}, .set = {}, .preference = preference, .adapter = from });
}

/// Descriptions, answers, and answers with a description at hand, of one model.
void addMeasuring(Steps& steps, const SticOptions& options, const std::string& adapter)
{
    const auto stage = adapter.empty() ? "before" : "after:" + adapter;
    steps.push_back(asking("describe", "describe:" + stage, "test", adapter));
    steps.push_back(asking("answer", stage, "test", adapter));
    if (options.respond == "blind")
        steps.push_back(asking("describe", "blind:" + stage, "test", adapter));
    if (options.respond != "off")
        steps.push_back(asking("answer", "dar:" + stage, "test", adapter));
}

bool has(const std::vector<std::string>& names, const char* name)
{
    return std::ranges::find(names, name) != names.end();
}

Steps stepsFor(const SticOptions& options)
{
    Steps steps { asking("describe", "good", "pool", ""),
        asking("describe", "rejected", "pool", "") };
    addTraining(steps, "stage1", "");
    if (options.secondStage || has(options.controls, "plain-sft"))
        steps.push_back(asking("describe", "infused", "pool", "stage1"));
    if (options.secondStage)
        addTraining(steps, "stage2", "stage1");
    addMeasuring(steps, options, "");
    addMeasuring(steps, options, "stage1");
    if (options.secondStage)
        addMeasuring(steps, options, "stage2");
    for (const auto& control : options.controls) {
        addTraining(steps, control, control == "plain-sft" ? "stage1" : "");
        addMeasuring(steps, options, control);
    }
    return steps;
}

/// Without a question of this kind a step would have nothing to ask.
bool isAnswered(const std::vector<runs::InputItem>& items, const char* set)
{
    return std::ranges::any_of(items, [&](const runs::InputItem& one) {
        return (one.set == set || one.set == "both") && !one.item.answer.empty();
    });
}

} // namespace

Result<Plan> planStic(
    const SticOptions& options, const runs::ModelRef& model, std::vector<runs::InputItem> items)
{
    const auto text = toJsonText(options);
    if (const auto valid = sticOptionsFromJsonText(text, "options"); !valid)
        return fail(valid.error());
    if (auto distinct = requireDistinct(items); !distinct)
        return fail(distinct.error());
    Plan plan;
    splitItems(
        { options.split, options.holdOut, options.limit, options.seed, false }, items, plan.notes);
    for (const auto& one : items) {
        plan.pool += one.set == "test" ? 0 : 1;
        plan.test += one.set == "pool" ? 0 : 1;
    }
    if (plan.pool == 0 || plan.test == 0)
        return fail(ErrorKind::Invalid,
            "leave " + std::to_string(plan.pool) + " to describe for training and "
                + std::to_string(plan.test)
                + " to measure on, and both are needed; add pictures, or change the switches split "
                  "and holdOut",
            "the questions");
    auto stepped = options;
    if (stepped.secondStage && !isAnswered(items, "pool")) {
        stepped.secondStage = false;
        plan.notes.emplace_back(
            "No question of the pool has a known answer, so stage 2 is left out.");
    }
    if (!isAnswered(items, "test"))
        plan.notes.emplace_back(
            "No test question has a known answer, so descriptions alone are measured.");
    plan.job.recipe = "stic";
    plan.job.model = model;
    plan.job.seed = options.seed;
    plan.job.options = text;
    plan.job.steps = stepsFor(stepped);
    plan.inputs = std::move(items);
    return plan;
}

Result<Plan> planSticFor(
    const Wishes& wishes, const runs::ModelRef& model, std::vector<runs::InputItem> items)
{
    const auto options = sticOptionsFrom(wishes);
    if (!options)
        return fail(options.error());
    return planStic(*options, model, std::move(items));
}

} // namespace slook::methods
