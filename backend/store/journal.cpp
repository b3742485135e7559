#include "store/session.h"

namespace slook::store {
namespace {

struct Entry {
    std::int64_t id = 0;
    std::string kind;
    std::int64_t target = 0;
    std::string what;
};

std::optional<Entry> entryOf(SQLite::Database& db, const char* query)
{
    SQLite::Statement newest(db, query);
    if (!newest.executeStep())
        return std::nullopt;
    return Entry { newest.getColumn(0).getInt64(), newest.getColumn(1).getString(),
        newest.getColumn(2).getInt64(), newest.getColumn(3).getString() };
}

/// Takes a change back or makes it again. What it added stays, marked, so that it can be made
/// again.
Result<void> apply(SQLite::Database& db, const Entry& entry, bool undone)
{
    if (entry.kind != "import" && entry.kind != "audit" && entry.kind != "change")
        return fail(ErrorKind::Invalid,
            "\"" + entry.what + "\" cannot be undone by this version; update the program",
            "history");
    SQLite::Statement change(db,
        entry.kind == "import" ? "UPDATE source SET removed = ? WHERE id = ?"
                               : "UPDATE audit_change SET removed = ? WHERE id = ?");
    change.bind(1, undone ? 1 : 0);
    change.bind(2, entry.target);
    change.exec();
    SQLite::Statement mark(db, "UPDATE journal SET state = ? WHERE id = ?");
    mark.bind(1, undone ? 1 : 0);
    mark.bind(2, entry.id);
    mark.exec();
    return {};
}

} // namespace

Result<std::vector<JournalRow>> Project::journal(int limit) const
{
    return reading(*m_db, [&]() -> Result<std::vector<JournalRow>> {
        SQLite::Statement query(
            m_db->db, "SELECT id, time, what, state FROM journal ORDER BY id DESC LIMIT ?");
        query.bind(1, limit);
        std::vector<JournalRow> rows;
        while (query.executeStep())
            rows.push_back({ query.getColumn(0).getInt64(), query.getColumn(1).getInt64(),
                query.getColumn(2).getString(), query.getColumn(3).getInt() != 0 });
        return rows;
    });
}

namespace {

constexpr const char* newestDone =
    "SELECT id, kind, target, what FROM journal WHERE state = 0 ORDER BY id DESC LIMIT 1";
constexpr const char* oldestUndone =
    "SELECT id, kind, target, what FROM journal WHERE state = 1 ORDER BY id LIMIT 1";

} // namespace

Result<std::string> Project::undo()
{
    return writing(*m_db, [&]() -> Result<std::string> {
        const auto entry = entryOf(m_db->db, newestDone);
        if (!entry)
            return fail(ErrorKind::Invalid, "there is nothing to undo", "history");
        if (auto applied = apply(m_db->db, *entry, true); !applied)
            return fail(applied.error());
        return entry->what;
    });
}

Result<std::string> Project::redo()
{
    return writing(*m_db, [&]() -> Result<std::string> {
        const auto entry = entryOf(m_db->db, oldestUndone);
        if (!entry)
            return fail(ErrorKind::Invalid, "there is nothing to redo", "history");
        if (auto applied = apply(m_db->db, *entry, false); !applied)
            return fail(applied.error());
        return entry->what;
    });
}

Result<int> Project::goTo(std::int64_t wanted)
{
    return writing(*m_db, [&]() -> Result<int> {
        SQLite::Statement known(m_db->db, "SELECT 1 FROM journal WHERE id = ?");
        known.bind(1, wanted);
        if (wanted != 0 && !known.executeStep())
            return fail(ErrorKind::NotFound, "is no entry of the history; reload it",
                "entry " + std::to_string(wanted));
        int changed = 0;
        for (auto entry = entryOf(m_db->db, newestDone); entry && entry->id > wanted;
             entry = entryOf(m_db->db, newestDone), ++changed)
            if (auto applied = apply(m_db->db, *entry, true); !applied)
                return fail(applied.error());
        for (auto entry = entryOf(m_db->db, oldestUndone); entry && entry->id <= wanted;
             entry = entryOf(m_db->db, oldestUndone), ++changed)
            if (auto applied = apply(m_db->db, *entry, false); !applied)
                return fail(applied.error());
        return changed;
    });
}

} // namespace slook::store
