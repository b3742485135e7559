#include "workbench/import_pairs.h"
#include "core/hash.h"
#include "core/json.h"
#include "formats/picture_finder.h"
#include "formats/stic_pairs.h"
#include "image/decode.h"
#include "runs/job.h"
#include "workbench/op_id.h"
#include "workbench/origin.h"
#include <nlohmann/json.hpp>

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

/// Both sides of a pair as the events of a run.
class Writer {
public:
    Writer(const store::Project& project, std::filesystem::path corrupted)
        : m_project(project)
        , m_corrupted(std::move(corrupted))
    {
    }

    Result<void> add(const Item& item)
    {
        const auto record = parseJson(item.fields, "fields");
        if (!record)
            return fail(record.error());
        formats::SticPair pair;
        if (!formats::readSticPair(*record, pair).empty())
            return {}; // it was read before, so it is one
        ++counts.pairs;
        Json about { { "imported", true }, { "claimsCorruption", pair.claimsCorruption },
            { "halluPrompt", pair.badPrompt } };
        if (pair.claimsCorruption)
            if (auto checked = check(item, pair, about); !checked)
                return checked;
        answer(item, "chosen", pair.prompt, pair.chosen, "{\"imported\":true}");
        answer(item, "rejected", pair.badPrompt.empty() ? pair.prompt : pair.badPrompt,
            pair.rejected, dumpLine(about));
        PairRow row;
        row.preference = "imported";
        row.item = item.id;
        row.prompt = pair.prompt;
        row.chosen = pair.chosen;
        row.rejected = pair.rejected;
        row.chosenStage = "chosen";
        row.rejectedStage = "rejected";
        row.chosenTurn = row.rejectedTurn = 1;
        put(runs::Paired { row });
        return {};
    }

    void put(runs::EventBody body)
    {
        events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, std::move(body) });
    }

    ImportedPairs counts;
    std::vector<runs::Event> events;

private:
    /// Writes the hashes that are known into `about`.
    Result<void> check(const Item& item, const formats::SticPair& pair, Json& about)
    {
        ++counts.claimed;
        const auto after = corruptedSha256(m_corrupted, pair.image);
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

    void answer(const Item& item, const char* stage, const std::string& prompt,
        const std::string& text, std::string decoding)
    {
        runs::Answered answered;
        answered.response.stage = stage;
        answered.response.item = item.id;
        answered.response.prompt = prompt;
        answered.response.text = text;
        answered.response.decoding = std::move(decoding);
        put(std::move(answered));
    }

    const store::Project& m_project;
    std::filesystem::path m_corrupted;
};

std::string jobOf(const SourceRow& source)
{
    runs::Job job;
    job.recipe = std::string(importedRecipe);
    job.options = dumpLine(Json { { "file", source.file }, { "sha256", source.sha256 } });
    return runs::toText(job);
}

} // namespace

std::string claimText(const ImportedPairs& pairs)
{
    if (pairs.claimed == 0)
        return "No pair claims a corrupted picture.";
    return std::to_string(pairs.claimed) + " of " + std::to_string(pairs.pairs)
        + " pairs claim a corrupted picture: " + std::to_string(pairs.changed)
        + " with other pixels than the clean one, " + std::to_string(pairs.same)
        + " with the same pixels, " + std::to_string(pairs.unknown)
        + " with pixels that are not known. The form holds neither operator, numbers and seed nor "
          "the corrupted picture, and the released script of STIC never corrupts one, so a claim "
          "alone is no corruption.";
}

Result<ImportedPairs> addImportedPairs(
    store::Project& project, const SourceRow& source, const std::filesystem::path& corrupted)
{
    const auto items = project.items({ .sources = { source.id } });
    if (!items)
        return fail(items.error());
    Writer writer(project, corrupted);
    for (const Item& item : *items)
        if (auto added = writer.add(item); !added)
            return fail(added.error());
    const auto& counts = writer.counts;
    writer.put(
        runs::Note { counts.same + counts.unknown > 0 ? "warning" : "info", claimText(counts) });
    writer.put(runs::Finished {});
    const auto name = project.nextRunName(std::string(importedRecipe));
    if (!name)
        return fail(name.error());
    RunRow run;
    run.name = *name;
    run.recipe = importedRecipe;
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
