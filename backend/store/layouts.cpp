#include "core/layout.h"
#include "store/audit_rows.h"
#include "store/item_json.h"
#include "store/session.h"

namespace slook::store {
namespace {

/// What every query of layouts reads, with its own end behind it.
std::string layoutsWhere(const std::string& end)
{
    return "SELECT id, feature, method, options, coalesce(start, 0), time, seconds, iterations, "
           "divergence, trustworthiness, neighboursKept, neighbours, judged, "
           "(SELECT count(*) FROM layout_point WHERE layout_point.layout = layout.id) FROM layout "
        + end;
}

constexpr const char* notRemoved =
    "NOT EXISTS(SELECT 1 FROM layout_removal JOIN audit_change ON audit_change.id = change "
    "WHERE layout_removal.layout = layout.id AND removed = 0)";

Error noLayout(LayoutId id, const std::filesystem::path& file)
{
    return { ErrorKind::NotFound,
        "has no layout " + std::to_string(id.value)
            + "; \"secondlook-cli show layouts\" lists them",
        file.string() };
}

LayoutRow layoutAt(const SQLite::Statement& row)
{
    LayoutRow layout;
    layout.id = { row.getColumn(0).getInt64() };
    layout.feature = row.getColumn(1).getString();
    layout.method = row.getColumn(2).getString();
    layout.options = row.getColumn(3).getString();
    layout.start = { row.getColumn(4).getInt64() };
    layout.time = row.getColumn(5).getInt64();
    layout.seconds = row.getColumn(6).getDouble();
    layout.iterations = row.getColumn(7).getInt();
    layout.divergence = realAt(row, 8);
    layout.trustworthiness = realAt(row, 9);
    layout.neighboursKept = realAt(row, 10);
    layout.neighbours = row.getColumn(11).getInt();
    layout.judged = row.getColumn(12).getInt64();
    layout.size = row.getColumn(13).getInt64();
    return layout;
}

void addPoints(SQLite::Database& db, LayoutId layout, const std::vector<LayoutPoint>& points)
{
    SQLite::Statement insert(
        db, "INSERT INTO layout_point(layout, position, run, item, x, y) VALUES(?, ?, ?, ?, ?, ?)");
    for (std::size_t i = 0; i < points.size(); ++i) {
        insert.reset();
        insert.bind(1, layout.value);
        insert.bind(2, static_cast<std::int64_t>(i));
        insert.bind(3, points[i].run.value);
        insert.bind(4, points[i].item.value);
        insert.bind(5, points[i].x);
        insert.bind(6, points[i].y);
        insert.exec();
    }
}

} // namespace

Result<LayoutId> Project::addLayout(const LayoutRow& row, const std::string& opId)
{
    auto& db = m_db->db;
    return writing(*m_db, [&]() -> Result<LayoutId> {
        const auto before = doneBefore(db, opId, "layout");
        if (!before)
            return fail(before.error());
        if (*before)
            return LayoutId { **before };
        SQLite::Statement insert(db,
            "INSERT INTO layout(feature, method, options, start, time, seconds, iterations, "
            "divergence, trustworthiness, neighboursKept, neighbours, judged) "
            "VALUES(?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?)");
        insert.bind(1, row.feature);
        insert.bind(2, row.method);
        insert.bind(3, row.options);
        insert.bind(4, row.start.value);
        insert.bind(5, row.time != 0 ? row.time : nowMs());
        insert.bind(6, row.seconds);
        insert.bind(7, row.iterations);
        bindReal(insert, 8, row.divergence);
        bindReal(insert, 9, row.trustworthiness);
        bindReal(insert, 10, row.neighboursKept);
        insert.bind(11, row.neighbours);
        insert.bind(12, row.judged);
        insert.exec();
        const LayoutId id { db.getLastInsertRowid() };
        addPoints(db, id, row.points);
        markDone(db, opId, "layout", id.value);
        return id;
    });
}

Result<void> Project::removeLayout(LayoutId id, const std::string& opId)
{
    auto& db = m_db->db;
    return writing(*m_db, [&]() -> Result<void> {
        const auto before = doneBefore(db, opId, "layout-removal");
        if (!before)
            return fail(before.error());
        if (*before)
            return {};
        SQLite::Statement query(db, layoutsWhere(std::string("WHERE id = ? AND ") + notRemoved));
        query.bind(1, id.value);
        if (!query.executeStep())
            return fail(noLayout(id, m_db->place.file));
        const auto feature = query.getColumn(1).getString();
        const auto change = addAuditChange(db);
        SQLite::Statement insert(db, "INSERT INTO layout_removal(change, layout) VALUES(?, ?)");
        insert.bind(1, change);
        insert.bind(2, id.value);
        insert.exec();
        addJournal(
            db, "change", change, "Deleted layout " + std::to_string(id.value) + " of " + feature);
        markDone(db, opId, "layout-removal", id.value);
        return {};
    });
}

Result<std::vector<LayoutRow>> Project::layouts() const
{
    return reading(*m_db, [&]() -> Result<std::vector<LayoutRow>> {
        SQLite::Statement query(
            m_db->db, layoutsWhere(std::string("WHERE ") + notRemoved + " ORDER BY id DESC"));
        std::vector<LayoutRow> rows;
        while (query.executeStep())
            rows.push_back(layoutAt(query));
        return rows;
    });
}

Result<LayoutRow> Project::layout(LayoutId id) const
{
    return reading(*m_db, [&]() -> Result<LayoutRow> {
        SQLite::Statement query(
            m_db->db, layoutsWhere(std::string("WHERE id = ? AND ") + notRemoved));
        query.bind(1, id.value);
        if (!query.executeStep())
            return fail(noLayout(id, m_db->place.file));
        LayoutRow row = layoutAt(query);
        SQLite::Statement points(m_db->db,
            "SELECT run, item, x, y FROM layout_point WHERE layout = ? ORDER BY position");
        points.bind(1, id.value);
        row.points.reserve(static_cast<std::size_t>(row.size));
        while (points.executeStep())
            row.points.push_back(
                { { points.getColumn(0).getInt64() }, { points.getColumn(1).getInt64() },
                    points.getColumn(2).getDouble(), points.getColumn(3).getDouble() });
        return row;
    });
}

} // namespace slook::store
