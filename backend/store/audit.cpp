#include "store/audit_rows.h"
#include "store/session.h"

namespace slook::store {
namespace {

VerdictRow verdictAt(const SQLite::Statement& row)
{
    VerdictRow verdict;
    verdict.id = { row.getColumn(0).getInt64() };
    verdict.task = { row.getColumn(1).getInt64() };
    verdict.choice = choiceNamed(row.getColumn(2).getString()).value();
    verdict.better = { row.getColumn(3).getInt64() };
    verdict.reasons = wordsFromText(row.getColumn(4).getString());
    verdict.note = row.getColumn(5).getString();
    verdict.flagged = row.getColumn(6).getInt() != 0;
    verdict.seconds = row.getColumn(7).getDouble();
    verdict.time = row.getColumn(8).getInt64();
    verdict.origin = row.getColumn(9).getString();
    return verdict;
}

AuditTask taskAt(const SQLite::Statement& row)
{
    AuditTask task;
    task.id = { row.getColumn(0).getInt64() };
    task.batch = { row.getColumn(1).getInt64() };
    task.annotator = row.getColumn(2).getString();
    task.position = row.getColumn(3).getInt();
    task.kind = taskKindNamed(row.getColumn(4).getString()).value();
    task.pair = { row.getColumn(5).getInt64() };
    task.left = { row.getColumn(6).getInt64() };
    task.right = { row.getColumn(7).getInt64() };
    task.stratum = row.getColumn(8).getString();
    task.expected = { row.getColumn(9).getInt64() };
    return task;
}

TaskId addTask(SQLite::Database& db, BatchId batch, const AuditTask& task)
{
    SQLite::Statement insert(db,
        "INSERT INTO audit_task(batch, annotator, position, kind, pair, \"left\", \"right\", "
        "stratum, expected) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, batch.value);
    insert.bindNoCopy(2, task.annotator);
    insert.bind(3, task.position);
    insert.bind(4, nameOf(task.kind));
    insert.bind(5, task.pair.value);
    insert.bind(6, task.left.value);
    insert.bind(7, task.right.value);
    insert.bindNoCopy(8, task.stratum);
    bindId(insert, 9, task.expected);
    insert.exec();
    return { db.getLastInsertRowid() };
}

/// Errors: NotFound (no such task), Invalid (the better answer is none of the task's).
Result<void> fits(SQLite::Database& db, const VerdictRow& verdict)
{
    const auto where = "task " + std::to_string(verdict.task.value);
    SQLite::Statement query(db, "SELECT \"left\", \"right\" FROM audit_task WHERE id = ?");
    query.bind(1, verdict.task.value);
    if (!query.executeStep())
        return fail(ErrorKind::NotFound, "is no task of an audit; reload the batch", where);
    const bool sided = verdict.choice == Choice::Better || verdict.choice == Choice::MuchBetter;
    const bool named = verdict.better.value == query.getColumn(0).getInt64()
        || verdict.better.value == query.getColumn(1).getInt64();
    if (sided ? !named : bool(verdict.better))
        return fail(ErrorKind::Invalid,
            "does not take this verdict: it must name one of both answers as better, or neither",
            where);
    return {};
}

VerdictId addVerdictRow(SQLite::Database& db, std::int64_t change, const VerdictRow& verdict)
{
    const auto reasons = wordsToText(verdict.reasons);
    SQLite::Statement insert(db,
        "INSERT INTO verdict(change, task, choice, better, reasons, note, flagged, seconds, time, "
        "origin) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, change);
    insert.bind(2, verdict.task.value);
    insert.bind(3, nameOf(verdict.choice));
    bindId(insert, 4, verdict.better);
    insert.bindNoCopy(5, reasons);
    insert.bindNoCopy(6, verdict.note);
    insert.bind(7, verdict.flagged ? 1 : 0);
    insert.bind(8, verdict.seconds);
    insert.bind(9, verdict.time ? verdict.time : nowMs());
    insert.bindNoCopy(10, verdict.origin);
    insert.exec();
    const VerdictId id { db.getLastInsertRowid() };
    SQLite::Statement forget(db, "DELETE FROM verdict_draft WHERE task = ?");
    forget.bind(1, verdict.task.value);
    forget.exec();
    return id;
}

std::string sentenceFor(SQLite::Database& db, const VerdictRow& verdict)
{
    SQLite::Statement query(db,
        "SELECT annotator, position, name FROM audit_task JOIN audit_batch "
        "ON audit_batch.id = batch WHERE audit_task.id = ?");
    query.bind(1, verdict.task.value);
    query.executeStep();
    return (verdict.choice == Choice::Withdrawn ? "Took back the verdict of " : "Verdict of ")
        + query.getColumn(0).getString() + " on pair "
        + std::to_string(query.getColumn(1).getInt() + 1) + " of the audit "
        + query.getColumn(2).getString();
}

std::string more(std::size_t number, const std::string& of)
{
    return number > 0 ? ", " + std::to_string(number) + " " + of : std::string();
}

// The newest verdict of each task that was not undone.
constexpr const char* verdictsQuery =
    "SELECT verdict.id, task, choice, coalesce(better, 0), reasons, note, flagged, seconds, "
    "verdict.time, origin FROM verdict JOIN audit_task ON audit_task.id = task "
    "WHERE batch = ?1 AND (?2 = '' OR annotator = ?2) AND verdict.id = "
    "(SELECT max(newest.id) FROM verdict newest JOIN audit_change ON audit_change.id = "
    "newest.change WHERE newest.task = verdict.task AND removed = 0) "
    "AND choice <> 'withdrawn' ORDER BY verdict.id";
constexpr const char* historyQuery =
    "SELECT verdict.id, task, choice, coalesce(better, 0), reasons, note, flagged, seconds, "
    "verdict.time, origin FROM verdict JOIN audit_task ON audit_task.id = task "
    "JOIN audit_change ON audit_change.id = verdict.change "
    "WHERE batch = ?1 AND (?2 = '' OR annotator = ?2) AND removed = 0 ORDER BY verdict.id";

Result<std::vector<VerdictRow>> readVerdicts(
    const Session& session, const char* sql, BatchId batch, const std::string& annotator)
{
    return reading(session, [&]() -> Result<std::vector<VerdictRow>> {
        SQLite::Statement query(session.db, sql);
        query.bind(1, batch.value);
        query.bindNoCopy(2, annotator);
        std::vector<VerdictRow> rows;
        while (query.executeStep())
            rows.push_back(verdictAt(query));
        return rows;
    });
}

} // namespace

Result<BatchId> Project::addAudit(
    const AuditBatchRow& batch, std::span<const AuditTask> tasks, const std::string& opId)
{
    auto& db = m_db->db;
    return writing(*m_db, [&]() -> Result<BatchId> {
        const auto before = doneBefore(db, opId, "audit");
        if (!before)
            return fail(before.error());
        if (*before)
            return BatchId { **before };
        SQLite::Statement known(db,
            "SELECT 1 FROM audit_batch JOIN audit_change ON audit_change.id = change "
            "WHERE name = ? AND removed = 0");
        known.bindNoCopy(1, batch.name);
        if (batch.name.empty() || tasks.empty() || known.executeStep())
            return fail(ErrorKind::Invalid,
                batch.name.empty()  ? "An audit needs a name; give it one"
                    : tasks.empty() ? "has no pair to judge; choose others"
                                    : "is the name of another audit; choose a new one",
                batch.name);
        const auto change = addAuditChange(db);
        const auto seed = std::to_string(batch.seed); // all 64 bits: INTEGER has a sign
        SQLite::Statement insert(db,
            "INSERT INTO audit_batch(change, name, time, seed, plan, rubric) "
            "VALUES(?, ?, ?, ?, ?, ?)");
        insert.bind(1, change);
        insert.bindNoCopy(2, batch.name);
        insert.bind(3, batch.time ? batch.time : nowMs());
        insert.bindNoCopy(4, seed);
        insert.bindNoCopy(5, batch.plan);
        insert.bindNoCopy(6, batch.rubric);
        insert.exec();
        const BatchId id { db.getLastInsertRowid() };
        for (const AuditTask& task : tasks)
            addTask(db, id, task);
        addJournal(db, "audit", change,
            "Planned the audit " + batch.name + " with " + std::to_string(tasks.size())
                + " judgements");
        markDone(db, opId, "audit", id.value);
        return id;
    });
}

Result<std::vector<AuditBatchRow>> Project::audits() const
{
    return reading(*m_db, [&]() -> Result<std::vector<AuditBatchRow>> {
        SQLite::Statement query(m_db->db,
            "SELECT audit_batch.id, name, time, seed, plan, rubric, "
            "(SELECT count(*) FROM audit_task WHERE batch = audit_batch.id), "
            "(SELECT count(*) FROM audit_task JOIN verdict ON verdict.task = audit_task.id "
            "WHERE batch = audit_batch.id AND choice <> 'withdrawn' AND verdict.id = "
            "(SELECT max(newest.id) FROM verdict newest JOIN audit_change made ON made.id = "
            "newest.change WHERE newest.task = verdict.task AND made.removed = 0)) "
            "FROM audit_batch JOIN audit_change ON audit_change.id = change "
            "WHERE removed = 0 ORDER BY audit_batch.id DESC");
        std::vector<AuditBatchRow> rows;
        while (query.executeStep())
            rows.push_back({ { query.getColumn(0).getInt64() }, query.getColumn(1).getString(),
                query.getColumn(2).getInt64(), std::stoull(query.getColumn(3).getString()),
                query.getColumn(4).getString(), query.getColumn(5).getString(),
                query.getColumn(6).getInt(), query.getColumn(7).getInt() });
        return rows;
    });
}

Result<std::vector<AuditTask>> Project::auditTasks(
    BatchId batch, const std::string& annotator) const
{
    return reading(*m_db, [&]() -> Result<std::vector<AuditTask>> {
        SQLite::Statement query(m_db->db,
            "SELECT id, batch, annotator, position, kind, pair, \"left\", \"right\", stratum, "
            "coalesce(expected, 0) FROM audit_task WHERE batch = ?1 "
            "AND (?2 = '' OR annotator = ?2) ORDER BY annotator, position");
        query.bind(1, batch.value);
        query.bindNoCopy(2, annotator);
        std::vector<AuditTask> rows;
        while (query.executeStep())
            rows.push_back(taskAt(query));
        return rows;
    });
}

Result<VerdictId> Project::addVerdict(const VerdictRow& verdict, const std::string& opId)
{
    auto& db = m_db->db;
    return writing(*m_db, [&]() -> Result<VerdictId> {
        const auto before = doneBefore(db, opId, "verdict");
        if (!before)
            return fail(before.error());
        if (*before)
            return VerdictId { **before };
        if (auto fit = fits(db, verdict); !fit)
            return fail(fit.error());
        const auto change = addAuditChange(db);
        const auto id = addVerdictRow(db, change, verdict);
        addJournal(db, "audit", change, sentenceFor(db, verdict));
        markDone(db, opId, "verdict", id.value);
        return id;
    });
}

Result<void> Project::addJudgements(
    BatchId batch, const ImportedJudgements& judgements, const std::string& opId)
{
    auto& db = m_db->db;
    return writing(*m_db, [&]() -> Result<void> {
        const auto before = doneBefore(db, opId, "verdicts");
        if (!before)
            return fail(before.error());
        if (*before)
            return {};
        const auto change = addAuditChange(db);
        std::size_t imported = 0;
        for (const ImportedVerdict& one : judgements.verdicts) {
            VerdictRow verdict = one.verdict;
            if (one.newTask)
                verdict.task = addTask(db, batch, *one.newTask);
            if (auto fit = fits(db, verdict); !fit)
                return fail(fit.error());
            imported += one.keepsOrigin ? 0 : 1;
            if (!one.keepsOrigin)
                verdict.origin = judgements.origin;
            addVerdictRow(db, change, verdict);
        }
        for (AdjudicationRow one : judgements.adjudications) {
            one.batch = batch;
            (void)addAdjudicationRow(db, change, one);
        }
        std::size_t edits = 0;
        for (const NewPairSet& one : judgements.sets) {
            if (one.pairs.empty())
                return fail(
                    ErrorKind::Invalid, "would have no pair; nothing was changed", "pair set");
            edits += one.pairs.size();
            (void)addPairSetRows(db, change, one.set, one.pairs);
        }
        addJournal(db, "audit", change,
            "Imported " + std::to_string(imported) + " verdicts"
                + more(judgements.adjudications.size(), "adjudications")
                + more(edits, "corrected answers") + " from " + judgements.origin);
        markDone(db, opId, "verdicts", batch.value);
        return {};
    });
}

Result<std::vector<VerdictRow>> Project::verdicts(BatchId batch, const std::string& annotator) const
{
    return readVerdicts(*m_db, verdictsQuery, batch, annotator);
}

Result<std::vector<VerdictRow>> Project::verdictHistory(BatchId batch) const
{
    return readVerdicts(*m_db, historyQuery, batch, {});
}

Result<void> Project::keepDraft(const VerdictDraft& draft)
{
    const auto reasons = wordsToText(draft.reasons);
    return writing(*m_db, [&]() -> Result<void> {
        SQLite::Statement put(m_db->db,
            "INSERT INTO verdict_draft(task, reasons, note, flagged, seconds) "
            "VALUES(?, ?, ?, ?, ?) ON CONFLICT(task) DO UPDATE SET reasons = excluded.reasons, "
            "note = excluded.note, flagged = excluded.flagged, seconds = excluded.seconds");
        put.bind(1, draft.task.value);
        put.bindNoCopy(2, reasons);
        put.bindNoCopy(3, draft.note);
        put.bind(4, draft.flagged ? 1 : 0);
        put.bind(5, draft.seconds);
        put.exec();
        return {};
    });
}

Result<std::vector<VerdictDraft>> Project::drafts(BatchId batch, const std::string& annotator) const
{
    return reading(*m_db, [&]() -> Result<std::vector<VerdictDraft>> {
        SQLite::Statement query(m_db->db,
            "SELECT task, reasons, note, flagged, seconds FROM verdict_draft "
            "JOIN audit_task ON audit_task.id = task WHERE batch = ? AND annotator = ?");
        query.bind(1, batch.value);
        query.bindNoCopy(2, annotator);
        std::vector<VerdictDraft> rows;
        while (query.executeStep())
            rows.push_back({ { query.getColumn(0).getInt64() },
                wordsFromText(query.getColumn(1).getString()), query.getColumn(2).getString(),
                query.getColumn(3).getInt() != 0, query.getColumn(4).getDouble() });
        return rows;
    });
}

} // namespace slook::store
