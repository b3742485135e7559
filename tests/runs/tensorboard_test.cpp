#include "core/file.h"
#include "must.h"
#include "runs/tensorboard.h"
#include "temporary_folder.h"
#include <gtest/gtest.h>

using namespace slook;

namespace {

// RFC 3720, appendix B.4, and the usual check value.
TEST(TensorBoard, ChecksumsAreThoseOfTheRfc)
{
    EXPECT_EQ(runs::crc32c("123456789"), 0xE3069283U);
    EXPECT_EQ(runs::crc32c(std::string(32, '\0')), 0x8A9136AAU);
    EXPECT_EQ(runs::crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
}

/// Bytes that TensorFlow writes for these events, by event.proto.
/// tests/oracle/read_tensorboard.py reads a folder with TensorBoard itself.
TEST(TensorBoard, WritesRecordsWithHeaderAndSteps)
{
    TemporaryFolder folder;
    auto file = must(runs::TensorBoardFile::create(folder / "curves", 1.5));
    must(file.add(7, 2.0, { { "loss", 0.5 } }));
    const std::string bytes = must(readFile(file.file()));
    // header: length 24; wall_time 1.5; file_version
    EXPECT_EQ(bytes.substr(0, 8), std::string("\x18\0\0\0\0\0\0\0", 8));
    EXPECT_EQ(bytes.substr(12, 24),
        std::string("\x09\0\0\0\0\0\0\xF8\x3F\x1A\x0D", 11) + "brain.Event:2");
    // one step: wall_time 2.0, step 7, summary { value { tag "train/loss", simple_value 0.5 } }
    const std::string event = bytes.substr(40 + 12, bytes.size() - 40 - 12 - 4);
    EXPECT_EQ(event,
        std::string("\x09\0\0\0\0\0\0\0\x40\x10\x07\x2A\x13\x0A\x11\x0A\x0A", 17) + "train/loss"
            + std::string("\x15\0\0\0\x3F", 5));
}

TEST(TensorBoard, SaysWhereItCannotWrite)
{
    const auto file = runs::TensorBoardFile::create("/proc/none", 0);
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error().kind, ErrorKind::Io);
}

} // namespace
