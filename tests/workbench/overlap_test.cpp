#include "analysis/pca.h"
#include "core/hash.h"
#include "core/random.h"
#include "methods/embed.h"
#include "methods/feature_file.h"
#include "must.h"
#include "temporary_folder.h"
#include "workbench/op_id.h"
#include "workbench/overlap.h"
#include "workbench/run.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace slook;
using namespace slook::workbench;

namespace {

analysis::Matrix cloud(std::size_t rows, double at, std::uint64_t seed, double scale = 1.0)
{
    Random random(seed);
    analysis::Matrix matrix { rows, 6, {} };
    for (std::size_t i = 0; i < rows * 6; ++i)
        matrix.values.push_back(scale * (random.normal() + (i % 6 == 0 ? at : 0.0)));
    return matrix;
}

} // namespace

TEST(Overlap, IsOneForOneCloudAndNoneForIslandsInAnyUnit)
{
    for (const double scale : { 1.0, 1e-6, 1e5 }) {
        const auto same = mixingOf(cloud(300, 0, 1, scale), cloud(300, 0, 2, scale), {}).value();
        // Under chance the share's standard deviation is below 1/sqrt(600 * 10) / chance
        // (Schilling).
        EXPECT_NEAR(same.overlap, 1.0, 0.1);
        EXPECT_LT(same.low, 1.0);
        EXPECT_GT(same.high, 1.0);
        const auto apart = mixingOf(cloud(300, 0, 1, scale), cloud(300, 30, 2, scale), {}).value();
        EXPECT_EQ(apart.overlap, 0.0);
        const auto near = mixingOf(cloud(300, 0, 1, scale), cloud(300, 2, 2, scale), {}).value();
        EXPECT_GT(near.overlap, 0.05);
        EXPECT_LT(near.overlap, 0.7);
    }
    // Only the order of distances counts: the same number, whatever the unit.
    EXPECT_EQ(mixingOf(cloud(200, 0, 1), cloud(200, 1, 2), {})->overlap,
        mixingOf(cloud(200, 0, 1, 1024.0), cloud(200, 1, 2, 1024.0), {})->overlap);
}

TEST(Overlap, TheIntervalHoldsWhatIsTrueAboutAsOftenAsItSays)
{
    int holds = 0;
    constexpr std::uint64_t clouds = 60;
    double sum = 0, squares = 0, width = 0;
    for (std::uint64_t seed = 0; seed < clouds; ++seed) {
        const auto one = mixingOf(cloud(120, 0, 2 * seed), cloud(120, 0, 2 * seed + 1), {}).value();
        holds += one.low <= 1.0 && 1.0 <= one.high ? 1 : 0;
        sum += one.overlap / clouds;
        squares += one.overlap * one.overlap / clouds;
        width += (one.high - one.low) / clouds;
    }
    // 57 are expected; with a true coverage of 95 %, fewer than 51 would be one in 200.
    EXPECT_GE(holds, 51);
    // At least as wide as the overlaps of new clouds are scattered (Efron and Stein 1981), within
    // what 60 of them can tell.
    const double scattered = 2 * 2.093 * std::sqrt(squares - sum * sum);
    EXPECT_GT(width / scattered, 0.8);
    EXPECT_LT(width / scattered, 2.5);
    EXPECT_NEAR(sum, 1.0, 0.03);
}

TEST(Overlap, TakesAsManyOfBothAndRepeatsOnce)
{
    auto twice = cloud(60, 0, 1);
    const auto once = twice.values;
    twice.values.insert(twice.values.end(), once.begin(), once.end());
    twice.rows = 120;
    const auto mixing = mixingOf(twice, cloud(500, 0, 2), {}).value();
    EXPECT_EQ(mixing.n, 60u);
    EXPECT_NEAR(mixing.overlap, 1.0, 0.2);
    EXPECT_FALSE(mixingOf(cloud(8, 0, 1), cloud(100, 0, 2), {}));
    EXPECT_THROW(
        (void)mixingOf(cloud(20, 0, 1), { 2, 2, { 1, 2, 3, 4 } }, {}), std::invalid_argument);
}

TEST(Overlap, TheRanksPIsThatOfAllOrders)
{
    // Four pairs in the same order: of 24 orders one agrees and one is turned around.
    const auto agree = exactRank({ 1, 2, 3, 4 }, { 10, 20, 30, 45 }).value();
    EXPECT_DOUBLE_EQ(agree.rho, 1.0);
    EXPECT_DOUBLE_EQ(agree.p, 2.0 / 24.0);
    // By hand: 1 - 6 * (0 + 1 + 1 + 4) / (4 * 15).
    EXPECT_NEAR(exactRank({ 4, 3, 2, 1 }, { 6.4, 4.9, 2.4, 5.1 })->rho, 0.4, 1e-12);
    EXPECT_FALSE(exactRank({ 1, 2 }, { 1, 2 }));
    EXPECT_FALSE(exactRank({ 1, 1, 1 }, { 1, 2, 3 }));
}

