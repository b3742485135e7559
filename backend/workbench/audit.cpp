#include "workbench/audit.h"
#include "core/hash.h"
#include "core/json.h"
#include "workbench/op_id.h"
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::workbench {
namespace {

/// The answers of one run, found by what a pair says of them.
class Answers {
public:
    explicit Answers(std::vector<ResponseRow> rows)
        : m_rows(std::move(rows))
    {
        for (const ResponseRow& row : m_rows)
            m_byItem[row.item].push_back(&row);
    }
    /// The answer with this very text, of this stage and turn if there is one; null where there is
    /// none.
    [[nodiscard]] const ResponseRow* find(
        ItemId item, const std::string& stage, int turn, const std::string& text) const
    {
        const auto rows = m_byItem.find(item);
        if (rows == m_byItem.end())
            return nullptr;
        const ResponseRow* other = nullptr;
        for (const ResponseRow* row : rows->second) {
            if (row->text != text)
                continue;
            if (row->stage == stage && row->turn == turn)
                return row;
            other = other ? other : row;
        }
        return other;
    }

private:
    std::vector<ResponseRow> m_rows;
    std::map<ItemId, std::vector<const ResponseRow*>> m_byItem;
};

double perToken(const ResponseRow& response)
{
    return response.logprob
        / static_cast<double>(std::max<std::size_t>(1, response.tokenIds.size()));
}

/// What all candidates and audited pairs are looked up in.
struct Context {
    std::map<RunId, RunRow> runs;
    std::map<ItemId, Item> items;
    std::map<SourceId, std::string> sources;
};

Result<Context> contextOf(const store::Project& project)
{
    Context context;
    const auto runs = project.runs();
    if (!runs)
        return fail(runs.error());
    for (const RunRow& run : *runs)
        context.runs.emplace(run.id, run);
    auto items = project.items();
    if (!items)
        return fail(items.error());
    for (Item& item : *items) {
        const ItemId id = item.id;
        context.items.emplace(id, std::move(item));
    }
    const auto sources = project.sources();
    if (!sources)
        return fail(sources.error());
    for (const SourceRow& source : *sources)
        context.sources.emplace(source.id, source.name);
    return context;
}

/// Pairs that an adjudication has settled for one answer, by pair.
Result<std::map<PairId, ResponseId>> settledPairs(const store::Project& project)
{
    const auto rows = project.adjudications();
    if (!rows)
        return fail(rows.error());
    std::map<PairId, ResponseId> settled;
    for (const AdjudicationRow& row : *rows)
        settled[row.pair] = row.outcome == Settlement::Better ? row.better : ResponseId {};
    return settled;
}

Result<void> addCandidates(AuditCandidates& into, const store::Project& project,
    const Context& context, const RunRow& run, const AuditSource& source,
    const std::map<PairId, ResponseId>& settled)
{
    const auto pairs = project.pairs(run.id, source.preference);
    if (!pairs)
        return fail(pairs.error());
    if (pairs->empty())
        return {};
    auto responses = project.responses(run.id);
    if (!responses)
        return fail(responses.error());
    const Answers answers(std::move(*responses));
    const auto corruptions = project.corruptions(run.id);
    if (!corruptions)
        return fail(corruptions.error());
    std::map<ResponseId, std::string> operators;
    for (const CorruptionRow& one : *corruptions)
        operators.emplace(one.response, one.op);
    for (const PairRow& pair : *pairs) {
        const auto item = context.items.find(pair.item);
        if (item == context.items.end()
            || (!source.items.empty() && !std::ranges::binary_search(source.items, pair.item)))
            continue;
        const auto name = context.sources.find(item->second.source);
        const std::string benchmark = name == context.sources.end() ? "" : name->second;
        if (!source.filter.matches(pair, item->second, benchmark))
            continue;
        const auto* chosen =
            answers.find(pair.item, pair.chosenStage, pair.chosenTurn, pair.chosen);
        const auto* rejected =
            answers.find(pair.item, pair.rejectedStage, pair.rejectedTurn, pair.rejected);
        if (!chosen || !rejected || chosen == rejected) {
            ++into.leftOut;
            continue;
        }
        AuditCandidate one { pair.id, chosen->id, rejected->id, typeName(pair.type), run.recipe,
            benchmark, {}, {}, {} };
        if (const auto op = operators.find(rejected->id); op != operators.end())
            one.corruption = op->second;
        const double margin = std::abs(perToken(*chosen) - perToken(*rejected));
        if (std::isfinite(margin))
            one.margin = margin;
        if (const auto known = settled.find(pair.id); known != settled.end())
            one.expected = known->second;
        into.rows.push_back(std::move(one));
    }
    return {};
}

/// The rows of `wanted`, in its order. Errors: NotFound.
Result<std::vector<AuditCandidate>> selected(
    const std::vector<AuditCandidate>& rows, const std::vector<PairId>& wanted)
{
    std::map<PairId, const AuditCandidate*> byPair;
    for (const AuditCandidate& row : rows)
        byPair.emplace(row.pair, &row);
    std::vector<AuditCandidate> chosen;
    for (const PairId id : wanted) {
        const auto found = byPair.find(id);
        if (found == byPair.end())
            return fail(ErrorKind::NotFound,
                "is no pair with two answers that can be judged; choose others",
                "pair " + std::to_string(id.value));
        chosen.push_back(*found->second);
    }
    return chosen;
}

Json planJson(const AuditSource& source, const AuditOptions& options, const AuditPlan& plan,
    const AuditCandidates& candidates)
{
    Json strata = Json::array();
    for (const AuditStratum& one : plan.strata)
        strata.push_back(
            { { "name", one.name }, { "population", one.population }, { "drawn", one.drawn } });
    Json runs = Json::array();
    for (const RunId run : source.runs)
        runs.push_back(run.value);
    return { { "sampling", nameOf(options.sampling) },
        { "strata", options.sampling == Sampling::Stratified ? options.strata : "" },
        { "preference", source.preference }, { "runs", runs },
        { "population", candidates.rows.size() }, { "leftOut", candidates.leftOut },
        { "pairs", plan.pairs }, { "annotators", options.annotators },
        { "overlap", options.overlap }, { "overlapping", plan.overlapping },
        { "mirrored", options.mirrored }, { "mirroredEach", plan.mirrored },
        { "gold", options.gold }, { "goldEach", plan.gold }, { "found", strata } };
}

/// With the name of the preference where none was given.
Result<AuditSource> named(const store::Project& project, AuditSource source)
{
    const auto runs = project.runs();
    if (!runs)
        return fail(runs.error());
    for (const RunRow& run : *runs) {
        if (!source.preference.empty())
            break;
        if (!source.runs.empty() && std::ranges::find(source.runs, run.id) == source.runs.end())
            continue;
        const auto pairs = project.pairs(run.id);
        if (!pairs)
            return fail(pairs.error());
        if (!pairs->empty())
            source.preference = pairs->front().preference;
    }
    return source;
}

} // namespace

Result<AuditCandidates> auditCandidates(const store::Project& project, const AuditSource& given)
{
    const auto found = named(project, given);
    if (!found)
        return fail(found.error());
    const AuditSource& source = *found;
    const auto context = contextOf(project);
    if (!context)
        return fail(context.error());
    const auto settled = settledPairs(project);
    if (!settled)
        return fail(settled.error());
    AuditCandidates candidates;
    for (const auto& [id, run] : context->runs)
        if (source.runs.empty() || std::ranges::find(source.runs, id) != source.runs.end())
            if (auto added = addCandidates(candidates, project, *context, run, source, *settled);
                !added)
                return fail(added.error());
    if (source.pairs.empty())
        return candidates;
    auto rows = selected(candidates.rows, source.pairs);
    if (!rows)
        return fail(rows.error());
    candidates.rows = std::move(*rows);
    return candidates;
}

Result<AuditBatchRow> newAudit(
    store::Project& project, const AuditSource& given, const AuditOptions& options)
{
    const auto found = named(project, given);
    if (!found)
        return fail(found.error());
    const AuditSource& source = *found;
    const auto candidates = auditCandidates(project, source);
    if (!candidates)
        return fail(candidates.error());
    AuditOptions wanted = options;
    if (wanted.sampling == Sampling::Selection)
        wanted.pairs = std::max<int>(1, static_cast<int>(candidates->rows.size()));
    const auto plan = planAudit(candidates->rows, wanted);
    if (!plan)
        return fail(plan.error());
    AuditBatchRow batch;
    batch.name = wanted.name;
    batch.seed = wanted.seed;
    batch.rubric = wanted.rubric;
    batch.plan = dumpLine(planJson(source, wanted, *plan, *candidates));
    const auto id = project.addAudit(batch, plan->tasks, newOpId());
    if (!id)
        return fail(id.error());
    return auditNamed(project, std::to_string(id->value));
}

Result<AuditBatchRow> auditNamed(const store::Project& project, const std::string& nameOrNumber)
{
    const auto batches = project.audits();
    if (!batches)
        return fail(batches.error());
    if (batches->empty())
        return fail(ErrorKind::NotFound,
            "has no audit yet; plan one with secondlook-cli audit PROJECT new --name NAME",
            project.file().string());
    if (nameOrNumber.empty())
        return batches->front();
    std::string names;
    for (const AuditBatchRow& batch : *batches) {
        if (batch.name == nameOrNumber)
            return batch;
        names += (names.empty() ? "" : ", ") + batch.name;
    }
    const auto found = std::ranges::find_if(*batches,
        [&](const AuditBatchRow& batch) { return std::to_string(batch.id.value) == nameOrNumber; });
    if (found != batches->end())
        return *found;
    return fail(ErrorKind::NotFound, "is no audit of this project; it has " + names, nameOrNumber);
}

Result<std::string> pairSha256(const store::Project& project, const AuditedPair& pair)
{
    const auto images = project.images(pair.item.images);
    if (!images)
        return fail(images.error());
    Sha256 sum;
    for (const ImageRow& image : *images)
        sum.add(image.sha256);
    const auto [first, second] = std::minmax(pair.pair.chosen, pair.pair.rejected);
    for (const std::string& text : { pair.pair.prompt, first, second }) {
        sum.add(std::to_string(text.size()) + ":");
        sum.add(text);
    }
    return sum.hex();
}

bool isSent(const AuditBatchRow& batch)
{
    const auto plan = parseJson(batch.plan, "plan");
    return plan && plan->is_object() && plan->contains("sent");
}

namespace {

/// What was done to the first picture, by the answer that the model gave then.
Result<std::map<ResponseId, CorruptionRow>> corruptedAnswers(
    const store::Project& project, const std::map<PairId, AuditedPair>& pairs)
{
    std::set<RunId> runs;
    for (const auto& [id, pair] : pairs)
        runs.insert(pair.pair.run);
    std::map<ResponseId, CorruptionRow> found;
    for (const RunId run : runs) {
        auto rows = project.corruptions(run);
        if (!rows)
            return fail(rows.error());
        for (CorruptionRow& row : *rows)
            if (row.position == 0)
                found.emplace(row.response, std::move(row));
    }
    return found;
}

} // namespace

Result<std::map<PairId, AuditedPair>> auditedPairs(const store::Project& project, BatchId batch)
{
    const auto tasks = project.auditTasks(batch);
    if (!tasks)
        return fail(tasks.error());
    const auto context = contextOf(project);
    if (!context)
        return fail(context.error());
    std::set<PairId> wanted;
    for (const AuditTask& task : *tasks)
        wanted.insert(task.pair);
    std::map<PairId, AuditedPair> found;
    for (const auto& [id, run] : context->runs) {
        const auto pairs = project.pairs(id);
        if (!pairs)
            return fail(pairs.error());
        for (const PairRow& pair : *pairs) {
            const auto item = context->items.find(pair.item);
            if (!wanted.contains(pair.id) || item == context->items.end())
                continue;
            const auto source = context->sources.find(item->second.source);
            found.emplace(pair.id,
                AuditedPair { pair, item->second, run.recipe,
                    source == context->sources.end() ? "" : source->second, {}, {}, {} });
        }
    }
    for (const AuditTask& task : *tasks) {
        const auto pair = found.find(task.pair);
        if (pair == found.end() || pair->second.chosen)
            continue;
        for (const ResponseId side : { task.left, task.right }) {
            const auto response = project.response(side);
            if (!response)
                return fail(response.error());
            const bool chosen = response->text == pair->second.pair.chosen;
            (chosen ? pair->second.chosen : pair->second.rejected) = side;
        }
    }
    const auto corrupted = corruptedAnswers(project, found);
    if (!corrupted)
        return fail(corrupted.error());
    for (auto& [id, pair] : found)
        if (const auto known = corrupted->find(pair.rejected); known != corrupted->end())
            pair.corruption = known->second.op;
    return found;
}

Result<AuditSession> auditSession(
    const store::Project& project, BatchId batch, const std::string& annotator)
{
    AuditSession session;
    auto row = auditNamed(project, std::to_string(batch.value));
    if (!row)
        return fail(row.error());
    session.batch = std::move(*row);
    session.annotator = annotator;
    const auto tasks = project.auditTasks(batch, annotator);
    if (!tasks)
        return fail(tasks.error());
    if (tasks->empty() || annotator.empty())
        return fail(ErrorKind::NotFound,
            "has nothing to judge in the audit " + session.batch.name + "; choose another name",
            annotator.empty() ? "nobody" : annotator);
    const auto pairs = auditedPairs(project, batch);
    if (!pairs)
        return fail(pairs.error());
    const auto runs = project.runs();
    if (!runs)
        return fail(runs.error());
    auto corrupted = corruptedAnswers(project, *pairs);
    if (!corrupted)
        return fail(corrupted.error());
    const bool sent = isSent(session.batch);
    for (const AuditTask& task : *tasks) {
        const auto found = pairs->find(task.pair);
        if (found == pairs->end())
            continue; // of an import that was undone
        const AuditedPair& one = found->second;
        const bool chosenLeft = task.left == one.chosen;
        AuditView view { task, one.item.question, one.item.options, one.item.images,
            chosenLeft ? one.pair.chosen : one.pair.rejected,
            chosenLeft ? one.pair.rejected : one.pair.chosen, chosenLeft ? "left" : "right", {}, {},
            {} };
        for (const ResponseId side : { task.left, task.right })
            if (const auto known = corrupted->find(side); known != corrupted->end())
                view.corruption = known->second;
        const auto run = std::ranges::find(*runs, one.pair.run, &RunRow::id);
        view.machine = run->name + ", " + one.pair.preference
            + (one.pair.type ? ", " + typeName(one.pair.type) : "");
        view.model = run->model;
        if (sent) {
            view.chosen.clear();
            view.machine.clear();
        }
        session.views.push_back(std::move(view));
    }
    auto verdicts = project.verdicts(batch, annotator);
    if (!verdicts)
        return fail(verdicts.error());
    session.verdicts = std::move(*verdicts);
    auto drafts = project.drafts(batch, annotator);
    if (!drafts)
        return fail(drafts.error());
    session.drafts = std::move(*drafts);
    return session;
}

Result<std::vector<AuditProgress>> auditProgress(const store::Project& project, BatchId batch)
{
    const auto tasks = project.auditTasks(batch);
    if (!tasks)
        return fail(tasks.error());
    const auto verdicts = project.verdicts(batch);
    if (!verdicts)
        return fail(verdicts.error());
    std::set<TaskId> judged;
    for (const VerdictRow& verdict : *verdicts)
        judged.insert(verdict.task);
    std::vector<AuditProgress> rows;
    for (const AuditTask& task : *tasks) {
        if (rows.empty() || rows.back().annotator != task.annotator)
            rows.push_back({ task.annotator, 0, 0 });
        ++rows.back().tasks;
        rows.back().judged += judged.contains(task.id) ? 1 : 0;
    }
    return rows;
}

} // namespace slook::workbench
