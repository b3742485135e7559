#include "store/audit_rows.h"
#include "store/session.h"
#include <algorithm>

namespace slook::store {
namespace {

constexpr std::size_t longestName = 200; // bytes

/// Errors: Invalid.
Result<void> isMark(const std::string& name, const std::string& value)
{
    const bool tag = name.starts_with(kTagPrefix) && name.size() > kTagPrefix.size();
    if ((!tag && name != "flag" && name != "star") || name.size() > longestName)
        return fail(ErrorKind::Invalid,
            "is no mark; a mark is flag, star or tag:NAME with at most "
                + std::to_string(longestName) + " bytes",
            "the mark \"" + name.substr(0, longestName) + "\"");
    const auto flags = flagNames();
    const bool known =
        name == "flag" ? std::ranges::find(flags, value) != flags.end() : value == "yes";
    if (!value.empty() && !known)
        return fail(ErrorKind::Invalid,
            name == "flag" ? "is no colour of a flag; use red, yellow, green, blue or purple"
                           : "is no value of this mark; use yes, or nothing to take it off",
            "\"" + value + "\"");
    return {};
}

/// What can be marked: where its marks are kept, and what it is called.
struct Markable {
    const char* insert;
    const char* select; ///< id, name, value: the newest change of each mark that was not undone
    const char* singular;
    const char* plural;
};
constexpr Markable questions {
    "INSERT OR IGNORE INTO mark(item, name, change, value) VALUES(?, ?, ?, ?)",
    "SELECT item, name, value, max(change) FROM mark JOIN audit_change "
    "ON audit_change.id = change WHERE removed = 0 GROUP BY item, name",
    " question", " questions"
};
constexpr Markable singlePairs {
    "INSERT OR IGNORE INTO pair_mark(pair, name, change, value) VALUES(?, ?, ?, ?)",
    "SELECT pair, name, value, max(change) FROM pair_mark JOIN audit_change "
    "ON audit_change.id = change WHERE removed = 0 GROUP BY pair, name",
    " pair", " pairs"
};

std::string sentenceFor(
    const Markable& what, const std::string& name, const std::string& value, std::size_t count)
{
    const auto counted = std::to_string(count) + (count == 1 ? what.singular : what.plural);
    if (name == "flag")
        return value.empty() ? "Took the flag off " + counted : "Flagged " + counted + " " + value;
    if (name == "star")
        return (value.empty() ? "Took the star off " : "Starred ") + counted;
    const std::string tag = "\"" + name.substr(kTagPrefix.size()) + "\"";
    return value.empty() ? "Took the tag " + tag + " off " + counted
                         : "Tagged " + counted + " " + tag;
}

template <class Id>
Result<void> addMarks(Session& session, const Markable& what, std::span<const Id> marked,
    const std::string& name, const std::string& value, const std::string& opId)
{
    if (auto valid = isMark(name, value); !valid)
        return valid;
    if (marked.empty())
        return fail(ErrorKind::Invalid, "needs a" + std::string(what.singular) + "; select some",
            "the mark");
    return writing(session, [&]() -> Result<void> {
        SQLite::Database& db = session.db;
        const auto before = doneBefore(db, opId, "mark");
        if (!before)
            return fail(before.error());
        if (*before)
            return {};
        const auto change = addAuditChange(db);
        SQLite::Statement insert(db, what.insert);
        for (const Id id : marked) {
            insert.bind(1, id.value);
            insert.bindNoCopy(2, name);
            insert.bind(3, change);
            insert.bindNoCopy(4, value);
            insert.exec();
            insert.reset();
        }
        addJournal(db, "change", change, sentenceFor(what, name, value, marked.size()));
        markDone(db, opId, "mark", change);
        return {};
    });
}

} // namespace

Result<void> Project::mark(std::span<const ItemId> items, const std::string& name,
    const std::string& value, const std::string& opId)
{
    return addMarks(*m_db, questions, items, name, value, opId);
}

Result<void> Project::markPairs(std::span<const PairId> pairs, const std::string& name,
    const std::string& value, const std::string& opId)
{
    return addMarks(*m_db, singlePairs, pairs, name, value, opId);
}

Result<std::vector<MarkRow>> Project::marks() const
{
    return reading(*m_db, [&]() -> Result<std::vector<MarkRow>> {
        std::vector<MarkRow> rows;
        for (const Markable* what : { &questions, &singlePairs }) {
            SQLite::Statement query(m_db->db, what->select);
            while (query.executeStep()) {
                MarkRow row { {}, query.getColumn(1).getString(), query.getColumn(2).getString() };
                if (row.value.empty())
                    continue;
                const std::int64_t id = query.getColumn(0).getInt64();
                if (what == &questions)
                    row.item = { id };
                else
                    row.pair = { id };
                rows.push_back(std::move(row));
            }
        }
        return rows;
    });
}

Result<void> Project::saveView(const SavedView& view, const std::string& opId)
{
    if (view.name.empty() || view.name.size() > longestName)
        return fail(ErrorKind::Invalid,
            "needs a name of at most " + std::to_string(longestName) + " bytes", "the view");
    return writing(*m_db, [&]() -> Result<void> {
        SQLite::Database& db = m_db->db;
        const auto before = doneBefore(db, opId, "view");
        if (!before)
            return fail(before.error());
        if (*before)
            return {};
        const auto change = addAuditChange(db);
        SQLite::Statement insert(
            db, "INSERT INTO saved_view(name, change, filter) VALUES(?, ?, ?)");
        insert.bindNoCopy(1, view.name);
        insert.bind(2, change);
        insert.bindNoCopy(3, view.filter);
        insert.exec();
        addJournal(db, "change", change,
            (view.filter.empty() ? "Took away the view \"" : "Saved the view \"") + view.name
                + "\"");
        markDone(db, opId, "view", change);
        return {};
    });
}

Result<std::vector<SavedView>> Project::savedViews() const
{
    return reading(*m_db, [&]() -> Result<std::vector<SavedView>> {
        SQLite::Statement query(m_db->db,
            "SELECT name, filter, max(change) FROM saved_view JOIN audit_change "
            "ON audit_change.id = change WHERE removed = 0 GROUP BY name");
        std::vector<SavedView> views;
        while (query.executeStep())
            if (auto filter = query.getColumn(1).getString(); !filter.empty())
                views.push_back({ query.getColumn(0).getString(), std::move(filter) });
        return views;
    });
}

} // namespace slook::store
