#include "interrupt.h"
#include "session.h"
#include "words.h"
#include "workbench/queue.h"
#include "workbench/rounds.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

struct ChainArguments {
    RunRequest request; ///< what all of them share
    std::vector<std::string> recipes; ///< in order
    int rounds = 1; ///< of the whole chain
    bool queue = false;
};

/// The switches of one run of the chain: "scl:turns=2" is for scl alone, "turns=2" for all.
std::vector<std::string> switchesFor(const std::string& recipe, const std::vector<std::string>& set)
{
    std::vector<std::string> own;
    for (const std::string& one : set) {
        const auto colon = one.find(':');
        const std::string head = one.substr(0, colon);
        if (colon == std::string::npos || !methods::recipeByName(head))
            own.push_back(one);
        else if (head == recipe)
            own.push_back(one.substr(colon + 1));
    }
    return own;
}

/// Puts the whole chain into the queue. @return its runs
Result<std::vector<RunRow>> queued(
    const Session& session, store::Project& project, const ChainArguments& arguments)
{
    std::vector<RunRow> runs;
    for (int round = 0; round < arguments.rounds; ++round)
        for (const std::string& recipe : arguments.recipes) {
            RunRequest request = arguments.request;
            request.launch.recipe = recipe;
            request.set = switchesFor(recipe, arguments.request.set);
            if (!runs.empty())
                request.launch.adapter = "@" + runs.back().name;
            const auto launch = launchOf(request);
            auto options = launch ? workbench::optionsOf(project, *launch) : fail(launch.error());
            if (!options)
                return fail(options.error());
            options->queued = true;
            ProgressBar bar;
            const auto started = workbench::startRun(project, recipe, *options, watchWith(bar));
            bar.clear();
            if (!started)
                return fail(started.error());
            for (const std::string& note : started->notes)
                session.console.notice(started->run.name + ": " + note);
            runs.push_back(started->run);
        }
    return runs;
}

std::string shareText(const std::optional<workbench::Accuracy>& one)
{
    return one && one->n > 0
        ? fixed(one->share, 3) + " [" + fixed(one->low, 3) + ", " + fixed(one->high, 3) + "]"
        : "";
}

Json toJson(const std::optional<workbench::Accuracy>& one)
{
    if (!one)
        return nullptr;
    return { { "n", one->n }, { "share", one->share }, { "low", one->low }, { "high", one->high } };
}

Json toJson(const workbench::Round& round)
{
    Json data = Json::object();
    for (const auto& [source, n] : round.data)
        data[source] = n;
    Json against = nullptr;
    if (const auto& pairs = round.against)
        against = { { "kept", pairs->kept }, { "turned", pairs->turned }, { "came", pairs->came },
            { "went", pairs->went } };
    Json change = nullptr;
    if (const auto& test = round.change)
        change = { { "n", test->n }, { "fixed", test->fixed }, { "broken", test->broken },
            { "p", test->p } };
    return { { "run", round.run.name }, { "from", round.from }, { "depth", round.depth },
        { "state", stateName(round.run.state) }, { "data", data }, { "training", round.training },
        { "pairs", round.pairs }, { "against", against }, { "before", toJson(round.before) },
        { "after", toJson(round.after) }, { "change", change } };
}

Result<void> showRounds(const Session& session, const store::Project& project)
{
    const auto rounds = workbench::roundsOf(project);
    if (!rounds)
        return fail(rounds.error());
    Table table { { { "run" }, { "state" }, { "from" }, { "questions", true }, { "pairs", true },
                      { "pairs against the round before", false, true }, { "before [95 %]" },
                      { "after [95 %]" }, { "fixed, broken, p" } },
        {} };
    Json json = Json::array();
    for (const auto& round : *rounds) {
        int questions = 0;
        for (const auto& [source, n] : round.data)
            questions += n;
        const auto& against = round.against;
        const auto& change = round.change;
        table.rows.push_back({ std::string(static_cast<std::size_t>(round.depth) * 2, ' ')
                + round.run.name,
            stateName(round.run.state), round.from, std::to_string(questions),
            std::to_string(round.pairs),
            against ? std::to_string(against->kept) + " kept, " + std::to_string(against->turned)
                    + " turned, " + std::to_string(against->came) + " new, "
                    + std::to_string(against->went) + " gone"
                    : "",
            shareText(round.before), shareText(round.after),
            change ? std::to_string(change->fixed) + ", " + std::to_string(change->broken) + ", "
                    + pValue(change->p)
                   : "" });
        json.push_back(toJson(round));
    }
    if (rounds->empty())
        session.console.line("No run that trains yet.");
    else
        session.console.table(table);
    session.console.document({ { "rounds", json } });
    return {};
}

Result<void> chain(const Session& session, const ChainArguments& arguments)
{
    auto project = openToChange(session, arguments.request.project);
    if (!project)
        return fail(project.error());
    const auto runs = queued(session, *project, arguments);
    if (!runs)
        return fail(runs.error());
    if (arguments.queue) {
        session.console.line(std::to_string(runs->size()) + " runs wait in the queue");
        return showRounds(session, *project);
    }
    if (auto worked = workThrough(session, *project, true); !worked)
        return worked;
    return showRounds(session, *project);
}

} // namespace

void addChainVerbs(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<ChainArguments>();
    RunRequest& request = arguments->request;
    workbench::Launch& launch = request.launch;
    CLI::App* command = app.add_subcommand("chain",
        "Run methods one after the other, each going on from what the one before has trained");
    command->add_option("project", request.project, "The project, NAME.slook")->required();
    command->add_option("recipes", arguments->recipes, "The methods in their order: srf scl")
        ->required()
        ->check(CLI::IsMember({ "scl", "stic", "srf" }));
    command->add_option("--rounds", arguments->rounds, "How often the whole chain is repeated")
        ->check(CLI::Range(1, 20));
    command->add_option("--model", launch.model, "A Hugging Face model folder; else the embedded");
    command->add_option("--adapter", launch.adapter, "What the first one starts from");
    command->add_option("--items", launch.items, "Which questions; else all");
    command->add_option("--limit", launch.limit, "At most so many questions");
    command
        ->add_option(
            "--set", request.set, "A switch, KEY=VALUE for all or RECIPE:KEY=VALUE for one")
        ->take_all()
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command->add_option("--seed", launch.seed, "Seed of every random choice");
    command->add_option("--threads", launch.threads, "Threads of the worker; 0: all cores")
        ->check(CLI::NonNegativeNumber);
    command->add_option("--device", launch.device, "cpu or cuda; else what is there")
        ->check(CLI::IsMember({ "cpu", "cuda" }));
    command->add_flag("--queue", arguments->queue, "Only put them into the queue");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return chain(session, *arguments); };
    });
    auto file = std::make_shared<std::string>();
    CLI::App* rounds =
        app.add_subcommand("rounds", "Runs that train, each with the one that it goes on from");
    rounds->add_option("project", *file, "The project, NAME.slook")->required();
    rounds->callback([&session, file] {
        session.action = [&session, file]() -> Result<void> {
            const auto project = openToRead(session, *file);
            return project ? showRounds(session, *project) : Result<void>(fail(project.error()));
        };
    });
}

} // namespace slook::cli
