#include "store/session.h"
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace slook::store {
namespace {

constexpr std::array stateNames = { "waiting", "running", "stopped", "failed", "done" };

RunState stateNamed(const std::string& name)
{
    const auto found = std::ranges::find(stateNames, name);
    return static_cast<RunState>(found == stateNames.end() ? 3 : found - stateNames.begin());
}

/// Runs whose import was undone are not there.
std::string runsWhere(std::string_view condition)
{
    std::string query =
        "SELECT id, name, recipe, state, model, job, jobSha256, time, started, finished, lastSeq, "
        "error FROM run WHERE NOT EXISTS (SELECT 1 FROM source WHERE source.id = run.source AND "
        "removed = 1) AND ";
    query += condition;
    return query;
}

RunRow runAt(const SQLite::Statement& row)
{
    RunRow run;
    run.id = { row.getColumn(0).getInt64() };
    run.name = row.getColumn(1).getString();
    run.recipe = row.getColumn(2).getString();
    run.state = stateNamed(row.getColumn(3).getString());
    run.model = row.getColumn(4).getString();
    run.job = row.getColumn(5).getString();
    run.jobSha256 = row.getColumn(6).getString();
    run.time = row.getColumn(7).getInt64();
    run.started = row.getColumn(8).getInt64();
    run.finished = row.getColumn(9).getInt64();
    run.lastSeq = row.getColumn(10).getInt64();
    run.error = row.getColumn(11).getString();
    return run;
}

/// The number that a run's name begins with; 0 where there is none.
std::int64_t numberOf(const std::string& name)
{
    std::int64_t number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    return std::max<std::int64_t>(number, 0);
}

std::int64_t highestDirectory(const std::filesystem::path& runs)
{
    std::int64_t highest = 0;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(runs, error), end; !error && entry != end;
         entry.increment(error))
        highest = std::max(highest, numberOf(entry->path().filename().string()));
    return highest;
}

/// A recipe's name as a part of a folder's name.
std::string asFileName(const std::string& recipe)
{
    std::string name;
    for (const char c : recipe.substr(0, 40)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
        name += plain ? c : (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : '-';
    }
    return name.empty() ? "run" : name;
}

} // namespace

Result<std::string> Project::nextRunName(const std::string& recipe) const
{
    return reading(*m_db, [&]() -> Result<std::string> {
        const auto known =
            m_db->db.execAndGet("SELECT coalesce(max(CAST(name AS INTEGER)), 0) FROM run")
                .getInt64();
        const auto number = 1 + std::max(known, highestDirectory(folder() / "runs"));
        std::array<char, 32> digits {};
        std::snprintf(digits.data(), digits.size(), "%04lld", static_cast<long long>(number));
        return std::string(digits.data()) + "-" + asFileName(recipe);
    });
}

Result<RunId> Project::addRun(const RunRow& run, const std::string& opId, SourceId source)
{
    auto& db = m_db->db;
    return writing(*m_db, [&]() -> Result<RunId> {
        const auto before = doneBefore(db, opId, "run");
        if (!before)
            return fail(before.error());
        if (*before)
            return RunId { **before };
        SQLite::Statement insert(db,
            "INSERT INTO run(name, recipe, state, model, job, jobSha256, time, started, finished, "
            "lastSeq, error, source) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, nullif(?, 0))");
        insert.bind(1, run.name);
        insert.bind(2, run.recipe);
        insert.bind(3, stateNames[static_cast<std::size_t>(run.state)]);
        insert.bind(4, run.model);
        insert.bind(5, run.job);
        insert.bind(6, run.jobSha256);
        insert.bind(7, run.time != 0 ? run.time : nowMs());
        insert.bind(8, run.started);
        insert.bind(9, run.finished);
        insert.bind(10, run.error);
        insert.bind(11, source.value);
        insert.exec();
        const RunId id { db.getLastInsertRowid() };
        markDone(db, opId, "run", id.value);
        return id;
    });
}

Result<std::vector<RunRow>> Project::runs() const
{
    return reading(*m_db, [&]() -> Result<std::vector<RunRow>> {
        SQLite::Statement query(m_db->db, runsWhere("1 ORDER BY id DESC"));
        std::vector<RunRow> rows;
        while (query.executeStep())
            rows.push_back(runAt(query));
        return rows;
    });
}

Result<RunRow> Project::run(const std::string& nameOrNumber) const
{
    return reading(*m_db, [&]() -> Result<RunRow> {
        const bool digits = !nameOrNumber.empty() && nameOrNumber.size() < 18
            && std::ranges::all_of(nameOrNumber, [](char c) { return c >= '0' && c <= '9'; });
        SQLite::Statement query(m_db->db,
            runsWhere("(name = ?1 OR CAST(name AS INTEGER) = ?2) ORDER BY name = ?1 DESC, id DESC "
                      "LIMIT 1"));
        query.bind(1, nameOrNumber);
        query.bind(2, digits ? numberOf(nameOrNumber) : std::int64_t { -1 });
        if (!query.executeStep())
            return fail(ErrorKind::NotFound,
                "has no run \"" + nameOrNumber + "\"; \"secondlook-cli runs\" lists them",
                m_db->place.file.string());
        return runAt(query);
    });
}

Result<void> Project::setRunState(RunId run, RunState state, const std::string& error)
{
    return writing(*m_db, [&]() -> Result<void> {
        const bool ended = state != RunState::Waiting && state != RunState::Running;
        SQLite::Statement change(m_db->db,
            "UPDATE run SET state = ?1, error = ?2, "
            "started = CASE WHEN ?1 = 'running' AND started = 0 THEN ?4 ELSE started END, "
            "finished = CASE WHEN ?3 THEN ?4 ELSE 0 END WHERE id = ?5");
        change.bind(1, stateNames[static_cast<std::size_t>(state)]);
        change.bind(2, error);
        change.bind(3, ended ? 1 : 0);
        change.bind(4, nowMs());
        change.bind(5, run.value);
        if (change.exec() == 0)
            return fail(ErrorKind::NotFound,
                "has no run with the number " + std::to_string(run.value),
                m_db->place.file.string());
        return {};
    });
}

Result<std::vector<RunId>> Project::queue() const
{
    return reading(*m_db, [&]() -> Result<std::vector<RunId>> {
        SQLite::Statement query(m_db->db, "SELECT run FROM queue ORDER BY position");
        std::vector<RunId> runs;
        while (query.executeStep())
            runs.push_back({ query.getColumn(0).getInt64() });
        return runs;
    });
}

Result<void> Project::setQueue(std::span<const RunId> runs)
{
    return writing(*m_db, [&]() -> Result<void> {
        m_db->db.exec("DELETE FROM queue");
        SQLite::Statement insert(m_db->db, "INSERT INTO queue(position, run) VALUES(?, ?)");
        for (std::size_t i = 0; i < runs.size(); ++i) {
            insert.reset();
            insert.bind(1, static_cast<std::int64_t>(i));
            insert.bind(2, runs[i].value);
            insert.exec();
        }
        return {};
    });
}

Result<std::string> Project::setting(const std::string& name) const
{
    return reading(*m_db, [&]() -> Result<std::string> {
        SQLite::Statement query(m_db->db, "SELECT value FROM setting WHERE name = ?");
        query.bind(1, name);
        return query.executeStep() ? query.getColumn(0).getString() : std::string();
    });
}

Result<void> Project::setSetting(const std::string& name, const std::string& value)
{
    return writing(*m_db, [&]() -> Result<void> {
        SQLite::Statement change(
            m_db->db, "INSERT OR REPLACE INTO setting(name, value) VALUES(?, ?)");
        change.bind(1, name);
        change.bind(2, value);
        change.exec();
        return {};
    });
}

} // namespace slook::store
