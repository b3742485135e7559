#include "core/hash.h"
#include "core/json.h"
#include "image/corruption.h"
#include "image/decode.h"
#include "image/encode.h"
#include "temporary_folder.h"
#include "workbench/description_report.h"
#include "workbench/origin.h"
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace slook;
using workbench::DescriptionReport;

namespace {

/// Ten pictures with a red circle and a blue star each, asked about by yes and no.
class DescriptionReportTest : public testing::Test {
protected:
    static constexpr int pictures = 10;
    const std::string truth = "The image shows a small red circle at the top left and a big blue "
                              "star in the center on a gray background.";

    void SetUp() override
    {
        auto project = store::Project::create(m_folder.path() / "p.slook");
        ASSERT_TRUE(project.has_value()) << message(project.error());
        m_project.emplace(std::move(*project));
        ImportBatch batch;
        batch.source.name = "ten";
        for (int i = 0; i < pictures; ++i) {
            Item item;
            item.key = std::to_string(i);
            item.question = "Is there a red circle in the image?";
            item.answer = i % 2 == 0 ? "yes" : "no";
            item.fields = dumpLine(Json { { "truth", truth } });
            batch.items.push_back(item);
            batch.itemImages.emplace_back();
        }
        ASSERT_TRUE(m_project->addImport(batch, "import").has_value());
        RunRow row;
        row.name = "0001-stic";
        row.recipe = "stic";
        row.job = "{}";
        ASSERT_TRUE(m_project->addRun(row, "run").has_value());
    }

    void say(const std::string& stage, std::size_t item, const std::string& text,
        std::size_t tokens, const std::string& read = {})
    {
        const auto items = m_project->items();
        runs::Answered one;
        one.response.stage = stage;
        one.response.item = items->at(item).id;
        one.response.text = text;
        one.response.tokenIds.assign(tokens, 7);
        if (!stage.starts_with("describe:"))
            one.extractions.push_back(
                { {}, "ours", "label", -1, -1, read, read == items->at(item).answer });
        m_events.push_back({ ++m_seq, 0, one });
    }
    DescriptionReport report()
    {
        EXPECT_TRUE(m_project->takeEvents(run().id, m_events).has_value());
        m_events.clear();
        const auto report = workbench::descriptionReportOf(*m_project, run());
        EXPECT_TRUE(report.has_value()) << report.error().what;
        return report.value_or(DescriptionReport {});
    }
    RunRow run() const { return *m_project->run("1"); }

    TemporaryFolder m_folder;
    std::optional<store::Project> m_project;
    std::vector<runs::Event> m_events;
    std::int64_t m_seq = 0;
};

} // namespace

TEST_F(DescriptionReportTest, CountsInventionsRecallAndAttributes)
{
    for (std::size_t i = 0; i < pictures; ++i) // 3 of 10 invent; the circle's size is wrong in all
        say("describe:before", i,
            i < 3 ? "A big red circle, a green cross and a cat" : "A big red circle", 12);
    const auto seen = report();
    ASSERT_EQ(seen.models.size(), 1u);
    const auto& d = seen.models[0].descriptions;
    EXPECT_EQ(d.faithful.n, 10);
    EXPECT_EQ(d.faithful.right, 7);
    EXPECT_EQ(d.hallucinated.part, 6); // of 3 * 3 + 7 named
    EXPECT_EQ(d.hallucinated.whole, 16);
    EXPECT_EQ(d.recall.part, 10); // of two each
    EXPECT_EQ(d.recall.whole, 20);
    EXPECT_EQ(d.wrongAttributes.part, 10);
    EXPECT_EQ(d.wrongAttributes.whole, 10);
    EXPECT_DOUBLE_EQ(d.faithful.meanTokens, 12);
    EXPECT_DOUBLE_EQ(d.meanMentioned, 1.6);
    // Cochran's ratio estimate by hand: R = 3/8; residuals 2 - 9/8 (three times), -3/8 (seven
    // times).
    const double error = std::sqrt((3 * 0.875 * 0.875 + 7 * 0.375 * 0.375) * 10 / 9) / 16;
    EXPECT_NEAR(d.hallucinated.low, 0.375 - 1.959964 * error, 1e-6);
    EXPECT_NEAR(d.hallucinated.high, 0.375 + 1.959964 * error, 1e-6);
}

TEST_F(DescriptionReportTest, ComparesEachPictureWithItselfAndControlsWithTheStage)
{
    for (std::size_t i = 0; i < pictures; ++i) {
        say("describe:before", i, i < 9 ? "a red circle and a green cross" : "a red circle", 9);
        say("describe:after:stage1", i, i < 1 ? "a green cross" : "a red circle", 5);
        say("describe:after:random", i, "a blue star and a green cross", 9);
    }
    const auto seen = report();
    ASSERT_EQ(seen.models.size(), 3u);
    EXPECT_EQ(seen.models[1].title, "stage 1");
    const auto& against = *seen.models[1].faithfulAgainstStart;
    EXPECT_EQ(against.fixed, 8);
    EXPECT_EQ(against.broken, 0);
    EXPECT_DOUBLE_EQ(against.p, 2 * std::pow(0.5, 8));
    EXPECT_TRUE(seen.models[2].control);
    EXPECT_EQ(seen.models[2].stageAgainstThis->fixed, 9);
    EXPECT_EQ(seen.models[2].inventedAgainstStart->broken, 1);
    EXPECT_NE(seen.sentence.find("90.0 % of 10 descriptions"), std::string::npos) << seen.sentence;
    EXPECT_NE(seen.sentence.find("fewer are invented"), std::string::npos);
    EXPECT_NE(seen.sentence.find("did better than random"), std::string::npos);
    EXPECT_NE(seen.sentence.find("shorter"), std::string::npos);
}

