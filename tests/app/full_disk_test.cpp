#include "round.h"
#include <algorithm>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace slook;

namespace {

void put(const char* file, const std::string& text)
{
    std::ofstream(file) << text;
}

/// Mounts of this process and its children are theirs alone from here on, and end with them.
bool ownMounts()
{
    const std::string user = std::to_string(::getuid());
    const std::string group = std::to_string(::getgid());
    if (::unshare(CLONE_NEWNS) != 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) // who is not root may where it is root
            return false;
        put("/proc/self/setgroups", "deny");
        put("/proc/self/uid_map", user + " " + user + " 1");
        put("/proc/self/gid_map", group + " " + group + " 1");
    }
    return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

/// The project lies on a small file system of its own that can be filled to the last byte.
class FullDiskTest : public RoundTest {
protected:
    static constexpr int megabytes = 24;

    void SetUp() override
    {
        fs::create_directory(disk());
        const std::string size = "size=" + std::to_string(megabytes) + "m";
        if (!ownMounts() || ::mount("none", disk().c_str(), "tmpfs", 0, size.c_str()) != 0)
            GTEST_SKIP() << "no small file system can be mounted: neither root nor user namespaces";
        m_mounted = true;
        ASSERT_EQ(run({ "new", project() }).exit, 0);
        ASSERT_EQ(run({ "scenes", path("scenes").string(), "--count", std::to_string(questions),
                          "--seed", "3" })
                      .exit,
            0);
    }
    void TearDown() override
    {
        if (m_mounted)
            ::umount2(disk().c_str(), MNT_DETACH);
    }
    std::string project() const override { return (disk() / "p.slook").string(); }
    fs::path disk() const { return path("disk"); }
    Arguments import() const { return { "import", project(), path("scenes/scenes.tsv").string() }; }

    void waitForTraining() const
    {
        const auto trains = [](const runs::Event& event) {
            const auto* step = std::get_if<runs::StepBegan>(&event.body);
            return step && step->kind == "train";
        };
        for (int i = 0; i < 6000; ++i) {
            if (const auto events = runs::readEvents(directory());
                events && std::ranges::any_of(*events, trains))
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        FAIL() << "the training does not begin";
    }
    /// Leaves so many bytes.
    void fillUpTo(std::uintmax_t free) const
    {
        const int file = ::open(ballast().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        const std::string page(4096, 'x');
        while (fs::space(disk()).available > free)
            if (::write(file, page.data(), page.size()) <= 0)
                break;
        ::close(file);
    }
    void makeRoom() const { fs::remove(ballast()); }

    static void expectReason(const std::string& sentence, const std::string& object)
    {
        EXPECT_NE(sentence.find(object), std::string::npos) << sentence;
        EXPECT_TRUE(sentence.find("space") != std::string::npos
            || sentence.find("full") != std::string::npos)
            << sentence;
        EXPECT_NE(sentence.find(';'), std::string::npos) << sentence;
    }
    void expectSound() const { EXPECT_EQ(json({ "check", project() })["problems"].size(), 0u); }

private:
    fs::path ballast() const { return disk() / "ballast"; }
    bool m_mounted = false;
};

} // namespace

TEST_F(FullDiskTest, LeavesNoHalfProject)
{
    fillUpTo(0);
    const std::string other = (disk() / "other.slook").string();
    expectReason(complaint({ "new", other }), "other.slook");
    for (const auto& entry : fs::directory_iterator(disk()))
        EXPECT_EQ(entry.path().filename().string().find("other.slook"), std::string::npos)
            << entry.path();
    makeRoom();
    EXPECT_EQ(run({ "new", other }).exit, 0);
}

TEST_F(FullDiskTest, DuringAnImportImportsNothing)
{
    fillUpTo(100'000);
    expectReason(complaint(import()), "p.slook");
    EXPECT_EQ(json({ "info", project() })["items"], 0);
    makeRoom();
    EXPECT_EQ(run(import()).exit, 0);
    EXPECT_EQ(json({ "info", project() })["items"], questions);
    expectSound();
}

TEST_F(FullDiskTest, DuringAChangeOfTheProjectKeepsWhatWas)
{
    ASSERT_EQ(run(import()).exit, 0);
    fillUpTo(0); // not even the index fits that SQLite keeps beside the file
    expectReason(complaint({ "undo", project() }), "p.slook");
    makeRoom();
    fillUpTo(36'864); // the index, and no room for a change
    expectReason(complaint({ "undo", project() }), "p.slook");
    EXPECT_EQ(json({ "info", project() })["items"], questions); // reading goes on
    const std::string out = (disk() / "items.tsv").string();
    expectReason(
        complaint({ "export", project(), "items", "--format", "vlmevalkit", "--out", out }),
        "items.tsv");
    EXPECT_FALSE(fs::exists(out));
    makeRoom();
    EXPECT_EQ(json({ "info", project() })["items"], questions);
    EXPECT_EQ(run({ "undo", project() }).exit, 0);
    EXPECT_EQ(json({ "info", project() })["items"], 0);
    expectSound();
}

TEST_F(FullDiskTest, BeforeARunLeavesNoHalfRun)
{
    ASSERT_EQ(run(import()).exit, 0);
    fillUpTo(150'000);
    expectReason(complaint(smallRun()), "p.slook");
    EXPECT_FALSE(fs::exists(directory()));
    makeRoom();
    EXPECT_EQ(json({ "runs", project() })["runs"].size(), 0u);
}

TEST_F(FullDiskTest, DuringARunKeepsWhatWasReportedAndCanGoOn)
{
    ASSERT_EQ(run(import()).exit, 0);
    Program program(smallRun(), m_folder.path());
    waitForEvents(12);
    fillUpTo(0);
    const Outcome outcome = program.wait();
    EXPECT_EQ(outcome.exit, 1);
    EXPECT_NE(outcome.err.find("space"), std::string::npos) << outcome.err;
    const auto reported = runs::readEvents(directory());
    ASSERT_TRUE(reported.has_value());
    EXPECT_GE(reported->size(), 12u);
    makeRoom();
    waitForEnd(); // the worker may have gone on where the command could not
    expectSound();
    if (state() != "done") {
        const Outcome resumed = run({ "resume", project(), "1" });
        ASSERT_EQ(resumed.exit, 0) << resumed.err;
    }
    expectWholeRun();
}

TEST_F(FullDiskTest, DuringACheckpointStopsTheTrainingAndCanGoOn)
{
    ASSERT_EQ(run(import()).exit, 0);
    Arguments arguments = smallRun();
    arguments.insert(arguments.end(),
        { "--detach", "--set", "training.checkpointEvery=1", "--set", "training.epochs=8" });
    ASSERT_EQ(run(arguments).exit, 0);
    waitForTraining();
    fillUpTo(300'000); // enough for events, not for optimizer states
    for (int i = 0; i < 1200 && runs::workerAlive(directory()); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    makeRoom();
    waitForEnd();
    const auto row = json({ "runs", project() })["runs"][0];
    EXPECT_EQ(row["state"], "failed");
    expectReason(row["error"], "checkpoint");
    const Outcome resumed = run({ "resume", project(), "1" });
    ASSERT_EQ(resumed.exit, 0) << resumed.err;
    expectWholeRun();
    expectSound();
}
