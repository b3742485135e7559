#include "core/hash.h"
#include "core/json.h"
#include "runs/job.h"
#include "workbench/audit_merge.h"
#include "workbench/op_id.h"
#include <nlohmann/json.hpp>
#include <set>
#include <unistd.h>

namespace slook::workbench {
namespace {

namespace fs = std::filesystem;

constexpr const char* sentPreference = "to-judge";

/// What goes along, as the project that it comes from has it.
struct Parcel {
    AuditBatchRow batch;
    std::vector<AuditTask> tasks;
    std::map<PairId, AuditedPair> pairs; ///< of the tasks alone
    std::vector<VerdictRow> verdicts;
    std::vector<AdjudicationRow> adjudications; ///< of a parcel to an adjudicator alone
};

Result<Parcel> parcelOf(const store::Project& project, const AuditBatchRow& batch,
    const std::vector<std::string>& annotators)
{
    Parcel parcel;
    parcel.batch = batch;
    const auto tasks = project.auditTasks(batch.id);
    const auto verdicts = project.verdicts(batch.id);
    auto pairs = auditedPairs(project, batch.id);
    if (!tasks || !verdicts || !pairs)
        return fail(!tasks ? tasks.error() : !verdicts ? verdicts.error() : pairs.error());
    for (const std::string& name : annotators)
        if (std::ranges::find(*tasks, name, &AuditTask::annotator) == tasks->end())
            return fail(ErrorKind::NotFound,
                "has nothing to judge in the audit " + batch.name + "; choose another name", name);
    for (const AuditTask& task : *tasks) {
        const auto pair = pairs->find(task.pair);
        if (pair == pairs->end()
            || (!annotators.empty()
                && std::ranges::find(annotators, task.annotator) == annotators.end()))
            continue;
        parcel.tasks.push_back(task);
        parcel.pairs.emplace(pair->first, pair->second);
        if (const auto verdict = std::ranges::find(*verdicts, task.id, &VerdictRow::task);
            verdict != verdicts->end())
            parcel.verdicts.push_back(*verdict);
    }
    if (parcel.tasks.empty())
        return fail(ErrorKind::NotFound, "has nothing to judge; choose another audit", batch.name);
    if (!annotators.empty())
        return parcel;
    auto adjudications = project.adjudicationHistory(batch.id);
    if (!adjudications)
        return fail(adjudications.error());
    parcel.adjudications = std::move(*adjudications);
    std::erase_if(parcel.adjudications,
        [&](const AdjudicationRow& row) { return !parcel.pairs.contains(row.pair); });
    return parcel;
}

/// Questions and pictures, source by source. @return the items there by those of here
Result<std::map<ItemId, ItemId>> sendItems(
    const store::Project& project, const Parcel& parcel, store::Project& sent, SentAudit& report)
{
    std::map<SourceId, std::map<ItemId, Item>> bySource;
    for (const auto& [id, pair] : parcel.pairs)
        bySource[pair.item.source].emplace(pair.item.id, pair.item);
    const auto sources = project.sources();
    if (!sources)
        return fail(sources.error());
    std::map<ItemId, ItemId> translated;
    for (const auto& [source, items] : bySource) {
        ImportBatch batch;
        if (const auto row = std::ranges::find(*sources, source, &SourceRow::id);
            row != sources->end()) {
            batch.source.name = row->name;
            batch.source.format = row->format;
        }
        std::map<ImageId, std::size_t> pictures;
        for (const auto& [id, item] : items) {
            std::vector<std::size_t> places;
            for (const ImageId image : item.images) {
                const auto [place, isNew] = pictures.emplace(image, batch.images.size());
                places.push_back(place->second);
                if (!isNew)
                    continue;
                const auto rows = project.images(std::span(&image, 1));
                if (!rows)
                    return fail(rows.error());
                NewImage picture { rows->front(), {},
                    [&project, image] { return project.imageBytes(image); } };
                picture.row.id = {};
                picture.row.path.clear();
                picture.row.storedBytes = true;
                batch.images.push_back(std::move(picture));
            }
            Item there = item;
            there.id = {};
            there.images.clear();
            there.answer.clear(); // the annotator is not to know it
            there.fields = "{}";
            batch.items.push_back(std::move(there));
            batch.itemImages.push_back(std::move(places));
        }
        report.pictures += static_cast<int>(batch.images.size());
        const auto added = sent.addImport(batch, newOpId());
        if (!added)
            return fail(added.error());
        const auto there = sent.items({ .sources = { *added } });
        if (!there)
            return fail(there.error());
        for (const auto& [id, item] : items)
            if (const auto found = std::ranges::find(*there, item.key, &Item::key);
                found != there->end())
                translated.emplace(id, found->id);
    }
    return translated;
}

/// Which of both texts stands as chosen there: a hash decides, no label.
bool chosenComesFirst(const AuditedPair& pair)
{
    return sha256(pair.pair.chosen) < sha256(pair.pair.rejected);
}

struct SentPair {
    PairId id;
    ResponseId chosen; ///< the answer there that is the machine's choice here
    ResponseId rejected;
};

/// Both texts of every pair as answers of one run without a model.
Result<std::map<PairId, SentPair>> sendPairs(const store::Project& project, const Parcel& parcel,
    const std::map<ItemId, ItemId>& items, store::Project& sent)
{
    std::map<ResponseId, CorruptionRow> corruptions;
    std::set<RunId> runs;
    for (const auto& [id, pair] : parcel.pairs)
        runs.insert(pair.pair.run);
    for (const RunId run : runs) {
        const auto rows = project.corruptions(run);
        if (!rows)
            return fail(rows.error());
        for (const CorruptionRow& row : *rows)
            if (row.position == 0)
                corruptions.emplace(row.response, row);
    }
    std::vector<runs::Event> events;
    const auto put = [&](runs::EventBody body) {
        events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, std::move(body) });
    };
    std::map<ItemId, int> turns;
    std::map<std::pair<ItemId, int>, PairId> byPlace;
    for (const auto& [id, pair] : parcel.pairs) {
        const ItemId item = items.at(pair.item.id);
        const int turn = ++turns[item];
        byPlace.emplace(std::pair(item, turn), id);
        PairRow row;
        row.preference = sentPreference;
        row.item = item;
        row.prompt = pair.pair.prompt;
        row.chosen = chosenComesFirst(pair) ? pair.pair.chosen : pair.pair.rejected;
        row.rejected = chosenComesFirst(pair) ? pair.pair.rejected : pair.pair.chosen;
        row.chosenTurn = row.rejectedTurn = turn;
        row.chosenStage = "one";
        row.rejectedStage = "other";
        for (const bool first : { true, false }) {
            runs::Answered answered;
            answered.response.stage = first ? row.chosenStage : row.rejectedStage;
            answered.response.item = item;
            answered.response.turn = turn;
            answered.response.text = first ? row.chosen : row.rejected;
            answered.response.decoding = "{}";
            // Always with the first text, so that it does not tell which answer is of it.
            if (const auto known = corruptions.find(pair.rejected);
                first && known != corruptions.end())
                answered.corruptions.push_back(known->second);
            put(std::move(answered));
        }
        put(runs::Paired { std::move(row) });
    }
    put(runs::Finished {});
    RunRow run;
    run.name = "0001-sent";
    run.recipe = "sent";
    runs::Job job;
    job.recipe = run.recipe;
    job.options = "{}";
    run.job = runs::toText(job);
    run.jobSha256 = sha256(run.job);
    const auto id = sent.addRun(run, newOpId());
    if (!id)
        return fail(id.error());
    if (auto taken = sent.takeEvents(*id, events); !taken)
        return fail(taken.error());
    const auto pairs = sent.pairs(*id);
    const auto answers = sent.responses(*id);
    if (!pairs || !answers)
        return fail(pairs ? answers.error() : pairs.error());
    std::map<std::pair<ItemId, int>, SentPair> there;
    for (const PairRow& pair : *pairs)
        there[{ pair.item, pair.chosenTurn }].id = pair.id;
    for (const ResponseRow& answer : *answers) {
        const std::pair place(answer.item, answer.turn);
        const bool isChosen =
            (answer.stage == "one") == chosenComesFirst(parcel.pairs.at(byPlace.at(place)));
        (isChosen ? there[place].chosen : there[place].rejected) = answer.id;
    }
    std::map<PairId, SentPair> result;
    for (const auto& [place, pair] : byPlace)
        result.emplace(pair, there.at(place));
    return result;
}