TEST_F(DescriptionReportTest, ScoresYesAndNoAsPopeDoes)
{
    // truth: yes at even places. Said: yes to 4 of 5 yes and 2 of 5 no; one cannot be read.
    const std::vector<std::string> said { "yes", "yes", "yes", "yes", "yes", "no", "yes", "no",
        "perhaps", "no" };
    for (std::size_t i = 0; i < pictures; ++i) {
        say("before", i, said[i], 1, said[i]);
        say("dar:before", i, "no", 1, "no");
    }
    const auto seen = report();
    const auto& y = seen.models[0].yesNo;
    EXPECT_EQ(y.truePositive, 4);
    EXPECT_EQ(y.falsePositive, 2);
    EXPECT_EQ(y.trueNegative, 3);
    EXPECT_EQ(y.falseNegative, 1);
    EXPECT_EQ(y.unread, 1);
    EXPECT_DOUBLE_EQ(y.accuracy.share, 0.7);
    EXPECT_DOUBLE_EQ(y.precision, 4.0 / 6);
    EXPECT_DOUBLE_EQ(y.recall, 0.8);
    EXPECT_DOUBLE_EQ(y.f1, 8.0 / 11);
    EXPECT_DOUBLE_EQ(y.yesShare, 0.6);
    const auto& with = *seen.models[0].describedAgainstPlain;
    EXPECT_EQ(with.n, 10);
    EXPECT_EQ(with.fixed, 2);
    EXPECT_EQ(with.broken, 4);
    EXPECT_NE(seen.sentence.find("truth"), std::string::npos) << seen.sentence;
}

TEST_F(DescriptionReportTest, SaysWhatEachSideOfAPairCameFromAndMakesItsPictureAgain)
{
    auto picture = image::filled(8, 8, { 0, 0, 0 });
    picture.rgb.clear();
    for (int i = 0; i < 8 * 8 * 3; ++i)
        picture.rgb.push_back(static_cast<std::uint8_t>(i));
    const auto png = image::encodePng(picture);
    ImportBatch batch;
    batch.source.name = "one";
    NewImage image;
    image.bytes.assign(png.begin(), png.end());
    image.row.sha256 = image::pixelSha256(picture);
    image.row.fileSha256 = sha256(image.bytes);
    image.row.width = image.row.height = 8;
    image.row.format = "png";
    image.row.storedBytes = true;
    batch.images = { image };
    Item item;
    item.key = "picture";
    item.fields = "{}";
    batch.items = { item };
    batch.itemImages = { { 0 } };
    const auto source = *m_project->addImport(batch, "second");
    const auto stored = m_project->items({ .sources = { source } })->front();

    const image::Corruption done { "brightness", { { "amount", 0.25 } }, 3 };
    const auto spoiled = *image::corrupted(picture, done);
    runs::Answered rejected;
    rejected.response.stage = "rejected";
    rejected.response.item = stored.id;
    rejected.corruptions = { { {}, 0, "brightness", R"({"amount":0.25})", 3, image.row.sha256,
        image::pixelSha256(spoiled) } };
    PairRow pair;
    pair.preference = "stage1";
    pair.item = stored.id;
    pair.chosenStage = "good";
    pair.rejectedStage = "rejected";
    pair.chosenTurn = pair.rejectedTurn = 1;
    ASSERT_TRUE(m_project->takeEvents(run().id,
        std::vector<runs::Event> { { 1, 0, rejected }, { 2, 0, runs::Paired { pair } } }));
    const auto origins = workbench::originsOf(*m_project, run());
    ASSERT_TRUE(origins);
    ASSERT_EQ(origins->size(), 1u);
    const auto& [id, origin] = *origins->begin();
    EXPECT_FALSE(origin.chosen.response);
    ASSERT_EQ(origin.rejected.corruptions.size(), 1u);
    const auto& row = origin.rejected.corruptions[0];
    EXPECT_EQ(workbench::corruptionText(row), "brightness (amount 0.25, seed 3)");
    const auto again = workbench::corruptedPicture(*m_project, stored.images[0], row);
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_EQ(again->rgb, spoiled.rgb);
    auto wrong = row;
    wrong.seed = 4; // brightness draws nothing, so the pixels stay
    EXPECT_TRUE(workbench::corruptedPicture(*m_project, stored.images[0], wrong));
    wrong.parameters = R"({"amount":0.3})";
    EXPECT_FALSE(workbench::corruptedPicture(*m_project, stored.images[0], wrong));
    wrong = row;
    wrong.sha256Before = "another";
    EXPECT_FALSE(workbench::corruptedPicture(*m_project, stored.images[0], wrong));
}
