#include "core/file.h"
#include "runs/directory.h"
#include "temporary_folder.h"
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace slook;
using namespace slook::runs;
namespace fs = std::filesystem;

namespace {

fs::path script(const fs::path& folder, const std::string& body)
{
    const auto file = folder / "worker.sh";
    append(file, "#!/bin/sh\n" + body);
    fs::permissions(file, fs::perms::owner_all);
    return file;
}

std::string waitFor(const fs::path& file)
{
    for (int i = 0; i < 500; ++i) {
        if (const auto text = readFile(file); text && !text->empty())
            return *text;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return {};
}

} // namespace

TEST(SpawnWorker, StartsAProcessOfItsOwn)
{
    const TemporaryFolder folder;
    const int leak = ::open("/dev/null", O_RDONLY); // deliberately without O_CLOEXEC
    const auto program = script(folder.path(),
        "echo to-log >&2\n"
        "{ echo $1; echo $2; echo $GOMP_SPINCOUNT $MALLOC_MMAP_MAX_ $MALLOC_TRIM_THRESHOLD_; ps -o "
        "sid= -p $$; ls /proc/self/fd | tr '\\n' ' '; } > \"$2/out.tmp\"\n"
        "mv \"$2/out.tmp\" \"$2/out\"; sleep 60\n");
    const auto pid = spawnWorker(program, folder.path());
    ASSERT_TRUE(pid) << message(pid.error());
    const auto out = waitFor(folder.path() / "out");
    ::close(leak);
    EXPECT_EQ(out.find("run\n" + folder.path().string() + "\n0 0 1099511627776\n"), 0u) << out;
    EXPECT_EQ(waitFor(folder.path() / "worker.log"), "to-log\n");
    EXPECT_NE(::getsid(*pid), ::getsid(0)); // a terminal's hang-up does not reach it
    EXPECT_NE(out.find("0 1 2 3 "), std::string::npos) << out; // 3 is ls's own
    EXPECT_EQ(out.find(" 4 "), std::string::npos) << out;
    EXPECT_EQ(::waitpid(*pid, nullptr, WNOHANG), -1); // not our child, so no zombie of ours
    EXPECT_EQ(::kill(*pid, SIGKILL), 0);
}

TEST(SpawnWorker, SaysWhyItCannot)
{
    const TemporaryFolder folder;
    EXPECT_EQ(
        spawnWorker(folder.path() / "absent", folder.path()).error().kind, ErrorKind::NotFound);
    const auto program = folder.path() / "bad";
    append(program, "#!/no/such/interpreter\n");
    fs::permissions(program, fs::perms::owner_all);
    const auto bad = spawnWorker(program, folder.path());
    ASSERT_FALSE(bad);
    EXPECT_EQ(bad.error().kind, ErrorKind::Io);
    EXPECT_EQ(spawnWorker(script(folder.path(), "exit 0\n"), folder.path() / "absent").error().kind,
        ErrorKind::Io);
}

TEST(SpawnWorker, LeavesNoZombie)
{
    const TemporaryFolder folder;
    const auto pid = spawnWorker(script(folder.path(), "exit 0\n"), folder.path());
    ASSERT_TRUE(pid);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}
