#include "session.h"
#include "workbench/op_id.h"
#include "workbench/triplet_sets.h"
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::cli {
namespace {

struct JudgeArguments {
    std::string project;
    std::string run;
    std::string annotator;
    std::int64_t triplet = 0; ///< 0: list what is to be judged
    std::string verdict;
    std::size_t count = 40;
};

/// Errors: NotFound for a triplet of another run, or none.
Result<void> judgeOne(const Session& session, const JudgeArguments& arguments)
{
    auto project = openToChange(session, arguments.project);
    if (!project)
        return fail(project.error());
    store::TripletVerdict verdict { { arguments.triplet }, arguments.annotator, std::nullopt };
    if (arguments.verdict != "unclear")
        verdict.right = arguments.verdict == "right";
    if (auto kept = project->judgeTriplet(verdict, workbench::newOpId()); !kept)
        return kept;
    const auto journal = project->journal(1);
    if (!journal)
        return fail(journal.error());
    session.console.line(journal->front().what);
    session.console.document(
        { { "triplet", arguments.triplet }, { "verdict", arguments.verdict } });
    return {};
}

/// What the window would show, in its order: questions and answers without scores.
Result<void> listToJudge(const Session& session, const JudgeArguments& arguments)
{
    const auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto run = runNamed(*project, arguments.run);
    if (!run)
        return fail(run.error());
    const auto triplets = workbench::judgedTriplets(*project, *run);
    const auto verdicts = project->tripletVerdicts(run->id);
    if (!triplets || !verdicts)
        return fail(!triplets ? triplets.error() : verdicts.error());
    std::set<std::int64_t> done;
    for (const auto& one : *verdicts)
        if (one.annotator == arguments.annotator)
            done.insert(one.triplet.value);
    constexpr std::uint64_t seed = 1; // that of the window
    Json json = Json::array();
    for (const std::size_t i : workbench::drawnForJudging(*triplets, arguments.count, seed)) {
        const TripletRow& row = (*triplets)[i].triplet;
        if (done.contains(row.id.value))
            continue;
        session.console.line(std::to_string(row.id.value) + "  item "
            + std::to_string(row.item.value) + "\n  " + row.question + "\n  " + row.answer);
        json.push_back({ { "triplet", row.id.value }, { "item", row.item.value },
            { "question", row.question }, { "answer", row.answer } });
    }
    session.console.document({ { "run", run->name }, { "to judge", std::move(json) } });
    return {};
}

} // namespace

void addJudgeVerb(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<JudgeArguments>();
    CLI::App* command = app.add_subcommand(
        "judge", "Say which of a run's own questions and answers are true of their pictures");
    command->add_option("project", arguments->project, "The project, NAME.slook")->required();
    auto* triplet = command->add_option("triplet", arguments->triplet,
        "Its number; without it, what is to be judged is listed, drawn evenly over the scores");
    command->add_option("verdict", arguments->verdict, "right, wrong, or unclear")
        ->needs(triplet)
        ->check(CLI::IsMember({ "right", "wrong", "unclear" }));
    command->add_option("--annotator", arguments->annotator, "Who judges")->required();
    command->add_option("--run", arguments->run, "Name or number; else the newest");
    command->add_option("--count", arguments->count, "How many are drawn for the list");
    command->callback([&session, arguments] {
        session.action = [&session, arguments]() -> Result<void> {
            if (arguments->triplet == 0)
                return listToJudge(session, *arguments);
            if (arguments->verdict.empty())
                return fail(
                    ErrorKind::Invalid, "needs a verdict: right, wrong or unclear", "the triplet");
            return judgeOne(session, *arguments);
        };
    });
}

} // namespace slook::cli
