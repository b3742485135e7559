#include "core/hash.h"
#include "fixture.h"
#include "image/compare.h"
#include "image/resize.h"
#include "image/thumbnail.h"
#include <ctime>
#include <gmock/gmock.h>

namespace slook::image {
namespace {

std::vector<std::uint8_t> greyOf(const Picture& picture)
{
    std::vector<std::uint8_t> grey;
    for (std::size_t i = 0; i < picture.rgb.size(); i += 3)
        grey.push_back(picture.rgb[i]);
    return grey;
}

TEST(Resize, GivesPillowsBytesForEveryRow)
{
    if (!std::filesystem::exists(parity / "resize"))
        GTEST_SKIP() << "no shared fixtures";
    int rows = 0;
    const Json manifest = readJson(parity / "resize" / "manifest.json");
    for (const Json& row : manifest.at("rows")) {
        const auto picture = decodeFile(parity / "resize" / row.at("in").get<std::string>());
        ASSERT_TRUE(picture);
        const auto filter = filterByName(row.at("filter").get<std::string>());
        ASSERT_TRUE(filter);
        const bool grey = row.at("mode") == "L";
        const auto bytes = resizedBytes(grey ? greyOf(*picture) : picture->rgb, picture->width,
            picture->height, grey ? 1 : 3, row.at("size_wh")[0], row.at("size_wh")[1], *filter);
        EXPECT_EQ(sha256(bytes), row.at("sha256")) << row;
        ++rows;
    }
    EXPECT_GT(rows, 170);
}

TEST(Resize, KeepsAFlatPictureFlatWithEveryFilter)
{
    for (int filter = 0; filter <= 5; ++filter) {
        const auto out = resized(filled(13, 7, { 9, 128, 250 }), 29, 3, *filterByNumber(filter));
        EXPECT_TRUE(samePixels(out, filled(29, 3, { 9, 128, 250 }))) << filter;
    }
    EXPECT_FALSE(filterByNumber(6));
    EXPECT_FALSE(filterByName("cubic"));
}

TEST(Resize, NamesWrongSizes)
{
    EXPECT_THROW((void)resized(filled(2, 2, {}), 0, 1, Filter::Box), std::invalid_argument);
    EXPECT_THROW((void)resized(Picture { 2, 2, {}, {} }, 1, 1, Filter::Box), std::invalid_argument);
}

TEST(Resize, TakesMillisecondsForAPhoto)
{
    const Picture photo = filled(800, 600, { 1, 2, 3 });
    const std::clock_t begin = std::clock();
    for (int i = 0; i < 10; ++i)
        (void)resized(photo, 336, 336, Filter::Bicubic);
    const double milliseconds = 100.0 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    RecordProperty("milliseconds", std::to_string(milliseconds));
    EXPECT_LT(milliseconds, 100); // generous: also true without optimisation
}

TEST(Thumbnail, KeepsTheShapeAndNeverEnlarges)
{
    const auto wide = thumbnail(filled(400, 100, { 5, 6, 7 }), 64);
    EXPECT_EQ(wide.width, 64);
    EXPECT_EQ(wide.height, 16);
    EXPECT_EQ(thumbnail(filled(1'000, 1, {}), 10).height, 1);
    EXPECT_EQ(thumbnail(filled(8, 9, {}), 10).width, 8);
    EXPECT_THROW((void)thumbnail(filled(8, 9, {}), 0), std::invalid_argument);
}

TEST(Compare, MeasuresTheDifference)
{
    const Picture black = filled(4, 4, { 0, 0, 0 });
    Picture one = black;
    one.rgb[0] = 255; // mean squared difference 255^2 / 48
    EXPECT_NEAR(psnr(black, one), 10 * std::log10(48.0), 1e-12);
    EXPECT_TRUE(std::isinf(psnr(black, black)));
    EXPECT_EQ(largestDifference(black, one), 255);
    EXPECT_FALSE(samePixels(black, one));
    EXPECT_THROW((void)psnr(black, filled(4, 5, {})), std::invalid_argument);
}

} // namespace
} // namespace slook::image
