#include "fixture.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/exif.h"
#include <gmock/gmock.h>

namespace slook::image {
namespace {

using testing::HasSubstr;

std::string says(const std::string& bytes)
{
    const auto picture = decode(bytesOf(bytes), "p");
    return picture ? "decoded" : picture.error().what;
}

std::string pngOf(const Picture& picture)
{
    const auto bytes = encodePng(picture);
    return { bytes.begin(), bytes.end() };
}

Picture ramp(int width, int height)
{
    Picture picture = filled(width, height, { 0, 0, 0 });
    for (std::size_t i = 0; i < picture.rgb.size(); ++i)
        picture.rgb[i] = static_cast<std::uint8_t>(i * 37 + i / 7);
    return picture;
}

TEST(Decode, GivesPillowsPixelsForEveryFixture)
{
    if (!std::filesystem::exists(parity / "images"))
        GTEST_SKIP() << "no shared fixtures";
    const Json manifest = readJson(parity / "images" / "manifest.json");
    for (const Json& row : manifest.at("images")) {
        const std::string name = row.at("name");
        const auto picture = decodeFile(parity / "images" / name);
        ASSERT_TRUE(picture) << message(picture.error());
        EXPECT_EQ(picture->width, row.at("rgb_size")[0]) << name;
        EXPECT_EQ(picture->height, row.at("rgb_size")[1]) << name;
        EXPECT_EQ(pixelSha256(*picture), row.at("rgb_sha256")) << name;
    }
}

TEST(Decode, ReadsItsOwnPngBack)
{
    const Picture picture = ramp(31, 17);
    const auto again = decode(encodePng(picture));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->rgb, picture.rgb);
    EXPECT_EQ(encodePng(picture), encodePng(picture));
    const auto header = peek(encodePng(picture));
    EXPECT_EQ(header->width, 31);
    EXPECT_EQ(header->height, 17);
    EXPECT_EQ(header->format, Format::Png);
}

TEST(Decode, ReadsBitmapsOfEveryDepth)
{
    // 2 x 1 pixels: red, then blue. Header of 40 bytes, palette or masks, one row padded to four
    // bytes.
    const auto bmp = [](int bits, int compression, const std::string& palette,
                         const std::string& row, int height = 1) {
        std::string file("BM\0\0\0\0\0\0\0\0", 10);
        const auto add = [&](std::uint32_t value, int bytes) {
            for (int i = 0; i < bytes; ++i)
                file += static_cast<char>(value >> (8 * i));
        };
        add(static_cast<std::uint32_t>(54 + palette.size()), 4);
        add(40, 4);
        add(2, 4);
        add(static_cast<std::uint32_t>(height), 4);
        add(1, 2);
        add(static_cast<std::uint32_t>(bits), 2);
        add(static_cast<std::uint32_t>(compression), 4);
        for (int i = 0; i < 5; ++i)
            add(i == 3 && bits <= 8 ? static_cast<std::uint32_t>(palette.size() / 4) : 0, 4);
        return file + palette + row;
    };
    const std::string two("\0\0\xff\0\xff\0\0\0", 8); // blue, green, red, nothing
    const std::vector<std::uint8_t> expected { 255, 0, 0, 0, 0, 255 };
    const std::string files[] = { bmp(1, 0, two, std::string("\x40\0\0\0", 4)),
        bmp(4, 0, two, std::string("\x01\0\0\0", 4)), bmp(8, 0, two, std::string("\0\1\0\0", 4)),
        bmp(16, 0, "", std::string("\x00\x7c\x1f\x00", 4)),
        bmp(24, 0, "", std::string("\0\0\xff\xff\0\0\0\0", 8)),
        bmp(32, 0, "", std::string("\0\0\xff\0\xff\0\0\0", 8)),
        bmp(16, 3, std::string("\0\xf8\0\0\xe0\7\0\0\x1f\0\0\0", 12),
            std::string("\x00\xf8\x1f\x00", 4)),
        bmp(8, 1, two, std::string("\1\0\1\1\0\1", 6)), bmp(4, 2, two, std::string("\2\1\0\1", 4)),
        bmp(24, 0, "", std::string("\0\0\xff\xff\0\0\0\0", 8), -1) };
    for (const auto& file : files) {
        const auto picture = decode(bytesOf(file), "b");
        ASSERT_TRUE(picture) << message(picture.error());
        EXPECT_EQ(picture->rgb, expected)
            << "bits " << int(file[28]) << " compression " << int(file[30]);
    }
    EXPECT_THAT(says(files[4].substr(0, 58)), HasSubstr("cut off"));
}

TEST(Decode, TurnsByEveryOrientation)
{
    // a b      Each orientation names where the first stored row and column belong.
    // c d
    const auto picture = [] {
        Picture p { 2, 2, {}, {} };
        for (const char c : { 'a', 'b', 'c', 'd' })
            p.rgb.insert(p.rgb.end(), 3, static_cast<std::uint8_t>(c));
        return p;
    }();
    const char* expected[] = { "abcd", "badc", "dcba", "cdab", "acbd", "cadb", "dbca", "bdac" };
    for (int orientation = 1; orientation <= 8; ++orientation) {
        const auto turned = upright(picture, orientation);
        std::string read;
        for (std::size_t i = 0; i < 12; i += 3)
            read += static_cast<char>(turned.rgb[i]);
        EXPECT_EQ(read, expected[orientation - 1]) << orientation;
    }
    EXPECT_EQ(upright(ramp(3, 2), 6).width, 2);
}

TEST(Decode, ReadsOrientationFromHostileNotes)
{
    const std::string little("Exif\0\0II*\0\10\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0", 28);
    EXPECT_EQ(exifOrientation(bytesOf(little)), 6);
    for (std::size_t cut = 0; cut < little.size(); ++cut)
        EXPECT_GE(exifOrientation(bytesOf(little.substr(0, cut))), 0);
    EXPECT_EQ(exifOrientation(bytesOf(std::string("II*\0\xff\xff\xff\xff", 8))), 0);
    EXPECT_EQ(xmpOrientation("<x tiff:Orientation=\"8\"/>"), 8);
    EXPECT_EQ(xmpOrientation("tiff:Orientation"), 0);
}

TEST(Decode, SaysWhatAFileIsInstead)
{
    EXPECT_THAT(says(""), HasSubstr("empty"));
    EXPECT_THAT(says("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n"),
        HasSubstr("git lfs pull"));
    EXPECT_THAT(says("\n<!DOCTYPE HTML><html>"), HasSubstr("web page"));
    EXPECT_THAT(says("GIF89a..."), HasSubstr("GIF"));
    EXPECT_THAT(says("<svg xmlns"), HasSubstr("SVG"));
    EXPECT_THAT(says("hello, this is a text"), HasSubstr("no PNG, JPEG, WebP or BMP"));
    EXPECT_EQ(decodeFile("/nonexistent.png").error().kind, ErrorKind::NotFound);
}

TEST(Decode, GoesByContentNotByName)
{
    const auto file = std::filesystem::path(testing::TempDir()) / "picture.png";
    const auto jpeg = encodeJpeg(filled(8, 8, { 200, 10, 10 }));
    ASSERT_TRUE(
        writeFileAtomically(file, { reinterpret_cast<const char*>(jpeg.data()), jpeg.size() }));
    ASSERT_TRUE(decodeFile(file));
    EXPECT_EQ(peek(jpeg)->format, Format::Jpeg);
}

TEST(Decode, RefusesBombsBeforeTakingMemory)
{
    std::string png = pngOf(ramp(4, 4));
    png.replace(16, 8, std::string("\0\0\x75\x30\0\0\x75\x30", 8)); // 30,000 x 30,000
    EXPECT_THAT(says(png), HasSubstr("30000 x 30000"));
    png.replace(16, 8, std::string("\0\0\x27\x10\0\0\x27\x10", 8)); // 10,000 x 10,000
    EXPECT_THAT(says(png), HasSubstr("64 million"));
    png.replace(16, 8, std::string("\xff\xff\xff\xff\0\0\0\0", 8));
    EXPECT_THAT(says(png), HasSubstr("damaged"));
}

TEST(Decode, RefusesEveryTruncationAndSurvivesEveryFlippedByte)
{
    const auto jpeg = encodeJpeg(ramp(40, 24));
    for (const std::string& whole :
        { pngOf(ramp(20, 12)), std::string(jpeg.begin(), jpeg.end()) }) {
        for (std::size_t cut = 0; cut + 16 < whole.size(); ++cut)
            EXPECT_NE(says(whole.substr(0, cut)), "decoded") << cut;
        for (std::size_t at = 0; at < whole.size(); ++at) {
            std::string flipped = whole;
            flipped[at] = static_cast<char>(flipped[at] ^ 0x55);
            (void)says(flipped); // must neither crash nor hang
        }
    }
}

} // namespace
} // namespace slook::image
