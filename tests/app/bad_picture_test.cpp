#include "bad_input.h"
#include "image/encode.h"
#include <zlib.h>

namespace fs = std::filesystem;
using namespace slook;

namespace {

constexpr std::uint32_t side = 100'000;

std::string bigEndian(std::uint32_t value)
{
    return { static_cast<char>(value >> 24), static_cast<char>(value >> 16),
        static_cast<char>(value >> 8), static_cast<char>(value) };
}
std::string littleEndian(std::uint32_t value, int bytes)
{
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text += static_cast<char>(value >> (8 * i));
    return text;
}

std::string chunk(const std::string& kind, const std::string& body)
{
    const std::string summed = kind + body;
    const auto sum =
        ::crc32(0, reinterpret_cast<const Bytef*>(summed.data()), static_cast<uInt>(summed.size()));
    return bigEndian(static_cast<std::uint32_t>(body.size())) + summed
        + bigEndian(static_cast<std::uint32_t>(sum));
}

std::string pngHeader(std::uint32_t width, std::uint32_t height)
{
    return "\x89PNG\r\n\x1a\n"
        + chunk(
            "IHDR", bigEndian(width) + bigEndian(height) + std::string("\x08\x02\x00\x00\x00", 5));
}

/// `megabytes` of zeros, packed about 1000 to 1.
std::string packedZeros(int megabytes)
{
    z_stream stream {};
    ::deflateInit(&stream, Z_BEST_SPEED);
    std::string packed;
    std::string zeros(1 << 20, '\0');
    std::string out(1 << 16, '\0');
    for (int i = 0; i <= megabytes; ++i) {
        stream.next_in = reinterpret_cast<Bytef*>(zeros.data());
        stream.avail_in = i < megabytes ? static_cast<uInt>(zeros.size()) : 0;
        do {
            stream.next_out = reinterpret_cast<Bytef*>(out.data());
            stream.avail_out = static_cast<uInt>(out.size());
            ::deflate(&stream, i < megabytes ? Z_NO_FLUSH : Z_FINISH);
            packed.append(out, 0, out.size() - stream.avail_out);
        } while (stream.avail_out == 0);
    }
    ::deflateEnd(&stream);
    return packed;
}

/// Pictures whose headers promise 100,000 x 100,000 pixels, or as much as their format can.
std::map<std::string, std::string> headerBombs()
{
    const std::string jpegSize = std::string("\xff\xff\xff\xff", 4); // 65,535 x 65,535
    return {
        { "bomb.png", pngHeader(side, side) + chunk("IDAT", packedZeros(1)) + chunk("IEND", "") },
        { "bomb.jpg",
            std::string("\xff\xd8\xff\xc0\x00\x11\x08", 7) + jpegSize
                + std::string("\x03\x01\x11\x00\x02\x11\x00\x03\x11\x00", 10)
                + std::string("\xff\xda\x00\x0c\x03\x01\x00\x02\x00\x03\x00\x00\x3f\x00", 14)
                + std::string(64, '\0') + "\xff\xd9" },
        { "bomb.bmp",
            "BM" + littleEndian(54, 4) + littleEndian(0, 4) + littleEndian(54, 4)
                + littleEndian(40, 4) + littleEndian(side, 4) + littleEndian(side, 4)
                + littleEndian(1, 2) + littleEndian(24, 2) + std::string(24, '\0') },
        { "bomb.gif", "GIF89a" + std::string("\xff\xff\xff\xff\x80\x00\x00", 7) },
        { "bomb.webp",
            "RIFF" + littleEndian(30, 4) + "WEBPVP8X" + littleEndian(10, 4) + littleEndian(0, 4)
                + littleEndian(side - 1, 3) + littleEndian(side - 1, 3) + "VP8 "
                + littleEndian(0, 4) },
    };
}

/// Small pictures that unpack to a gigabyte: behind the last row, and in a text about the picture.
std::map<std::string, std::string> packedBombs()
{
    const std::string zeros = packedZeros(1024);
    return {
        { "rows.png", pngHeader(8, 8) + chunk("IDAT", zeros) + chunk("IEND", "") },
        { "text.png",
            pngHeader(8, 8) + chunk("zTXt", std::string("Comment\0\0", 9) + zeros)
                + chunk("IDAT", packedZeros(1)) + chunk("IEND", "") },
        { "profile.png",
            pngHeader(8, 8) + chunk("iCCP", std::string("colours\0\0", 9) + zeros)
                + chunk("IDAT", packedZeros(1)) + chunk("IEND", "") },
    };
}

class BadPictureTest : public BadInputTest {
protected:
    static constexpr std::size_t mostBytes = std::size_t { 256 } << 20;

