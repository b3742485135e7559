#include "workbench/export.h"
#include "formats/export.h"
#include "methods/triplet.h"
#include "workbench/audit_files.h"
#include "workbench/origin.h"
#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <map>
#include <set>

namespace slook::workbench {
namespace {

/// Items of the project with the names of their sources.
struct Questions {
    std::map<ItemId, Item> items;
    std::map<SourceId, std::string> sources;
    [[nodiscard]] const std::string& sourceOf(const Item& item) { return sources[item.source]; }
};

Result<Questions> questionsOf(const store::Project& project)
{
    Questions questions;
    auto items = project.items();
    if (!items)
        return fail(items.error());
    for (Item& item : *items) {
        const ItemId id = item.id;
        questions.items.emplace(id, std::move(item));
    }
    const auto sources = project.sources();
    if (!sources)
        return fail(sources.error());
    for (const SourceRow& source : *sources)
        questions.sources.emplace(source.id, source.name);
    return questions;
}

Result<void> addPictures(formats::ExportData& data, const store::Project& project)
{
    std::vector<ImageId> ids;
    for (const Item& item : data.items)
        ids.insert(ids.end(), item.images.begin(), item.images.end());
    std::ranges::sort(ids);
    ids.erase(std::ranges::unique(ids).begin(), ids.end());
    auto images = project.images(ids);
    if (!images)
        return fail(images.error());
    data.images = std::move(*images);
    data.imageBytes = [&project](ImageId id) { return project.imageBytes(id); };
    return {};
}

formats::ExportOptions translated(const ExportOptions& options, const Watch& watch)
{
    formats::ExportOptions result;
    result.format = options.format;
    result.copyPictures = options.copyPictures;
    result.onProgress = [&watch](
                            const formats::Progress& p) { watch.tell(p.what, p.done, p.total); };
    result.stopRequested = watch.stopRequested;
    return result;
}

Result<ExportReport> finished(const Result<formats::ExportReport>& report)
{
    if (!report)
        return fail(report.error());
    return ExportReport { report->records, report->pictures, report->files, report->notCarried };
}

Error nothingFits(const std::string& what, const std::string& where)
{
    return { ErrorKind::Invalid, "has no " + what + " that fits; choose others", where };
}

/// What a trainer must be told besides the pairs, where they are a set that an audit made.
Result<std::vector<std::string>> toldBeside(
    const store::Project& project, RunId run, const std::string& preference)
{
    const auto sets = project.pairSets(run);
    if (!sets)
        return fail(sets.error());
    std::vector<std::string> sentences;
    for (const PairSetRow& set : *sets)
        if (set.preference == preference && set.labelSmoothing > 0) {
            std::array<char, 16> value {};
            std::snprintf(value.data(), value.size(), "%.2f", set.labelSmoothing);
            sentences.push_back("The audit asks for a label smoothing of "
                + std::string(value.data()) + ", which the trainer must be told.");
        }
    return sentences;
}

/// How rejected texts were made.
Result<std::map<PairId, formats::PairMaking>> makingsOf(
    const store::Project& project, const RunRow& run)
{
    const auto origins = originsOf(project, run);
    if (!origins)
        return fail(origins.error());
    std::map<PairId, formats::PairMaking> makings;
    for (const auto& [id, origin] : *origins)
        makings.emplace(id,
            formats::PairMaking {
                origin.claim == PixelClaim::Changed || origin.claim == PixelClaim::Unknown,
                origin.claim == PixelClaim::Changed, origin.claim == PixelClaim::Same,
                origin.badPrompt });
    return makings;
}

/// The verdict of "ours", for the filter.
std::optional<bool> verdictOf(const std::vector<ExtractionRow>& extractions)
{
    const auto ours = std::ranges::find(extractions, "ours", &ExtractionRow::extractor);
    return ours == extractions.end() ? std::nullopt : ours->correct;
}

} // namespace

std::vector<std::string> pairFormats()
{
    return formats::pairFormats();
}

std::vector<std::string> itemFormats()
{
    return formats::itemFormats();
}

std::vector<std::string> responseFormats()
{
    return formats::responseFormats();
}

Result<ExportReport> exportPairs(const store::Project& project, const RunRow& run,
    const ExportOptions& options, const Watch& watch)
{
    auto questions = questionsOf(project);
    if (!questions)
        return fail(questions.error());
    auto pairs = project.pairs(run.id, options.preference);
    if (!pairs)
        return fail(pairs.error());
    formats::ExportData data;
    std::set<ItemId> wanted;
    for (PairRow& pair : *pairs) {
        const auto item = questions->items.find(pair.item);
        if (item == questions->items.end()
            || !options.filter.matches(pair, item->second, questions->sourceOf(item->second)))
            continue;
        wanted.insert(pair.item);
        data.pairs.push_back(std::move(pair));
    }
    if (data.pairs.empty())
        return fail(nothingFits(options.preference + " pair", run.name));
    for (const ItemId id : wanted)
        data.items.push_back(questions->items.at(id));
    if (auto added = addPictures(data, project); !added)
        return fail(added.error());
    auto makings = makingsOf(project, run);
    if (!makings)
        return fail(makings.error());
    data.makings = std::move(*makings);
    auto told = toldBeside(project, run.id, options.preference);
    if (!told)
        return fail(told.error());
    auto report = finished(formats::exportPairs(data, options.out, translated(options, watch)));
    if (!report)
        return report;
    std::ranges::move(*told, std::back_inserter(report->notCarried));
    auto beside = options.out;
    beside.replace_extension(".lineage.jsonl");
    const auto verdicts = writeLineage(project, data.pairs, beside);
    if (!verdicts)
        return fail(verdicts.error());
    if (*verdicts > 0)
        report->notCarried.push_back(
            "What people judged has no place in this form: " + std::to_string(*verdicts)
            + " verdicts stand beside it in " + beside.filename().string() + ".");
    if (std::filesystem::exists(beside))
        report->files.push_back(beside);
    return report;
}

Result<ExportReport> exportItems(
    const store::Project& project, const ExportOptions& options, const Watch& watch)
{
    auto questions = questionsOf(project);
    if (!questions)
        return fail(questions.error());
    formats::ExportData data;
    for (const auto& [id, item] : questions->items)
        if (options.filter.matches(item, questions->sourceOf(item)))
            data.items.push_back(item);
    if (data.items.empty())
        return fail(nothingFits("question", project.file().string()));
    if (auto added = addPictures(data, project); !added)
        return fail(added.error());
    return finished(formats::exportItems(data, options.out, translated(options, watch)));
}

std::vector<std::string> tripletFormats()
{
    return formats::conversationFormats();
}

Result<ExportReport> exportTriplets(const store::Project& project, const RunRow& run,
    const ExportOptions& options, const Watch& watch)
{
    auto questions = questionsOf(project);
    if (!questions)
        return fail(questions.error());
    const auto triplets = project.triplets(run.id);
    if (!triplets)
        return fail(triplets.error());
    formats::ExportData data;
    for (const TripletRow& row : *triplets) {
        const auto found = questions->items.find(row.item);
        if (!row.kept || (row.round == 0 && !options.withSeed) || found == questions->items.end()
            || !options.filter.matches(found->second, questions->sourceOf(found->second)))
            continue;
        Item item = found->second;
        const auto text = methods::maskedText(methods::Mask::Answer,
            methods::tripletKindNamed(row.kind), { row.question, row.answer });
        item.key = run.name + "-" + std::to_string(row.id.value);
        item.question = text.user;
        item.answer = text.reply;
        data.items.push_back(std::move(item));
    }
    if (data.items.empty())
        return fail(nothingFits("kept triplet", run.name));
    if (auto added = addPictures(data, project); !added)
        return fail(added.error());
    auto report =
        finished(formats::exportConversations(data, options.out, translated(options, watch)));
    if (report)
        report->notCarried.push_back(
            "Scores, what was made again, measures and rounds have no place in this form.");
    return report;
}

Result<ExportReport> exportResponses(const store::Project& project, const RunRow& run,
    const ExportOptions& options, const Watch& watch)
{
    auto questions = questionsOf(project);
    if (!questions)
        return fail(questions.error());
    auto responses = project.responses(run.id, options.stage);
    if (!responses)
        return fail(responses.error());
    formats::ExportData data;
    std::set<ItemId> wanted;
    for (ResponseRow& response : *responses) {
        const auto item = questions->items.find(response.item);
        if (item == questions->items.end())
            continue;
        auto extractions = project.extractions(response.id);
        if (!extractions)
            return fail(extractions.error());
        if (!options.filter.matches(
                response, item->second, questions->sourceOf(item->second), verdictOf(*extractions)))
            continue;
        wanted.insert(response.item);
        std::ranges::move(*extractions, std::back_inserter(data.extractions));
        data.responses.push_back(std::move(response));
    }
    if (data.responses.empty())
        return fail(nothingFits("response", run.name));
    for (const ItemId id : wanted)
        data.items.push_back(questions->items.at(id));
    if (auto added = addPictures(data, project); !added)
        return fail(added.error());
    return finished(formats::exportResponses(data, options.out, translated(options, watch)));
}

} // namespace slook::workbench
