#include "workbench/audit_merge.h"
#include "core/json.h"
#include "workbench/audit_apply.h"
#include "workbench/op_id.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::workbench {
namespace {

namespace fs = std::filesystem;

/// Whether two rows are one judgement; a file may not know the time.
bool isSame(const VerdictRow& a, const VerdictRow& b)
{
    const bool oneMoment = a.time == 0 || b.time == 0 || a.time == b.time;
    return oneMoment && a.choice == b.choice && a.better == b.better && a.reasons == b.reasons
        && a.note == b.note && a.flagged == b.flagged;
}

const VerdictRow* verdictOn(const std::vector<VerdictRow>& verdicts, TaskId task)
{
    const auto found = std::ranges::find(verdicts, task, &VerdictRow::task);
    return found == verdicts.end() ? nullptr : &*found;
}

std::string counted(int number, const std::string& one, const std::string& many)
{
    return std::to_string(number) + " " + (number == 1 ? one : many);
}

/// A batch with what its rows are found by.
struct Side {
    AuditBatchRow batch;
    std::map<PairId, AuditedPair> pairs;
    std::map<PairId, std::string> contents;
    std::vector<AuditTask> tasks;
};

Result<Side> sideOf(const store::Project& project, const AuditBatchRow& batch)
{
    Side side;
    side.batch = batch;
    auto pairs = auditedPairs(project, batch.id);
    if (!pairs)
        return fail(pairs.error());
    auto tasks = project.auditTasks(batch.id);
    if (!tasks)
        return fail(tasks.error());
    side.pairs = std::move(*pairs);
    side.tasks = std::move(*tasks);
    for (const auto& [id, pair] : side.pairs) {
        auto sum = pairSha256(project, pair);
        if (!sum)
            return fail(sum.error());
        side.contents.emplace(id, std::move(*sum));
    }
    return side;
}

PairId pairWith(const Side& side, const std::string& content)
{
    for (const auto& [id, sum] : side.contents)
        if (sum == content)
            return id;
    return {};
}

/// The task here that shows what theirs shows; two pairs of the same content differ in position.
const AuditTask* taskLike(const Side& here, const AuditTask& theirs, const std::string& content)
{
    const AuditTask* found = nullptr;
    for (const AuditTask& task : here.tasks) {
        const auto known = here.contents.find(task.pair);
        if (task.annotator != theirs.annotator || known == here.contents.end()
            || known->second != content
            || (task.kind == TaskKind::Mirrored) != (theirs.kind == TaskKind::Mirrored))
            continue;
        if (!found || task.position == theirs.position)
            found = &task;
    }
    return found;
}

/// The answer here with the text that an answer has there.
ResponseId answerLike(const AuditedPair& here, const AuditedPair& there, ResponseId answer)
{
    const std::string& text = answer == there.chosen ? there.pair.chosen : there.pair.rejected;
    return text == here.pair.chosen ? here.chosen : here.rejected;
}

/// Their verdicts with the ids of here; `foreign` counts those about other pairs.
std::vector<store::ImportedVerdict> translated(
    const Side& here, const Side& there, const std::vector<VerdictRow>& verdicts, int& foreign)
{
    std::vector<store::ImportedVerdict> rows;
    std::map<std::string, int> next;
    for (const AuditTask& task : here.tasks)
        next[task.annotator] = std::max(next[task.annotator], task.position + 1);
    for (const VerdictRow& verdict : verdicts) {
        const auto task = std::ranges::find(there.tasks, verdict.task, &AuditTask::id);
        const auto content =
            task == there.tasks.end() ? there.contents.end() : there.contents.find(task->pair);
        const PairId pair =
            content == there.contents.end() ? PairId {} : pairWith(here, content->second);
        if (!pair) {
            ++foreign;
            continue;
        }
        store::ImportedVerdict one;
        one.verdict = verdict;
        one.verdict.id = {};
        const AuditTask* ours = taskLike(here, *task, content->second);
        const AuditedPair& hereIs = here.pairs.at(ours ? ours->pair : pair);
        const AuditedPair& thereIs = there.pairs.at(task->pair);
        one.verdict.task = ours ? ours->id : TaskId {};
        if (verdict.better)
            one.verdict.better = answerLike(hereIs, thereIs, verdict.better);
        if (!ours) {
            AuditTask made = *task;
            made.id = {};
            made.expected = {};
            made.position = next[task->annotator]++;
            made.pair = pair;
            made.left = answerLike(hereIs, thereIs, task->left);
            made.right = answerLike(hereIs, thereIs, task->right);
            made.kind = task->kind == TaskKind::Mirrored ? task->kind : TaskKind::Imported;
            one.newTask = made;
        }
        rows.push_back(std::move(one));
    }
    return rows;
}

bool isSame(const AdjudicationRow& a, const AdjudicationRow& b)
{
    return a.decidesLike(b) && a.category == b.category && a.note == b.note
        && a.adjudicator == b.adjudicator && a.time == b.time;
}

/// Their adjudications with the ids of here, without those of pairs that are not here.
std::vector<AdjudicationRow> translated(
    const Side& here, const Side& there, const std::vector<AdjudicationRow>& adjudications)
{
    std::vector<AdjudicationRow> rows;
    for (AdjudicationRow row : adjudications) {
        const auto content = there.contents.find(row.pair);
        const PairId pair =
            content == there.contents.end() ? PairId {} : pairWith(here, content->second);
        if (!pair)
            continue;
        if (row.better)
            row.better = answerLike(here.pairs.at(pair), there.pairs.at(row.pair), row.better);
        row.batch = here.batch.id;
        row.pair = pair;
        rows.push_back(std::move(row));
    }
    return rows;
}

const AdjudicationRow* adjudicationOf(const std::vector<AdjudicationRow>& rows, PairId pair)
{
    const auto found = std::ranges::find(rows, pair, &AdjudicationRow::pair);
    return found == rows.end() ? nullptr : &*found;
}

/// What an adjudicator of the other file settled, beside what is settled here.
Result<std::vector<MergeAdjudication>> adjudicationsOf(const store::Project& project,
    const store::Project& theirs, const Side& here, const Side& there, const std::string& origin)
{
    const auto counting = project.adjudications(here.batch.id);
    const auto history = project.adjudicationHistory(here.batch.id);
    const auto theirCounting = theirs.adjudications(there.batch.id);
    const auto theirHistory = theirs.adjudicationHistory(there.batch.id);
    for (const auto* read : { &counting, &history, &theirCounting, &theirHistory })
        if (!*read)
            return fail(read->error());
    const auto theyHad = translated(here, there, *theirHistory);
    std::vector<MergeAdjudication> merged;
    for (AdjudicationRow& row : translated(here, there, *theirCounting)) {
        const auto isIt = [](const AdjudicationRow& one) {
            return [&one](const AdjudicationRow& other) { return isSame(one, other); };
        };
        MergeAdjudication one;
        const AuditedPair& pair = here.pairs.at(row.pair);
        one.question = pair.item.question;
        one.answers = { { pair.chosen, pair.pair.chosen }, { pair.rejected, pair.pair.rejected } };
        const AdjudicationRow* ours = adjudicationOf(*counting, row.pair);
        if (ours)
            one.ours = *ours;
        const bool known = std::ranges::any_of(*history, [&](const AdjudicationRow& other) {
            return other.pair == row.pair && isSame(row, other);
        });
        const bool answersOurs = ours && std::ranges::any_of(theyHad, isIt(*ours));
        row.aside = ours && !answersOurs;
        one.kind = known                           ? MergeKind::Known
            : row.aside && !row.decidesLike(*ours) ? MergeKind::Conflict
                                                   : MergeKind::New;
        row.origin = origin;
        one.theirs = std::move(row);
        merged.push_back(std::move(one));
    }
    return merged;
}

/// Which of their batches belongs to which of ours. Errors: Invalid.
Result<std::pair<Side, Side>> matched(const store::Project& project, const store::Project& theirs,
    const std::string& audit, const std::string& file)
{
    const auto ours = project.audits();
    const auto foreign = theirs.audits();
    if (!ours || !foreign)
        return fail(ours ? foreign.error() : ours.error());
    std::vector<std::pair<Side, Side>> found;
    std::string names;
    for (const AuditBatchRow& there : *foreign) {
        names += (names.empty() ? "" : ", ") + there.name;
        for (const AuditBatchRow& here : *ours) {
            if (there.name != here.name || there.seed != here.seed
                || (!audit.empty() && here.name != audit))
                continue;
            auto hereIs = sideOf(project, here);
            auto thereIs = sideOf(theirs, there);
            if (!hereIs || !thereIs)
                return fail(hereIs ? thereIs.error() : hereIs.error());
            if (std::ranges::any_of(thereIs->contents,
                    [&](const auto& one) { return bool(pairWith(*hereIs, one.second)); }))
                found.emplace_back(std::move(*hereIs), std::move(*thereIs));
        }
    }
    if (found.size() == 1)
        return std::move(found.front());
    if (!found.empty())
        return fail(ErrorKind::Invalid,
            "shares several audits with this project (" + names + "); name the one to merge", file);
    return fail(ErrorKind::Invalid,
        (names.empty() ? std::string("holds no audit")
                       : "holds no audit of this project's pairs; it holds " + names)
            + "; choose a file that was sent from this project",
        file);
}

/// Answers that were corrected in the other file and are not here yet.
Result<std::vector<store::NewPairSet>> editsOf(const store::Project& project,
    const store::Project& theirs, const Side& here, const Side& there)
{
    const auto sets = theirs.pairSets();
    if (!sets)
        return fail(sets.error());
    std::set<std::tuple<PairId, std::string, std::string>> known;
    const auto remember = [&](const store::Project& from, const PairSetRow& set,
                              auto&& each) -> Result<void> {
        const auto origins = from.pairOrigins(set.id);
        const auto pairs = from.pairs(set.run, set.preference);
        if (!origins || !pairs)
            return fail(origins ? pairs.error() : origins.error());
        for (const PairOriginRow& origin : *origins)
            if (const auto pair = std::ranges::find(*pairs, origin.pair, &PairRow::id);
                pair != pairs->end())
                each(origin, *pair);
        return {};
    };
    const auto ourSets = project.pairSets();
    if (!ourSets)
        return fail(ourSets.error());
    for (const PairSetRow& set : *ourSets)
        if (set.preference == "edited")
            if (auto read = remember(project, set,
                    [&](const PairOriginRow& origin, const PairRow& pair) {
                        known.emplace(origin.parent, pair.chosen, pair.rejected);
                    });
                !read)
                return fail(read.error());
    std::vector<store::NewPairSet> edits;
    for (const PairSetRow& set : *sets) {
        if (set.preference != "edited" || set.batch != there.batch.id)
            continue;
        auto read = remember(theirs, set, [&](const PairOriginRow& origin, const PairRow& edited) {
            const auto content = there.contents.find(origin.parent);
            const PairId parent =
                content == there.contents.end() ? PairId {} : pairWith(here, content->second);
            if (!parent || known.contains({ parent, edited.chosen, edited.rejected }))
                return;
            const AuditedPair& pair = here.pairs.at(parent);
            const ResponseId answer = edited.rejected == pair.pair.chosen ? pair.chosen
                : edited.rejected == pair.pair.rejected                   ? pair.rejected
                                                                          : ResponseId {};
            const auto rule = parseJson(set.rule, "rule");
            auto made = correctedPair(pair, here.batch.id, answer, edited.chosen,
                rule ? stringOr(*rule, "annotator") : std::string());
            if (!made)
                return; // of an answer that is not here
            made->set.time = set.time;
            edits.push_back(std::move(*made));
        });
        if (!read)
            return fail(read.error());
    }
    return edits;
}

} // namespace

