#include "store/audit_rows.h"
#include "store/session.h"

namespace slook::store {
namespace {

bool isThere(SQLite::Database& db, TripletId triplet)
{
    SQLite::Statement find(db, "SELECT 1 FROM triplet WHERE id = ?");
    find.bind(1, triplet.value);
    return find.executeStep();
}

std::string journalText(const TripletVerdict& verdict)
{
    const char* found = !verdict.right ? "cannot be told" : *verdict.right ? "right" : "wrong";
    return verdict.annotator + " judged triplet " + std::to_string(verdict.triplet.value) + ": "
        + found;
}

} // namespace

Result<void> Project::judgeTriplet(const TripletVerdict& verdict, const std::string& opId)
{
    if (verdict.annotator.empty())
        return fail(ErrorKind::Invalid, "needs the name of who judges", "the verdict");
    return writing(*m_db, [&]() -> Result<void> {
        SQLite::Database& db = m_db->db;
        const auto before = doneBefore(db, opId, "triplet");
        if (!before)
            return fail(before.error());
        if (*before)
            return {};
        if (!isThere(db, verdict.triplet))
            return fail(ErrorKind::NotFound, "is not in the project; reload the list",
                "triplet " + std::to_string(verdict.triplet.value));
        const auto change = addAuditChange(db);
        SQLite::Statement insert(db,
            "INSERT INTO triplet_verdict(triplet, annotator, change, correct) "
            "VALUES(?, ?, ?, ?)");
        insert.bind(1, verdict.triplet.value);
        insert.bindNoCopy(2, verdict.annotator);
        insert.bind(3, change);
        if (verdict.right)
            insert.bind(4, *verdict.right ? 1 : 0);
        insert.exec();
        addJournal(db, "change", change, journalText(verdict));
        markDone(db, opId, "triplet", change);
        return {};
    });
}

Result<std::vector<TripletVerdict>> Project::tripletVerdicts(RunId run) const
{
    return reading(*m_db, [&]() -> Result<std::vector<TripletVerdict>> {
        SQLite::Statement query(m_db->db,
            "SELECT triplet_verdict.triplet, annotator, correct, max(change) FROM triplet_verdict "
            "JOIN audit_change ON audit_change.id = change "
            "JOIN triplet ON triplet.id = triplet_verdict.triplet "
            "WHERE removed = 0 AND triplet.run = ? "
            "GROUP BY triplet_verdict.triplet, annotator ORDER BY 1, 2");
        query.bind(1, run.value);
        std::vector<TripletVerdict> verdicts;
        while (query.executeStep()) {
            const auto correct = query.getColumn(2);
            verdicts.push_back({ { query.getColumn(0).getInt64() }, query.getColumn(1).getString(),
                correct.isNull() ? std::nullopt : std::optional(correct.getInt() != 0) });
        }
        return verdicts;
    });
}

} // namespace slook::store
