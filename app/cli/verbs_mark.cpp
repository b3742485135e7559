#include "session.h"
#include "workbench/item_query.h"
#include "workbench/op_id.h"
#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

struct MarkArguments {
    std::string project;
    std::string where;
    std::string run;
    std::string flag;
    std::string star;
    std::vector<std::string> tags;
    bool off = false;
};

Result<std::vector<ItemId>> itemsThat(const store::Project& project, const MarkArguments& arguments)
{
    const auto filter = workbench::Filter::parse(arguments.where);
    if (!filter)
        return fail(filter.error());
    const auto facts = workbench::readItemFacts(project);
    if (!facts)
        return fail(facts.error());
    const auto marks = workbench::readMarks(project);
    if (!marks)
        return fail(marks.error());
    std::optional<workbench::RunFacts> known;
    if (!arguments.run.empty()) {
        const auto run = runNamed(project, arguments.run);
        if (!run)
            return fail(run.error());
        auto read = workbench::readRunFacts(project, *facts, { {}, run->id, {}, "ours" });
        if (!read)
            return fail(read.error());
        known = std::move(*read);
    }
    const auto matches = workbench::matching(*facts, *marks, known ? &*known : nullptr, *filter);
    if (!matches)
        return fail(matches.error());
    std::vector<ItemId> ids;
    for (std::size_t row = 0; row < facts->size(); ++row)
        if (matches->passes[static_cast<std::size_t>(facts->id(row).value)])
            ids.push_back(facts->id(row));
    if (ids.empty())
        return fail(ErrorKind::Invalid, "fits no question; use other words",
            arguments.where.empty() ? arguments.project : arguments.where);
    return ids;
}

Result<void> mark(const Session& session, const MarkArguments& arguments)
{
    auto project = openToChange(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto ids = itemsThat(*project, arguments);
    if (!ids)
        return fail(ids.error());
    std::vector<std::pair<std::string, std::string>> marks;
    if (!arguments.flag.empty())
        marks.emplace_back("flag", arguments.off ? "" : arguments.flag);
    if (!arguments.star.empty())
        marks.emplace_back("star", arguments.off ? "" : arguments.star);
    for (const std::string& tag : arguments.tags)
        marks.emplace_back(std::string(kTagPrefix) + tag, arguments.off ? "" : "yes");
    if (marks.empty())
        return fail(
            ErrorKind::Invalid, "needs --flag COLOUR, --star or --tag NAME", arguments.project);
    for (const auto& [name, value] : marks)
        if (auto marked = project->mark(*ids, name, value, workbench::newOpId()); !marked)
            return marked;
    session.console.line((arguments.off ? "Marks taken off " : "Marks put on ")
        + std::to_string(ids->size()) + (ids->size() == 1 ? " question" : " questions"));
    session.console.document({ { "questions", ids->size() }, { "marks", marks.size() } });
    return {};
}

struct ReadArguments {
    std::string project;
    std::string run;
    std::string key; ///< of the question
    std::string stage;
    int turn = 1;
    std::string answer;
    std::string verdict;
    std::string reason;
};

/// Errors: NotFound (no such answer).
Result<ResponseId> responseOf(const store::Project& project, const ReadArguments& arguments)
{
    const auto run = runNamed(project, arguments.run);
    if (!run)
        return fail(run.error());
    const auto items = itemsById(project);
    const auto responses = project.responses(run->id, arguments.stage);
    if (!items || !responses)
        return fail(!items ? items.error() : responses.error());
    for (const ResponseRow& one : *responses)
        if (const auto item = items->find(one.item);
            item != items->end() && item->second.key == arguments.key && one.turn == arguments.turn)
            return one.id;
    return fail(ErrorKind::NotFound,
        "has no answer of turn " + std::to_string(arguments.turn) + " to question " + arguments.key
            + (arguments.stage.empty() ? "" : " in stage " + arguments.stage),
        run->name);
}

Result<void> readByHand(const Session& session, const ReadArguments& arguments)
{
    auto project = openToChange(session, arguments.project);
    if (!project)
        return fail(project.error());
    const auto response = responseOf(*project, arguments);
    if (!response)
        return fail(response.error());
    store::HandReading reading { *response, arguments.answer, std::nullopt, arguments.reason };
    if (arguments.verdict != "undo")
        reading.correct = arguments.verdict == "right";
    if (auto read = project->readByHand(std::span(&reading, 1), workbench::newOpId()); !read)
        return read;
    const auto journal = project->journal(1);
    if (!journal)
        return fail(journal.error());
    session.console.line(journal->front().what);
    session.console.document({ { "response", response->value }, { "verdict", arguments.verdict } });
    return {};
}

void addReadVerb(CLI::App& app, Session& session)
{
    auto arguments = std::make_shared<ReadArguments>();
    CLI::App* command =
        app.add_subcommand("read", "Say what an answer means, in the place of the extractors");
    command->add_option("project", arguments->project, "The project, NAME.slook")->required();
    command->add_option("key", arguments->key, "The question")->required();
    command
        ->add_option("verdict", arguments->verdict, "right, wrong, or undo: as extractors read it")
        ->required()
        ->check(CLI::IsMember({ "right", "wrong", "undo" }));
    command->add_option("--reason", arguments->reason, "Why, for whoever reads this later")
        ->required();
    command->add_option("--answer", arguments->answer, "What the answer says: a label or words");
    command->add_option("--run", arguments->run, "Name or number; else the newest");
    command->add_option("--stage", arguments->stage, "Of the answer; else the first that has one");
    command->add_option("--turn", arguments->turn, "1 is the first answer, 2 the one after review")
        ->check(CLI::PositiveNumber);
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return readByHand(session, *arguments); };
    });
}

} // namespace

void addMarkVerbs(CLI::App& app, Session& session)
{
    addReadVerb(app, session);
    auto arguments = std::make_shared<MarkArguments>();
    CLI::App* command =
        app.add_subcommand("mark", "Flag, star or tag the questions that a filter finds");
    command->add_option("project", arguments->project, "The project, NAME.slook")->required();
    command->add_option("--where", arguments->where, "Filter words; all questions without any");
    command->add_option("--run", arguments->run, "The run whose answers the words are about");
    command->add_option("--flag", arguments->flag, "red, yellow, green, blue or purple");
    command->add_flag("--star{yes}", arguments->star, "A star");
    command->add_option("--tag", arguments->tags, "A tag; several are allowed");
    command->add_flag("--off", arguments->off, "Take these marks off");
    command->callback([&session, arguments] {
        session.action = [&session, arguments] { return mark(session, *arguments); };
    });
}

} // namespace slook::cli