const char* nameOf(MergeKind kind)
{
    return kind == MergeKind::New ? "new" : kind == MergeKind::Conflict ? "conflict" : "known";
}

int AuditMerge::adjudicated(MergeKind kind) const
{
    return static_cast<int>(std::ranges::count(adjudications, kind, &MergeAdjudication::kind));
}

bool AuditMerge::changesNothing() const
{
    const int settled = adjudicated(MergeKind::New) + adjudicated(MergeKind::Conflict);
    return fresh + conflicts + settled == 0 && edits.empty();
}

std::string AuditMerge::sentence() const
{
    std::string text = origin + ": " + counted(fresh, "new verdict", "new verdicts") + ", "
        + counted(conflicts, "conflict", "conflicts") + ", " + std::to_string(known)
        + " known already";
    if (const int settled = adjudicated(MergeKind::New); settled > 0)
        text += ", " + counted(settled, "adjudication", "adjudications");
    if (const int contrary = adjudicated(MergeKind::Conflict); contrary > 0)
        text += ", " + counted(contrary, "conflicting adjudication", "conflicting adjudications");
    if (!edits.empty())
        text +=
            ", " + counted(static_cast<int>(edits.size()), "corrected answer", "corrected answers");
    if (foreign > 0)
        text += ", " + std::to_string(foreign) + " about other pairs, which are left out";
    return text + ".";
}

