#include "fixture.h"
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <random>
#include <sys/wait.h>

namespace slook::store::test {
namespace {

constexpr int kills = 220;

/// Commits imports of three items, one after the other, and says each one's number when it is done.
[[noreturn]] void commitForEver(const std::filesystem::path& file, int acknowledge, int from)
{
    auto project = Project::open(file);
    const int ready = 0;
    if (!project || ::write(acknowledge, &ready, sizeof ready) != sizeof ready)
        ::_exit(2);
    for (int i = from;; ++i) {
        const auto name = "import " + std::to_string(i);
        // Every change is asked for twice, as after a lost reply.
        if (!project->addImport(batchOf(3, name), name)
            || !project->addImport(batchOf(3, name), name))
            ::_exit(3);
        if (::write(acknowledge, &i, sizeof i) != sizeof i)
            ::_exit(4);
    }
}

/// Lets a child commit for a moment, kills it and gives the highest number that it acknowledged.
/// The moment begins after its first commit; of five rounds, in one when it has opened the project
/// and in one at its start, so that it is killed while it opens, too. So a busy machine tests the
/// same.
int lastAcknowledgedBeforeTheKill(
    const std::filesystem::path& file, int from, int round, int microseconds)
{
    int ends[2] = {};
    if (::pipe(ends) != 0)
        throw std::runtime_error("no pipe");
    const auto child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        commitForEver(file, ends[1], from);
    }
    ::close(ends[1]);
    int last = from - 1;
    for (int left = std::min(round % 5, 2), number = 0; left > 0; --left) {
        if (::read(ends[0], &number, sizeof number) != sizeof number)
            ADD_FAILURE() << "the child did not open the project or commit";
        last = std::max(last, number);
    }
    ::usleep(static_cast<useconds_t>(microseconds));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child gave up with " << WEXITSTATUS(status);
    for (int number = 0; ::read(ends[0], &number, sizeof number) == sizeof number;)
        last = std::max(last, number);
    ::close(ends[0]);
    return last;
}

TEST(KillLoop, LosesNoAcknowledgedCommitAndDoublesNone)
{
    TemporaryFolder folder;
    const auto file = folder / "p.slook";
    {
        must(Project::create(file));
    }
    std::mt19937 random(11);
    int acknowledged = 0;
    int unacknowledged = 0;
    for (int round = 0; round < kills; ++round) {
        const int before = acknowledged;
        acknowledged = lastAcknowledgedBeforeTheKill(
            file, before + 1, round, 3000 + static_cast<int>(random() % 25000));
        const auto project = must(Project::open(file));
        const auto sources = must(project.sources());
        for (std::size_t i = 0; i < sources.size(); ++i)
            ASSERT_EQ(sources[i].name, "import " + std::to_string(i + 1)) << "each once, in order";
        const auto there = static_cast<int>(sources.size());
        ASSERT_GE(there, acknowledged) << "an acknowledged import is lost";
        ASSERT_LE(there, acknowledged + 1);
        unacknowledged += there - acknowledged;
        ASSERT_EQ(must(project.items()).size(), 3u * sources.size()) << "whole imports only";
        acknowledged = there;
    }
    const auto project = must(Project::open(file));
    EXPECT_TRUE(must(project.check()).problems.empty());
    std::printf("%d kills, %d commits, %d of them durable before they were acknowledged\n", kills,
        acknowledged, unacknowledged);
    EXPECT_GT(acknowledged, kills / 4);
}

TEST(KillLoop, AKilledCreationLeavesNoHalfProject)
{
    TemporaryFolder folder;
    std::mt19937 random(3);
    for (int round = 0; round < 40; ++round) {
        const auto file = folder / ("p" + std::to_string(round) + ".slook");
        const auto child = ::fork();
        if (child == 0) {
            auto made = Project::create(file);
            ::pause();
        }
        ::usleep(static_cast<useconds_t>(random() % 12000));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        const auto opened =
            std::filesystem::exists(file) ? Project::open(file) : Project::create(file);
        EXPECT_TRUE(opened) << message(opened.error());
    }
}

} // namespace
} // namespace slook::store::test