/// What the plan says of order and sample; of labels nothing.
std::string sentPlan(const AuditBatchRow& batch)
{
    const auto plan = parseJson(batch.plan, "plan");
    Json kept { { "sent", true }, { "preference", sentPreference } };
    for (const char* name : { "sampling", "pairs", "annotators", "overlap", "mirrored" })
        if (plan && plan->is_object() && plan->contains(name))
            kept[name] = plan->at(name);
    return dumpLine(kept);
}

Result<void> sendPlan(
    const Parcel& parcel, const std::map<PairId, SentPair>& pairs, store::Project& sent)
{
    AuditBatchRow batch = parcel.batch;
    batch.plan = sentPlan(batch);
    std::vector<AuditTask> tasks;
    for (const AuditTask& task : parcel.tasks) {
        const SentPair& there = pairs.at(task.pair);
        const ResponseId chosen = parcel.pairs.at(task.pair).chosen;
        AuditTask one = task;
        one.id = {};
        one.pair = there.id;
        one.left = task.left == chosen ? there.chosen : there.rejected;
        one.right = task.right == chosen ? there.chosen : there.rejected;
        one.stratum.clear();
        one.expected = {};
        tasks.push_back(std::move(one));
    }
    const auto id = sent.addAudit(batch, tasks, newOpId());
    if (!id)
        return fail(id.error());
    const auto written = sent.auditTasks(*id);
    if (!written)
        return fail(written.error());
    store::ImportedJudgements judgements { {}, {}, {}, "the project" };
    for (AdjudicationRow row : parcel.adjudications) {
        const SentPair& there = pairs.at(row.pair);
        if (row.better)
            row.better =
                row.better == parcel.pairs.at(row.pair).chosen ? there.chosen : there.rejected;
        row.pair = there.id;
        judgements.adjudications.push_back(std::move(row));
    }
    for (const VerdictRow& verdict : parcel.verdicts) {
        const AuditTask& task = *std::ranges::find(parcel.tasks, verdict.task, &AuditTask::id);
        const auto there = std::ranges::find_if(*written, [&](const AuditTask& one) {
            return one.annotator == task.annotator && one.position == task.position;
        });
        store::ImportedVerdict one { {}, verdict, true };
        one.verdict.task = there->id;
        if (verdict.better)
            one.verdict.better = verdict.better == task.left ? there->left : there->right;
        judgements.verdicts.push_back(std::move(one));
    }
    return judgements.verdicts.empty() && judgements.adjudications.empty()
        ? Result<void>()
        : sent.addJudgements(*id, judgements, newOpId());
}

