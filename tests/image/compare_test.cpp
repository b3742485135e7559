#include "image/compare.h"
#include <gtest/gtest.h>

namespace slook::image {
namespace {

Picture pattern(int width, int height)
{
    Picture picture = filled(width, height, { 0, 0, 0 });
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            const std::size_t at = (static_cast<std::size_t>(y) * width + x) * 3;
            picture.rgb[at] = static_cast<std::uint8_t>(x * 255 / width);
            picture.rgb[at + 1] = static_cast<std::uint8_t>(y * 255 / height);
            picture.rgb[at + 2] = static_cast<std::uint8_t>((x ^ y) & 0xFF);
        }
    return picture;
}

Picture negative(Picture picture)
{
    for (auto& byte : picture.rgb)
        byte = static_cast<std::uint8_t>(255 - byte);
    return picture;
}

/// Every third row and every second column at half brightness.
Picture halved(Picture picture)
{
    for (int y = 0; y < picture.height; y += 3)
        for (int x = 0; x < picture.width; x += 2)
            for (std::size_t c = 0; c < 3; ++c)
                picture.rgb[(static_cast<std::size_t>(y) * picture.width + x) * 3 + c] /= 2;
    return picture;
}

/// Three columns to the right, around the edge.
Picture rolled(const Picture& picture)
{
    Picture result = picture;
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x)
            for (std::size_t c = 0; c < 3; ++c) {
                const auto row = static_cast<std::size_t>(y) * picture.width;
                result.rgb[(row + (x + 3) % picture.width) * 3 + c] =
                    picture.rgb[(row + x) * 3 + c];
            }
    return result;
}

} // namespace

// scikit-image 0.25 and later: structural_similarity(a, b, gaussian_weights=True, sigma=1.5,
// use_sample_covariance=False, data_range=255, channel_axis=2)
TEST(Ssim, IsThatOfScikitImage)
{
    const struct {
        int width, height;
        double negative, halved, rolled;
    } expected[] {
        { 64, 48, -0.11718878576568477, 0.45906019243333346, 0.8331977804424829 },
        { 40, 300, 0.02042183392875829, 0.33613534108301035, 0.8321639228463965 }, // two strips
        { 11, 11, -0.6202855476258207, 0.8655779234999503, 0.6231744874185244 }, // one window
    };
    for (const auto& one : expected) {
        const auto a = pattern(one.width, one.height);
        EXPECT_NEAR(ssim(a, negative(a)).value(), one.negative, 1e-9) << one.width;
        EXPECT_NEAR(ssim(a, halved(a)).value(), one.halved, 1e-9) << one.width;
        EXPECT_NEAR(ssim(a, rolled(a)).value(), one.rolled, 1e-9) << one.width;
        EXPECT_NEAR(ssim(a, a).value(), 1, 1e-12);
    }
}

TEST(Ssim, NeedsAWindow)
{
    const auto small = pattern(10, 40);
    EXPECT_FALSE(ssim(small, small).has_value());
    EXPECT_THROW((void)ssim(small, pattern(40, 10)), std::invalid_argument);
}

TEST(Difference, IsAmplifiedAndCut)
{
    Picture a = filled(2, 1, { 10, 20, 30 });
    Picture b = a;
    b.rgb[0] = 14; // by 4
    b.rgb[2] = 0; // by 30
    const auto shown = amplifiedDifference(a, b, 10);
    EXPECT_EQ(shown.rgb, (std::vector<std::uint8_t> { 40, 0, 255, 0, 0, 0 }));
    EXPECT_EQ(changedShare(a, b), .5);
    EXPECT_EQ(changedShare(a, a), 0);
    EXPECT_THROW((void)amplifiedDifference(a, b, 0), std::invalid_argument);
}

} // namespace slook::image
