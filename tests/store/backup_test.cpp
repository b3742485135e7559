#include "core/file.h"
#include "fixture.h"
#include "store/backup.h"
#include "store/schema.h"
#include "store/session.h"
#include <chrono>
#include <csignal>
#include <fstream>
#include <random>
#include <sqlite3.h>
#include <sys/wait.h>
#include <thread>

namespace slook::store::test {
namespace {

namespace fs = std::filesystem;

class BackupTest : public testing::Test {
protected:
    TemporaryFolder folder;
    fs::path file = folder / "p.slook";

    void makeProject(int items = 3)
    {
        auto project = must(Project::create(file));
        must(project.addImport(batchOf(items), "op1"));
    }
    std::size_t itemsIn(const fs::path& where)
    {
        return must(must(Project::openReadOnly(where)).items()).size();
    }
    std::vector<std::string> filesIn(const fs::path& where) const
    {
        std::vector<std::string> names;
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(where, error))
            names.push_back(entry.path().filename().string());
        return names;
    }
};

TEST_F(BackupTest, IsTheProjectOfItsMomentAlsoWhileItsOwnerWrites)
{
    makeProject();
    auto owner = must(Project::open(file));
    const auto kept = must(backUp(file));
    must(owner.addImport(batchOf(4, "later"), "op2"));
    EXPECT_EQ(itemsIn(kept.file), 3u);
    EXPECT_EQ(must(holdings(kept.file)).at("item"), 3);
    EXPECT_EQ(must(holdings(file)).at("item"), 7); // with what stands in the -wal alone
    EXPECT_EQ(filesIn(kept.file.parent_path()).size(), 1u); // one file and nothing beside it
    const auto all = backupsOf(file);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].file, kept.file);
    EXPECT_EQ(all[0].time, kept.time);
    EXPECT_EQ(all[0].format, 0);
    EXPECT_GT(all[0].bytes, 0u);
}

TEST_F(BackupTest, IsDueWhereSomethingHasChangedAndTheNewestIsOld)
{
    makeProject();
    const auto first = must(backUpIfDue(file));
    ASSERT_TRUE(first);
    EXPECT_FALSE(must(backUpIfDue(file))); // nothing has changed
    must(must(Project::open(file)).addImport(batchOf(4, "later"), "op2"));
    EXPECT_FALSE(must(backUpIfDue(file))); // but it is not half an hour old
    fs::rename(first->file, first->file.parent_path() / "2001-01-01T00-00-00.000Z.slook");
    EXPECT_TRUE(must(backUpIfDue(file)));
}

TEST_F(BackupTest, WhatAKilledOneLeftIsTakenAwayByTheNext)
{
    makeProject();
    const auto backups = must(backUp(file)).file.parent_path();
    const auto killed = backups / "2026-01-01T00-00-00.000Z.slook.new99";
    const auto atWork = backups / "2026-01-01T00-00-00.000Z.slook.new98";
    must(writeFileAtomically(killed, "half"));
    must(writeFileAtomically(atWork, "half"));
    fs::last_write_time(killed, fs::file_time_type::clock::now() - std::chrono::hours(1));
    must(backUp(file));
    EXPECT_FALSE(fs::exists(killed));
    EXPECT_TRUE(fs::exists(atWork)); // another process may be writing it
}

TEST_F(BackupTest, ADamagedProjectIsNoBackup)
{
    makeProject(2000);
    {
        std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
        bytes.seekp(4096 * 20);
        bytes << std::string(4096 * 4, 'x');
    }
    const auto refused = backUp(file);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Invalid);
    EXPECT_TRUE(filesIn(folder / "p.slook.d" / "backups").empty());
}

TEST_F(BackupTest, AnOlderFormatIsKeptBeforeItIsBroughtUpToDate)
{
    {
        auto db = connect(file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
        db.exec("PRAGMA application_id = 1397509963");
        migrate(db, schemaSteps().first(8));
        db.exec("PRAGMA journal_mode = WAL");
    }
    (void)must(Project::open(file));
    const auto all = backupsOf(file);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].format, 8);
    auto old = connect(all[0].file, SQLITE_OPEN_READONLY);
    EXPECT_EQ(old.execAndGet("PRAGMA user_version").getInt(), 8);
    EXPECT_EQ(must(holdings(file)).count("hand_reading"), 1u);
}

