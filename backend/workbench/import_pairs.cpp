#include "workbench/import_pairs.h"
#include "core/hash.h"
#include "core/json.h"
#include "formats/answer_files.h"
#include "formats/picture_finder.h"
#include "formats/preference.h"
#include "formats/stic_pairs.h"
#include "formats/traces.h"
#include "image/decode.h"
#include "methods/extract.h"
#include "runs/job.h"
#include "workbench/op_id.h"
#include "workbench/origin.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

namespace slook::workbench {
namespace {

/// Hash of the pixels of the picture that a record's claim is about; empty where it is not there.
std::string corruptedSha256(const std::filesystem::path& folder, const std::string& name)
{
    if (folder.empty())
        return {};
    const auto file = formats::PictureFinder(folder, true).find(name);
    const auto picture =
        file ? image::decodeFile(*file) : Result<image::Picture>(fail(file.error()));
    return picture ? image::pixelSha256(*picture) : std::string();
}

bool isAnswerFile(const std::string& format)
{
    return format == "llava-answers" || format == "mmevalpro-answers";
}

/// "7" of "7#2": what the file itself calls it.
std::string ownKey(const std::string& key)
{
    const auto mark = key.rfind('#');
    return mark == std::string::npos || mark == 0 ? key : key.substr(0, mark);
}

/// Whether an answer of a file is to this question of the project, which has the same key.
bool isAbout(const std::string& format, const Json& fields, const Item& question)
{
    if (format == "llava-answers")
        return !question.question.empty()
            && stringOr(fields, "prompt").find(question.question) != std::string::npos;
    const auto own = parseJson(question.fields.empty() ? "{}" : question.fields, "fields");
    const auto triplet = formats::asText(fields, "triplet_id");
    return own && triplet && formats::asText(*own, "triplet_id") == triplet;
}

constexpr const char* importedDecoding = "{\"imported\":true}";

/// The verdict of the file's own writer, beside those of our rules.
ExtractionRow fileExtraction(const std::string& answer, std::optional<bool> correct)
{
    ExtractionRow row;
    row.extractor = "file";
    row.answer = answer;
    row.correct = correct;
    return row;
}

/// What a source says was answered, as the events of a run.
class Writer {
public:
    Writer(const store::Project& project, const SourceRow& source, std::filesystem::path corrupted)
        : m_project(project)
        , m_format(source.format)
        , m_corrupted(std::move(corrupted))
    {
    }

    Result<void> add(const Item& item)
    {
        const auto fields = parseJson(item.fields.empty() ? "{}" : item.fields, "fields");
        if (!fields)
            return fail(fields.error());
        if (m_format == "scl-traces")
            addTrace(item, formats::traceOf(*fields));
        else if (m_format == "vlmevalkit")
            addPrediction(item, *fields);
        else if (m_format == "pairs" || m_format == "stic-pairs")
            return addPair(item, *fields);
        else if (isAnswerFile(m_format))
            addFileAnswer(item, formats::fileAnswerOf(m_format, *fields));
        return {};
    }

    void put(runs::EventBody body)
    {
        events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, std::move(body) });
    }

    ImportedPairs counts;
    std::vector<runs::Event> events;

private:
    void addTrace(const Item& item, const formats::Trace& trace)
    {
        answer(item, "trace", 1, item.question, trace.first, importedDecoding,
            fileExtraction(trace.firstAnswer, trace.firstRight));
        answer(item, "trace", 2, trace.review, trace.refined, importedDecoding,
            fileExtraction(trace.refinedAnswer, trace.refinedRight));
    }

    void addFileAnswer(const Item& item, const formats::FileAnswer& given)
    {
        Json decoding = given.about;
        decoding["imported"] = true;
        std::optional<ExtractionRow> judged;
        if (given.right)
            judged = fileExtraction("", given.right);
        answer(item, "answer", 1, given.prompt.empty() ? item.question : given.prompt, given.text,
            dumpLine(decoding), judged);
    }