Result<SentAudit> sendTo(const store::Project& project, const Parcel& parcel, const fs::path& file)
{
    auto sent = store::Project::create(file);
    if (!sent)
        return fail(sent.error());
    SentAudit report;
    report.tasks = static_cast<int>(parcel.tasks.size());
    report.pairs = static_cast<int>(parcel.pairs.size());
    report.verdicts = static_cast<int>(parcel.verdicts.size());
    const auto items = sendItems(project, parcel, *sent, report);
    if (!items)
        return fail(items.error());
    const auto pairs = sendPairs(project, parcel, *items, *sent);
    if (!pairs)
        return fail(pairs.error());
    if (auto planned = sendPlan(parcel, *pairs, *sent); !planned)
        return fail(planned.error());
    return report;
}

} // namespace

Result<SentAudit> sendAudit(const store::Project& project, const AuditBatchRow& batch,
    const std::vector<std::string>& annotators, const fs::path& file)
{
    std::error_code error;
    if (fs::exists(fs::symlink_status(file)))
        return fail(ErrorKind::Conflict, "exists already; choose another name", file.string());
    const auto parcel = parcelOf(project, batch, annotators);
    if (!parcel)
        return fail(parcel.error());
    const fs::path folder = fs::absolute(file).parent_path()
        / ("." + file.filename().string() + ".tmp" + std::to_string(::getpid()));
    fs::remove_all(folder, error); // of an earlier process with our id, which died half-way
    fs::create_directory(folder, error);
    if (error)
        return fail(ErrorKind::Io,
            "cannot be written (" + error.message() + "); choose another folder", file.string());
    auto report = sendTo(project, *parcel, folder / file.filename()); // closed when it returns
    if (report)
        fs::rename(folder / file.filename(), file, error);
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    if (error)
        return fail(
            ErrorKind::Io, "cannot be put in place (" + error.message() + ")", file.string());
    return report;
}

} // namespace slook::workbench
