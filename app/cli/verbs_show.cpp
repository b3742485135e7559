#include "runs/rows_json.h"
#include "show.h"
#include "workbench/filter.h"
#include "workbench/origin.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

namespace slook::cli {
namespace {

using workbench::Filter;

std::string verdictText(const ExtractionRow& one)
{
    const std::string mark = !one.correct ? "?" : *one.correct ? "right" : "wrong";
    return one.answer + " (" + mark + ")";
}

std::string optionsText(const Item& item)
{
    std::string text;
    for (const Option& option : item.options)
        text += (text.empty() ? "" : " ") + option.label + ". " + option.text;
    return text;
}

Result<void> showItems(const Session& session, const ShowArguments& arguments)
{
    const auto opened = openToShow(session, arguments);
    if (!opened)
        return fail(opened.error());
    Table table { { { "id", true }, { "source" }, { "key" }, { "category" }, { "answer" },
                      { "question", false, true }, { "options", false, true } },
        {} };
    Json json = Json::array();
    for (const auto& [id, item] : opened->items) {
        const std::string& source = opened->sources.at(item.source);
        if (!opened->filter.matches(item, source))
            continue;
        table.rows.push_back({ std::to_string(id.value), source, item.key, item.category,
            item.answer, item.question, optionsText(item) });
        Json one = runs::toJson(item);
        one["source"] = source;
        json.push_back(std::move(one));
    }
    return finish(session, arguments, table, { { "items", std::move(json) } });
}

Result<void> showResponses(const Session& session, const ShowArguments& arguments)
{
    const auto opened = openRunToShow(session, arguments);
    if (!opened)
        return fail(opened.error());
    const RunRow& run = opened->run;
    const auto responses = opened->project.responses(run.id, arguments.stage);
    if (!responses)
        return fail(responses.error());
    Table table { { { "item", true }, { "stage" }, { "turn", true }, { "answer" }, { "finish" },
                      { "tokens", true }, { "text", false, true } },
        {} };
    Json json = Json::array();
    for (const ResponseRow& response : *responses) {
        const Item& item = opened->items.at(response.item);
        const auto found = opened->project.extractions(response.id);
        if (!found)
            return fail(found.error());
        const auto ours = std::ranges::find(*found, arguments.extractor, &ExtractionRow::extractor);
        const bool has = ours != found->end();
        const auto correct = has ? ours->correct : std::nullopt;
        if (!opened->filter.matches(response, item, opened->sources.at(item.source), correct))
            continue;
        table.rows.push_back({ std::to_string(response.item.value), response.stage,
            std::to_string(response.turn), has ? verdictText(*ours) : "", response.finish,
            std::to_string(response.tokenIds.size()), response.text });
        Json one = runs::toJson(response);
        one["id"] = response.id.value;
        one["extractions"] = Json::array();
        for (const ExtractionRow& extraction : *found)
            one["extractions"].push_back(runs::toJson(extraction));
        json.push_back(std::move(one));
    }
    return finish(
        session, arguments, table, { { "run", run.name }, { "responses", std::move(json) } });
}

Json toJson(const TransitionRow& row)
{
    return { { "item", row.item.value }, { "key", row.key }, { "source", row.source },
        { "category", row.category }, { "question", row.question }, { "answer", row.answer },
        { "type", row.type() }, { "typeName", workbench::typeName(row.type()) },
        { "firstText", row.firstText }, { "firstAnswer", row.firstAnswer },
        { "firstCorrect", row.firstCorrect }, { "refinedText", row.refinedText },
        { "refinedAnswer", row.refinedAnswer }, { "refinedCorrect", row.refinedCorrect },
        { "extractorsDisagree", row.extractorsDisagree } };
}

Result<void> showTransitions(const Session& session, const ShowArguments& arguments)
{
    const auto opened = openRunToShow(session, arguments);
    if (!opened)
        return fail(opened.error());
    const RunRow& run = opened->run;
    const auto stage = stageOf(opened->project, run, arguments.stage);
    if (!stage)
        return fail(stage.error());
    const auto rows = opened->project.transitions(run.id, *stage, arguments.extractor);
    if (!rows)
        return fail(rows.error());
    Table table { { { "item", true }, { "type" }, { "answer" }, { "first" }, { "refined" },
                      { "category" }, { "question", false, true }, { "first text", false, true },
                      { "refined text", false, true } },
        {} };
    Json json = Json::array();
    std::array<int, 5> counts {};
    for (const TransitionRow& row : *rows) {
        if (!opened->filter.matches(row))
            continue;
        ++counts.at(static_cast<std::size_t>(row.type()));
        table.rows.push_back({ std::to_string(row.item.value), workbench::typeName(row.type()),
            row.answer, row.firstAnswer, row.refinedAnswer, row.category, row.question,
            row.firstText, row.refinedText });
        json.push_back(toJson(row));
    }
    Json byType = Json::object();
    std::string summary;
    for (int type = 1; type <= 4; ++type) {
        const int count = counts.at(static_cast<std::size_t>(type));
        byType[workbench::typeName(type)] = count;
        summary +=
            (summary.empty() ? "" : ", ") + workbench::typeName(type) + " " + std::to_string(count);
    }
    session.console.line(
        run.name + ", stage " + *stage + ", extractor " + arguments.extractor + ": " + summary);
    return finish(session, arguments, table,
        { { "run", run.name }, { "stage", *stage }, { "extractor", arguments.extractor },
            { "counts", byType }, { "transitions", std::move(json) } });
}

Json toJson(const workbench::SideOrigin& side)
{
    if (!side.response)
        return nullptr;
    Json corruptions = Json::array();
    for (const CorruptionRow& one : side.corruptions)
        corruptions.push_back(runs::toJson(one));
    return { { "response", side.response->id.value }, { "stage", side.response->stage },
        { "prompt", side.response->prompt }, { "pixelsSha256", side.response->pixelsSha256 },
        { "decoding", side.response->decoding }, { "corruptions", std::move(corruptions) } };
}

std::string corruptionsText(const workbench::PairOrigin& origin)
{
    std::string text;
    for (const auto* side : { &origin.chosen, &origin.rejected })
        for (const CorruptionRow& one : side->corruptions)
            text += (text.empty() ? "" : "; ") + workbench::corruptionText(one);
    return text;
}

/// What stands where a claim is not known to be true.
std::string claimText(workbench::PixelClaim claim)
{
    if (claim == workbench::PixelClaim::Same)
        return "! claimed corrupted: same pixels";
    return claim == workbench::PixelClaim::Unknown ? "! claimed corrupted: pixels not known" : "";
}

std::string signedText(double value)
{
    std::array<char, 32> text {};
    std::snprintf(text.data(), text.size(), "%+.3f", value);
    return text.data();
}

Result<void> showPairs(const Session& session, const ShowArguments& arguments)
{
    const auto opened = openRunToShow(session, arguments);
    if (!opened)
        return fail(opened.error());
    const RunRow& run = opened->run;
    const auto pairs = opened->project.pairs(run.id, arguments.preference);
    if (!pairs)
        return fail(pairs.error());
    const auto origins = workbench::originsOf(opened->project, run);
    if (!origins)
        return fail(origins.error());
    const auto rewards = opened->project.rewards(run.id, arguments.preference);
    if (!rewards)
        return fail(rewards.error());
    std::map<std::pair<std::string, ItemId>, std::vector<RewardRow>> ofPair; // each by step
    for (const RewardRow& one : *rewards)
        ofPair[{ one.training, one.item }].push_back(one);
    Table table { { { "pair", true }, { "item", true }, { "preference" }, { "type" },
                      { "margin", true }, { "prompt", false, true }, { "chosen", false, true },
                      { "rejected", false, true }, { "corrupted by", false, true } },
        {} };
    Json json = Json::array();
    for (const PairRow& pair : *pairs) {
        const Item& item = opened->items.at(pair.item);
        if (!opened->filter.matches(pair, item, opened->sources.at(item.source)))
            continue;
        const auto found = origins->find(pair.id); // those of SCL have none: turns of one talk
        const auto origin = found == origins->end() ? workbench::PairOrigin {} : found->second;
        const auto& seen = ofPair[{ pair.preference, pair.item }];
        table.rows.push_back({ std::to_string(pair.id.value), std::to_string(pair.item.value),
            pair.preference, workbench::typeName(pair.type),
            seen.empty() ? std::string() : signedText(seen.back().margin()), pair.prompt,
            pair.chosen, pair.rejected, corruptionsText(origin) + claimText(origin.claim) });
        Json one = runs::toJson(pair);
        one["id"] = pair.id.value;
        one["chosenFrom"] = toJson(origin.chosen);
        one["rejectedFrom"] = toJson(origin.rejected);
        one["pixelClaim"] = workbench::nameOf(origin.claim);
        for (const RewardRow& reward : seen)
            one["rewards"].push_back(runs::toJson(reward));
        json.push_back(std::move(one));
    }
    return finish(session, arguments, table, { { "run", run.name }, { "pairs", std::move(json) } });
}

} // namespace

Result<Shown> openToShow(const Session& session, const ShowArguments& arguments)
{
    auto filter = Filter::parse(arguments.where);
    if (!filter)
        return fail(filter.error());
    auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    auto sources = sourceNames(*project);
    if (!sources)
        return fail(sources.error());
    auto items = itemsById(*project);
    if (!items)
        return fail(items.error());
    return Shown { std::move(*project), std::move(*filter), std::move(*sources),
        std::move(*items) };
}

Result<OpenedRun> openRun(const Session& session, const ShowArguments& arguments)
{
    auto project = openToRead(session, arguments.project);
    if (!project)
        return fail(project.error());
    auto run = runNamed(*project, arguments.run);
    if (!run)
        return fail(run.error());
    return OpenedRun { std::move(*project), std::move(*run) };
}

Result<ShownRun> openRunToShow(const Session& session, const ShowArguments& arguments)
{
    auto opened = openToShow(session, arguments);
    if (!opened)
        return fail(opened.error());
    auto run = runNamed(opened->project, arguments.run);
    if (!run)
        return fail(run.error());
    return ShownRun { std::move(*opened), std::move(*run) };
}

Result<std::string> stageOf(
    const store::Project& project, const RunRow& run, const std::string& wanted)
{
    const auto stages = project.stages(run.id);
    if (!stages)
        return fail(stages.error());
    if (stages->empty())
        return fail(ErrorKind::NotFound,
            "has no answer yet; wait until its first step has begun to report", run.name);
    if (wanted.empty())
        return stages->front();
    if (std::ranges::find(*stages, wanted) != stages->end())
        return wanted;
    std::string names;
    for (const std::string& stage : *stages)
        names += (names.empty() ? "" : ", ") + stage;
    return fail(ErrorKind::NotFound, "is no stage of " + run.name + "; it has " + names, wanted);
}

Result<void> finish(
    const Session& session, const ShowArguments& arguments, Table& table, const Json& document)
{
    const std::size_t all = table.rows.size();
    if (arguments.limit > 0 && all > arguments.limit)
        table.rows.resize(arguments.limit);
    if (all == 0)
        session.console.line("No row fits.");
    else
        session.console.table(table);
    if (table.rows.size() < all)
        session.console.line("... and " + std::to_string(all - table.rows.size())
            + " more; --limit 0 shows all, --json all with whole texts");
    session.console.document(document);
    return {};
}

void addShowVerbs(CLI::App& app, Session& session)
{
    CLI::App* show = app.add_subcommand("show", "Show what a project holds");
    auto arguments = std::make_shared<ShowArguments>();
    show->add_option("project", arguments->project, "The project, NAME.slook")->required();
    show->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, auto verb) {
        CLI::App* command = show->add_subcommand(name, help);
        command->callback([&session, arguments, verb] {
            session.action = [&session, arguments, verb] { return verb(session, *arguments); };
        });
    };
    show->add_option("--run", arguments->run, "Name or number of the run; else the newest");
    show->add_option("--where", arguments->where,
        "Only rows that fit, for example: type:wrong-right category:colour square");
    show->add_option("--stage", arguments->stage, "Stage of the run; else its first");
    show->add_option("--extractor", arguments->extractor, "What reads the answers, default ours");
    show->add_option("--preference", arguments->preference, "Pairs of this preference only");
    show->add_option("--audit", arguments->audit,
        "With agreement: of people in this audit, by name or number, or newest");
    show->add_option("--limit", arguments->limit, "Rows for people, default 40; 0 for all");
    add("items", "The questions", showItems);
    add("responses", "What the model said", showResponses);
    add("transitions", "First and last answers and how they changed", showTransitions);
    add("pairs", "The preference pairs", showPairs);
    add("accuracy", "Right answers before and after training, with controls", showAccuracy);
    add("descriptions", "Inventions, recall and answers of a run that describes pictures",
        showDescriptions);
    add("sweep", "Right and changed answers at the levels of a sweep", showSweep);
    add("triplets", "Questions and answers that the model made, and how consistent they are",
        showTriplets);
    add("flips", "Questions whose first answer training made right or wrong", showFlips);
    add("agreement", "How far the extractors agree; with --audit, how far people do",
        showAgreement);
    add("embeddings", "Features that runs of the recipe embed computed", showEmbeddings);
    add("layouts", "Maps of features, newest first", showLayouts);
    add("metrics", "What every training step measured", showMetrics);
}

} // namespace slook::cli
