#include "core/file.h"
#include "interrupt.h"
#include "session.h"
#include "words.h"
#include "workbench/follow.h"
#include "workbench/run.h"
#include "workbench/view.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

namespace slook::cli {
namespace {

using workbench::RunStatus;

struct RunName {
    std::string project;
    std::string run;
    bool detach = false;
};

} // namespace

Json runJson(const RunRow& run)
{
    return { { "name", run.name }, { "recipe", run.recipe }, { "state", stateName(run.state) },
        { "model", run.model }, { "time", run.time }, { "started", run.started },
        { "finished", run.finished }, { "events", run.lastSeq }, { "error", run.error } };
}

namespace {

std::string tailOf(const RunStatus& status)
{
    std::string tail;
    const auto add = [&](const std::string& part) { tail += (tail.empty() ? "" : ", ") + part; };
    if (status.perSecond > 0)
        add(fixed(status.perSecond, 1) + " " + status.unit + "/s");
    if (status.secondsLeft >= 0)
        add(duration(status.secondsLeft) + " left");
    if (status.loss)
        add("loss " + fixed(*status.loss, 4));
    if (status.dpoLoss)
        add("DPO part " + fixed(*status.dpoLoss, 4));
    return tail;
}

void draw(ProgressBar& bar, const RunStatus& status)
{
    if (status.stepTitle.empty())
        return bar.show("Starting the worker", 0, 0);
    const std::string step = std::to_string(status.step + 1) + "/" + std::to_string(status.steps);
    bar.show(step + " " + status.stepTitle, status.done, status.total, tailOf(status));
}

} // namespace

Result<RunStatus> follow(const Session& session, store::Project& project, const RunRow& run)
{
    constexpr auto pause = std::chrono::milliseconds(200);
    workbench::RunFollower follower(project, run);
    ProgressBar bar;
    bool asked = false;
    for (;;) {
        const auto status = follower.poll(project);
        if (!status)
            return status;
        for (const std::string& note : status->notes) {
            bar.clear();
            session.console.notice(note);
        }
        draw(bar, *status);
        if (status->ended() || interrupts() > 1)
            return status;
        if (interrupts() == 1 && !asked) {
            asked = true;
            bar.clear();
            session.console.notice("Stopping " + run.name
                + "; what is done is kept. Press Ctrl-C again to leave it to itself.");
            if (auto stop = workbench::stopRun(project, status->run); !stop)
                session.console.notice(message(stop.error()));
        }
        std::this_thread::sleep_for(pause);
    }
}

namespace {

/// What a person is told at the end of a run, and the exit code that goes with it.
Result<void> conclude(
    const Session& session, const std::string& file, const RunStatus& status, bool says)
{
    const RunRow& run = status.run;
    if (!status.ended()) {
        session.console.line(
            run.name + " goes on by itself; follow it with secondlook-cli runs " + file);
        return {};
    }
    if (run.state == RunState::Done && !says)
        return {};
    if (run.state == RunState::Done) {
        const double seconds = static_cast<double>(run.finished - run.started) / 1000;
        session.console.line(run.name + " is done after " + duration(seconds)
            + "; see it with secondlook-cli show " + file
            + (run.recipe == "embed" ? " embeddings" : " accuracy"));
        return {};
    }
    if (run.state == RunState::Failed)
        return fail(ErrorKind::Invalid, run.error, run.name);
    return fail(ErrorKind::Stopped,
        (run.error.empty() ? std::string("was stopped; what is done is kept") : run.error)
            + "; go on with secondlook-cli resume " + file + " " + run.name,
        run.name);
}

Result<void> started(const Session& session, store::Project& project, const std::string& file,
    const RunRow& run, bool detach, bool documented = true)
{
    if (detach) {
        session.console.line(run.name + " is at work; see it with secondlook-cli runs " + file);
        session.console.document({ { "run", runJson(run) } });
        return {};
    }
    session.console.notice(run.name + " is at work with the model in " + run.model);
    const auto status = follow(session, project, run);
    if (!status)
        return fail(status.error());
    if (documented)
        session.console.document({ { "run", runJson(status->run) } });
    return conclude(session, file, *status, documented);
}

} // namespace

Result<workbench::Launch> launchOf(const RunRequest& request)
{
    workbench::Launch launch = request.launch;
    for (const std::string& one : request.set) {
        const auto equals = one.find('=');
        if (equals == std::string::npos || equals == 0)
            return fail(
                ErrorKind::Invalid, "is no key=value; write for example --set epochs=2", one);
        const std::string name = one.substr(0, equals);
        std::erase_if(launch.set, [&](const auto& earlier) { return earlier.first == name; });
        launch.set.emplace_back(name, one.substr(equals + 1));
    }
    return launch;
}

namespace {

Result<std::string> begin(const Session& session, const RunRequest& arguments, bool documented)
{
    auto project = openToChange(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto launch = launchOf(arguments);
    if (!launch)
        return fail(launch.error());
    auto options = workbench::optionsOf(*project, *launch);
    if (!options)
        return fail(options.error());
    options->queued = arguments.queue;
    Result<workbench::StartedRun> begun;
    {
        ProgressBar bar;
        begun = workbench::startRun(*project, launch->recipe, *options, watchWith(bar));
    }
    if (!begun)
        return fail(begun.error());
    for (const std::string& note : begun->notes)
        session.console.notice(note);
    session.console.notice(begun->run.name + ": "
        + (begun->pool > 0 ? "learns from " + std::to_string(begun->pool) + " questions, " : "")
        + "measured on " + std::to_string(begun->test));
    if (arguments.queue) {
        session.console.line(begun->run.name + " waits in the queue; secondlook-cli queue "
            + arguments.project + " --work starts it");
        session.console.document({ { "run", runJson(begun->run) } });
        return begun->run.name;
    }
    if (auto ended =
            started(session, *project, arguments.project, begun->run, arguments.detach, documented);
        !ended)
        return fail(ended.error());
    return begun->run.name;
}

/// What `run` was given besides the run itself.
struct RunArguments {
    RunRequest request;
    std::string preset; ///< a file
    std::string from; ///< an earlier run
    bool dryRun = false;
    bool preflight = false;
};

/// The preset or the earlier run, with what was said on the command line in its place.
Result<RunRequest> resolved(const CLI::App& command, const RunArguments& arguments)
{
    RunRequest request = arguments.request;
    if (arguments.preset.empty() && arguments.from.empty()) {
        if (request.launch.recipe.empty())
            return fail(ErrorKind::Invalid,
                "needs a recipe, a --preset or a --from; the recipes are: "
                    + methods::recipeNames(),
                "run");
        return request;
    }
    Result<workbench::Launch> base = fail(ErrorKind::Internal, "");
    if (!arguments.preset.empty()) {
        constexpr std::uint64_t longest = 1u << 20;
        const auto text = readFile(arguments.preset, longest);
        base = text ? workbench::launchFromText(*text, arguments.preset) : fail(text.error());
    } else {
        const auto project = store::Project::openReadOnly(request.project);
        const auto run = project ? project->run(arguments.from) : fail(project.error());
        base = run ? workbench::launchOf(*project, *run) : fail(run.error());
    }
    if (!base)
        return fail(base.error());
    auto& said = request.launch;
    const bool otherRecipe = !said.recipe.empty() && said.recipe != base->recipe;
    if (otherRecipe)
        return fail(ErrorKind::Invalid,
            "is for the recipe " + base->recipe + ", not " + said.recipe
                + "; leave one of them out",
            arguments.preset.empty() ? arguments.from : arguments.preset);
    const auto keep = [&](const char* option, auto workbench::Launch::*member) {
        if (command.count(option) == 0)
            said.*member = (*base).*member;
    };
    said.recipe = base->recipe;
    said.set = base->set;
    keep("--model", &workbench::Launch::model);
    keep("--adapter", &workbench::Launch::adapter);
    keep("--audited", &workbench::Launch::audited);
    keep("--items", &workbench::Launch::items);
    keep("--limit", &workbench::Launch::limit);
    keep("--control", &workbench::Launch::controls);
    keep("--seed", &workbench::Launch::seed);
    keep("--threads", &workbench::Launch::threads);
    keep("--device", &workbench::Launch::device);
    keep("--int8", &workbench::Launch::int8);
    keep("--chat-template", &workbench::Launch::chatTemplate);
    return request;
}

Result<void> run(const Session& session, const CLI::App& command, const RunArguments& arguments)
{
    const auto request = resolved(command, arguments);
    if (!request)
        return fail(request.error());
    if (arguments.dryRun || arguments.preflight)
        return showPreflight(session, *request, arguments.preflight);
    const auto done = begin(session, *request, true);
    return done ? Result<void>() : Result<void>(fail(done.error()));
}

Result<void> resume(const Session& session, const RunName& name)
{
    auto project = openToChange(session, name.project);
    if (!project)
        return fail(project.error());
    auto row = project->run(name.run);
    if (!row)
        return fail(row.error());
    if (auto resumed = workbench::resumeRun(*project, *row); !resumed)
        return resumed;
    row = project->run(name.run);
    if (!row)
        return fail(row.error());
    return started(session, *project, name.project, *row, name.detach);
}

Result<void> ask(const Session& session, const RunName& name, bool pause)
{
    const auto project = openToRead(session, name.project);
    if (!project)
        return fail(project.error());
    const auto row = project->run(name.run);
    if (!row)
        return fail(row.error());
    auto asked = pause ? workbench::pauseRun(*project, *row) : workbench::stopRun(*project, *row);
    if (!asked)
        return asked;
    session.console.line(row->name + " was asked to " + (pause ? "pause" : "stop")
        + "; what is done is kept, and resume goes on from there");
    session.console.document({ { "run", runJson(*row) }, { "asked", pause ? "pause" : "stop" } });
    return {};
}

Result<void> list(const Session& session, const std::string& file)
{
    const auto project = openToRead(session, file);
    if (!project)
        return fail(project.error());
    const auto runs = project->runs();
    if (!runs)
        return fail(runs.error());
    Table table { { { "run" }, { "state" }, { "created" }, { "took", true },
                      { "model", false, true }, { "remark", false, true } },
        {} };
    Json json = Json::array();
    for (const RunRow& row : *runs) {
        const bool timed = row.started > 0 && row.finished >= row.started;
        table.rows.push_back({ row.name, stateName(row.state), timeText(row.time),
            timed ? duration(static_cast<double>(row.finished - row.started) / 1000) : "",
            row.model, row.error });
        json.push_back(runJson(row));
    }
    if (table.rows.empty())
        session.console.line("No run yet.");
    else
        session.console.table(table);
    session.console.document({ { "runs", json } });
    return {};
}

/// Of all recipes; each refuses those that it does not know.
std::vector<std::string> allControls()
{
    std::set<std::string> all;
    for (const std::string& recipe : workbench::recipes())
        for (std::string& control : workbench::controlNames(recipe))
            all.insert(std::move(control));
    return { all.begin(), all.end() };
}

std::string switchesText()
{
    std::string text = "Switches for --set, with their defaults:";
    for (const std::string& recipe : workbench::recipes()) {
        text += "\n  " + recipe + ":";
        for (const auto& one : workbench::recipeSwitches(recipe))
            text += "\n    " + one.name + "=" + one.value + "   " + one.meaning;
    }
    return text;
}

void addRun(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<RunArguments>();
    RunRequest& request = arguments->request;
    workbench::Launch& launch = request.launch;
    launch.recipe.clear();
    CLI::App* command = app.add_subcommand("run", "Run a method on the questions of a project");
    command->add_option("project", request.project, "The project, NAME.slook")->required();
    command->add_option("recipe", launch.recipe, "The method; a preset or a run brings its own")
        ->check(CLI::IsMember(workbench::recipes()));
    command->add_option("--preset", arguments->preset, "A file that the page Launch has saved");
    command
        ->add_option("--from", arguments->from, "As this earlier run was started, name or number")
        ->excludes("--preset");
    command->add_option(
        "--model", launch.model, "A Hugging Face model folder; else the embedded model");
    command->add_option("--adapter", launch.adapter, "A PEFT adapter folder to start from");
    command->add_option("--audited", launch.audited,
        "Train on these pairs, which an audit left (audited-1), in a run like the one that they "
        "are of; what its start model answered is taken over");
    command->add_option("--items", launch.items,
        "Which questions: the name of a source, several with commas, or a filter; else all");
    command->add_option(
        "--limit", launch.limit, "At most so many questions, spread evenly over those");
    command->add_option("--set", request.set, "A switch of the method, KEY=VALUE")
        ->take_all()
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command->add_option("--control", launch.controls, "Controls to train and measure too")
        ->delimiter(',')
        ->check(CLI::IsMember(allControls()));
    command->add_option("--seed", launch.seed, "Seed of every random choice");
    command->add_option("--threads", launch.threads, "Threads of the worker; 0: all cores")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--device", launch.device, "cpu or cuda; else what is there")
        ->check(CLI::IsMember({ "cpu", "cuda" }));
    command->add_flag("--int8", launch.int8,
        "Keep the language model's weights as 8-bit whole numbers: a quarter of their memory, "
        "answers only; see model int8");
    command->add_option("--chat-template", launch.chatTemplate,
        "A chat template in place of the model's own: a built-in one by name, or a file with "
        "Jinja; model inspect --chat-template shows its own");
    command->add_flag("--detach", request.detach, "Start it and come back at once");
    command->add_flag("--queue", request.queue, "Put it at the end of the queue");
    command->add_flag("--dry-run", arguments->dryRun,
        "Say what it would be and check the data; start and write nothing");
    command->add_flag("--preflight", arguments->preflight,
        "As --dry-run, and try it: eight questions, two optimizer steps, time and memory");
    command->footer(switchesText);
    command->callback([&session, command, arguments] {
        session.action = [&session, command, arguments] {
            return run(session, *command, *arguments);
        };
    });
}

} // namespace

Result<std::string> runToItsEnd(const Session& session, const RunRequest& request)
{
    return begin(session, request, false);
}

void addRunVerbs(CLI::App& app, Session& session)
{
    addRun(app, session);
    const auto add = [&](const char* name, const char* help, auto verb) {
        auto arguments = std::make_shared<RunName>();
        CLI::App* command = app.add_subcommand(name, help);
        command->add_option("project", arguments->project, "The project, NAME.slook")->required();
        command->add_option("run", arguments->run, "Name or number of the run")->required();
        command->callback([&session, arguments, verb] {
            session.action = [&session, arguments, verb] { return verb(session, *arguments); };
        });
        return std::pair(command, arguments);
    };
    addQueueVerb(app, session);
    add("stop", "Ask a run to stop; what is done is kept",
        [](const Session& s, const RunName& n) { return ask(s, n, false); });
    add("pause", "Ask a run to pause",
        [](const Session& s, const RunName& n) { return ask(s, n, true); });
    auto [command, arguments] =
        add("resume", "Go on with a run that was stopped or broke off", resume);
    command->add_flag("--detach", arguments->detach, "Start it and come back at once");

    auto file = std::make_shared<std::string>();
    CLI::App* runs = app.add_subcommand("runs", "List the runs of a project, newest first");
    runs->add_option("project", *file, "The project, NAME.slook")->required();
    runs->callback(
        [&session, file] { session.action = [&session, file] { return list(session, *file); }; });
}

} // namespace slook::cli