    /// A judged file (*_result.xlsx) says whether the prediction is right: "hit", 0 or 1.
    void addPrediction(const Item& item, const Json& fields)
    {
        if (!fields.contains("prediction"))
            return;
        std::optional<ExtractionRow> judged;
        if (const auto hit = stringOr(fields, "hit"); hit == "0" || hit == "1")
            judged = fileExtraction("", hit == "1");
        answer(item, "prediction", 1, item.question, stringOr(fields, "prediction"),
            importedDecoding, judged);
    }

    Result<void> addPair(const Item& item, const Json& fields)
    {
        const auto texts = formats::pairTexts(fields);
        const auto badPrompt = stringOr(fields, "hallu_prompt");
        Json about { { "imported", true } };
        if (m_format == "stic-pairs") {
            about["claimsCorruption"] = boolOr(fields, "image_corruption", false);
            about["halluPrompt"] = badPrompt;
            if (boolOr(fields, "image_corruption", false))
                if (auto checked = check(item, stringOr(fields, "image"), about); !checked)
                    return checked;
        }
        if (!texts.chosen.empty())
            answer(item, "chosen", 1, item.question, texts.chosen, importedDecoding, {});
        if (!texts.rejected.empty())
            answer(item, "rejected", 1, badPrompt.empty() ? item.question : badPrompt,
                texts.rejected, dumpLine(about), {});
        if (texts.chosen.empty() || texts.rejected.empty())
            return {}; // one labelled answer is no pair
        ++counts.pairs;
        PairRow row;
        row.preference = "imported";
        row.item = item.id;
        row.prompt = item.question;
        row.chosen = texts.chosen;
        row.rejected = texts.rejected;
        row.chosenStage = "chosen";
        row.rejectedStage = "rejected";
        row.chosenTurn = row.rejectedTurn = 1;
        put(runs::Paired { row });
        return {};
    }

    /// Writes the hashes that are known into `about`.
    Result<void> check(const Item& item, const std::string& picture, Json& about)
    {
        ++counts.claimed;
        const auto after = corruptedSha256(m_corrupted, picture);
        const auto images = m_project.images(item.images);
        if (!images)
            return fail(images.error());
        if (after.empty() || images->empty()) {
            ++counts.unknown;
            return {};
        }
        about["sha256Before"] = images->front().sha256;
        about["sha256After"] = after;
        ++(after == images->front().sha256 ? counts.same : counts.changed);
        return {};
    }

    void answer(const Item& item, const char* stage, int turn, const std::string& prompt,
        const std::string& text, std::string decoding, std::optional<ExtractionRow> ofFile)
    {
        ++counts.answers;
        runs::Answered answered;
        answered.response.stage = stage;
        answered.response.item = item.id;
        answered.response.turn = turn;
        answered.response.prompt = prompt;
        answered.response.text = methods::cleanText(text);
        answered.response.decoding = std::move(decoding);
        answered.extractions = methods::extractAll(answered.response.text, item);
        if (ofFile)
            answered.extractions.push_back(std::move(*ofFile));
        put(std::move(answered));
    }

    const store::Project& m_project;
    std::string m_format;
    std::filesystem::path m_corrupted;
};

std::string recipeOf(const SourceRow& source)
{
    return std::string(source.format == "stic-pairs" ? importedRecipe : answersRecipe);
}

std::string jobOf(const SourceRow& source)
{
    runs::Job job;
    job.recipe = recipeOf(source);
    job.options = dumpLine(Json { { "file", source.file }, { "sha256", source.sha256 } });
    return runs::toText(job);
}

} // namespace

std::string claimText(const ImportedPairs& pairs)
{
    auto counts =
        std::to_string(pairs.answers) + " answers, " + std::to_string(pairs.pairs) + " pairs.";
    if (pairs.known > 0)
        counts += " " + std::to_string(pairs.known) + " of the answers are to questions that the "
            + "project had.";
    if (pairs.claimed == 0)
        return counts;
    return counts + " " + std::to_string(pairs.claimed) + " of " + std::to_string(pairs.pairs)
        + " pairs claim a corrupted picture: " + std::to_string(pairs.changed)
        + " with other pixels than the clean one, " + std::to_string(pairs.same)
        + " with the same pixels, " + std::to_string(pairs.unknown)
        + " with pixels that are not known. The form holds neither operator, numbers and seed nor "
          "the corrupted picture, and the released script of STIC never corrupts one, so a claim "
          "alone is no corruption.";
}

