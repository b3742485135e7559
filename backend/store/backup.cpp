#include "store/backup.h"
#include "core/file.h"
#include "store/schema.h"
#include "store/session.h"
#include <SQLiteCpp/Backup.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <set>
#include <sqlite3.h>
#include <unistd.h>

namespace slook::store {
namespace {

namespace fs = std::filesystem;

constexpr int pagesPerStep = 256;
constexpr std::uint64_t roomBeside = 256u << 20; // what the disk must have left afterwards
constexpr std::int64_t dueMilliseconds = 30 * 60 * 1000;
constexpr std::string_view ending = ".slook";
constexpr std::string_view formatMark = "-format-";

fs::path besides(const fs::path& project, const char* what)
{
    return fs::path(project.string() + ".d") / what;
}

/// "2026-11-22T07-50-12.345Z": sorts by time, and fits every file system.
std::string stampOf(std::int64_t milliseconds)
{
    const std::time_t seconds = milliseconds / 1000;
    std::tm utc {};
    ::gmtime_r(&seconds, &utc);
    std::array<char, 40> text {};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H-%M-%S", &utc);
    const auto thousandths = std::to_string(1000 + milliseconds % 1000).substr(1);
    return std::string(text.data()) + "." + thousandths + "Z";
}

std::optional<std::int64_t> timeOf(const std::string& stamp)
{
    std::tm utc {};
    int thousandths = 0;
    char end = 0;
    if (std::sscanf(stamp.c_str(), "%4d-%2d-%2dT%2d-%2d-%2d.%3d%c", &utc.tm_year, &utc.tm_mon,
            &utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &thousandths, &end)
            != 8
        || end != 'Z')
        return std::nullopt;
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    return static_cast<std::int64_t>(::timegm(&utc)) * 1000 + thousandths;
}

std::optional<Backup> backupAt(const fs::directory_entry& entry)
{
    std::error_code error;
    std::string name = entry.path().filename().string();
    if (!entry.is_regular_file(error) || !name.ends_with(ending))
        return std::nullopt;
    name.resize(name.size() - ending.size());
    Backup backup { entry.path(), 0, 0, entry.file_size(error) };
    if (const auto at = name.find(formatMark); at != std::string::npos) {
        const char* const end = name.data() + name.size();
        if (std::from_chars(name.data() + at + formatMark.size(), end, backup.format).ptr != end)
            return std::nullopt;
        name.resize(at);
    }
    const auto time = timeOf(name);
    if (!time)
        return std::nullopt;
    backup.time = *time;
    return backup;
}

Result<void> hasRoom(std::uint64_t bytes, const fs::path& folder)
{
    std::error_code error;
    const auto room = fs::space(folder, error);
    if (error || room.available >= bytes + bytes / 10 + roomBeside)
        return {};
    return fail(ErrorKind::Io,
        "cannot hold a backup of " + std::to_string(bytes >> 20) + " MiB: the disk has "
            + std::to_string(room.available >> 20) + " MiB left; free some space and try again",
        folder.string());
}

/// As it is at this moment; the owner may go on writing.
Result<void> copyTo(SQLite::Database& project, const fs::path& copy)
{
    return guarded(copy.string(), [&]() -> Result<void> {
        auto out = connect(copy, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        SQLite::Transaction snapshot(project);
        (void)project.execAndGet("SELECT count(*) FROM sqlite_schema"); // a read begins it
        {
            SQLite::Backup backup(out, project);
            while (backup.executeStep(pagesPerStep) != SQLITE_DONE) { }
        }
        out.exec("PRAGMA journal_mode = DELETE"); // one file without another beside it
        return {};
    });
}

/// Errors: those of a damaged file or of one that is no project.
Result<void> verify(const fs::path& file)
{
    return guarded(file.string(), [&]() -> Result<void> {
        auto db = connect(file, SQLite::OPEN_READONLY);
        if (auto ours = isProject(db, file.string()); !ours)
            return ours;
        return structureIsSound(db, true, file.string());
    });
}

void removeWithCompanions(const fs::path& file)
{
    std::error_code ignored;
    for (const char* suffix : { "", "-wal", "-shm", "-journal" })
        fs::remove(file.string() + suffix, ignored);
}

/// Copies whose making was killed. One that is being made was written to a moment ago.
void removeUnfinished(const fs::path& project)
{
    constexpr auto old = std::chrono::minutes(10);
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(besides(project, "backups"), error)) {
        const auto name = entry.path().filename().string();
        const auto time = entry.last_write_time(error);
        if (!error && name.find(std::string(ending) + ".new") != std::string::npos
            && fs::file_time_type::clock::now() - time > old)
            fs::remove(entry.path(), error);
    }
}

void prune(const fs::path& project)
{
    removeUnfinished(project);
    const auto all = backupsOf(project);
    std::vector<std::int64_t> times;
    for (const Backup& one : all)
        if (one.format == 0) // the others are kept until a person deletes them
            times.push_back(one.time);
    const auto old = expendable(times);
    std::error_code ignored;
    for (const Backup& one : all)
        if (one.format == 0 && std::ranges::find(old, one.time) != old.end())
            fs::remove(one.file, ignored);
}

std::int64_t changedAt(const fs::path& project)
{
    std::int64_t newest = 0;
    for (const char* suffix : { "", "-wal" }) {
        std::error_code error;
        const auto time = fs::last_write_time(project.string() + suffix, error);
        if (!error)
            newest = std::max<std::int64_t>(newest,
                std::chrono::duration_cast<std::chrono::milliseconds>(
                    std::chrono::file_clock::to_sys(time).time_since_epoch())
                    .count());
    }
    return newest;
}

} // namespace

std::vector<Backup> backupsOf(const fs::path& project)
{
    std::vector<Backup> all;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(besides(project, "backups"), error))
        if (auto backup = backupAt(entry))
            all.push_back(std::move(*backup));
    std::ranges::sort(all, std::ranges::greater(), &Backup::time);
    return all;
}

