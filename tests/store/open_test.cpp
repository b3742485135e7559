#include "core/file.h"
#include "fixture.h"
#include "store/schema.h"
#include "store/session.h"
#include <fstream>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>

namespace slook::store::test {
namespace {

namespace fs = std::filesystem;

class OpenTest : public testing::Test {
protected:
    TemporaryFolder folder;
    fs::path file = folder / "p.slook";

    void makeProject(int items = 3)
    {
        auto project = must(Project::create(file));
        must(project.addImport(batchOf(items), "op1"));
    }
    void execute(const char* statement)
    {
        SQLite::Database db(file.string(), SQLite::OPEN_READWRITE);
        db.exec(statement);
    }
    std::string hash() const { return must(sha256OfFile(file)); }
    /// The error of opening, and that nothing of the file was changed by it.
    Error refusal()
    {
        const auto before = hash();
        auto opened = Project::open(file);
        EXPECT_FALSE(opened);
        EXPECT_EQ(hash(), before);
        return opened ? Error {} : opened.error();
    }
};

TEST_F(OpenTest, ASecondOwnerIsToldWhoTheFirstIs)
{
    auto first = must(Project::create(file));
    const auto second = Project::open(file);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::Conflict);
    EXPECT_NE(second.error().what.find("process " + std::to_string(::getpid())), std::string::npos);
    EXPECT_NE(second.error().what.find("since 20"), std::string::npos);
}

TEST_F(OpenTest, TheLockEndsWithItsOwner)
{
    makeProject();
    const auto child = ::fork();
    if (child == 0) {
        auto project = Project::open(file);
        ::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(Project::open(file));
}

TEST_F(OpenTest, ReadersWorkBesideTheOwner)
{
    auto owner = must(Project::create(file));
    must(owner.addImport(batchOf(3), "op1"));
    auto reader = must(Project::openReadOnly(file));
    EXPECT_TRUE(reader.readOnly());
    EXPECT_EQ(must(reader.items()).size(), 3u);
    must(owner.addImport(batchOf(2, "more"), "op2"));
    EXPECT_EQ(must(reader.items()).size(), 5u);
    EXPECT_EQ(reader.addImport(batchOf(1, "x"), "op3").error().kind, ErrorKind::Conflict);
    EXPECT_EQ(reader.undo().error().kind, ErrorKind::Conflict);
    EXPECT_TRUE(must(reader.check()).problems.empty());
}

TEST_F(OpenTest, AnOwnerThatClosesBesideAReaderLeavesNoDoubt)
{
    makeProject();
    auto owner = std::make_unique<Project>(must(Project::open(file)));
    auto reader = must(Project::openReadOnly(file));
    EXPECT_EQ(must(reader.items()).size(), 3u);
    must(owner->undo());
    owner.reset();
    const auto again = must(Project::open(file));
    EXPECT_TRUE(again.notices().empty());
    EXPECT_TRUE(must(reader.items()).empty());
}

TEST_F(OpenTest, AnUncleanStopIsNoticedAndChecked)
{
    makeProject();
    const auto child = ::fork();
    if (child == 0) {
        auto project = Project::open(file);
        (void)project->undo();
        ::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const auto project = must(Project::open(file));
    ASSERT_EQ(project.notices().size(), 1u);
    EXPECT_NE(project.notices()[0].find("not closed"), std::string::npos);
    EXPECT_TRUE(must(project.items()).empty());
}

TEST_F(OpenTest, ANewerVersionIsRefusedAndLeftAsItIs)
{
    makeProject();
    execute("PRAGMA user_version = 9999");
    const auto error = refusal();
    EXPECT_EQ(error.kind, ErrorKind::Invalid);
    EXPECT_NE(error.what.find("newer version"), std::string::npos);
    EXPECT_EQ(Project::openReadOnly(file).error().kind, ErrorKind::Invalid);
}

TEST_F(OpenTest, ANewerVersionWithALeftOverLogIsLeftAsItIs)
{
    makeProject();
    const auto child = ::fork();
    if (child == 0) {
        SQLite::Database db(file.string(), SQLite::OPEN_READWRITE);
        db.exec("PRAGMA user_version = 9999");
        ::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    const auto log = must(sha256OfFile(file.string() + "-wal"));
    EXPECT_NE(refusal().what.find("newer version"), std::string::npos);
    EXPECT_EQ(must(sha256OfFile(file.string() + "-wal")), log);
}

TEST_F(OpenTest, ForeignFilesAreNoProjects)
{
    std::ofstream(file) << "PK\x03\x04 not a database, but long enough to have a header of its own "
                           "....................................................";
    EXPECT_NE(refusal().what.find("no project"), std::string::npos);
    fs::remove(file);
    {
        SQLite::Database db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        db.exec("CREATE TABLE moz_places(id INTEGER PRIMARY KEY)");
    }
    EXPECT_NE(refusal().what.find("another program"), std::string::npos);
}

TEST_F(OpenTest, AnEmptyFileIsNotAdopted)
{
    std::ofstream(file).flush();
    EXPECT_NE(refusal().what.find("empty"), std::string::npos);
    EXPECT_EQ(fs::file_size(file), 0u);
}

TEST_F(OpenTest, FoldersLinksAndMissingFilesAreRefused)
{
    EXPECT_EQ(Project::open(file).error().kind, ErrorKind::NotFound);
    fs::create_directory(folder / "d.slook");
    EXPECT_EQ(Project::open(folder / "d.slook").error().kind, ErrorKind::Invalid);
    makeProject();
    fs::create_symlink(file, folder / "soft.slook");
    EXPECT_EQ(must(Project::open(folder / "soft.slook")).file(), file) << "one name for one file";
    fs::create_hard_link(file, folder / "hard.slook");
    EXPECT_NE(refusal().what.find("hard link"), std::string::npos);
}

TEST_F(OpenTest, ForeignTriggersViewsAndTablesAreRefusedButCanBeSeen)
{
    const char* strangers[] = {
        "CREATE TRIGGER evil AFTER INSERT ON item BEGIN DELETE FROM item; END",
        "CREATE VIEW evil AS SELECT * FROM item", "CREATE TABLE evil(x)",
        "CREATE INDEX evil ON item(answer)"
    };
    for (const char* stranger : strangers) {
        fs::remove(file);
        makeProject();
        execute(stranger);
        const auto error = refusal();
        EXPECT_EQ(error.kind, ErrorKind::Invalid);
        EXPECT_NE(error.what.find("evil"), std::string::npos) << error.what;
        const auto reader = must(Project::openReadOnly(file));
        EXPECT_EQ(must(reader.items()).size(), 3u);
        EXPECT_FALSE(must(reader.check()).problems.empty());
        EXPECT_FALSE(reader.notices().empty());
    }
}

TEST_F(OpenTest, AChangedTableIsRefused)
{
    makeProject();
    execute("ALTER TABLE item ADD COLUMN extra TEXT");
    EXPECT_NE(refusal().what.find("changed table item"), std::string::npos);
}

/// Flips and cuts everywhere: each file opens and is sound, or gets a sentence; nothing crashes.
TEST_F(OpenTest, DamagedFilesAreRefusedOrReadButNeverCrash)
{
    makeProject(200);
    const auto whole = must(readFile(file));
    std::mt19937 random(7);
    int refused = 0;
    int detected = 0;
    for (int round = 0; round < 150; ++round) {
        auto bytes = whole;
        if (round < 30)
            bytes[static_cast<std::size_t>(round * 3)] ^= static_cast<char>(1u << (round % 8));
        else if (round < 60)
            bytes.resize(random() % bytes.size());
        else
            for (int k = 0; k < 8; ++k)
                bytes[random() % bytes.size()] = static_cast<char>(random());
        std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
        for (const char* suffix : { "-wal", "-shm" })
            fs::remove(file.string() + suffix);
        auto project = Project::open(file);
        if (!project) {
            EXPECT_FALSE(project.error().what.empty());
            ++refused;
            continue;
        }
        const auto report = project->check();
        (void)project->items();
        (void)project->journal();
        detected += !report || !report->problems.empty();
    }
    std::printf("150 damaged files: %d refused, %d more found by check\n", refused, detected);
    EXPECT_GT(refused, 60);
}

TEST_F(OpenTest, AHeaderOfZerosIsRefused)
{
    makeProject();
    auto bytes = must(readFile(file));
    std::fill_n(bytes.begin(), 100, '\0');
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    EXPECT_NE(refusal().what.find("no project"), std::string::npos);
}

TEST_F(OpenTest, DamagedPictureBytesAreFound)
{
    makeProject();
    execute("UPDATE image_bytes SET bytes = x'00' WHERE image = 1");
    const auto project = must(Project::open(file));
    const auto report = must(project.check());
    ASSERT_EQ(report.problems.size(), 1u);
    EXPECT_NE(report.problems[0].find("Picture 1"), std::string::npos);
    EXPECT_EQ(project.imageBytes({ 1 }).error().kind, ErrorKind::Invalid);
}

TEST_F(OpenTest, AFileThatIsReplacedWhileOpenTakesNoMoreChanges)
{
    auto project = must(Project::create(file));
    must(project.addImport(batchOf(3), "op1"));
    fs::rename(file, folder / "moved.slook");
    EXPECT_EQ(project.undo().error().kind, ErrorKind::Io);
    std::ofstream(file) << "something else";
    EXPECT_NE(project.undo().error().what.find("replaced"), std::string::npos);
}

TEST_F(OpenTest, AFullDiskIsASentenceAndLosesNothing)
{
    makeProject();
    const auto where = file.string();
    auto connection = connect(file, SQLite::OPEN_READWRITE);
    connection.exec("PRAGMA max_page_count = 1");
    auto full = guarded(where, [&]() -> Result<void> {
        SQLite::Transaction transaction(connection);
        connection.exec(
            "INSERT INTO image_bytes(image, bytes) SELECT id + 10, zeroblob(9000000) FROM image");
        transaction.commit();
        return {};
    });
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().kind, ErrorKind::Io);
    EXPECT_NE(full.error().what.find("disk is full"), std::string::npos);
}

/// In a child, since the limit holds for the whole process: a file may not grow any more.
TEST_F(OpenTest, AWriteThatFailsStopsFurtherChangesAndKeepsTheOlderOnes)
{
    makeProject();
    const auto child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        auto project = Project::open(file);
        const rlimit limit { 300'000, 300'000 };
        ::setrlimit(RLIMIT_FSIZE, &limit);
        const auto refused = project->addImport(batchOf(20'000, "large"), "op2");
        const bool told = !refused && refused.error().kind == ErrorKind::Io;
        const bool readable = project->items() && project->items()->size() == 3;
        const auto later = project->undo();
        ::_exit(told && readable && !later ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    auto project = must(Project::open(file));
    EXPECT_EQ(must(project.items()).size(), 3u);
    must(project.addImport(batchOf(20'000, "large"), "op2"));
    EXPECT_TRUE(must(project.check()).problems.empty());
}

TEST(Schema, AStepThatFailsLeavesTheVersionBeforeIt)
{
    SQLite::Database db(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    std::vector<SchemaStep> steps(schemaSteps().begin(), schemaSteps().end());
    steps.push_back({ "CREATE TABLE later(x INTEGER) STRICT", "CREATE TABLE item(x)" });
    EXPECT_THROW(migrate(db, steps), SQLite::Exception);
    EXPECT_EQ(db.execAndGet("PRAGMA user_version").getInt(), schemaVersion());
    EXPECT_TRUE(schemaDifferences(db, schemaVersion()).empty());
    const std::string version = "PRAGMA user_version = " + std::to_string(steps.size());
    steps.back() = { "CREATE TABLE later(x INTEGER) STRICT", version.c_str() };
    migrate(db, steps);
    EXPECT_EQ(db.execAndGet("PRAGMA user_version").getInt(), schemaVersion() + 1);
}

/// Run by hand when a schema is released: --gtest_also_run_disabled_tests, SLOOK_GOLDEN=the new
/// file.
TEST(Schema, DISABLED_WritesTheFileOfThisVersion)
{
    auto project = must(Project::create(std::getenv("SLOOK_GOLDEN")));
    must(project.addImport(batchOf(5), "op1"));
    const auto run = must(project.addRun(runNamed("0001-scl"), "op2"));
    std::vector<runs::Event> events;
    const auto add = [&](runs::EventBody body) {
        events.push_back(
            { static_cast<std::int64_t>(events.size()) + 1, 1'700'000'000'000, std::move(body) });
    };
    add(runs::Started { "worker", "host", 5, 2, "cpu", false });
    for (const auto& item : must(project.items()))
        for (int turn = 1; turn <= 2; ++turn) {
            runs::Answered answered;
            answered.response.stage = "before";
            answered.response.item = item.id;
            answered.response.turn = turn;
            answered.response.text = "B";
            answered.extractions = { { {}, "ours", "letter", 0, 1, "B", true } };
            add(answered);
        }
    add(runs::Measured { { {}, "correctness", 1, { { "loss", 0.6931 } } } });
    add(runs::Finished { runs::Ending::Done, "" });
    must(project.takeEvents(run, events));
}

TEST(Schema, AFileOfTheFirstVersionOpens)
{
    TemporaryFolder folder;
    const auto file = folder / "golden.slook";
    fs::copy_file(fs::path(SLOOK_SOURCE_DIR) / "tests/store/data/version1.db", file);
    fs::permissions(file, fs::perms::owner_write, fs::perm_options::add);
    auto project = must(Project::open(file));
    const auto items = must(project.items());
    ASSERT_EQ(items.size(), 5u);
    EXPECT_EQ(items[4].key, "4");
    EXPECT_EQ(items[4].options[2].text, "\xE7\xBA\xA2");
    EXPECT_EQ(must(project.imageBytes(items[4].images[0])), "first file");
    const auto run = must(project.run("1"));
    EXPECT_EQ(run.state, RunState::Done);
    EXPECT_EQ(must(project.transitions(run.id, "before", "ours")).size(), 5u);
    EXPECT_EQ(must(project.journal()).size(), 1u);
    EXPECT_TRUE(must(project.check()).problems.empty());
}

} // namespace
} // namespace slook::store::test