    void putPictures(const std::map<std::string, std::string>& pictures) const
    {
        fs::create_directories(path("pictures"));
        for (const auto& [name, bytes] : pictures)
            write("pictures/" + name, bytes);
    }
    std::string picture(const std::string& name) const { return path("pictures/" + name).string(); }
};

} // namespace

TEST_F(BadPictureTest, HeadersThatPromiseTooMuchAreRefusedByNameBeforeMemoryIsTaken)
{
    putPictures(headerBombs());
    for (const auto& [name, bytes] : headerBombs()) {
        const Outcome seen = run({ "image", "seen", embeddedModel(), picture(name), "out.png" });
        EXPECT_EQ(seen.exit, 1) << name;
        EXPECT_LT(seen.peakBytes, mostBytes) << name;
        expectSentence(seen.err, name);
        EXPECT_FALSE(fs::exists(path("out.png")));
    }
}

TEST_F(BadPictureTest, AFolderOfBombsGivesEachItsReasonAndTheOthersAreTaken)
{
    auto pictures = headerBombs();
    const auto good = image::encodePng(image::filled(6, 6, { 1, 2, 3 }));
    pictures["good.png"] = { good.begin(), good.end() };
    pictures["cut.png"] = { good.begin(), good.begin() + 40 };
    putPictures(pictures);
    const Outcome outcome = run({ "import", project(), path("pictures").string(), "--json" });
    ASSERT_EQ(outcome.exit, 0) << outcome.err;
    EXPECT_LT(outcome.peakBytes, mostBytes);
    EXPECT_EQ(outcome.json()["items"], 1);
    const std::string problems = outcome.json()["problems"].dump();
    for (const auto& [name, bytes] : pictures)
        EXPECT_EQ(problems.find(name) == std::string::npos, name == "good.png") << problems;
    expectKept(1);
}

TEST_F(BadPictureTest, NothingIsImportedWhereEveryPictureIsABomb)
{
    putPictures(headerBombs());
    expectSentence(complaint({ "import", project(), path("pictures").string() }), "pictures");
    expectKept(0);
}

TEST_F(BadPictureTest, GigabytesPackedIntoASmallPictureAreNeverUnpacked)
{
    putPictures(packedBombs());
    for (const auto& [name, bytes] : packedBombs()) {
        ASSERT_LT(bytes.size(), std::size_t { 8 } << 20);
        const Outcome seen =
            run({ "image", "seen", embeddedModel(), picture(name), path("out.png").string() });
        EXPECT_LT(seen.peakBytes, mostBytes) << name;
        // Such a picture may be shown by its 8 x 8 pixels, or refused in a sentence.
        if (seen.exit != 0)
            expectSentence(seen.err, name);
    }
}

TEST_F(BadPictureTest, ABombInATableCostsItsRowOnly)
{
    const auto good = image::encodePng(image::filled(6, 6, { 1, 2, 3 }));
    write("good.png", { good.begin(), good.end() });
    putPictures(headerBombs());
    write("rows.tsv",
        "index\tquestion\tA\tB\tanswer\timage_path\n"
        "1\tIs it red?\tyes\tno\tA\tgood.png\n"
        "2\tIs it blue?\tyes\tno\tA\tpictures/bomb.png\n");
    const auto imported = json({ "import", project(), path("rows.tsv").string() });
    EXPECT_EQ(imported["items"], 1);
    ASSERT_EQ(imported["problems"].size(), 1u);
    EXPECT_NE(
        imported["problems"][0]["reason"].get<std::string>().find("100000"), std::string::npos)
        << imported["problems"];
    EXPECT_EQ(imported["problems"][0]["line"], 3);
}
