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
    if (!std::filesystem::exists(parity / "llava15" / "preprocess.json"))
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
            EXPECT_EQ(byChannel(seen->tiles.at(0)), wanted->second) << wanted->first;
            ++compared;
        }
    }
    EXPECT_GT(compared, 30);
}

/// Families whose processor cuts pictures into tiles.
class TilingProcessor : public testing::TestWithParam<const char*> { };

TEST_P(TilingProcessor, GivesTheReferencesTiles)
{
    if (!std::filesystem::exists(parity / GetParam() / "preprocess.json"))
        GTEST_SKIP() << "no shared fixtures";
    const auto settings = readProcessorSettings(parity / GetParam() / "model");
    ASSERT_TRUE(settings) << message(settings.error());
    const auto tensors = readTensors(parity / GetParam() / "preprocess.safetensors");
    int compared = 0;
    for (const auto& [name, wanted] : tensors) {
        const auto file = name.substr(0, name.find('/'));
        const auto picture = decodeFile(parity / "images" / file);
        ASSERT_TRUE(picture);
        const auto seen = seenBy(*settings, *picture);
        ASSERT_TRUE(seen) << message(seen.error());
        std::string all;
        for (const Picture& tile : seen->tiles)
            all += byChannel(tile);
        EXPECT_EQ(all, wanted) << name;
        EXPECT_EQ(seen->tiles.size(), std::size_t(seen->rows * seen->columns + 1)) << name;
        ++compared;
    }
    EXPECT_GT(compared, 9);
}
INSTANTIATE_TEST_SUITE_P(Families, TilingProcessor, testing::Values("llavanext", "smolvlm"));

TEST(Processor, ShowsTilesAsASheetWithTheOverviewOnTheLeft)
{
    ProcessorSettings settings;
    settings.kind = ProcessorKind::Split;
    settings.tileSide = 4;
    settings.longestEdge = 8;
    settings.filter = Filter::Lanczos;
    const auto seen = seenBy(settings, filled(6, 3, { 9, 8, 7 }));
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->rows, 1);
    EXPECT_EQ(seen->columns, 2);
    EXPECT_EQ(seen->overview, 2u);
    const Picture sheet = contactSheet(*seen);
    EXPECT_EQ(sheet.width, 3 * 4 + 2);
    EXPECT_EQ(sheet.height, 4);
    EXPECT_EQ(sheet.rgb[0], 9);
    EXPECT_EQ(sheet.rgb[4 * 3], 255); // the line behind the overview
    EXPECT_NE(seenSha256(*seen), pixelSha256(sheet));
}

TEST(Processor, TheSizeOfATiledPictureIsPartOfItsIdentity)
{
    Seen seen { { filled(2, 2, {}), filled(2, 2, {}) }, { 3, 5 }, 1, 1 };
    const auto one = seenSha256(seen);
    seen.picture = { 5, 3 };
    EXPECT_NE(seenSha256(seen), one);
    Seen plain { { filled(2, 2, {}) }, { 3, 5 } };
    EXPECT_EQ(seenSha256(plain), pixelSha256(plain.tiles[0]));
}

TEST(Processor, SettingsThatLieAboutTilesAreRefused)
{
    ProcessorSettings split;
    split.kind = ProcessorKind::Split;
    split.tileSide = 1;
    split.longestEdge = 4096;
    EXPECT_THAT(seenBy(split, filled(50, 50, {})).error().what, HasSubstr("at most 400"));
    ProcessorSettings anyres;
    anyres.kind = ProcessorKind::Anyres;
    anyres.cropSize = { 1, 1 };
    anyres.pinpoints = { { 4096, 4096 } };
    EXPECT_THAT(seenBy(anyres, filled(5, 5, {})).error().what, HasSubstr("more than 400"));
}

TEST(Processor, GivesTheReferencesNumbers)
{
    if (!std::filesystem::exists(parity / "llava15" / "cases.json"))
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
    const auto values = pixelValues(settings, { { filled(1, 1, { 255, 0, 51 }) }, {} });
    EXPECT_FLOAT_EQ(values[0], 1);
    EXPECT_FLOAT_EQ(values[1], -1);
    EXPECT_FLOAT_EQ(values[2], 0.2f);
}

TEST(Processor, PaintsTheTransparentColourWhite)
{
    if (!std::filesystem::exists(parity / "images"))
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
        { "Qwen2VLImageProcessor", Json { { "image_processor_type", "Qwen2VLImageProcessor" } } },
        { "\"image_grid_pinpoints\"",
            Json { { "image_processor_type", "LlavaNextImageProcessor" },
                { "image_grid_pinpoints", Json::array() } } },
        { "\"image_grid_pinpoints\"",
            Json { { "image_processor_type", "LlavaNextImageProcessor" },
                { "image_grid_pinpoints", { { 28, 1e9 } } } } },
        { "\"max_image_size\"",
            Json { { "image_processor_type", "SmolVLMImageProcessor" }, { "max_image_size", 0 } } },
        { "longest_edge",
            Json { { "image_processor_type", "Idefics3ImageProcessor" },
                { "size", { { "shortest_edge", 30 } } } } }
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
