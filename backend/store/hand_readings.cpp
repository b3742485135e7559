#include "store/hand_readings.h"
#include "store/audit_rows.h"
#include "store/session.h"
#include <algorithm>

namespace slook::store {
namespace {

/// Errors: Invalid.
Result<void> areReadings(std::span<const HandReading> readings)
{
    if (readings.empty())
        return fail(ErrorKind::Invalid, "needs an answer; choose one", "the reading by hand");
    if (std::ranges::any_of(readings, [](const HandReading& one) { return one.reason.empty(); }))
        return fail(ErrorKind::Invalid, "needs a reason; write one", "the reading by hand");
    return {};
}

/// Errors: NotFound.
Result<std::string> questionOf(SQLite::Database& db, ResponseId response)
{
    SQLite::Statement find(db,
        "SELECT item.key FROM response JOIN item ON item.id = response.item "
        "WHERE response.id = ?");
    find.bind(1, response.value);
    if (!find.executeStep())
        return fail(ErrorKind::NotFound, "is not in the project; reload the list",
            "answer " + std::to_string(response.value));
    return find.getColumn(0).getString();
}

} // namespace

Result<void> Project::readByHand(std::span<const HandReading> readings, const std::string& opId)
{
    if (auto valid = areReadings(readings); !valid)
        return valid;
    return writing(*m_db, [&]() -> Result<void> {
        SQLite::Database& db = m_db->db;
        const auto before = doneBefore(db, opId, "hand");
        if (!before)
            return fail(before.error());
        if (*before)
            return {};
        const auto change = addAuditChange(db);
        std::string question;
        SQLite::Statement insert(db,
            "INSERT INTO hand_reading(response, change, answer, correct, reason) "
            "VALUES(?, ?, ?, ?, ?)");
        for (const HandReading& one : readings) {
            auto key = questionOf(db, one.response);
            if (!key)
                return fail(key.error());
            question = std::move(*key);
            insert.bind(1, one.response.value);
            insert.bind(2, change);
            insert.bindNoCopy(3, one.answer);
            if (one.correct)
                insert.bind(4, *one.correct ? 1 : 0);
            else
                insert.bind(4);
            insert.bindNoCopy(5, one.reason);
            insert.exec();
            insert.reset();
        }
        const bool back = !readings.front().correct;
        addJournal(db, "change", change,
            (back ? "Took back the reading by hand of question " : "Read by hand: question ")
                + question + ": " + readings.front().reason);
        markDone(db, opId, "hand", change);
        return {};
    });
}

Result<std::vector<HandReading>> Project::handReadings(RunId run) const
{
    return reading(*m_db, [&]() -> Result<std::vector<HandReading>> {
        SQLite::Statement query(m_db->db,
            "WITH " + handTable
                + "SELECT hand.response, hand.answer, correct, reason FROM hand "
                  "JOIN response ON response.id = hand.response WHERE run = ? "
                  "AND correct IS NOT NULL ORDER BY hand.response");
        query.bind(1, run.value);
        std::vector<HandReading> readings;
        while (query.executeStep())
            readings.push_back({ { query.getColumn(0).getInt64() }, query.getColumn(1).getString(),
                query.getColumn(2).getInt() != 0, query.getColumn(3).getString() });
        return readings;
    });
}

} // namespace slook::store
