#include "core/hash.h"
#include <fstream>
#include <gtest/gtest.h>

namespace slook {
namespace {

// Test vectors of FIPS 180-2, appendix B.
TEST(Sha256, GivesThePublishedVectors)
{
    EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, IsTheSameInPiecesAndFromAFile)
{
    const std::string million(1'000'000, 'a');
    const auto expected = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";
    Sha256 sum;
    for (int i = 0; i < 1000; ++i)
        sum.add(std::string_view(million).substr(0, 1000));
    EXPECT_EQ(sum.hex(), expected);
    const auto file = std::filesystem::temp_directory_path() / "slook-sha256-test";
    std::ofstream(file, std::ios::binary) << million;
    EXPECT_EQ(sha256OfFile(file).value(), expected);
    std::filesystem::remove(file);
}

TEST(Sha256, NamesAFileThatIsNotThere)
{
    const auto sum = sha256OfFile("/no/such/file");
    ASSERT_FALSE(sum);
    EXPECT_EQ(sum.error().kind, ErrorKind::NotFound);
    EXPECT_EQ(sum.error().where, "/no/such/file");
}

} // namespace
} // namespace slook
