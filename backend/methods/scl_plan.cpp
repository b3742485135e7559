#include "methods/recipe_run.h"
#include "methods/scl.h"
#include "methods/split.h"

namespace slook::methods {
namespace {

void addTraining(std::vector<runs::StepSpec>& steps, const std::string& preference)
{
    steps.push_back(
        { .kind = "pairs", .stage = {}, .set = {}, .preference = preference, .adapter = {} });
    steps.push_back(
        { .kind = "train", .stage = {}, .set = {}, .preference = preference, .adapter = {} });
}

runs::StepSpec answering(std::string stage, std::string set, std::string adapter)
{
    return { .kind = "answer",
        .stage = std::move(stage),
        .set = std::move(set),
        .preference = {},
        .adapter = std::move(adapter) };
}

void addTest(std::vector<runs::StepSpec>& steps, const SclOptions& options,
    const std::string& stage, const std::string& adapter)
{
    auto step = answering(stage, "test", adapter);
    if (options.respond != "off") {
        auto describing = step;
        describing.kind = "describe";
        describing.stage = (options.respond == "blind" ? "blind:" : "describe:") + stage;
        steps.push_back(std::move(describing));
    }
    steps.push_back(std::move(step));
}

std::vector<runs::StepSpec> stepsFor(const SclOptions& options)
{
    std::vector<runs::StepSpec> steps { answering("pool", "pool", "") };
    addTraining(steps, "correctness");
    addTest(steps, options, "before", "");
    addTest(steps, options, "after", "correctness");
    for (const auto& control : options.controls) {
        addTraining(steps, control);
        addTest(steps, options, "after:" + control, control);
    }
    return steps;
}

} // namespace

Result<Plan> planScl(
    const SclOptions& options, const runs::ModelRef& model, std::vector<runs::InputItem> items)
{
    const auto text = toJsonText(options);
    if (const auto valid = sclOptionsFromJsonText(text, "options"); !valid)
        return fail(valid.error());
    if (auto distinct = requireDistinct(items); !distinct)
        return fail(distinct.error());
    if (options.training.dpoWeight == 0 && options.training.sftWeight == 0)
        return fail(ErrorKind::Invalid, "are both 0, so there is nothing to learn; set one above 0",
            "switches training.dpoWeight and training.sftWeight");
    Plan plan;
    splitItems({ options.split, options.holdOut, options.limit, options.seed }, items, plan.notes);
    for (const auto& one : items) {
        plan.pool += one.set == "test" ? 0 : 1;
        plan.test += one.set == "pool" ? 0 : 1;
    }
    if (plan.pool == 0 || plan.test == 0)
        return fail(ErrorKind::Invalid,
            "leave " + std::to_string(plan.pool) + " to build pairs from and "
                + std::to_string(plan.test)
                + " to measure on, and both are needed; add questions with answers, or change the "
                  "switches split and holdOut",
            "the questions");
    plan.job.recipe = "scl";
    plan.job.model = model;
    plan.job.seed = options.seed;
    plan.job.options = text;
    plan.job.steps = stepsFor(options);
    plan.inputs = std::move(items);
    return plan;
}

Result<Plan> planSclFor(
    const Wishes& wishes, const runs::ModelRef& model, std::vector<runs::InputItem> items)
{
    const auto options = sclOptionsFrom(wishes);
    if (!options)
        return fail(options.error());
    return planScl(*options, model, std::move(items));
}

} // namespace slook::methods
