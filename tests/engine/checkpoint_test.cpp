#include "core/file.h"
#include "engine/checkpoint.h"
#include "fixture.h"
#include <fstream>

namespace slook::test {
namespace {

using namespace slook::engine;
namespace fs = std::filesystem;

TrainState stateAt(std::int64_t step)
{
    TrainState state;
    state.step = step;
    state.configSha256 = "abc";
    state.threads = 2;
    state.tensors["values"] = at::full({ 100 }, static_cast<double>(step), at::kFloat);
    return state;
}

class Checkpoint : public ::testing::Test {
protected:
    void write(std::int64_t step) { ASSERT_TRUE(writeCheckpoint(folder.path(), stateAt(step))); }
    std::int64_t newest()
    {
        const auto read = readNewestCheckpoint(folder.path(), "abc");
        EXPECT_TRUE(read) << read.error().what;
        return *read ? (*read)->step : -1;
    }
    TemporaryFolder folder;
};

TEST_F(Checkpoint, ComesBackAsItWasWritten)
{
    EXPECT_EQ(newest(), -1);
    write(7);
    const auto read = readNewestCheckpoint(folder.path(), "abc");
    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->threads, 2);
    EXPECT_TRUE(at::equal((*read)->tensors.at("values"), stateAt(7).tensors.at("values")));
}

TEST_F(Checkpoint, KeepsTheNewestTwo)
{
    for (const int step : { 5, 10, 15 })
        write(step);
    EXPECT_FALSE(fs::exists(folder.path() / "step-000005"));
    EXPECT_TRUE(fs::exists(folder.path() / "step-000010"));
    EXPECT_EQ(newest(), 15);
}

TEST_F(Checkpoint, IsPassedOverWhereItIsDamaged)
{
    write(5);
    write(10);
    const auto state = folder.path() / "step-000010" / "state.safetensors";
    const auto whole = *readFile(state);
    auto flipped = whole;
    flipped[flipped.size() - 3] = static_cast<char>(flipped[flipped.size() - 3] ^ 1);
    std::ofstream(state, std::ios::binary) << flipped;
    EXPECT_EQ(newest(), 5);
    std::ofstream(state, std::ios::binary) << whole.substr(0, whole.size() / 2);
    EXPECT_EQ(newest(), 5);
    std::ofstream(state, std::ios::binary) << whole;
    EXPECT_EQ(newest(), 10);
    fs::remove(folder.path() / "step-000010" / "manifest.json");
    EXPECT_EQ(newest(), 5);
}

TEST_F(Checkpoint, IsNotSeenBeforeItIsComplete)
{
    write(5);
    fs::copy(folder.path() / "step-000005", folder.path() / "partial-step-000009",
        fs::copy_options::recursive);
    fs::create_directories(folder.path() / "step-99999999999999999999999");
    EXPECT_EQ(newest(), 5);
}

TEST_F(Checkpoint, OfAnotherTrainingIsAConflict)
{
    write(5);
    EXPECT_EQ(readNewestCheckpoint(folder.path(), "other").error().kind, ErrorKind::Conflict);
}

TEST_F(Checkpoint, ThatCannotBeWrittenLeavesTheOldOne)
{
    write(5);
    auto state = stateAt(6);
    state.tensors["odd"] = at::zeros({ 2 }, at::kComplexFloat); // the format has no such type
    EXPECT_FALSE(writeCheckpoint(folder.path(), state));
    EXPECT_EQ(newest(), 5);
}

} // namespace
} // namespace slook::test
