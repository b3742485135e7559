#include "workbench/audited_training.h"
#include "core/json.h"
#include "runs/directory.h"
#include "workbench/launch.h"
#include "workbench/run_start.h"
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::workbench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view trainingPrefixes[] = { "training.", "stage1.", "stage2.", "lora." };

/// The run whose pairs were judged, as its directory has it.
struct OldRun {
    RunRow row;
    runs::Job job;
    std::vector<runs::InputItem> inputs;
    std::vector<runs::Event> events;
};

Result<OldRun> oldRun(const store::Project& project, const RunRow& row)
{
    const fs::path directory = runFolder(project, row.name);
    auto job = runs::readJob(directory);
    auto inputs = runs::readInputs(directory);
    auto events = runs::readEvents(directory);
    if (!job || !inputs || !events)
        return fail(!job ? job.error() : !inputs ? inputs.error() : events.error());
    return OldRun { row, std::move(*job), std::move(*inputs), std::move(*events) };
}

bool isOfTraining(const std::string& name)
{
    return std::ranges::any_of(
        trainingPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// "training.labelSmoothing", "stage1.labelSmoothing"; empty: the recipe's loss has none.
std::string smoothingSwitch(const std::string& recipe)
{
    for (const RecipeSwitch& one : recipeSwitches(recipe))
        if (one.name.ends_with(".labelSmoothing"))
            return one.name;
    return {};
}

using Switches = std::vector<std::pair<std::string, std::string>>;

/// The old run's switches with those of the training replaced. Errors: Invalid.
Result<Switches> switchesFor(const methods::Recipe& recipe, const OldRun& old,
    const PairSetRow& set, const RunOptions& options, std::vector<std::string>& notes)
{
    auto before = methods::changedSwitches(recipe, old.job.options);
    if (!before)
        return before;
    Switches switches = std::move(*before);
    const auto put = [&](const std::string& name, const std::string& value) {
        const auto known = std::ranges::find(switches, name, &Switches::value_type::first);
        if (known != switches.end())
            known->second = value;
        else
            switches.emplace_back(name, value);
    };
    if (set.labelSmoothing > 0) {
        const auto name = smoothingSwitch(old.row.recipe);
        char value[32];
        std::snprintf(value, sizeof value, "%.4f", set.labelSmoothing);
        if (!name.empty())
            put(name, value);
        else
            notes.push_back("The audit asks for a label smoothing of " + std::string(value)
                + ", which the loss of " + old.row.recipe + " does not have; it is left out.");
    }
    for (const auto& [name, value] : options.set) {
        if (!isOfTraining(name))
            return fail(ErrorKind::Invalid,
                "is taken over from " + old.row.name
                    + "; only switches that begin with training., stage1., stage2. or lora. can be "
                      "set here",
                "switch " + name);
        put(name, value);
    }
    return switches;
}

/// The pairs of the set as the worker would have made them, and what they were called.
struct Replaced {
    std::string preference; ///< that they stand in for: "correctness"
    std::vector<PairRow> pairs;
};

Result<Replaced> replacedBy(const store::Project& project, const PairSetRow& set)
{
    const auto origins = project.pairOrigins(set.id);
    auto pairs = project.pairs(set.run, set.preference);
    const auto all = project.pairs(set.run);
    if (!origins || !pairs || !all)
        return fail(!origins ? origins.error() : !pairs ? pairs.error() : all.error());
    Replaced replaced { {}, std::move(*pairs) };
    for (const PairOriginRow& origin : *origins)
        if (const auto parent = std::ranges::find(*all, origin.parent, &PairRow::id);
            parent != all->end() && replaced.preference.empty())
            replaced.preference = parent->preference;
    for (PairRow& pair : replaced.pairs) {
        pair.id = {};
        pair.run = {};
        pair.preference = replaced.preference;
    }
    return replaced;
}

bool asksTheStart(const runs::StepSpec& step)
{
    return (step.kind == "answer" || step.kind == "describe") && step.adapter.empty();
}

/// What is known before the worker begins: answers of the start model, and the pairs.
/// Errors: Invalid where the run has no step that makes these pairs.
Result<std::vector<runs::EventBody>> takenOver(
    const OldRun& old, const Replaced& replaced, const std::string& note)
{
    std::set<std::string> stages;
    std::set<int> steps;
    int making = -1;
    for (int i = 0; i < static_cast<int>(old.job.steps.size()); ++i) {
        const auto& step = old.job.steps[static_cast<std::size_t>(i)];
        if (asksTheStart(step)) {
            stages.insert(step.stage);
            steps.insert(i);
        }
        if (step.kind == "pairs" && step.preference == replaced.preference)
            making = i;
    }
    if (making < 0)
        return fail(ErrorKind::Invalid,
            "made no pairs called " + replaced.preference
                + " by a step of its own, so it cannot be trained again; export the pairs instead",
            old.row.name);
    std::vector<runs::EventBody> bodies { runs::Note { "info", note } };
    for (const runs::Event& event : old.events) {
        const auto* answered = std::get_if<runs::Answered>(&event.body);
        const auto* ended = std::get_if<runs::StepEnded>(&event.body);
        if ((answered && stages.contains(answered->response.stage))
            || (ended && steps.contains(ended->index)))
            bodies.push_back(event.body);
    }
    for (const PairRow& pair : replaced.pairs)
        bodies.emplace_back(runs::Paired { pair });
    bodies.emplace_back(runs::StepEnded { making, 0 });
    return bodies;
}

Result<void> writeEvents(const fs::path& directory, const std::vector<runs::EventBody>& bodies)
{
    auto writer = runs::EventWriter::open(directory);
    if (!writer)
        return fail(writer.error());
    for (const runs::EventBody& body : bodies)
        if (auto written = writer->write(body); !written)
            return written;
    return {};
}

} // namespace

Result<PairSetRow> auditedSet(const store::Project& project, const std::string& name)
{
    const auto sets = project.pairSets();
    const auto runs = project.runs();
    if (!sets || !runs)
        return fail(sets ? runs.error() : sets.error());
    std::string names;
    for (auto set = sets->rbegin(); set != sets->rend(); ++set) {
        const auto run = std::ranges::find(*runs, set->run, &RunRow::id);
        if (set->preference == "edited" || run == runs->end())
            continue;
        const std::string whole = run->name + ":" + set->preference;
        if (name == set->preference || name == whole)
            return *set;
        names += (names.empty() ? "" : ", ") + whole;
    }
    return fail(ErrorKind::NotFound,
        names.empty() ? "is no set of audited pairs; make one with secondlook-cli audit PROJECT "
                        "apply"
                      : "is no set of audited pairs; there are " + names,
        name);
}

Result<StartedRun> trainOnAudited(store::Project& project, const std::string& recipeName,
    const RunOptions& options, const Watch& watch)
{
    const auto found = auditedSet(project, options.audited);
    if (!found)
        return fail(found.error());
    const PairSetRow& set = *found;
    const auto row = project.run(std::to_string(set.run.value));
    if (!row)
        return fail(row.error());
    const auto* recipe = methods::recipeByName(row->recipe);
    const bool others = !options.model.empty() || !options.adapter.empty()
        || !options.chatTemplate.empty() || !options.controls.empty() || options.seed != 0;
    if (!recipe)
        return fail(ErrorKind::Invalid,
            "was not made by a recipe of this program, so it cannot be trained again; export the "
            "pairs instead",
            row->name);
    if (recipeName != row->recipe || others)
        return fail(ErrorKind::Invalid,
            "is taken up as it was: recipe " + row->recipe
                + " with its own model, questions, controls and seed; leave those out",
            row->name);
    const auto old = oldRun(project, *row);
    if (!old)
        return fail(old.error());
    const auto replaced = replacedBy(project, set);
    if (!replaced)
        return fail(replaced.error());
    StartedRun begun;
    begun.notes.push_back("Trains on " + std::to_string(replaced->pairs.size()) + " pairs called "
        + set.preference + ", in place of those called " + replaced->preference + " of "
        + old->row.name + "; what the start model answered there is taken over.");
    const auto switches = switchesFor(*recipe, *old, set, options, begun.notes);
    if (!switches)
        return fail(switches.error());
    const auto before = parseJson(old->job.options, "options of " + old->row.name);
    if (!before)
        return fail(before.error());
    auto plan = recipe->plan(
        { *switches, stringsOr(*before, "controls"), old->job.seed }, old->job.model, old->inputs);
    if (!plan)
        return fail(plan.error());
    if (auto trainable = requireTrainable(plan->job, options.int8 || old->job.model.int8);
        !trainable)
        return fail(trainable.error());
    const auto bodies = takenOver(*old, *replaced, begun.notes.front());
    if (!bodies)
        return fail(bodies.error());
    std::vector<Item> shownItems;
    for (const runs::InputItem& input : old->inputs)
        shownItems.push_back(input.item);
    const auto images = imagesOf(project, shownItems);
    if (!images)
        return fail(images.error());
    PlannedRun planned { std::move(*plan), *images };
    planned.plan.job.threads = options.threads;
    planned.plan.job.device = options.device;
    planned.plan.job.steps = old->job.steps;
    planned.plan.inputs = old->inputs;
    RunOptions asked = options;
    Launch launch;
    launch.recipe = row->recipe;
    launch.audited = row->name + ":" + set.preference;
    launch.set = options.set;
    launch.threads = options.threads;
    launch.device = options.device;
    asked.launch = toText(launch);
    auto run = startPlanned(project, old->row.recipe, planned, asked, watch,
        [&](const fs::path& directory) { return writeEvents(directory, *bodies); });
    if (!run)
        return fail(run.error());
    begun.run = std::move(*run);
    begun.pool = planned.plan.pool;
    begun.test = planned.plan.test;
    return begun;
}

} // namespace slook::workbench
