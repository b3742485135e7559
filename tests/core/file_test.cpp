#include "core/file.h"
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slook {
namespace {

class FileTest : public testing::Test {
protected:
    void SetUp() override
    {
        m_folder = std::filesystem::temp_directory_path()
            / ("slook-file-" + std::to_string(::getpid())
                + testing::UnitTest::GetInstance()->current_test_info()->name());
        std::filesystem::create_directories(m_folder);
    }
    void TearDown() override { std::filesystem::remove_all(m_folder); }
    std::filesystem::path m_folder;
};

TEST_F(FileTest, WritesAndReadsEveryByte)
{
    std::string bytes;
    for (int i = 0; i < 70000; ++i)
        bytes += static_cast<char>(i * 7);
    ASSERT_TRUE(writeFileAtomically(m_folder / "a", bytes));
    EXPECT_EQ(readFile(m_folder / "a").value(), bytes);
    ASSERT_TRUE(writeFileAtomically(m_folder / "a", "short"));
    EXPECT_EQ(readFile(m_folder / "a").value(), "short");
}

TEST_F(FileTest, LeavesTheOldFileAndNoTemporaryOneWhenThereIsNoRoom)
{
    ASSERT_TRUE(writeFileAtomically(m_folder / "a", "old"));
    const auto before = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit {};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit small { 4096, limit.rlim_max };
    setrlimit(RLIMIT_FSIZE, &small);
    const auto written = writeFileAtomically(m_folder / "a", std::string(100000, 'x'));
    setrlimit(RLIMIT_FSIZE, &limit);
    std::signal(SIGXFSZ, before);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::Io);
    EXPECT_EQ(readFile(m_folder / "a").value(), "old");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(m_folder), {}), 1);
}

TEST_F(FileTest, NeverBlocksOnAPipeAndReadsNoFolder)
{
    ASSERT_EQ(::mkfifo((m_folder / "pipe").c_str(), 0600), 0);
    EXPECT_EQ(readFile(m_folder / "pipe").error().kind, ErrorKind::Invalid);
    EXPECT_EQ(readFile(m_folder).error().kind, ErrorKind::Invalid);
    EXPECT_EQ(readFile(m_folder / "missing").error().kind, ErrorKind::NotFound);
    EXPECT_EQ(readFile("/dev/zero").error().kind, ErrorKind::Invalid);
}

TEST_F(FileTest, RefusesAFileOverTheLimit)
{
    ASSERT_TRUE(writeFileAtomically(m_folder / "a", "12345"));
    EXPECT_TRUE(readFile(m_folder / "a", 5));
    EXPECT_EQ(readFile(m_folder / "a", 4).error().kind, ErrorKind::Invalid);
}

// Well-formed and ill-formed sequences of the Unicode standard, table 3-7.
TEST(IsCleanUtf8, FollowsTheTableOfWellFormedSequences)
{
    EXPECT_TRUE(isCleanUtf8(""));
    EXPECT_TRUE(isCleanUtf8("plain"));
    EXPECT_TRUE(isCleanUtf8("\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 \xEF\xBF\xBD"));
    EXPECT_FALSE(isCleanUtf8(std::string_view("a\0b", 3)));
    for (const auto* bad :
        { "\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
            "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "a\xC3", "\xF0\x9F\x98", "\xC3(" })
        EXPECT_FALSE(isCleanUtf8(bad)) << testing::PrintToString(bad);
}

} // namespace
} // namespace slook