Result<AuditMerge> comparedWith(const store::Project& project, const AuditBatchRow& batch,
    std::vector<store::ImportedVerdict> verdicts, const std::string& origin)
{
    const auto tasks = project.auditTasks(batch.id);
    const auto pairs = auditedPairs(project, batch.id);
    const auto history = project.verdictHistory(batch.id);
    const auto current = project.verdicts(batch.id);
    if (!tasks || !pairs || !history || !current)
        return fail(!tasks ? tasks.error()
                : !pairs   ? pairs.error()
                : !history ? history.error()
                           : current.error());
    AuditMerge merge;
    merge.batch = batch;
    merge.origin = origin;
    for (store::ImportedVerdict& one : verdicts) {
        MergeRow row;
        const auto task = std::ranges::find(*tasks, one.verdict.task, &AuditTask::id);
        row.task = one.newTask ? *one.newTask : *task;
        row.theirs = std::move(one.verdict);
        if (const auto pair = pairs->find(row.task.pair); pair != pairs->end())
            row.question = pair->second.item.question;
        const VerdictRow* ours = one.newTask ? nullptr : verdictOn(*current, row.task.id);
        const bool known =
            !one.newTask && std::ranges::any_of(*history, [&](const VerdictRow& before) {
                return before.task == row.task.id && isSame(before, row.theirs);
            });
        row.kind = known ? MergeKind::Known : ours ? MergeKind::Conflict : MergeKind::New;
        if (row.kind == MergeKind::Conflict)
            row.ours = *ours;
        merge.fresh += row.kind == MergeKind::New;
        merge.conflicts += row.kind == MergeKind::Conflict;
        merge.known += known;
        merge.newTasks += one.newTask ? 1 : 0;
        merge.rows.push_back(std::move(row));
    }
    return merge;
}

