// What follows from verdicts: adjudications, and pairs that are made from other pairs.
#include "store/audit_rows.h"
#include "store/session.h"
#include <algorithm>

namespace slook::store {
namespace {

/// "audited-3": the first of these names that no pair of the run has had.
std::string freePreference(SQLite::Database& db, RunId run, const std::string& stem)
{
    SQLite::Statement query(db, "SELECT 1 FROM pair WHERE run = ? AND preference = ? LIMIT 1");
    for (int number = 1;; ++number) {
        auto name = stem + "-" + std::to_string(number);
        query.reset();
        query.bind(1, run.value);
        query.bindNoCopy(2, name);
        if (!query.executeStep())
            return name;
    }
}

PairId addPair(SQLite::Database& db, const PairRow& pair)
{
    SQLite::Statement insert(db,
        "INSERT INTO pair(run, preference, item, type, prompt, chosen, rejected, chosenTurn, "
        "rejectedTurn, chosenStage, rejectedStage) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, pair.run.value);
    insert.bindNoCopy(2, pair.preference);
    insert.bind(3, pair.item.value);
    insert.bind(4, pair.type);
    insert.bindNoCopy(5, pair.prompt);
    insert.bindNoCopy(6, pair.chosen);
    insert.bindNoCopy(7, pair.rejected);
    insert.bind(8, pair.chosenTurn);
    insert.bind(9, pair.rejectedTurn);
    insert.bindNoCopy(10, pair.chosenStage);
    insert.bindNoCopy(11, pair.rejectedStage);
    insert.exec();
    return { db.getLastInsertRowid() };
}

PairSetId addSetRow(SQLite::Database& db, std::int64_t change, const PairSetRow& set)
{
    SQLite::Statement insert(db,
        "INSERT INTO pair_set(change, run, batch, preference, rule, labelSmoothing, time) "
        "VALUES(?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, change);
    insert.bind(2, set.run.value);
    bindId(insert, 3, set.batch);
    insert.bindNoCopy(4, set.preference);
    insert.bindNoCopy(5, set.rule);
    insert.bind(6, set.labelSmoothing);
    insert.bind(7, set.time ? set.time : nowMs());
    insert.exec();
    return { db.getLastInsertRowid() };
}

void addOrigin(SQLite::Database& db, const PairOriginRow& origin)
{
    SQLite::Statement insert(db,
        "INSERT INTO pair_origin(pair, parent, \"set\", change, \"begin\", \"end\") "
        "VALUES(?, ?, ?, ?, ?, ?)");
    insert.bind(1, origin.pair.value);
    insert.bind(2, origin.parent.value);
    insert.bind(3, origin.set.value);
    insert.bindNoCopy(4, origin.change);
    insert.bind(5, origin.begin);
    insert.bind(6, origin.end);
    insert.exec();
}

// The newest of each pair, of those that count and were not undone.
constexpr const char* adjudicationsQuery =
    "SELECT adjudication.id, batch, pair, outcome, coalesce(better, 0), rewrite, category, "
    "note, adjudicator, adjudication.time, origin, aside FROM adjudication "
    "JOIN audit_batch ON audit_batch.id = batch "
    "JOIN audit_change planned ON planned.id = audit_batch.change "
    "WHERE planned.removed = 0 AND (?1 = 0 OR batch = ?1) AND adjudication.id = "
    "(SELECT max(newest.id) FROM adjudication newest JOIN audit_change "
    "ON audit_change.id = newest.change WHERE newest.batch = adjudication.batch "
    "AND newest.pair = adjudication.pair AND newest.aside = 0 AND removed = 0) "
    "ORDER BY adjudication.id";
constexpr const char* adjudicationHistoryQuery =
    "SELECT adjudication.id, batch, pair, outcome, coalesce(better, 0), rewrite, category, "
    "note, adjudicator, time, origin, aside FROM adjudication "
    "JOIN audit_change ON audit_change.id = change WHERE batch = ?1 AND removed = 0 "
    "ORDER BY adjudication.id";

Result<std::vector<AdjudicationRow>> readAdjudications(
    const Session& session, const char* sql, BatchId batch)
{
    return reading(session, [&]() -> Result<std::vector<AdjudicationRow>> {
        SQLite::Statement query(session.db, sql);
        query.bind(1, batch.value);
        std::vector<AdjudicationRow> rows;
        while (query.executeStep())
            rows.push_back({ query.getColumn(0).getInt64(), { query.getColumn(1).getInt64() },
                { query.getColumn(2).getInt64() },
                settlementNamed(query.getColumn(3).getString()).value(),
                { query.getColumn(4).getInt64() }, query.getColumn(5).getString(),
                query.getColumn(6).getString(), query.getColumn(7).getString(),
                query.getColumn(8).getString(), query.getColumn(9).getInt64(),
                query.getColumn(10).getString(), query.getColumn(11).getInt() != 0 });
        return rows;
    });
}

/// Turns of texts that a person wrote count downwards, so that each has a pair of its own.
int nextWrittenTurn(SQLite::Database& db, const PairRow& pair)
{
    SQLite::Statement query(db,
        "SELECT min(0, min(chosenTurn)) - 1 FROM pair WHERE run = ? AND preference = ? AND item = "
        "?");
    query.bind(1, pair.run.value);
    query.bindNoCopy(2, pair.preference);
    query.bind(3, pair.item.value);
    query.executeStep();
    return query.isColumnNull(0) ? -1 : query.getColumn(0).getInt();
}

} // namespace

std::int64_t addAdjudicationRow(
    SQLite::Database& db, std::int64_t change, const AdjudicationRow& adjudication)
{
    SQLite::Statement insert(db,
        "INSERT INTO adjudication(change, batch, pair, outcome, better, rewrite, category, note, "
        "adjudicator, time, origin, aside) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    insert.bind(1, change);
    insert.bind(2, adjudication.batch.value);
    insert.bind(3, adjudication.pair.value);
    insert.bind(4, nameOf(adjudication.outcome));
    bindId(insert, 5, adjudication.better);
    insert.bindNoCopy(6, adjudication.rewrite);
    insert.bindNoCopy(7, adjudication.category);
    insert.bindNoCopy(8, adjudication.note);
    insert.bindNoCopy(9, adjudication.adjudicator);
    insert.bind(10, adjudication.time ? adjudication.time : nowMs());
    insert.bindNoCopy(11, adjudication.origin);
    insert.bind(12, adjudication.aside ? 1 : 0);
    insert.exec();
    return db.getLastInsertRowid();
}

PairSetRow addPairSetRows(
    SQLite::Database& db, std::int64_t change, PairSetRow set, std::span<const DerivedPair> pairs)
{
    if (set.preference != "edited")
        set.preference = freePreference(db, set.run, set.preference);
    set.id = addSetRow(db, change, set);
    set.pairs = static_cast<int>(pairs.size());
    for (const DerivedPair& one : pairs) {
        PairRow pair = one.pair;
        pair.run = set.run;
        pair.preference = set.preference;
        if (one.origin.change == "edited" || one.origin.change == "rewritten")
            pair.chosenTurn = nextWrittenTurn(db, pair);
        PairOriginRow origin = one.origin;
        origin.pair = addPair(db, pair);
        origin.set = set.id;
        addOrigin(db, origin);
    }
    return set;
}

Result<std::int64_t> Project::addAdjudication(
    const AdjudicationRow& adjudication, const std::string& opId)
{
    auto& db = m_db->db;
    return writing(*m_db, [&]() -> Result<std::int64_t> {
        const auto before = doneBefore(db, opId, "adjudication");
        if (!before)
            return fail(before.error());
        if (*before)
            return **before;
        const auto change = addAuditChange(db);
        const auto id = addAdjudicationRow(db, change, adjudication);
        addJournal(db, "audit", change,
            "Adjudicated pair " + std::to_string(adjudication.pair.value) + ": "
                + nameOf(adjudication.outcome));
        markDone(db, opId, "adjudication", id);
        return id;
    });
}

Result<std::vector<AdjudicationRow>> Project::adjudications(BatchId batch) const
{
    return readAdjudications(*m_db, adjudicationsQuery, batch);
}

Result<std::vector<AdjudicationRow>> Project::adjudicationHistory(BatchId batch) const
{
    return readAdjudications(*m_db, adjudicationHistoryQuery, batch);
}

Result<PairSetRow> Project::addPairSet(
    PairSetRow set, std::span<const DerivedPair> pairs, const std::string& opId)
{
    auto& db = m_db->db;
    return writing(*m_db, [&]() -> Result<PairSetRow> {
        const auto before = doneBefore(db, opId, "pair-set");
        if (!before)
            return fail(before.error());
        if (*before) {
            set.id = { **before };
            SQLite::Statement query(db, "SELECT preference FROM pair_set WHERE id = ?");
            query.bind(1, set.id.value);
            query.executeStep();
            set.preference = query.getColumn(0).getString();
            set.pairs = static_cast<int>(pairs.size());
            return set;
        }
        if (pairs.empty())
            return fail(ErrorKind::Invalid, "would have no pair; nothing was changed", "pair set");
        const auto change = addAuditChange(db);
        set = addPairSetRows(db, change, set, pairs);
        addJournal(db, "audit", change,
            set.preference == "edited"
                ? "Edited an answer into a new pair"
                : "Made " + std::to_string(pairs.size()) + " pairs called " + set.preference);
        markDone(db, opId, "pair-set", set.id.value);
        return set;
    });
}

Result<std::vector<PairSetRow>> Project::pairSets(RunId run) const
{
    return reading(*m_db, [&]() -> Result<std::vector<PairSetRow>> {
        SQLite::Statement query(m_db->db,
            "SELECT pair_set.id, run, coalesce(batch, 0), preference, rule, labelSmoothing, "
            "(SELECT count(*) FROM pair_origin WHERE \"set\" = pair_set.id), time FROM pair_set "
            "JOIN audit_change ON audit_change.id = change "
            "WHERE removed = 0 AND (?1 = 0 OR run = ?1) ORDER BY pair_set.id");
        query.bind(1, run.value);
        std::vector<PairSetRow> rows;
        while (query.executeStep())
            rows.push_back({ { query.getColumn(0).getInt64() }, { query.getColumn(1).getInt64() },
                { query.getColumn(2).getInt64() }, query.getColumn(3).getString(),
                query.getColumn(4).getString(), query.getColumn(5).getDouble(),
                query.getColumn(6).getInt(), query.getColumn(7).getInt64() });
        return rows;
    });
}

Result<std::vector<PairOriginRow>> Project::pairOrigins(PairSetId set) const
{
    return reading(*m_db, [&]() -> Result<std::vector<PairOriginRow>> {
        SQLite::Statement query(m_db->db,
            "SELECT pair, parent, \"set\", change, \"begin\", \"end\" FROM pair_origin "
            "WHERE \"set\" = ? ORDER BY pair");
        query.bind(1, set.value);
        std::vector<PairOriginRow> rows;
        while (query.executeStep())
            rows.push_back({ { query.getColumn(0).getInt64() }, { query.getColumn(1).getInt64() },
                { query.getColumn(2).getInt64() }, query.getColumn(3).getString(),
                query.getColumn(4).getInt(), query.getColumn(5).getInt() });
        return rows;
    });
}

} // namespace slook::store
