#include "workbench/run.h"
#include "core/file.h"
#include "methods/recipe.h"
#include "runs/directory.h"
#include "text/chat_template.h"
#include "workbench/audited_training.h"
#include "workbench/launch.h"
#include "workbench/materialise.h"
#include "workbench/model_info.h"
#include "workbench/op_id.h"
#include "workbench/places.h"
#include "workbench/queue.h"
#include "workbench/run_start.h"
#include "workbench/worker_process.h"
#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <set>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

/// Questions and pictures of a run, as the project knows them.
struct Inputs {
    std::vector<runs::InputItem> items;
    std::vector<ImageRow> images;
};

Result<Inputs> inputsOf(const store::Project& project, const store::ItemFilter& filter)
{
    auto items = project.items(filter);
    if (!items)
        return fail(items.error());
    const auto sources = project.sources();
    if (!sources)
        return fail(sources.error());
    auto images = imagesOf(project, *items);
    if (!images)
        return fail(images.error());
    std::map<ImageId, const ImageRow*> byId;
    for (const ImageRow& image : *images)
        byId.emplace(image.id, &image);
    Inputs inputs;
    for (Item& item : *items) {
        runs::InputItem input;
        const auto source = std::ranges::find(*sources, item.source, &SourceRow::id);
        input.source = source == sources->end() ? "" : source->name;
        for (const ImageId id : item.images) {
            input.imagePaths.push_back(pathInRun(*byId.at(id)));
            input.imageSha256.push_back(byId.at(id)->sha256);
        }
        input.item = std::move(item);
        inputs.items.push_back(std::move(input));
    }
    inputs.images = std::move(*images);
    return inputs;
}

/// Only pictures that the planned questions show.
std::vector<ImageRow> shown(
    const std::vector<ImageRow>& images, const std::vector<runs::InputItem>& items)
{
    std::set<ImageId> wanted;
    for (const runs::InputItem& input : items)
        wanted.insert(input.item.images.begin(), input.item.images.end());
    std::vector<ImageRow> result;
    std::ranges::copy_if(images, std::back_inserter(result),
        [&](const ImageRow& image) { return wanted.contains(image.id); });
    return result;
}

/// The Jinja text of a built-in template or a file; empty where none was chosen.
Result<std::string> chosenTemplate(const std::string& said)
{
    if (said.empty())
        return std::string();
    const auto names = text::ChatTemplate::builtInNames();
    const bool builtIn = std::ranges::find(names, said) != names.end();
    auto source =
        builtIn ? Result<std::string>() : readFile(said, text::TemplateLimits().sourceBytes);
    if (!source) {
        std::string known;
        for (const std::string& name : names)
            known += (known.empty() ? "" : ", ") + name;
        return fail(source.error().kind,
            "is no file with a chat template that can be read, and none of the built-in ones: "
                + known,
            said);
    }
    const auto parsed = builtIn ? text::ChatTemplate::builtIn(said)
                                : text::ChatTemplate::parse(std::move(*source), said);
    if (!parsed)
        return fail(parsed.error());
    return parsed->source();
}

Result<runs::ModelRef> modelOf(const RunOptions& options)
{
    auto folder = options.model.empty() ? embeddedModel() : Result<fs::path>(options.model);
    if (!folder)
        return fail(folder.error());
    const auto info = inspectModel(*folder);
    if (!info)
        return fail(info.error());
    runs::ModelRef model;
    model.folder = info->folder.string();
    model.int8 = options.int8;
    auto chosen = chosenTemplate(options.chatTemplate);
    if (!chosen)
        return fail(chosen.error());
    model.chatTemplate = std::move(*chosen);
    if (options.adapter.empty())
        return model;
    const bool toCome = options.adapterToCome && options.queued;
    if (!toCome && !fs::exists(options.adapter / "adapter_config.json"))
        return fail(ErrorKind::NotFound, "has no adapter_config.json; name a PEFT adapter folder",
            options.adapter.string());
    model.adapter = fs::absolute(options.adapter).lexically_normal().string();
    return model;
}

Result<methods::Plan> planned(
    const methods::Recipe& recipe, const RunOptions& options, const Inputs& inputs)
{
    const auto model = modelOf(options);
    if (!model)
        return fail(model.error());
    auto plan = recipe.plan({ options.set, options.controls, options.seed }, *model, inputs.items);
    if (!plan)
        return plan;
    if (auto trainable = requireTrainable(plan->job, options.int8); !trainable)
        return fail(trainable.error());
    plan->job.threads = options.threads;
    plan->job.device = options.device;
    return plan;
}

