#include "fixture.h"
#include "image/blur.h"
#include "image/colours.h"
#include "image/compare.h"
#include "image/corruption.h"
#include "image/distort.h"
#include "image/noise.h"
#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <set>

namespace slook::image {
namespace {

Picture gradient(int width, int height)
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

class CorruptFixture : public ::testing::Test {
protected:
    void SetUp() override
    {
        if (!std::filesystem::exists(folder))
            GTEST_SKIP() << "shared/parity is not there";
        picture = decodeFile(folder / "input.png").value();
        arrays = readTensors(folder / "arrays.safetensors");
    }

    [[nodiscard]] Picture expected(const std::string& name) const
    {
        return decodeFile(folder / (name + ".png")).value();
    }

    const std::filesystem::path folder = parity / "corrupt";
    Picture picture;
    std::map<std::string, std::string> arrays;
};

// Expected pictures: Pillow and torchvision, see the fixture's manifest.
TEST_F(CorruptFixture, ColoursAreThoseOfPillow)
{
    const std::map<std::string, Picture> ours {
        { "brightness_0.5", withBrightness(picture, .5) },
        { "brightness_1.5", withBrightness(picture, 1.5) },
        { "contrast_0.6", withContrast(picture, .6) },
        { "contrast_1.4", withContrast(picture, 1.4) },
        { "saturation_0.3", withSaturation(picture, .3) },
        { "saturation_1.8", withSaturation(picture, 1.8) },
        { "hue_-0.3", withHue(picture, -.3) },
        { "hue_0.1", withHue(picture, .1) },
        { "hue_0.3", withHue(picture, .3) },
        { "grayscale", grey(picture) },
        { "jitter_03_1.3_-0.2", jittered(picture, { 1.3, 1, 1, -.2, { 0, 1, 2, 3 } }) },
        { "jitter_30_1.3_-0.2", jittered(picture, { 1.3, 1, 1, -.2, { 3, 1, 2, 0 } }) },
        { "jitter_2031_0.7_0.25", jittered(picture, { .7, 1.25, .6, .25, { 2, 0, 3, 1 } }) },
    };
    for (const auto& [name, result] : ours)
        EXPECT_TRUE(samePixels(result, expected(name)))
            << name << " differs by " << largestDifference(result, expected(name));
}

// By the formula itself for every colour of a coarse grid and all of one face, where channels tie.
TEST(Hue, IsThatOfTheFormulaForEveryColour)
{
    const auto expected = [](int r, int g, int b) { // Pillow's rgb2hsv, hue + 64, hsv2rgb
        const int largest = std::max({ r, g, b }), range = largest - std::min({ r, g, b });
        float hue = 0;
        int saturation = 0;
        if (range > 0) {
            const auto part = [&](int c) {
                return static_cast<float>(largest - c) / static_cast<float>(range);
            };
            hue = r == largest ? part(b) - part(g)
                : g == largest ? static_cast<float>(2.0 + part(r) - part(b))
                               : static_cast<float>(4.0 + part(g) - part(r));
            hue = static_cast<float>(std::fmod(hue / 6.0 + 1.0, 1.0));
            saturation = std::clamp(static_cast<int>(static_cast<float>(static_cast<float>(range)
                                        / static_cast<float>(largest) * 255.0)),
                0, 255);
        }
        const int turned =
            (std::clamp(static_cast<int>(static_cast<float>(hue * 255.0)), 0, 255) + 63) & 255;
        const double sixth = static_cast<float>(turned) * 6.0 / 255.0;
        const auto rest = static_cast<float>(sixth - std::floor(sixth));
        const auto s = static_cast<float>(static_cast<float>(saturation) / 255.0);
        const auto v = static_cast<float>(largest);
        const int p = static_cast<int>(std::round(v * (1.0 - s)));
        const int q = static_cast<int>(std::round(v * (1.0 - s * rest)));
        const int t = static_cast<int>(std::round(v * (1.0 - s * (1.0 - rest))));
        const std::array<std::array<int, 3>, 6> sectors { { { largest, t, p }, { q, largest, p },
            { p, largest, t }, { p, q, largest }, { t, p, largest }, { largest, p, q } } };
        return saturation == 0 ? std::array { largest, largest, largest }
                               : sectors[static_cast<std::size_t>(std::floor(sixth)) % 6];
    };
    std::vector<std::array<int, 3>> colours;
    for (int r = 0; r < 256; r += 5)
        for (int g = 0; g < 256; g += 3)
            for (int b = 0; b < 256; b += 5)
                colours.push_back({ r, g, b });
    for (int r = 0; r < 256; ++r)
        for (int g = 0; g < 256; ++g)
            colours.push_back({ r, g, g });
    Picture all = filled(static_cast<int>(colours.size()), 1, { 0, 0, 0 });
    for (std::size_t i = 0; i < colours.size(); ++i)
        for (std::size_t c = 0; c < 3; ++c)
            all.rgb[3 * i + c] = static_cast<std::uint8_t>(colours[i][c]);
    const auto turned = withHue(all, .25); // 63 of 255
    int wrong = 0;
    for (std::size_t i = 0; i < colours.size(); ++i) {
        const auto one = expected(colours[i][0], colours[i][1], colours[i][2]);
        for (std::size_t c = 0; c < 3; ++c)
            wrong += turned.rgb[3 * i + c] != one[c];
    }
    EXPECT_EQ(wrong, 0);
}

TEST_F(CorruptFixture, BlursAreThoseOfPillowAndTorchvision)
{
    EXPECT_TRUE(samePixels(pillowBlurred(picture, 1.0), expected("blur_pil_1.0")));
    EXPECT_TRUE(samePixels(pillowBlurred(picture, 2.5), expected("blur_pil_2.5")));
    EXPECT_LE(largestDifference(gaussianBlurred(picture, 5, 1.5), expected("blur_tv_k5_s1.5")), 1);
    EXPECT_LE(largestDifference(gaussianBlurred(picture, 9, 3.0), expected("blur_tv_k9_s3.0")), 1);
}

TEST_F(CorruptFixture, SizesAreThoseOfTorchvision)
{
    EXPECT_TRUE(
        samePixels(withShorterSide(picture, 20, Filter::Bilinear), expected("shorter_side_20")));
    for (const double factor : { .25, .1 }) {
        const std::string name = factor == .25 ? "0.25" : "0.1";
        EXPECT_TRUE(samePixels(downAndUp(picture, factor, Filter::Bilinear, Filter::Bilinear),
            expected("low_res_" + name)));
        EXPECT_TRUE(samePixels(downAndUp(picture, factor, Filter::Box, Filter::Nearest),
            expected("low_res_nearest_" + name)));
    }
    EXPECT_TRUE(samePixels(flipped(picture), expected("hflip")));
    EXPECT_TRUE(samePixels(cropped(picture, 9, 5, 40, 31), expected("crop")));
}

TEST_F(CorruptFixture, NoiseFollowsTheStatedFormulas)
{
    EXPECT_TRUE(samePixels(
        withSaltAndPepper(picture, .1, valuesOf<float>(arrays["u"])), expected("salt_pepper")));
    EXPECT_TRUE(samePixels(withGaussianNoise(picture, 25.0, valuesOf<float>(arrays["n"])),
        expected("gaussian_noise")));
}

TEST_F(CorruptFixture, DiffusionStepsAreThoseOfPovid)
{
    const std::size_t plane = picture.rgb.size() / 3;
    for (const int t : { 0, 100, 500, 999 }) {
        const std::string& want = arrays["diffusion/" + std::to_string(t) + "/clamped_byte"];
        const Picture result = diffused(picture, t, valuesOf<float>(arrays["eps"]));
        int worst = 0;
        for (std::size_t i = 0; i < result.rgb.size(); ++i)
            worst = std::max(worst,
                std::abs(result.rgb[i] - static_cast<std::uint8_t>(want[i % 3 * plane + i / 3])));
        EXPECT_EQ(worst, 0) << "step " << t;
    }
    EXPECT_NEAR(diffusionShares(500).picture, 0.8630172610282898, 1e-6);
    EXPECT_NEAR(diffusionShares(999).noise, 0.9585148692131042, 1e-6);
}

TEST(Corruption, EveryOperatorChangesPixelsAndRepeatsItself)
{
    const Picture picture = gradient(64, 48);
    for (const Operator& op : operators()) {
        Corruption corruption { std::string(op.name), {}, 5 };
        if (op.name == "colour_jitter")
            corruption.parameters["hue"] = .2;
        const auto first = corrupted(picture, corruption);
        ASSERT_TRUE(first) << op.name << ": " << first.error().what;
        EXPECT_TRUE(samePixels(*first, *corrupted(picture, corruption))) << op.name;
        if (!op.random)
            continue;
        bool differs = false; // one of several seeds, as STIC's coin may fall twice the same way
        for (corruption.seed = 6; corruption.seed < 12; ++corruption.seed)
            differs |= !samePixels(*first, *corrupted(picture, corruption));
        EXPECT_TRUE(differs) << op.name << " does not look at its seed";
    }
}

TEST(Corruption, EverySeverityIsInsideTheLimitsAndWorks)
{
    const Picture picture = gradient(96, 80);
    for (const Operator& op : operators())
        for (int severity = 1; severity <= static_cast<int>(op.severities.size()); ++severity) {
            const auto corruption = atSeverity(op.name, severity, 3);
            ASSERT_TRUE(corruption) << op.name << severity << corruption.error().what;
            EXPECT_TRUE(corrupted(picture, *corruption)) << op.name << " at " << severity;
        }
    EXPECT_FALSE(atSeverity("gaussian_noise", 6));
    EXPECT_FALSE(atSeverity("flip", 1));
}

/// Noise and blur take away more at each severity of ImageNet-C.
TEST(Corruption, SeveritiesGrow)
{
    const Picture picture = gradient(128, 128);
    for (const char* op : { "gaussian_noise", "shot_noise", "impulse_noise", "speckle_noise",
             "gaussian_blur", "zoom_blur", "brightness", "contrast", "jpeg" }) {
        double last = INFINITY;
        for (int severity = 1; severity <= 5; ++severity) {
            const double now = psnr(picture, *corrupted(picture, *atSeverity(op, severity, 1)));
            EXPECT_LT(now, last) << op << " at " << severity;
            last = now;
        }
    }
}

TEST(Corruption, GaussianNoiseHasItsSigma)
{
    const Picture picture = filled(100, 100, { 128, 128, 128 });
    const auto noisy = corrupted(picture, { "gaussian_noise", { { "sigma", 10.0 } }, 1 });
    double sum = 0.0;
    double squares = 0.0;
    for (const std::uint8_t byte : noisy->rgb) {
        sum += byte - 128.0;
        squares += (byte - 128.0) * (byte - 128.0);
    }
    // 30,000 numbers: the mean has a standard error of 0.06; rounding adds 1/12 to the variance.
    EXPECT_NEAR(sum / 30000.0, 0.0, 0.3);
    EXPECT_NEAR(std::sqrt(squares / 30000.0), std::sqrt(100.0 + 1.0 / 12.0), 0.25);
}

TEST(Corruption, SticDrawsBothItsFormsAndRecordsTheFactors)
{
    std::set<std::string> forms;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto drawnOne = drawn({ "stic", {}, seed });
        ASSERT_TRUE(drawnOne);
        forms.insert(drawnOne->op);
        if (drawnOne->op != "colour_jitter")
            continue;
        EXPECT_GE(drawnOne->parameters.at("brightness"), .5);
        EXPECT_LE(drawnOne->parameters.at("brightness"), 1.5);
        EXPECT_LE(std::abs(drawnOne->parameters.at("hue")), .3);
        EXPECT_EQ(drawnOne->parameters.at("contrast"), 1.0);
        const Picture picture = gradient(40, 30);
        EXPECT_TRUE(
            samePixels(*corrupted(picture, { "stic", {}, seed }), *corrupted(picture, *drawnOne)))
            << "what was drawn is enough to do it again";
    }
    EXPECT_EQ(forms, (std::set<std::string> { "colour_jitter", "low_resolution" }));
}

TEST(Corruption, UnchangedPixelsAreRefused)
{
    const Picture grey = filled(20, 20, { 90, 90, 90 });
    const auto result = corrupted(grey, { "flip", {}, 0 });
    ASSERT_FALSE(result);
    EXPECT_NE(result.error().what.find("left every pixel as it was"), std::string::npos);
    EXPECT_FALSE(corrupted(gradient(8, 8), { "colour_jitter", {}, 0 }));
}

TEST(Corruption, WrongNamesAndNumbersAreExplained)
{
    const Picture picture = gradient(8, 8);
    EXPECT_NE(corrupted(picture, { "blurr", {}, 0 }).error().what.find("gaussian_blur"),
        std::string::npos);
    EXPECT_NE(corrupted(picture, { "jpeg", { { "q", 3 } }, 0 }).error().what.find("quality"),
        std::string::npos);
    EXPECT_NE(
        corrupted(picture, { "jpeg", { { "quality", 101 } }, 0 }).error().what.find("1 to 100"),
        std::string::npos);
    EXPECT_FALSE(corrupted(picture, { "jpeg", { { "quality", 2.5 } }, 0 }));
    EXPECT_FALSE(corrupted(picture, { "jpeg", { { "quality", NAN } }, 0 }));
    EXPECT_FALSE(corrupted(picture, { "colour_jitter", { { "order", 1111 } }, 0 }));
    EXPECT_FALSE(corrupted(picture, { "gaussian_blur_kernel", { { "kernel", 99 } }, 0 }))
        << "larger than the picture can mirror";
}

TEST(Corruption, JsonKeepsEverything)
{
    const auto one = completed({ "snow", { { "zoom", 3.25 } }, 18446744073709551615u });
    ASSERT_TRUE(one);
    EXPECT_EQ(*corruptionFrom(toJson(*one), "here"), *one);
    EXPECT_FALSE(corruptionFrom(Json::parse(R"({"op": "jpeg", "quality": "25"})"), "here"));
    EXPECT_FALSE(corruptionFrom(Json::parse("[]"), "here"));
}

TEST(Corruption, OnePixelIsNoReasonToFallOver)
{
    const Picture dot = filled(1, 1, { 10, 20, 30 });
    for (const Operator& op : operators())
        (void)corrupted(dot, { std::string(op.name), {}, 1 }); // a result or a sentence
}

} // namespace
} // namespace slook::image
