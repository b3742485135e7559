#include "store/audit_rows.h"
#include "store/session.h"

namespace slook::store {

Result<std::string> Project::addExtractions(RunId run, const std::string& rules,
    std::span<const ExtractionRow> rows, const std::string& opId)
{
    if (rows.empty())
        return fail(ErrorKind::Invalid, "has no answer to read; choose another one", "the run");
    return writing(*m_db, [&]() -> Result<std::string> {
        SQLite::Database& db = m_db->db;
        const auto before = doneBefore(db, opId, "extraction");
        if (!before)
            return fail(before.error());
        if (*before)
            return "mine-" + std::to_string(**before);
        const auto number = 1 + db.execAndGet("SELECT count(*) FROM extraction_set").getInt64();
        const std::string name = "mine-" + std::to_string(number);
        const auto change = addAuditChange(db);
        SQLite::Statement set(
            db, "INSERT INTO extraction_set(change, run, name, rules) VALUES(?, ?, ?, ?)");
        set.bind(1, change);
        set.bind(2, run.value);
        set.bindNoCopy(3, name);
        set.bindNoCopy(4, rules);
        set.exec();
        SQLite::Statement insert(db,
            "INSERT INTO extraction(response, extractor, rule, \"begin\", \"end\", answer, "
            "correct) "
            "VALUES(?, ?, ?, ?, ?, ?, ?)");
        for (const ExtractionRow& row : rows) {
            insert.bind(1, row.response.value);
            insert.bindNoCopy(2, name);
            insert.bindNoCopy(3, row.rule);
            insert.bind(4, row.begin);
            insert.bind(5, row.end);
            insert.bindNoCopy(6, row.answer);
            if (row.correct)
                insert.bind(7, *row.correct ? 1 : 0);
            else
                insert.bind(7);
            insert.exec();
            insert.reset();
        }
        addJournal(db, "change", change,
            "Read " + std::to_string(rows.size()) + " answers by own rules: " + name);
        markDone(db, opId, "extraction", number);
        return name;
    });
}

Result<std::vector<ExtractionSet>> Project::extractionSets(RunId run) const
{
    return reading(*m_db, [&]() -> Result<std::vector<ExtractionSet>> {
        SQLite::Statement query(m_db->db,
            "SELECT name, rules FROM extraction_set JOIN audit_change ON audit_change.id = change "
            "WHERE run = ? AND removed = 0 ORDER BY change");
        query.bind(1, run.value);
        std::vector<ExtractionSet> sets;
        while (query.executeStep())
            sets.push_back({ query.getColumn(0).getString(), query.getColumn(1).getString() });
        return sets;
    });
}

} // namespace slook::store
