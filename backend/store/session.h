#pragma once
#include "core/result.h"
#include "store/clock.h"
#include "store/owner_lock.h"
#include "store/place.h"
#include "store/project.h"
#include <SQLiteCpp/SQLiteCpp.h>
#include <optional>
#include <string>
#include <vector>

namespace slook::store {

/// An open project: the connection and what was found out when it was opened.
struct Session {
    Place place;
    std::optional<OwnerLock> lock; ///< before `db`: given back after the connection has closed
    SQLite::Database db;
    std::vector<std::string> notices;
    std::string broken; ///< after a failed write to the disk: why nothing more is written

    [[nodiscard]] bool readOnly() const { return !lock; }
};

/// A connection with our rules: no extensions, no triggers or views, no double-quoted texts,
/// bounded statements, WAL and full syncs. @throws SQLite::Exception
[[nodiscard]] SQLite::Database connect(const std::filesystem::path& file, int sqliteOpenFlags);

/// Errors: Invalid (another program's, a newer version's, not the structure that we make).
[[nodiscard]] Result<void> isProject(SQLite::Database& db, const std::string& where);
/// @param thorough  every page and every foreign key. Errors: Invalid.
[[nodiscard]] Result<void> structureIsSound(
    SQLite::Database& db, bool thorough, const std::string& where);

/// What a person reads of an error of SQLite.
[[nodiscard]] Error errorOf(int code, const std::string& detail, const std::string& where);
/// True for errors after which the disk cannot be trusted: nothing more is written.
[[nodiscard]] bool breaksTheDisk(int code);
/// Errors: Conflict (opened for reading), Io (an earlier write failed; the file is elsewhere now).
[[nodiscard]] Result<void> writable(const Session& session);

/// Runs `work`, which returns a Result, and turns SQLite's exceptions into errors: the one place of
/// the store that catches. `code` becomes SQLite's error code.
template <class Work>
auto guarded(const std::string& where, Work&& work, int* code = nullptr) -> decltype(work())
{
    try {
        return work();
    } catch (const SQLite::Exception& e) {
        if (code)
            *code = e.getExtendedErrorCode();
        return fail(errorOf(e.getExtendedErrorCode(), e.what(), where));
    } catch (const std::bad_alloc&) {
        return fail(ErrorKind::Io, "needs more memory than there is; close other programs", where);
    }
}

/// A read: `work` returns a Result.
template <class Work> auto reading(const Session& session, Work&& work) -> decltype(work())
{
    return guarded(session.place.file.string(), std::forward<Work>(work));
}

/// A change: `work` in one transaction, durable when this returns; rolled back where `work` fails.
template <class Work> auto writing(Session& session, Work&& work) -> decltype(work())
{
    if (auto allowed = writable(session); !allowed)
        return fail(allowed.error());
    int code = 0;
    auto result = guarded(
        session.place.file.string(),
        [&] {
            SQLite::Transaction transaction(session.db, SQLite::TransactionBehavior::IMMEDIATE);
            auto done = work();
            if (done)
                transaction.commit();
            return done;
        },
        &code);
    if (!result && breaksTheDisk(code))
        session.broken = result.error().what;
    return result;
}

/// The result of an operation that was done before under this id. Errors: Invalid where the id is
/// empty or belongs to another kind of operation.
[[nodiscard]] Result<std::optional<std::int64_t>> doneBefore(
    SQLite::Database& db, const std::string& opId, const char* kind);
void markDone(SQLite::Database& db, const std::string& opId, const char* kind, std::int64_t result);

/// Adds a journal entry; what was undone before can no longer be redone.
void addJournal(
    SQLite::Database& db, const char* kind, std::int64_t target, const std::string& what);

struct Project::Db : Session { };

} // namespace slook::store
