#include "core/file.h"
#include "store/backup.h"
#include "store/schema.h"
#include "store/session.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h> // renameat2
#include <sys/stat.h>
#include <unistd.h>

namespace slook::store {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t quickCheckBytes = 256u << 20; // about 0.3 s; larger ones in "check project"

struct Identity {
    int version = 0;
    std::vector<std::string> differences;
};

std::string joined(const std::vector<std::string>& parts)
{
    std::string text;
    for (const auto& part : parts)
        text += (text.empty() ? "" : ", ") + part;
    return text;
}

/// Is it ours, and which version? Reads only.
Result<Identity> identify(SQLite::Database& db, const std::string& where)
{
    if (db.execAndGet("PRAGMA application_id").getInt64() != applicationId)
        return fail(ErrorKind::Invalid,
            "is a database of another program and no project of Second Look; choose another file",
            where);
    Identity identity;
    identity.version = db.execAndGet("PRAGMA user_version").getInt();
    if (identity.version > schemaVersion())
        return fail(ErrorKind::Invalid,
            "was made by a newer version of Second Look (format " + std::to_string(identity.version)
                + ", this one knows up to " + std::to_string(schemaVersion())
                + "); update this program, the file was left as it is",
            where);
    if (identity.version < 1)
        return fail(
            ErrorKind::Invalid, "is an unfinished project; delete it and create a new one", where);
    identity.differences = schemaDifferences(db, identity.version);
    return identity;
}

/// Looks at the file through a connection that changes nothing, not even a left-over -wal.
Result<Identity> probe(const Place& place)
{
    const auto where = place.file.string();
    return guarded(where, [&]() -> Result<Identity> {
        auto db = connect(place.file, SQLite::OPEN_READONLY);
        sqlite3_db_config(db.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        return identify(db, where);
    });
}

Result<void> useWal(SQLite::Database& db, const std::string& where)
{
    if (sqlite3_db_readonly(db.getHandle(), "main") == 1)
        return fail(errorOf(SQLITE_READONLY, {}, where));
    if (db.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal")
        return fail(ErrorKind::Io,
            "cannot be written safely on this file system; copy it to a local disk", where);
    return {};
}

/// A whole new project at `file`.
Result<void> build(const fs::path& file)
{
    return guarded(file.string(), [&]() -> Result<void> {
        auto db = connect(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        db.exec("PRAGMA page_size = 4096");
        db.exec("PRAGMA encoding = 'UTF-8'");
        static_assert(applicationId == 1397509963);
        db.exec("PRAGMA application_id = 1397509963");
        migrate(db);
        return useWal(db, file.string());
    });
}

std::vector<std::string> noticesFor(const Place& place, bool unclean)
{
    std::vector<std::string> notices;
    if (unclean)
        notices.emplace_back(
            "The project was not closed the last time; it was checked and is sound.");
    if (place.passing)
        notices.emplace_back("The project lies on a file system in memory: a restart deletes it.");
    return notices;
}

bool hasLeftOverWal(const fs::path& file)
{
    std::error_code error;
    const auto bytes = fs::file_size(file.string() + "-wal", error);
    return !error && bytes > 0;
}

} // namespace

Result<void> structureIsSound(SQLite::Database& db, bool thorough, const std::string& where)
{
    const auto first =
        db.execAndGet(thorough ? "PRAGMA integrity_check(1)" : "PRAGMA quick_check(1)").getString();
    if (first != "ok")
        return fail(errorOf(SQLITE_CORRUPT, first, where));
    if (!thorough)
        return {};
    SQLite::Statement keys(db, "PRAGMA foreign_key_check");
    if (keys.executeStep())
        return fail(errorOf(SQLITE_CORRUPT,
            "a row of the table " + keys.getColumn(0).getString() + " points to nothing", where));
    return {};
}

Result<void> isProject(SQLite::Database& db, const std::string& where)
{
    const auto identity = identify(db, where);
    if (!identity)
        return fail(identity.error());
    if (!identity->differences.empty())
        return fail(ErrorKind::Invalid,
            "has a structure that this program did not make (" + joined(identity->differences)
                + ")",
            where);
    return {};
}

Project::Project(std::unique_ptr<Db> db)
    : m_db(std::move(db))
{
}
Project::Project(Project&&) noexcept = default;
Project& Project::operator=(Project&&) noexcept = default;
Project::~Project()
{
    if (!m_db || m_db->readOnly())
        return;
    auto* const db = m_db->db.getHandle();
    if (!m_db->broken.empty() || !stillInPlace(m_db->place)) {
        sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
        return;
    }
    // An empty -wal tells the next owner that this one closed, also where somebody reads beside us.
    sqlite3_busy_timeout(db, 200);
    sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
}

Result<Project> Project::create(const fs::path& file)
{
    auto place = newPlace(file);
    if (!place)
        return fail(place.error());
    auto temporary = place->file;
    temporary += ".new" + std::to_string(::getpid());
    std::error_code ignored;
    fs::remove(temporary, ignored); // of an earlier process with our number that was killed
    auto made = build(temporary);
    if (made)
        made = syncFile(temporary);
    if (made)
        made = publish(temporary, place->file);
    if (!made) {
        for (const char* suffix : { "", "-wal", "-shm", "-journal" })
            fs::remove(temporary.string() + suffix, ignored);
        auto error = made.error();
        error.where = file.string();
        return fail(error);
    }
    return open(place->file);
}

Result<Project> Project::open(const fs::path& file)
{
    finishRestoring(file);
    auto place = existingPlace(file);
    if (!place)
        return fail(place.error());
    auto lock = OwnerLock::take(place->file);
    if (!lock)
        return fail(lock.error());
    const bool unclean = hasLeftOverWal(place->file);
    const auto identity = probe(*place);
    if (!identity)
        return fail(identity.error());
    const auto where = place->file.string();
    if (!identity->differences.empty())
        return fail(ErrorKind::Invalid,
            "has a structure that this program did not make (" + joined(identity->differences)
                + "); only commands that read can show it",
            where);
    return guarded(where, [&]() -> Result<Project> {
        auto db = connect(place->file, SQLite::OPEN_READWRITE);
        if (auto wal = useWal(db, where); !wal)
            return fail(wal.error());
        if (unclean || place->bytes <= quickCheckBytes)
            if (auto sound = structureIsSound(db, unclean, where); !sound)
                return fail(sound.error());
        if (identity->version < schemaVersion())
            if (auto kept = backUp(place->file); !kept)
                return fail(kept.error());
        migrate(db);
        auto notices = noticesFor(*place, unclean);
        return Project(std::make_unique<Db>(
            Db { { *place, std::move(*lock), std::move(db), std::move(notices), {} } }));
    });
}

Result<Project> Project::openReadOnly(const fs::path& file)
{
    auto place = existingPlace(file);
    if (!place)
        return fail(place.error());
    const auto where = place->file.string();
    return guarded(where, [&]() -> Result<Project> {
        auto db = connect(place->file, SQLite::OPEN_READONLY);
        const auto identity = identify(db, where);
        if (!identity)
            return fail(identity.error());
        if (identity->version < schemaVersion())
            return fail(ErrorKind::Invalid,
                "was made by an older version of Second Look; open it once as its owner, which "
                "brings it up to date",
                where);
        auto notices = noticesFor(*place, false);
        if (!identity->differences.empty())
            notices.push_back("The project has a structure that this program did not make ("
                + joined(identity->differences) + ").");
        return Project(std::make_unique<Db>(
            Db { { *place, std::nullopt, std::move(db), std::move(notices), {} } }));
    });
}

const fs::path& Project::file() const
{
    return m_db->place.file;
}
fs::path Project::folder() const
{
    return m_db->place.file.string() + ".d";
}
bool Project::readOnly() const
{
    return m_db->readOnly();
}
const std::vector<std::string>& Project::notices() const
{
    return m_db->notices;
}

} // namespace slook::store
