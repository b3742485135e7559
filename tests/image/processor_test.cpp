#include "fixture.h"
#include "image/processor.h"
#include <gmock/gmock.h>

namespace slook::image {
namespace {

using testing::HasSubstr;

/// [height, width, 3] bytes as [3, height, width].
std::string byChannel(const Picture& picture)
{
    const std::size_t plane = picture.rgb.size() / 3;
    std::string out(picture.rgb.size(), '\0');
    for (std::size_t i = 0; i < plane; ++i)
        for (std::size_t c = 0; c < 3; ++c)
            out[c * plane + i] = static_cast<char>(picture.rgb[i * 3 + c]);
    return out;
}

TEST(Processor, GivesTheReferencesPixelsCroppedAndPadded)
{
    if (!std::filesystem::exists(parity))
        GTEST_SKIP() << "no shared fixtures";
    auto settings = readProcessorSettings(parity / "llava15" / "model");
    ASSERT_TRUE(settings) << message(settings.error());
    const auto tensors = readTensors(parity / "llava15" / "preprocess.safetensors");
    int compared = 0;
    const Json manifest = readJson(parity / "llava15" / "preprocess.json");
    for (const Json& row : manifest.at("images")) {
        const std::string name = row.at("image");
        const auto picture = decodeFile(parity / "images" / name);
        ASSERT_TRUE(picture);
        for (const bool pad : { false, true }) {
            const auto wanted = tensors.find(name + (pad ? "/pad/uint8" : "/uint8"));
            if (wanted == tensors.end())
                continue;
            settings->padToSquare = pad;
            const auto seen = seenBy(*settings, *picture);
            ASSERT_TRUE(seen) << message(seen.error());
            EXPECT_EQ(byChannel(*seen), wanted->second) << wanted->first;
            ++compared;
        }
    }
    EXPECT_GT(compared, 30);
}

TEST(Processor, GivesTheReferencesNumbers)
{
    if (!std::filesystem::exists(parity))
        GTEST_SKIP() << "no shared fixtures";
    const auto settings = readProcessorSettings(parity / "llava15" / "model");
    const auto tensors = readTensors(parity / "llava15" / "expected.safetensors");
    const Json cases = readJson(parity / "llava15" / "cases.json");
    int compared = 0;
    for (const Json& one : cases.is_array() ? cases : cases.at("cases")) {
        const auto tensor = tensors.find(one.at("id").get<std::string>() + "/pixel_values");
        if (tensor == tensors.end())
            continue;
        const auto* wanted = reinterpret_cast<const float*>(tensor->second.data());
        for (const Json& row : one.at("batch"))
            for (const Json& name : row.at("images")) {
                const auto picture = decodeFile(parity / "images" / name.get<std::string>());
                const auto values = pixelValues(*settings, *seenBy(*settings, *picture));
                for (const float value : values)
                    ASSERT_NEAR(value, *wanted++, 2e-6) << name;
                ++compared;
            }
        EXPECT_EQ(
            reinterpret_cast<const char*>(wanted), tensor->second.data() + tensor->second.size());
    }
    EXPECT_GT(compared, 0);
}

TEST(Processor, ScalesAndNormalisesEachChannel)
{
    ProcessorSettings settings;
    settings.mean = { 0.5, 0.25, 0 };
    settings.deviation = { 0.5, 0.25, 1 };
    const auto values = pixelValues(settings, filled(1, 1, { 255, 0, 51 }));
    EXPECT_FLOAT_EQ(values[0], 1);
    EXPECT_FLOAT_EQ(values[1], -1);
    EXPECT_FLOAT_EQ(values[2], 0.2f);
}

TEST(Processor, PaintsTheTransparentColourWhite)
{
    if (!std::filesystem::exists(parity))
        GTEST_SKIP() << "no shared fixtures";
    int found = 0;
    const Json manifest = readJson(parity / "images" / "manifest.json");
    for (const Json& row : manifest.at("images")) {
        if (!row.contains("in_processor_sha256"))
            continue;
        const auto picture = decodeFile(parity / "images" / row.at("name").get<std::string>());
        EXPECT_EQ(pixelSha256(onWhite(*picture)), row.at("in_processor_sha256"));
        ++found;
    }
    EXPECT_GT(found, 0);
}

TEST(Processor, PadsWithTheMeanColourAndTheOddRowAtTheEnd)
{
    const auto square =
        paddedToSquare(filled(4, 1, { 1, 2, 3 }), { 0.48145466, 0.4578275, 0.40821073 });
    EXPECT_EQ(square.height, 4);
    const std::vector<std::uint8_t> mean { 122, 116, 104 }; // int(255 * mean)
    EXPECT_TRUE(std::equal(mean.begin(), mean.end(), square.rgb.begin()));
    EXPECT_EQ(square.rgb[4 * 3], 1); // one row above, two below
    EXPECT_EQ(square.rgb[2 * 4 * 3], 122);
}

TEST(Processor, ReadsOldAndNestedSettings)
{
    const auto old =
        parseProcessorSettings(Json { { "size", 32 }, { "crop_size", 30 },
                                   { "feature_extractor_type", "CLIPFeatureExtractor" } },
            "t");
    ASSERT_TRUE(old) << message(old.error());
    EXPECT_EQ(old->shortestEdge, 32);
    EXPECT_EQ(old->cropSize, (Size { 30, 30 }));
    const auto folder = std::filesystem::path(testing::TempDir()) / "settings";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    ASSERT_TRUE(writeFileAtomically(
        folder / "preprocessor_config.json", R"({"size": {"shortest_edge": 40}})"));
    EXPECT_EQ(readProcessorSettings(folder)->shortestEdge, 40);
    ASSERT_TRUE(writeFileAtomically(folder / "processor_config.json",
        R"({"image_processor": {"size": {"shortest_edge": 50}}})"));
    EXPECT_EQ(readProcessorSettings(folder)->shortestEdge, 50);
    EXPECT_EQ(readProcessorSettings("/nonexistent").error().kind, ErrorKind::NotFound);
}

TEST(Processor, RefusesSettingsThatCannotBe)
{
    const std::pair<const char*, Json> bad[] = {
        { "\"size\"", Json { { "size", { { "shortest_edge", 1'000'000 } } } } },
        { "\"size\"", Json { { "size", { { "max", 3 } } } } },
        { "\"crop_size\"", Json { { "crop_size", { { "height", -1 }, { "width", 5 } } } } },
        { "\"image_std\"", Json { { "image_std", { 1, 0, 1 } } } },
        { "\"resample\"", Json { { "resample", 9 } } },
        { "\"rescale_factor\"", Json { { "rescale_factor", "x" } } },
        { "\"do_resize\"", Json { { "do_resize", "yes" } } },
        { "LlavaNextImageProcessor",
            Json { { "image_processor_type", "LlavaNextImageProcessor" } } }
    };
    for (const auto& [what, json] : bad) {
        const auto settings = parseProcessorSettings(json, "t");
        ASSERT_FALSE(settings) << what;
        EXPECT_THAT(settings.error().what, HasSubstr(what));
    }
}

TEST(Processor, RefusesStripsThatWouldGrowWithoutEnd)
{
    const ProcessorSettings settings;
    EXPECT_TRUE(seenBy(settings, filled(1, 100, {})));
    EXPECT_THAT(seenBy(settings, filled(1, 16'000, {})).error().what, HasSubstr("crop it"));
}

} // namespace
} // namespace slook::image