std::int64_t nowMs()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// Writes the run's directory and adds it to the project.
Result<RunRow> recorded(store::Project& project, const std::string& recipe,
    const PlannedRun& planned, const std::string& launch, const Watch& watch,
    const runs::FillDirectory& more)
{
    const methods::Plan& plan = planned.plan;
    const auto name = project.nextRunName(recipe);
    if (!name)
        return fail(name.error());
    const fs::path directory = runFolder(project, *name);
    std::error_code error;
    fs::create_directories(directory.parent_path(), error);
    if (!error)
        fs::create_directories(project.folder() / runs::referencesFolder, error);
    if (error)
        return fail(ErrorKind::Io, "cannot be created (" + error.message() + ")",
            directory.parent_path().string());
    const auto sum =
        runs::createRunDirectory(directory, plan.job, plan.inputs, [&](const fs::path& folder) {
            if (!launch.empty())
                if (auto kept = writeFileAtomically(folder / launchFile, launch); !kept)
                    return kept;
            auto written = materialisePictures(project, planned.images, folder, watch);
            return written && more ? more(folder) : written;
        });
    if (!sum)
        return fail(sum.error());
    RunRow run;
    run.name = *name;
    run.recipe = recipe;
    run.model = plan.job.model.folder;
    run.job = runs::toText(plan.job);
    run.jobSha256 = *sum;
    run.time = nowMs();
    const auto id = project.addRun(run, newOpId());
    if (!id) {
        fs::remove_all(directory, error);
        return fail(id.error());
    }
    return project.run(*name);
}

} // namespace

Result<void> requireTrainable(const runs::Job& job, bool int8)
{
    const auto trains = [](const runs::StepSpec& step) { return step.kind == "train"; };
    if (!int8 || std::ranges::none_of(job.steps, trains))
        return {};
    return fail(ErrorKind::Invalid,
        "trains, which weights in int8 cannot; leave int8 out, or choose a run that only answers",
        job.recipe);
}

Result<std::vector<ImageRow>> imagesOf(
    const store::Project& project, const std::vector<Item>& items)
{
    std::vector<ImageId> ids;
    for (const Item& item : items)
        ids.insert(ids.end(), item.images.begin(), item.images.end());
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    return project.images(ids);
}

std::vector<std::string> recipes()
{
    std::vector<std::string> names;
    for (const methods::Recipe& one : methods::recipes())
        names.emplace_back(one.name);
    return names;
}

std::vector<RecipeSwitch> recipeSwitches(const std::string& recipe)
{
    const auto* found = methods::recipeByName(recipe);
    return found ? found->switches() : std::vector<RecipeSwitch>();
}

std::vector<std::string> controlNames(const std::string& recipe)
{
    std::vector<std::string> names;
    if (const auto* found = methods::recipeByName(recipe))
        for (const methods::NamedText& one : found->controls())
            names.emplace_back(one.name);
    return names;
}

Result<PlannedRun> planRun(
    const store::Project& project, const std::string& recipe, const RunOptions& options)
{
    const auto* method = methods::recipeByName(recipe);
    if (!method)
        return fail(
            ErrorKind::Invalid, "is no recipe; the recipes are: " + methods::recipeNames(), recipe);
    const auto inputs = inputsOf(project, options.items);
    if (!inputs)
        return fail(inputs.error());
    auto plan = planned(*method, options, *inputs);
    if (!plan)
        return fail(plan.error());
    auto images = shown(inputs->images, plan->inputs);
    return PlannedRun { std::move(*plan), std::move(images) };
}

Result<RunRow> startPlanned(store::Project& project, const std::string& recipe,
    const PlannedRun& planned, const RunOptions& options, const Watch& watch,
    const runs::FillDirectory& more)
{
    if (const auto worker = workerProgram(); !worker)
        return fail(worker.error());
    auto run = recorded(project, recipe, planned, options.launch, watch, more);
    if (!run)
        return run;
    auto begun =
        options.queued ? appendToQueue(project, run->id) : beginWork(runFolder(project, run->name));
    if (!begun) {
        (void)project.setRunState(run->id, RunState::Failed, message(begun.error()));
        return fail(begun.error());
    }
    return run;
}

Result<StartedRun> startRun(store::Project& project, const std::string& recipe,
    const RunOptions& options, const Watch& watch)
{
    if (project.readOnly())
        return fail(ErrorKind::Conflict,
            "is open for reading only; open it as its owner to start a run",
            project.file().string());
    if (!options.audited.empty())
        return trainOnAudited(project, recipe, options, watch);
    auto planned = planRun(project, recipe, options);
    if (!planned)
        return fail(planned.error());
    auto run = startPlanned(project, recipe, *planned, options, watch);
    if (!run)
        return fail(run.error());
    auto& plan = planned->plan;
    return StartedRun { std::move(*run), plan.pool, plan.test, std::move(plan.notes) };
}

} // namespace slook::workbench
