#include "interrupt.h"
#include "session.h"
#include "words.h"
#include "workbench/preflight.h"
#include "workbench/queue.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

struct QueueArguments {
    std::string project;
    std::string up, down, remove;
    std::string onFailure; ///< "go-on" or "hold"
    bool work = false;
    bool hold = false;
};

Result<RunId> idOf(const store::Project& project, const std::string& name)
{
    const auto run = project.run(name);
    return run ? Result<RunId>(run->id) : fail(run.error());
}

Result<void> change(store::Project& project, const QueueArguments& arguments)
{
    const auto with = [&](const std::string& name, const auto& work) -> Result<void> {
        if (name.empty())
            return {};
        const auto id = idOf(project, name);
        return id ? work(*id) : Result<void>(fail(id.error()));
    };
    if (auto done =
            with(arguments.up, [&](RunId run) { return workbench::moveInQueue(project, run, 1); });
        !done)
        return done;
    if (auto done = with(
            arguments.down, [&](RunId run) { return workbench::moveInQueue(project, run, -1); });
        !done)
        return done;
    if (auto done = with(arguments.remove,
            [&](RunId run) -> Result<void> {
                if (auto left = workbench::leaveQueue(project, run); !left)
                    return left;
                return project.setRunState(run, RunState::Stopped, "taken out of the queue");
            });
        !done)
        return done;
    if (!arguments.onFailure.empty())
        if (auto done = workbench::setGoOnAfterFailure(project, arguments.onFailure == "go-on");
            !done)
            return done;
    return arguments.hold ? workbench::holdQueue(project, true) : Result<void>();
}

} // namespace

Result<void> workThrough(const Session& session, store::Project& project, bool strict)
{
    if (auto released = workbench::holdQueue(project, false); !released)
        return released;
    while (interrupts() == 0) {
        const auto begun = workbench::workQueue(project);
        if (!begun)
            return fail(begun.error());
        if (!*begun)
            break;
        session.console.notice((*begun)->name + " is at work");
        const auto status = follow(session, project, **begun);
        if (!status)
            return fail(status.error());
        const RunRow& run = status->run;
        session.console.line(
            run.name + ": " + stateName(run.state) + (run.error.empty() ? "" : ", " + run.error));
        if (strict && run.state != RunState::Done) {
            if (auto held = workbench::holdQueue(project, true); !held)
                return held;
            return fail(ErrorKind::Invalid,
                (run.error.empty() ? std::string("was stopped") : run.error)
                    + "; the runs behind it wait in the queue",
                run.name);
        }
    }
    return {};
}