namespace {

constexpr int perSource = 30;

/// A pool and four benchmarks, ever farther from it; training helps where they are near.
class OverlapOfAProject : public testing::Test {
protected:
    void SetUp() override
    {
        for (const char* name : { "pool", "near", "beside", "far", "away" }) {
            ImportBatch batch;
            batch.source.name = batch.source.file = name;
            batch.source.sha256 = sha256(std::string_view(name));
            batch.source.format = "vlmevalkit";
            for (int i = 0; i < perSource; ++i) {
                Item item;
                item.key = std::to_string(i);
                item.question = "?";
                item.answer = "A";
                batch.items.push_back(item);
                batch.itemImages.emplace_back();
            }
            (void)must(project.addImport(batch, newOpId()));
        }
        addFeatures();
        addAnswers();
    }

    void addFeatures()
    {
        RunRow run;
        run.name = must(project.nextRunName("embed"));
        run.recipe = "embed";
        const auto id = must(project.addRun(run, newOpId()));
        std::vector<ItemId> ids;
        std::vector<std::vector<float>> rows;
        Random random(1);
        for (const Item& one : must(project.items())) {
            ids.push_back(one.id);
            const double offset = 1.3 * static_cast<double>((one.id.value - 1) / perSource);
            rows.push_back({ static_cast<float>(random.normal() + offset),
                static_cast<float>(random.normal()), static_cast<float>(random.normal()) });
        }
        const auto file = runFolder(project, run.name) / methods::featurePath("vision");
        auto written = must(methods::FeatureFile::open(file, ids, {}));
        ASSERT_TRUE(written.append(rows));
        ASSERT_TRUE(written.finish());
        const std::vector<runs::Event> events { { 1, 0,
            runs::Artifact {
                "vision", methods::featurePath("vision"), must(sha256OfFile(file)) } } };
        ASSERT_TRUE(project.takeEvents(id, events));
    }

    /// Of the benchmark number b, 30 - 5 b of 30 become right, and none was.
    void addAnswers()
    {
        trained.name = must(project.nextRunName("stic"));
        trained.recipe = "stic";
        trained.id = must(project.addRun(trained, newOpId()));
        std::vector<runs::Event> events;
        for (const char* stage : { "before", "after:stage1", "after:stage2", "after:random" })
            for (const Item& one : must(project.items())) {
                const auto source = (one.id.value - 1) / perSource;
                const auto place = (one.id.value - 1) % perSource;
                runs::Answered answered;
                answered.response.stage = stage;
                answered.response.item = one.id;
                const bool right =
                    std::string(stage) == "after:stage2" && place < perSource - 5 * source;
                answered.extractions = { { {}, "ours", "r", 0, 0, "A", right } };
                events.push_back({ std::int64_t(events.size()) + 1, 0, answered });
            }
        ASSERT_TRUE(project.takeEvents(trained.id, events));
    }

    TemporaryFolder folder;
    store::Project project = must(store::Project::create(folder.path() / "p.slook"));
    RunRow trained;
};

} // namespace

TEST_F(OverlapOfAProject, StandsBesideTheGainOfTheMethodsLastStage)
{
    const auto sets = must(featureSets(project));
    ASSERT_EQ(sets.size(), 1u);
    OverlapOptions options;
    options.neighbours = 5;
    const auto report = must(overlapOf(project, sets, "pool", trained, {}, options));
    EXPECT_EQ(report.stage, "after:stage2");
    ASSERT_EQ(report.sources.size(), 4u);
    const std::vector<std::string> order { "near", "beside", "far", "away" };
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(report.sources[i].source, order[i]);
        const auto& gain = report.sources[i].gain.value();
        EXPECT_EQ(gain.before.right, 0);
        EXPECT_EQ(gain.change.fixed, perSource - 5 * (static_cast<int>(i) + 1));
    }
    EXPECT_DOUBLE_EQ(report.spearman.value(), 1.0);
    EXPECT_DOUBLE_EQ(report.p.value(), 2.0 / 24.0); // four benchmarks cannot show more
    EXPECT_NE(report.sentence.find("not shown"), std::string::npos);
    EXPECT_FALSE(overlapOf(project, sets, "pool", trained, "after:stage9", options));
    EXPECT_FALSE(overlapOf(project, sets, "nobody", trained, {}, options));
    const auto alone = must(overlapOf(project, sets, "pool", std::nullopt, {}, options));
    EXPECT_FALSE(alone.spearman);
    EXPECT_FALSE(alone.sources.front().gain);
}