std::vector<std::int64_t> expendable(std::span<const std::int64_t> times)
{
    constexpr std::int64_t day = 86'400'000;
    constexpr int mostOfTwoDays = 20;
    struct Span {
        std::int64_t days, each;
    };
    constexpr std::array spans { Span { 2, 0 }, Span { 14, 1 }, Span { 84, 7 }, Span { 354, 30 } };
    std::set<std::pair<std::int64_t, std::int64_t>> kept; // one of each day, week, month
    std::vector<std::int64_t> old;
    int recent = 0;
    for (const std::int64_t time : times) {
        const auto age = times.front() - time;
        const auto span =
            std::ranges::find_if(spans, [&](const Span& one) { return age < one.days * day; });
        const bool keep = span == spans.end() ? false
            : span->each == 0                 ? ++recent <= mostOfTwoDays
                              : kept.emplace(span->each, time / (span->each * day)).second;
        if (!keep)
            old.push_back(time);
    }
    return old;
}

Result<Backup> backUp(const fs::path& file)
{
    const auto place = existingPlace(file);
    if (!place)
        return fail(place.error());
    const auto& project = place->file;
    return guarded(project.string(), [&]() -> Result<Backup> {
        auto db = connect(project, SQLite::OPEN_READONLY);
        if (auto ours = isProject(db, project.string()); !ours)
            return fail(ours.error());
        const int format = db.execAndGet("PRAGMA user_version").getInt();
        const auto folder = besides(project, "backups");
        std::error_code error;
        fs::create_directories(folder, error);
        if (auto room = hasRoom(place->bytes, folder); !room)
            return fail(room.error());
        const auto time = nowMs();
        const auto mark = format < schemaVersion()
            ? std::string(formatMark) + std::to_string(format)
            : std::string();
        const auto name = stampOf(time) + mark + std::string(ending);
        const auto temporary = folder / (name + ".new" + std::to_string(::getpid()));
        auto made = copyTo(db, temporary);
        if (made)
            made = verify(temporary);
        if (made)
            made = syncFile(temporary);
        if (made)
            made = publish(temporary, folder / name);
        if (!made) {
            removeWithCompanions(temporary);
            return fail(made.error());
        }
        prune(project);
        return Backup { folder / name, time, mark.empty() ? 0 : format,
            fs::file_size(folder / name, error) };
    });
}