Result<AuditMerge> planMerge(
    const store::Project& project, const fs::path& file, const std::string& audit)
{
    std::error_code error;
    if (fs::equivalent(file, project.file(), error))
        return fail(ErrorKind::Invalid, "is this project itself; choose the file that came back",
            file.string());
    const auto theirs = store::Project::openReadOnly(file);
    if (!theirs)
        return fail(theirs.error());
    const auto sides = matched(project, *theirs, audit, file.string());
    if (!sides)
        return fail(sides.error());
    const auto& [here, there] = *sides;
    const auto verdicts = theirs->verdicts(there.batch.id);
    if (!verdicts)
        return fail(verdicts.error());
    int foreign = 0;
    auto merge = comparedWith(
        project, here.batch, translated(here, there, *verdicts, foreign), file.filename().string());
    if (!merge)
        return merge;
    merge->foreign = foreign;
    auto edits = editsOf(project, *theirs, here, there);
    if (!edits)
        return fail(edits.error());
    merge->edits = std::move(*edits);
    auto adjudications = adjudicationsOf(project, *theirs, here, there, merge->origin);
    if (!adjudications)
        return fail(adjudications.error());
    merge->adjudications = std::move(*adjudications);
    return merge;
}

Result<void> merge(store::Project& project, const AuditMerge& merge)
{
    if (merge.changesNothing())
        return {};
    store::ImportedJudgements judgements { {}, {}, merge.edits, merge.origin };
    for (const MergeAdjudication& one : merge.adjudications)
        if (one.kind != MergeKind::Known)
            judgements.adjudications.push_back(one.theirs);
    auto& verdicts = judgements.verdicts;
    for (const MergeRow& row : merge.rows) {
        if (row.kind == MergeKind::Known)
            continue;
        store::ImportedVerdict theirs { {}, row.theirs };
        if (!row.task.id)
            theirs.newTask = row.task;
        verdicts.push_back(std::move(theirs));
        if (!row.ours)
            continue;
        store::ImportedVerdict ours { {}, *row.ours, true }; // the last of a task counts
        ours.verdict.flagged = true;
        verdicts.push_back(std::move(ours));
    }
    return project.addJudgements(merge.batch.id, judgements, newOpId());
}

} // namespace slook::workbench
