#include "core/hash.h"
#include "store/schema.h"
#include "store/session.h"

namespace slook::store {
namespace {

void checkStructure(SQLite::Database& db, std::vector<std::string>& problems)
{
    SQLite::Statement integrity(db, "PRAGMA integrity_check(100)");
    while (integrity.executeStep())
        if (const auto line = integrity.getColumn(0).getString(); line != "ok")
            problems.push_back("The file's structure is damaged: " + line + ".");
    SQLite::Statement keys(db, "PRAGMA foreign_key_check");
    while (keys.executeStep())
        problems.push_back("A row of the table " + keys.getColumn(0).getString()
            + " points to a missing row of " + keys.getColumn(2).getString() + ".");
    for (const auto& difference : schemaDifferences(db, schemaVersion()))
        problems.push_back(
            "The file's tables are not those that this program makes: " + difference + ".");
}

void checkPictures(SQLite::Database& db, std::vector<std::string>& problems)
{
    SQLite::Statement query(db,
        "SELECT id, fileSha256, bytes FROM image LEFT JOIN image_bytes ON image = id "
        "WHERE storedBytes = 1 ORDER BY id");
    while (query.executeStep()) {
        const auto name = "Picture " + query.getColumn(0).getString();
        if (query.isColumnNull(2))
            problems.push_back(name + " has lost its bytes; restore a copy of the project.");
        else if (sha256(query.getColumn(2).getString()) != query.getColumn(1).getString())
            problems.push_back(name + " is not what was imported; restore a copy of the project.");
    }
}

void checkJobs(SQLite::Database& db, std::vector<std::string>& problems)
{
    SQLite::Statement query(db, "SELECT name, job, jobSha256 FROM run ORDER BY id");
    while (query.executeStep())
        if (sha256(query.getColumn(1).getString()) != query.getColumn(2).getString())
            problems.push_back("The job of the run " + query.getColumn(0).getString()
                + " is not the one that was frozen.");
}

struct Count {
    const char* table;
    const char* query;
};
constexpr Count counts[] = {
    { "source", "SELECT count(*) FROM source WHERE removed = 0" },
    { "item",
        "SELECT count(*) FROM item JOIN source ON source.id = item.source WHERE removed = 0" },
    { "problem",
        "SELECT count(*) FROM problem JOIN source ON source.id = problem.source WHERE removed = "
        "0" },
    { "image",
        "SELECT count(DISTINCT image) FROM item_image JOIN item ON item.id = item_image.item "
        "JOIN source ON source.id = item.source WHERE removed = 0" },
    { "run", "SELECT count(*) FROM run" },
    { "response", "SELECT count(*) FROM response" },
    { "extraction", "SELECT count(*) FROM extraction" },
    { "extraction_set", "SELECT count(*) FROM extraction_set" },
    { "corruption", "SELECT count(*) FROM corruption" },
    { "pair", "SELECT count(*) FROM pair" },
    { "triplet", "SELECT count(*) FROM triplet" },
    { "metric", "SELECT count(*) FROM metric" },
    { "layout", "SELECT count(*) FROM layout" },
    { "event", "SELECT count(*) FROM event" },
    { "audit", "SELECT count(*) FROM audit_batch" },
    { "verdict", "SELECT count(*) FROM verdict" },
    { "adjudication", "SELECT count(*) FROM adjudication" },
    { "mark", "SELECT count(*) FROM mark" },
    { "saved_view", "SELECT count(*) FROM saved_view" },
    { "journal", "SELECT count(*) FROM journal" },
};

} // namespace

Result<CheckReport> Project::check() const
{
    return reading(*m_db, [&]() -> Result<CheckReport> {
        CheckReport report;
        checkStructure(m_db->db, report.problems);
        checkPictures(m_db->db, report.problems);
        checkJobs(m_db->db, report.problems);
        for (const auto& [table, query] : counts)
            report.counts[table] = m_db->db.execAndGet(query).getInt64();
        return report;
    });
}

} // namespace slook::store