Result<std::optional<Backup>> backUpIfDue(const fs::path& project)
{
    const auto all = backupsOf(project);
    if (!all.empty()) {
        const auto changed = changedAt(project);
        if (changed <= all.front().time || nowMs() - all.front().time < dueMilliseconds)
            return std::nullopt;
    }
    auto made = backUp(project);
    return made ? Result<std::optional<Backup>>(std::move(*made)) : fail(made.error());
}

Result<std::map<std::string, std::int64_t>> holdings(const fs::path& file)
{
    using Holdings = std::map<std::string, std::int64_t>;
    return guarded(file.string(), [&]() -> Result<Holdings> {
        auto db = connect(file, SQLite::OPEN_READONLY);
        if (auto ours = isProject(db, file.string()); !ours)
            return fail(ours.error());
        std::vector<std::string> tables;
        SQLite::Statement query(
            db, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
        while (query.executeStep())
            tables.push_back(query.getColumn(0).getString());
        Holdings counts;
        for (const std::string& table : tables) // names of our own schema, see isProject()
            counts[table] = db.execAndGet("SELECT count(*) FROM \"" + table + "\"").getInt64();
        return counts;
    });
}

static Result<fs::path> moveAside(const fs::path& project)
{
    std::error_code error;
    const auto aside = besides(project, "replaced") / stampOf(nowMs());
    fs::create_directories(aside, error);
    for (const char* suffix :
        { "", "-wal", "-shm" }) // the file itself first: see finishRestoring()
        if (const fs::path one = project.string() + suffix; fs::exists(one, error)) {
            fs::rename(one, aside / one.filename(), error);
            if (error)
                return fail(
                    ErrorKind::Io, "cannot be moved aside (" + error.message() + ")", one.string());
        }
    return aside;
}

void finishRestoring(const fs::path& project)
{
    std::error_code error;
    if (fs::exists(project, error) || !fs::is_regular_file(restoringOf(project), error))
        return;
    if (moveAside(project)) // a -wal of the old file must not meet the new one
        (void)publish(restoringOf(project), project);
}

Result<fs::path> restore(const fs::path& project, const fs::path& backup)
{
    auto lock = OwnerLock::take(project);
    if (!lock)
        return fail(lock.error());
    const auto restoring = restoringOf(project);
    removeWithCompanions(restoring);
    std::error_code error;
    auto temporary = restoring;
    temporary += ".new";
    fs::copy_file(backup, temporary, fs::copy_options::overwrite_existing, error);
    if (error)
        return fail(ErrorKind::Io,
            "cannot be copied (" + error.message()
                + "); free some space "
                  "or choose another backup",
            backup.string());
    auto sound = verify(temporary);
    if (sound)
        sound = syncFile(temporary);
    if (!sound) {
        removeWithCompanions(temporary);
        return fail(sound.error());
    }
    fs::rename(temporary, restoring, error); // from here on it is finished, now or when opened
    if (error)
        return fail(
            ErrorKind::Io, "cannot be renamed (" + error.message() + ")", temporary.string());
    auto aside = moveAside(project);
    if (!aside) {
        removeWithCompanions(restoring);
        return fail(aside.error());
    }
    if (auto done = publish(restoring, project); !done)
        return fail(done.error());
    return aside;
}

} // namespace slook::store
