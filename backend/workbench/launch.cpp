#include "workbench/launch.h"
#include "core/file.h"
#include "core/json.h"
#include "runs/job.h"
#include "workbench/rounds.h"
#include "workbench/view.h"
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace slook::workbench {
namespace {

constexpr std::uint64_t longestLaunch = 1u << 20;

/// As one word of a POSIX shell.
std::string shellWord(const std::string& text)
{
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
            || std::string_view("_./:=,@%+-").find(c) != std::string_view::npos;
    };
    if (!text.empty() && std::ranges::all_of(text, plain))
        return text;
    std::string word = "'";
    for (const char c : text)
        word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

std::string joined(const std::vector<std::string>& texts)
{
    std::string all;
    for (const std::string& one : texts)
        all += (all.empty() ? "" : ",") + one;
    return all;
}

bool fits(const Json& value, std::string_view name)
{
    if (name == "set")
        return value.is_object()
            && std::ranges::all_of(value, [](const Json& one) { return one.is_string(); });
    if (name == "controls")
        return value.is_array()
            && std::ranges::all_of(value, [](const Json& one) { return one.is_string(); });
    if (name == "limit" || name == "threads")
        return value.is_number_unsigned()
            && value.get<std::uint64_t>() <= std::numeric_limits<int>::max();
    if (name == "seed")
        return value.is_number_unsigned();
    if (name == "int8")
        return value.is_boolean();
    return value.is_string();
}

/// Errors: Invalid for a switch, a value of one or a control that the recipe does not have.
Result<void> knownToItsRecipe(const Launch& launch, const std::string& where)
{
    const auto* recipe = methods::recipeByName(launch.recipe);
    const auto unknown = [&](const std::string& what) {
        return fail(ErrorKind::Invalid,
            "sets " + what.substr(0, 200) + ", which " + launch.recipe
                + " does not know; take it out",
            where);
    };
    for (const auto& [name, value] : launch.set) {
        const auto& all = recipe->switches();
        const auto one = std::ranges::find(all, name, &methods::Switch::name);
        if (one == all.end())
            return unknown("the switch \"" + name + "\"");
        if (!one->allowed.empty() && (one->kind == "choice" || one->kind == "flag")
            && std::ranges::find(one->allowed, value) == one->allowed.end())
            return unknown("the switch " + name + " to \"" + value + "\"");
    }
    for (const std::string& control : launch.controls)
        if (std::ranges::find(recipe->controls(), control, &methods::NamedText::name)
            == recipe->controls().end())
            return unknown("the control \"" + control + "\"");
    return {};
}

Result<Launch> launchFromJob(const RunRow& run)
{
    const auto job = runs::jobFromText(run.job, run.name);
    if (!job)
        return fail(job.error());
    Launch launch;
    launch.recipe = job->recipe;
    launch.model = job->model.folder;
    launch.adapter = job->model.adapter;
    launch.seed = job->seed;
    launch.threads = job->threads;
    launch.device = job->device;
    launch.int8 = job->model.int8;
    const auto* recipe = methods::recipeByName(job->recipe);
    if (!recipe)
        return fail(ErrorKind::Invalid,
            "was made by the recipe \"" + job->recipe
                + "\", which nobody can start; choose another run",
            run.name);
    auto changed = methods::changedSwitches(*recipe, job->options);
    const auto options = parseJson(job->options, run.name);
    if (!changed || !options)
        return fail(changed ? options.error() : changed.error());
    launch.set = std::move(*changed);
    launch.controls = stringsOr(*options, "controls");
    return launch;
}

} // namespace

std::string commandOf(const Launch& launch, const std::filesystem::path& project)
{
    std::string command = "secondlook-cli run " + shellWord(project.string()) + " " + launch.recipe;
    const auto add = [&](const std::string& name, const std::string& value) {
        const bool dash = value.starts_with('-'); // else it would be read as an option
        command += " --" + name + (dash ? "=" : " ") + shellWord(value);
    };
    for (const auto& [name, value] : { std::pair("model", launch.model),
             std::pair("adapter", launch.adapter), std::pair("chat-template", launch.chatTemplate),
             std::pair("audited", launch.audited), std::pair("items", launch.items) })
        if (!value.empty())
            add(name, value);
    if (launch.limit > 0)
        add("limit", std::to_string(launch.limit));
    for (const auto& [name, value] : launch.set)
        add("set", name + "=" + value);
    if (!launch.controls.empty())
        add("control", joined(launch.controls));
    if (launch.seed != 0)
        add("seed", std::to_string(launch.seed));
    if (launch.threads != 0)
        add("threads", std::to_string(launch.threads));
    if (!launch.device.empty())
        add("device", launch.device);
    if (launch.int8)
        command += " --int8";
    return command;
}

std::string toText(const Launch& launch)
{
    Json set = Json::object();
    for (const auto& [name, value] : launch.set)
        set[name] = value;
    Json json { { "recipe", launch.recipe }, { "model", launch.model },
        { "adapter", launch.adapter }, { "items", launch.items }, { "limit", launch.limit },
        { "set", set }, { "controls", launch.controls }, { "audited", launch.audited },
        { "seed", launch.seed }, { "threads", launch.threads }, { "device", launch.device } };
    if (launch.int8)
        json["int8"] = true;
    if (!launch.chatTemplate.empty())
        json["chatTemplate"] = launch.chatTemplate;
    return dumpPretty(json) + "\n";
}

Result<Launch> launchFromText(std::string_view text, const std::string& where)
{
    const auto json = parseJson(text, where, { .bytes = longestLaunch, .depth = 4 });
    if (!json)
        return fail(json.error());
    if (!json->is_object())
        return fail(
            ErrorKind::Invalid, "holds no preset; choose a file that Launch has saved", where);
    constexpr std::string_view known[] = { "recipe", "model", "adapter", "items", "limit", "set",
        "controls", "audited", "seed", "threads", "device", "int8", "chatTemplate" };
    for (const auto& [name, value] : json->items())
        if (std::ranges::find(known, name) == std::end(known) || !fits(value, name))
            return fail(ErrorKind::Invalid,
                "has the field \"" + name.substr(0, 100)
                    + "\", which is unknown, of a wrong type or out of range; take it out",
                where);
    Launch launch;
    launch.recipe = stringOr(*json, "recipe", "scl");
    if (!methods::recipeByName(launch.recipe))
        return fail(ErrorKind::Invalid,
            "names the recipe \"" + launch.recipe.substr(0, 100)
                + "\"; the recipes are: " + methods::recipeNames(),
            where);
    launch.model = stringOr(*json, "model");
    launch.adapter = stringOr(*json, "adapter");
    launch.items = stringOr(*json, "items");
    launch.limit = json->value("limit", std::size_t { 0 });
    launch.controls = stringsOr(*json, "controls");
    launch.audited = stringOr(*json, "audited");
    launch.seed = json->value("seed", std::uint64_t { 0 });
    launch.threads = static_cast<int>(integerOr(*json, "threads", 0));
    launch.device = stringOr(*json, "device");
    launch.int8 = boolOr(*json, "int8", false);
    launch.chatTemplate = stringOr(*json, "chatTemplate");
    if (const auto set = json->find("set"); set != json->end())
        for (const auto& [name, value] : set->items())
            launch.set.emplace_back(name, value.get<std::string>());
    if (auto checked = knownToItsRecipe(launch, where); !checked)
        return fail(checked.error());
    return launch;
}

Result<Launch> launchOf(const store::Project& project, const RunRow& run)
{
    const auto file = runFolder(project, run.name) / launchFile;
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return launchFromJob(run);
    const auto text = readFile(file, longestLaunch);
    if (!text)
        return fail(text.error());
    return launchFromText(*text, file.string());
}

Result<RunOptions> optionsOf(const store::Project& project, const Launch& launch)
{
    if (!launch.audited.empty() && (!launch.items.empty() || launch.limit > 0))
        return fail(ErrorKind::Invalid,
            "are taken over from the run that the pairs are of; leave out --items and --limit",
            "the questions");
    RunOptions options;
    options.model = launch.model;
    options.audited = launch.audited;
    if (launch.adapter.starts_with('@')) {
        const auto run = project.run(launch.adapter.substr(1));
        const auto artifact =
            run ? artifactOf(project, *run) : Result<std::filesystem::path>(fail(run.error()));
        if (!artifact)
            return fail(artifact.error());
        options.adapter = *artifact;
        options.adapterToCome = run->state != RunState::Done;
    } else {
        options.adapter = launch.adapter;
    }
    options.set = launch.set;
    options.controls = launch.controls;
    options.seed = launch.seed;
    options.threads = launch.threads;
    options.device = launch.device;
    options.int8 = launch.int8;
    options.chatTemplate = launch.chatTemplate;
    options.launch = toText(launch);
    auto view = viewOf(project, launch.items, launch.limit);
    if (!view)
        return fail(view.error());
    options.items = std::move(*view);
    return options;
}

} // namespace slook::workbench
