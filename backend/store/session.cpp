#include "store/session.h"
#include <sqlite3.h>

namespace slook::store {
namespace {

void setSwitches(sqlite3* db)
{
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
}

void setLimits(sqlite3* db)
{
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 256 << 20);
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, 100'000);
    sqlite3_limit(db, SQLITE_LIMIT_COLUMN, 100);
    sqlite3_limit(db, SQLITE_LIMIT_EXPR_DEPTH, 50);
    sqlite3_limit(db, SQLITE_LIMIT_COMPOUND_SELECT, 10);
    sqlite3_limit(db, SQLITE_LIMIT_FUNCTION_ARG, 16);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 1);
    sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200);
    sqlite3_limit(db, SQLITE_LIMIT_VARIABLE_NUMBER, 100);
    sqlite3_limit(db, SQLITE_LIMIT_TRIGGER_DEPTH, 10);
}

} // namespace

SQLite::Database connect(const std::filesystem::path& file, int sqliteOpenFlags)
{
    SQLite::Database db(file.string(),
        sqliteOpenFlags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE, 5000);
    setSwitches(db.getHandle());
    setLimits(db.getHandle());
    for (const char* pragma :
        { "PRAGMA cell_size_check = ON", "PRAGMA mmap_size = 0", "PRAGMA foreign_keys = ON",
            "PRAGMA synchronous = FULL", "PRAGMA wal_autocheckpoint = 1000",
            "PRAGMA journal_size_limit = 67108864", "PRAGMA cache_size = -65536",
            "PRAGMA temp_store = MEMORY", "PRAGMA recursive_triggers = OFF" })
        db.exec(pragma);
    if (sqliteOpenFlags & SQLITE_OPEN_READONLY)
        db.exec("PRAGMA query_only = ON");
    return db;
}

Error errorOf(int code, const std::string& detail, const std::string& where)
{
    switch (code & 0xFF) {
    case SQLITE_FULL:
        return { ErrorKind::Io,
            "could not be changed: the disk is full; free some space and try again, nothing of "
            "this "
            "change was kept and nothing older was lost",
            where };
    case SQLITE_IOERR:
        if (code == SQLITE_IOERR_SHMSIZE) // even reading needs an index of 32 KiB beside the file
            return { ErrorKind::Io,
                "cannot be opened: the disk is full to the last byte; free some space and try "
                "again, nothing was lost",
                where };
        return { ErrorKind::Io,
            "could not be read or written (" + detail
                + "); check the disk and its free space, then open the project again",
            where };
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return { ErrorKind::Conflict,
            "is in use by another program; close that program and try again", where };
    case SQLITE_CORRUPT:
        return { ErrorKind::Invalid,
            "is damaged (" + detail
                + "); keep the file with its -wal file as they are and restore a copy",
            where };
    case SQLITE_NOTADB:
        return { ErrorKind::Invalid,
            "is no project of Second Look, or its beginning is damaged; choose another file or "
            "restore a copy",
            where };
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return { ErrorKind::Io,
            "cannot be written; check the permissions of the file and its folder", where };
    case SQLITE_CANTOPEN:
        return { ErrorKind::Io,
            "cannot be opened; check the permissions of the file and its folder", where };
    case SQLITE_CONSTRAINT:
        return { ErrorKind::Invalid,
            "does not take this change (" + detail + "); nothing of it was kept", where };
    case SQLITE_TOOBIG:
        return { ErrorKind::Invalid,
            "cannot keep one text or picture of more than 256 MiB; nothing of this change was kept",
            where };
    case SQLITE_NOMEM:
        return { ErrorKind::Io, "needs more memory than there is; close other programs", where };
    default:
        return { ErrorKind::Internal, "could not be used (" + detail + ")", where };
    }
}

bool breaksTheDisk(int code)
{
    return (code & 0xFF) == SQLITE_IOERR || (code & 0xFF) == SQLITE_CORRUPT;
}

Result<void> writable(const Session& session)
{
    const auto where = session.place.file.string();
    if (session.readOnly())
        return fail(ErrorKind::Conflict,
            "is open for reading only; close it elsewhere and open it as its owner", where);
    if (!session.broken.empty())
        return fail(ErrorKind::Io,
            "takes no more changes since a write failed; close the project, check the disk and "
            "open "
            "it again",
            where);
    return stillInPlace(session.place);
}

Result<std::optional<std::int64_t>> doneBefore(
    SQLite::Database& db, const std::string& opId, const char* kind)
{
    if (opId.empty())
        return fail(ErrorKind::Invalid, "a change needs an operation id of its own", kind);
    SQLite::Statement query(db, "SELECT kind, result FROM operation WHERE id = ?");
    query.bindNoCopy(1, opId);
    if (!query.executeStep())
        return std::nullopt;
    if (query.getColumn(0).getString() != kind)
        return fail(ErrorKind::Invalid,
            "the operation id " + opId + " was used for another change; use a new one", kind);
    return query.getColumn(1).getInt64();
}

void markDone(SQLite::Database& db, const std::string& opId, const char* kind, std::int64_t result)
{
    SQLite::Statement insert(
        db, "INSERT INTO operation(id, kind, result, time) VALUES(?, ?, ?, ?)");
    insert.bindNoCopy(1, opId);
    insert.bindNoCopy(2, kind);
    insert.bind(3, result);
    insert.bind(4, nowMs());
    insert.exec();
}

void addJournal(
    SQLite::Database& db, const char* kind, std::int64_t target, const std::string& what)
{
    db.exec("UPDATE journal SET state = 2 WHERE state = 1");
    SQLite::Statement insert(
        db, "INSERT INTO journal(time, kind, target, what) VALUES(?, ?, ?, ?)");
    insert.bind(1, nowMs());
    insert.bindNoCopy(2, kind);
    insert.bind(3, target);
    insert.bindNoCopy(4, what);
    insert.exec();
}

} // namespace slook::store