TEST_F(BackupTest, PutsAnEarlierStateInPlaceAndKeepsTheLaterOne)
{
    makeProject();
    const auto kept = must(backUp(file));
    {
        auto owner = must(Project::open(file));
        must(owner.addImport(batchOf(4, "later"), "op2"));
        const auto refused = restore(file, kept.file); // somebody owns it
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    }
    const auto aside = must(restore(file, kept.file));
    EXPECT_EQ(must(must(Project::open(file)).items()).size(), 3u);
    EXPECT_EQ(itemsIn(aside / "p.slook"), 7u);
    EXPECT_EQ(itemsIn(kept.file), 3u); // may be used again
}

TEST_F(BackupTest, ABackupThatIsDamagedIsNotPutInPlace)
{
    makeProject(2000);
    const auto kept = must(backUp(file));
    fs::resize_file(kept.file, fs::file_size(kept.file) / 2);
    EXPECT_FALSE(restore(file, kept.file));
    EXPECT_EQ(itemsIn(file), 2000u);
    EXPECT_FALSE(fs::exists(restoringOf(file)));
}

TEST_F(BackupTest, ARestoreThatWasCutOffIsFinishedWithoutTheOldLog)
{
    makeProject();
    const auto kept = must(backUp(file));
    const auto child = ::fork();
    if (child == 0) { // leaves a -wal behind
        auto owner = Project::open(file);
        (void)owner->addImport(batchOf(50, "later"), "op2");
        ::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(fs::exists(file.string() + "-wal"));
    fs::copy_file(kept.file, restoringOf(file));
    fs::rename(file, folder / "gone"); // where the restore was killed
    EXPECT_EQ(must(must(Project::open(file)).items()).size(), 3u);
    EXPECT_TRUE(must(must(Project::open(file)).check()).problems.empty());
}

TEST_F(BackupTest, KilledAtAnyMomentLeavesNoBadFileUnderAFinalName)
{
    makeProject(3000);
    std::mt19937 random(7);
    for (int round = 0; round < 40; ++round) {
        const auto child = ::fork();
        if (child == 0) {
            while (backUp(file)) { }
            ::_exit(1);
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 60'000));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status));
    }
    const auto all = backupsOf(file);
    EXPECT_FALSE(all.empty());
    for (const Backup& one : all)
        EXPECT_EQ(itemsIn(one.file), 3000u) << one.file;
    EXPECT_EQ(itemsIn(file), 3000u);
}

TEST(Backups, AreThinnedOutTheOlderTheyAre)
{
    constexpr std::int64_t hour = 3'600'000, day = 24 * hour;
    const std::int64_t newest = 20'000 * day; // the end of a day, a week and a month
    std::vector<std::int64_t> times;
    for (std::int64_t i = 0; i < 400 * 24; ++i) // one an hour for 400 days
        times.push_back(newest - i * hour);
    const auto old = expendable(times);
    std::vector<std::int64_t> kept;
    for (const auto time : times)
        if (std::ranges::find(old, time) == old.end())
            kept.push_back(time);
    const auto between = [&](std::int64_t from, std::int64_t to) {
        return std::ranges::count_if(kept,
            [&](std::int64_t t) { return newest - t >= from * day && newest - t < to * day; });
    };
    EXPECT_EQ(kept.front(), newest);
    EXPECT_EQ(between(0, 2), 20);
    EXPECT_NEAR(static_cast<double>(between(2, 14)), 12, 1);
    EXPECT_NEAR(static_cast<double>(between(14, 84)), 10, 1);
    EXPECT_NEAR(static_cast<double>(between(84, 354)), 9, 1);
    EXPECT_EQ(between(354, 500), 0);
    EXPECT_TRUE(expendable(std::vector { newest }).empty()); // never the last one
    EXPECT_TRUE(expendable({}).empty());
}

} // namespace
} // namespace slook::store::test
