#include "runs/frames.h"
#include <gtest/gtest.h>
#include <unistd.h>

using namespace slook;
using namespace slook::runs;

TEST(Frames, ComeOutAsTheyWentIn)
{
    std::string buffer = toFrame("{}") + toFrame("") + toFrame(std::string(70000, 'x'));
    EXPECT_EQ(**takeFrame(buffer), "{}");
    EXPECT_EQ(**takeFrame(buffer), "");
    EXPECT_EQ((*takeFrame(buffer))->size(), 70000u);
    EXPECT_FALSE(*takeFrame(buffer));
    EXPECT_TRUE(buffer.empty());
}

TEST(Frames, CutAnywhereAreNotComplete)
{
    const auto frame = toFrame("{\"id\":1}");
    for (std::size_t cut = 0; cut < frame.size(); ++cut) {
        auto buffer = frame.substr(0, cut);
        const auto taken = takeFrame(buffer);
        ASSERT_TRUE(taken);
        EXPECT_FALSE(*taken);
        EXPECT_EQ(buffer.size(), cut);
    }
}

TEST(Frames, OfAnAbsurdLengthAreRefusedBeforeMemoryIsTaken)
{
    std::string buffer = "\xFF\xFF\xFF\xFF{}";
    EXPECT_EQ(takeFrame(buffer).error().kind, ErrorKind::Invalid);
    EXPECT_THROW((void)toFrame(std::string(longestFrame + 1, 'x')), std::invalid_argument);
}

TEST(Frames, TravelThroughAPipeUntilItsEnd)
{
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_TRUE(writeFrame(ends[1], "one"));
    ASSERT_TRUE(writeFrame(ends[1], "two"));
    ASSERT_EQ(::write(ends[1], "\x05\x00", 2), 2);
    ::close(ends[1]);
    std::string buffer;
    EXPECT_EQ(**readFrame(ends[0], buffer), "one");
    EXPECT_EQ(**readFrame(ends[0], buffer), "two");
    EXPECT_EQ(readFrame(ends[0], buffer).error().kind, ErrorKind::Invalid);
    buffer.clear();
    EXPECT_FALSE(*readFrame(ends[0], buffer));
    ::close(ends[0]);
}