Result<std::vector<KnownAnswer>> takeKnownAnswers(const store::Project& project, ImportBatch& batch)
{
    std::vector<KnownAnswer> known;
    if (!isAnswerFile(batch.source.format))
        return known;
    std::unordered_map<std::string, std::vector<std::size_t>> asked; // by the file's own key
    std::vector<Json> fields;
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        auto read = parseJson(batch.items[i].fields, "fields");
        if (!read)
            return fail(read.error());
        fields.push_back(std::move(*read));
        asked[ownKey(batch.items[i].key)].push_back(i);
    }
    std::vector<std::vector<ItemId>> candidates(batch.items.size());
    auto read = project.forEachItem({}, [&](const Item& question) {
        if (const auto found = asked.find(ownKey(question.key)); found != asked.end())
            for (const std::size_t i : found->second)
                if (isAbout(batch.source.format, fields[i], question))
                    candidates[i].push_back(question.id);
    });
    if (!read)
        return fail(read.error());
    std::unordered_set<ItemId> taken;
    ImportBatch rest = std::move(batch);
    batch = { std::move(rest.source), std::move(rest.images), {}, {}, std::move(rest.problems) };
    for (std::size_t i = 0; i < rest.items.size(); ++i) {
        const auto newest = std::ranges::find_if(candidates[i].rbegin(), candidates[i].rend(),
            [&](ItemId one) { return !taken.contains(one); });
        if (newest != candidates[i].rend()) {
            taken.insert(*newest);
            known.push_back({ *newest, std::move(rest.items[i].fields) });
            continue;
        }
        batch.items.push_back(std::move(rest.items[i]));
        batch.itemImages.push_back(std::move(rest.itemImages[i]));
    }
    return known;
}

Result<std::optional<ImportedPairs>> addImportedAnswers(store::Project& project,
    const SourceRow& source, const std::filesystem::path& corrupted,
    std::span<const KnownAnswer> known)
{
    auto items = project.items({ .sources = { source.id } });
    if (!items)
        return fail(items.error());
    store::ItemFilter filter;
    for (const KnownAnswer& one : known)
        filter.ids.push_back(one.item);
    std::unordered_map<ItemId, Item> questions;
    if (!known.empty())
        if (auto read = project.forEachItem(
                filter, [&](const Item& item) { questions.emplace(item.id, item); });
            !read)
            return fail(read.error());
    for (const KnownAnswer& one : known) {
        Item item = questions[one.item];
        item.fields = one.fields; // of the answer, not of the question
        items->push_back(std::move(item));
    }
    Writer writer(project, source, corrupted);
    for (const Item& item : *items)
        if (auto added = writer.add(item); !added)
            return fail(added.error());
    auto& counts = writer.counts;
    counts.known = static_cast<int>(known.size());
    if (counts.answers == 0)
        return std::nullopt;
    writer.put(
        runs::Note { counts.same + counts.unknown > 0 ? "warning" : "info", claimText(counts) });
    writer.put(runs::Finished {});
    const auto name = project.nextRunName(recipeOf(source));
    if (!name)
        return fail(name.error());
    RunRow run;
    run.name = *name;
    run.recipe = recipeOf(source);
    run.job = jobOf(source);
    run.jobSha256 = sha256(run.job);
    const auto id = project.addRun(run, newOpId(), source.id);
    if (!id)
        return fail(id.error());
    if (auto taken = project.takeEvents(*id, writer.events); !taken)
        return fail(taken.error());
    auto result = counts;
    result.run = *name;
    return result;
}

} // namespace slook::workbench
