#include "core/file.h"
#include "core/hash.h"
#include "engine/reference_cache.h"
#include "fixture.h"
#include <bit>
#include <cmath>
#include <fstream>
#include <limits>

namespace slook::test {
namespace {

using namespace slook::engine;
namespace fs = std::filesystem;

const std::string oneReference = sha256("one"), otherReference = sha256("other");

std::string pairOf(int i)
{
    return sha256(std::to_string(i));
}

bool sameBits(const ReferenceScores& a, const ReferenceScores& b)
{
    const auto bits = [](float value) { return std::bit_cast<std::uint32_t>(value); };
    return bits(a.chosen) == bits(b.chosen) && bits(a.rejected) == bits(b.rejected);
}

fs::path onlyFile(const fs::path& folder)
{
    return fs::directory_iterator(folder)->path();
}

TEST(ReferenceCaches, GiveBackTheBitsThatWereKept)
{
    const TemporaryFolder folder;
    const std::vector<ReferenceScores> scores { { -123.456F, -0.0F },
        { std::numeric_limits<float>::denorm_min(), -std::numeric_limits<float>::infinity() },
        { std::nextafter(-7.0F, 0.0F), -7.0F } };
    {
        ReferenceCache cache(folder.path(), oneReference);
        EXPECT_FALSE(cache.find(pairOf(0)));
        for (int i = 0; i < 3; ++i)
            cache.add(pairOf(i), scores[static_cast<std::size_t>(i)]);
        ASSERT_TRUE(cache.save());
    }
    const ReferenceCache again(folder.path(), oneReference);
    EXPECT_EQ(again.damage(), "");
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(again.find(pairOf(i)));
        EXPECT_TRUE(sameBits(*again.find(pairOf(i)), scores[static_cast<std::size_t>(i)])) << i;
    }
    EXPECT_FALSE(again.find(pairOf(3)));
    EXPECT_FALSE(ReferenceCache(folder.path(), otherReference).find(pairOf(0)));
}

TEST(ReferenceCaches, NoticeEveryChangedByteAndEveryCut)
{
    const TemporaryFolder folder;
    {
        ReferenceCache cache(folder.path(), oneReference);
        cache.add(pairOf(0), { -1, -2 });
        cache.add(pairOf(1), { -3, -4 });
        ASSERT_TRUE(cache.save());
    }
    const auto file = onlyFile(folder.path());
    const auto whole = readFile(file).value();
    const auto isNoticed = [&](const std::string& bytes) {
        std::ofstream(file, std::ios::binary) << bytes;
        const ReferenceCache cache(folder.path(), oneReference);
        return cache.damage().find(file.string()) != std::string::npos && !cache.find(pairOf(0));
    };
    for (std::size_t i = 0; i < whole.size(); ++i) {
        auto bytes = whole;
        bytes[i] = static_cast<char>(bytes[i] ^ 1);
        EXPECT_TRUE(isNoticed(bytes)) << "byte " << i;
        EXPECT_TRUE(isNoticed(whole.substr(0, i))) << "cut at " << i;
    }
    ReferenceCache cache(folder.path(), oneReference); // of the last cut
    cache.add(pairOf(2), { -5, -6 });
    ASSERT_TRUE(cache.save());
    const ReferenceCache mended(folder.path(), oneReference);
    EXPECT_EQ(mended.damage(), "");
    EXPECT_TRUE(mended.find(pairOf(2)));
}

TEST(ReferenceCaches, OfTwoTrainingsAtOnceLoseNothing)
{
    const TemporaryFolder folder;
    ReferenceCache one(folder.path(), oneReference), other(folder.path(), oneReference);
    one.add(pairOf(1), { -1, -1 });
    other.add(pairOf(2), { -2, -2 });
    ASSERT_TRUE(one.save());
    ASSERT_TRUE(other.save());
    const ReferenceCache both(folder.path(), oneReference);
    EXPECT_TRUE(both.find(pairOf(1)));
    EXPECT_TRUE(both.find(pairOf(2)));
}

TEST(ReferenceCaches, KeepTheNewestPairsWithinTheirLimit)
{
    const TemporaryFolder folder;
    constexpr int more = 10, all = static_cast<int>(ReferenceCache::mostPairs) + more;
    ReferenceCache cache(folder.path(), oneReference);
    for (int i = 0; i < all; ++i)
        cache.add(pairOf(i), { -1, -2 });
    ASSERT_TRUE(cache.save());
    EXPECT_LT(fs::file_size(onlyFile(folder.path())), 12u << 20);
    const ReferenceCache again(folder.path(), oneReference);
    EXPECT_EQ(again.damage(), "");
    EXPECT_FALSE(again.find(pairOf(more - 1)));
    EXPECT_TRUE(again.find(pairOf(more)));
    EXPECT_TRUE(again.find(pairOf(all - 1)));
}

TEST(ReferenceCaches, ForgetTheFilesThatWereUsedLongestAgo)
{
    const TemporaryFolder folder;
    const auto make = [&](const char* name, std::chrono::hours ago) {
        const auto file = folder.path() / name;
        std::ofstream(file) << "x";
        fs::resize_file(file, ReferenceCache::mostBytes / 2); // sparse: takes no room
        fs::last_write_time(file, fs::file_time_type::clock::now() - ago);
        return file;
    };
    const auto old = make("a.references", std::chrono::hours(9));
    const auto older = make("b.references", std::chrono::hours(99));
    const auto foreign = make("notes.txt", std::chrono::hours(999));
    ReferenceCache cache(folder.path(), oneReference);
    cache.add(pairOf(1), { -1, -1 });
    ASSERT_TRUE(cache.save());
    EXPECT_FALSE(fs::exists(older));
    EXPECT_TRUE(fs::exists(old));
    EXPECT_TRUE(fs::exists(foreign));
    EXPECT_TRUE(ReferenceCache(folder.path(), oneReference).find(pairOf(1)));
}

TEST(ReferenceCaches, ThatCannotBeWrittenSaySo)
{
    const TemporaryFolder folder;
    ReferenceCache cache(folder.path() / "gone", oneReference);
    cache.add(pairOf(1), { -1, -1 });
    const auto saved = cache.save();
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().kind, ErrorKind::Io);
}

} // namespace
} // namespace slook::test
