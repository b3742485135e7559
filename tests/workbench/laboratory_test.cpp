#include "core/hash.h"
#include "core/json.h"
#include "image/compare.h"
#include "image/decode.h"
#include "image/encode.h"
#include "temporary_folder.h"
#include "workbench/corrupt_view.h"
#include "workbench/laboratory.h"
#include "workbench/places.h"
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace slook;

namespace {

image::Picture stripes(int width, int height, int period)
{
    auto picture = image::filled(width, height, { 40, 90, 200 });
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; x += period)
            picture.rgb[(static_cast<std::size_t>(y) * width + x) * 3] = 250;
    return picture;
}

NewImage stored(const image::Picture& picture)
{
    NewImage image;
    const auto png = image::encodePng(picture);
    image.bytes.assign(png.begin(), png.end());
    image.row.sha256 = image::pixelSha256(picture);
    image.row.fileSha256 = sha256(image.bytes);
    image.row.width = picture.width;
    image.row.height = picture.height;
    image.row.format = "png";
    image.row.storedBytes = true;
    return image;
}

} // namespace

TEST(Laboratory, ComparesAPictureWithItsCorruption)
{
    const auto picture = stripes(64, 48, 4);
    const auto noisy = workbench::corruptedInLaboratory(
        picture, { "gaussian_noise", { { "sigma", 20.0 } }, 3 }, 8);
    ASSERT_TRUE(noisy.has_value()) << noisy.error().what;
    EXPECT_FALSE(noisy->same);
    EXPECT_NE(noisy->sha256Before, noisy->sha256After);
    EXPECT_FALSE(noisy->distance.resized);
    // Noise of sigma 20 has a mean square of 400, less what is cut off at 0 and 255.
    EXPECT_NEAR(noisy->distance.psnr, 10 * std::log10(255.0 * 255 / 400), 1);
    EXPECT_LT(noisy->distance.ssim.value(), .9);
    const auto small =
        workbench::corruptedInLaboratory(picture, { "low_resolution", { { "side", 20.0 } }, 0 }, 8);
    ASSERT_TRUE(small.has_value());
    EXPECT_TRUE(small->distance.resized);
    EXPECT_EQ(small->after.height, 20);
    EXPECT_EQ(small->difference.width, 64);
}

TEST(Laboratory, RefusesACorruptionThatChangesNothing)
{
    const auto nothing = workbench::corruptedInLaboratory(
        stripes(64, 48, 4), { "brightness", { { "amount", 0.0 } }, 0 }, 8);
    ASSERT_FALSE(nothing.has_value());
    EXPECT_NE(nothing.error().what.find("left every pixel as it was"), std::string::npos);
}

TEST(Laboratory, ShowsThatTheResizeMayTakeACorruptionAway)
{
    const auto model = workbench::embeddedModel();
    ASSERT_TRUE(model.has_value());
    const auto large = stripes(256, 256, 64);
    auto one = large;
    one.rgb[0] = static_cast<std::uint8_t>(one.rgb[0] - 1); // one level of one channel of one pixel
    const auto seen = workbench::seenInLaboratory(large, one, *model, 8);
    ASSERT_TRUE(seen.has_value()) << seen.error().what;
    EXPECT_TRUE(seen->same) << "rounding to bytes takes so little away";
    EXPECT_EQ(seen->distance.psnr, std::numeric_limits<double>::infinity());
    EXPECT_GT(seen->patch, 0);
    EXPECT_EQ(seen->before.width % seen->patch, 0);
    const auto noisy =
        image::corrupted(large, { "gaussian_noise", { { "sigma", 60.0 } }, 3 }).value();
    const auto harmed = workbench::seenInLaboratory(large, noisy, *model, 8);
    ASSERT_TRUE(harmed.has_value());
    EXPECT_FALSE(harmed->same);
    // A resize averages noise, so the model sees less of it.
    EXPECT_GT(harmed->distance.psnr, image::psnr(large, noisy));
}

TEST(CorruptView, AddsTheQuestionsWithCorruptedPicturesAndRefusesUnchangedOnes)
{
    const TemporaryFolder folder;
    auto project = store::Project::create(folder.path() / "p.slook");
    ASSERT_TRUE(project.has_value());
    ImportBatch batch;
    batch.source.name = "three";
    // The last one is grey already: making it grey changes nothing.
    batch.images = { stored(stripes(40, 30, 4)), stored(stripes(40, 30, 8)),
        stored(image::filled(40, 30, { 70, 70, 70 })) };
    for (std::size_t i = 0; i < 4; ++i) {
        Item item;
        item.key = std::to_string(i);
        item.question = "What is it?";
        item.answer = "stripes";
        item.fields = R"({"truth":"stripes"})";
        batch.items.push_back(item);
        batch.itemImages.push_back({ i == 3 ? std::size_t { 0 } : i });
    }
    ASSERT_TRUE(project->addImport(batch, "import").has_value());
    workbench::CorruptView view;
    view.corruption = { "grey", {}, 7 };
    const auto previews = workbench::previewCorruption(*project, view);
    ASSERT_TRUE(previews.has_value());
    ASSERT_EQ(previews->size(), 4u);
    EXPECT_NE(previews->at(0).sha256Before, previews->at(0).sha256After);
    EXPECT_NE(previews->at(2).refused.find("left every pixel"), std::string::npos);

    const auto report = workbench::applyCorruption(*project, view);
    ASSERT_TRUE(report.has_value()) << message(report.error());
    EXPECT_EQ(report->source.name, "grey");
    EXPECT_EQ(report->source.items, 3);
    EXPECT_EQ(report->pictures, 2); // two questions are about one picture
    ASSERT_EQ(report->problems.size(), 1u);
    EXPECT_EQ(report->problems[0].key, "2");
    const auto items = project->items({ .sources = { report->source.id } });
    ASSERT_EQ(items->size(), 3u);
    EXPECT_EQ(items->at(0).images, items->at(2).images);
    const auto fields = parseJson(items->at(0).fields, "");
    EXPECT_EQ((*fields)["truth"], "stripes");
    const auto& record = (*fields)["corruption"][0];
    EXPECT_EQ(record["op"], "grey");
    const auto bytes = project->imageBytes(items->at(0).images[0]);
    const auto after =
        image::decode({ reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size() });
    EXPECT_EQ(record["sha256After"], image::pixelSha256(*after));
    EXPECT_EQ(record["sha256Before"], batch.images[0].row.sha256);
    ASSERT_TRUE(project->undo().has_value()); // one change
    EXPECT_EQ(project->items()->size(), 4u);
}