namespace {

Result<void> list(const Session& session, const store::Project& project)
{
    const auto queue = workbench::queueOf(project);
    if (!queue)
        return fail(queue.error());
    Table table { { { "place", true }, { "run" }, { "created" }, { "model", false, true } }, {} };
    Json runs = Json::array();
    for (const RunRow& run : queue->runs) {
        table.rows.push_back(
            { std::to_string(table.rows.size() + 1), run.name, timeText(run.time), run.model });
        runs.push_back(runJson(run));
    }
    if (queue->runs.empty())
        session.console.line("No run waits.");
    else
        session.console.table(table);
    session.console.line(std::string(queue->held ? "The queue is held" : "The queue is open")
        + (queue->goOnAfterFailure ? "; it goes on after a run that fails."
                                   : "; a run that fails holds it."));
    session.console.document({ { "queue", std::move(runs) }, { "held", queue->held },
        { "goOnAfterFailure", queue->goOnAfterFailure } });
    return {};
}

Result<void> queue(const Session& session, const QueueArguments& arguments)
{
    const bool changes = arguments.work || arguments.hold || !arguments.up.empty()
        || !arguments.down.empty() || !arguments.remove.empty() || !arguments.onFailure.empty();
    auto project =
        changes ? openToChange(session, arguments.project) : openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    if (changes)
        if (auto changed = change(*project, arguments); !changed)
            return changed;
    if (arguments.work)
        if (auto worked = workThrough(session, *project, false); !worked)
            return worked;
    return list(session, *project);
}

const char* nameOf(workbench::PreflightCheck::Outcome outcome)
{
    using Outcome = workbench::PreflightCheck::Outcome;
    return outcome == Outcome::Passed ? "ok" : outcome == Outcome::Warning ? "note" : "FAILED";
}

void showTrial(const Session& session, const workbench::Preflight& trial)
{
    Table table { { { "question" }, { "stage" }, { "turn", true }, { "tokens", true },
                      { "answer", false, true } },
        {} };
    for (const auto& row : trial.rows)
        table.rows.push_back({ row.key, row.stage, std::to_string(row.turn),
            std::to_string(row.answerTokens), row.answer });
    if (!table.rows.empty())
        session.console.table(table);
    for (const auto& one : trial.examples) {
        std::string sides;
        for (const auto& side : one.sides)
            sides += (sides.empty() ? "" : " and ") + std::to_string(side.size());
        session.console.line("Trained on " + one.key + ": prompt of "
            + std::to_string(one.promptTokens) + " tokens (" + std::to_string(one.imageTokens)
            + " of pictures), not learned; " + sides + " learned");
    }
    if (trial.answerSeconds > 0)
        session.console.line(
            "Answers: at most about " + duration(trial.answerSeconds) + " in the whole run");
    if (trial.secondsPerStep > 0)
        session.console.line("Training: " + significant(trial.secondsPerStep) + " s for "
            + std::to_string(trial.pairsPerStep) + " pairs, in " + std::to_string(trial.trainings)
            + (trial.trainings == 1 ? " training" : " trainings"));
}

Json toJson(const workbench::Preflight& trial)
{
    Json checks = Json::array();
    for (const auto& one : trial.checks)
        checks.push_back({ { "outcome", nameOf(one.outcome) }, { "text", one.text } });
    Json rows = Json::array();
    for (const auto& row : trial.rows)
        rows.push_back({ { "key", row.key }, { "stage", row.stage }, { "turn", row.turn },
            { "prompt", row.prompt }, { "answer", row.answer },
            { "answerTokens", row.answerTokens } });
    Json examples = Json::array();
    for (const auto& one : trial.examples)
        examples.push_back({ { "key", one.key }, { "promptTokens", one.promptTokens },
            { "imageTokens", one.imageTokens }, { "prompt", one.prompt }, { "sides", one.sides } });
    return { { "pool", trial.pool }, { "test", trial.test }, { "checks", checks }, { "rows", rows },
        { "examples", examples }, { "answerSeconds", trial.answerSeconds },
        { "secondsPerStep", trial.secondsPerStep }, { "pairsPerStep", trial.pairsPerStep },
        { "trainings", trial.trainings }, { "peakBytes", trial.peakBytes },
        { "passed", trial.passed() } };
}

Result<workbench::Preflight> preflightOf(
    const store::Project& project, const workbench::Launch& launch, bool tried)
{
    if (tried) {
        ProgressBar bar;
        const auto plan = workbench::preparePreflight(project, launch, watchWith(bar));
        return plan ? workbench::tryOut(*plan, watchWith(bar)) : fail(plan.error());
    }
    const auto options = workbench::optionsOf(project, launch);
    const auto planned =
        options ? workbench::planRun(project, launch.recipe, *options) : fail(options.error());
    if (!planned)
        return fail(planned.error());
    workbench::Preflight dry;
    dry.job = runs::toText(planned->plan.job);
    dry.pool = planned->plan.pool;
    dry.test = planned->plan.test;
    dry.checks = workbench::dataChecks(*planned);
    return dry;
}

} // namespace

Result<void> showPreflight(const Session& session, const RunRequest& request, bool tried)
{
    const auto project = openToRead(session, request.project);
    if (!project)
        return fail(project.error());
    const auto launch = launchOf(request);
    if (!launch)
        return fail(launch.error());
    const auto trial = preflightOf(*project, *launch, tried);
    if (!trial)
        return fail(trial.error());
    const auto& console = session.console;
    const std::string command = workbench::commandOf(*launch, request.project);
    console.line(command);
    console.line(
        (trial->pool > 0 ? "Learns from " + std::to_string(trial->pool) + " questions, measured on "
                         : "Measured on ")
        + std::to_string(trial->test));
    if (!tried)
        console.text(trial->job);
    for (const auto& one : trial->checks)
        console.line(std::string(nameOf(one.outcome)) + ": " + one.text);
    showTrial(session, *trial);
    Json document = toJson(*trial);
    document["command"] = command;
    if (const auto job = parseJson(trial->job, "job.json"))
        document["job"] = *job;
    if (!trial->passed())
        return fail(ErrorKind::Invalid, "would not go well; see what has failed above", "the run");
    console.document(document);
    return {};
}

void addQueueVerb(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<QueueArguments>();
    CLI::App* command = app.add_subcommand("queue", "Show, order and work through runs that wait");
    command->add_option("project", arguments->project, "The project, NAME.slook")->required();
    command->add_flag("--work", arguments->work, "Run one after the other until none is left");
    command->add_flag("--hold", arguments->hold, "Start none until it is worked through again")
        ->excludes("--work");
    command->add_option("--up", arguments->up, "Move this run one place to the front");
    command->add_option("--down", arguments->down, "Move this run one place back");
    command->add_option("--remove", arguments->remove, "Take this run out; it can be resumed");
    command->add_option("--on-failure", arguments->onFailure, "go-on or hold")
        ->check(CLI::IsMember({ "go-on", "hold" }));
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return queue(session, *arguments); };
    });
}

} // namespace slook::cli
