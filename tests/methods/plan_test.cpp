#include "methods/scl.h"
#include "scripted_model.h"
#include <gtest/gtest.h>

using namespace slook;
using namespace slook::methods;

namespace {

Plan plan(const SclOptions& options, std::vector<runs::InputItem> inputs)
{
    auto made = planScl(options, { "model", "", 0 }, std::move(inputs));
    EXPECT_TRUE(made) << (made ? "" : message(made.error()));
    return made ? std::move(*made) : Plan();
}

std::set<std::string> pictures(const Plan& plan, const std::string& set)
{
    std::set<std::string> all;
    for (const auto& one : plan.inputs)
        if (one.set == set)
            all.insert(one.imageSha256.begin(), one.imageSha256.end());
    return all;
}

} // namespace

TEST(Plan, PoolAndTestShareNoPicture)
{
    auto inputs = items(300, 3);
    for (std::size_t i = 0; i + 1 < inputs.size(); i += 50) // a chain over several pictures
        inputs[i].imageSha256.push_back(inputs[i + 25].imageSha256[0]);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        auto options = *sclPreset("ours");
        options.seed = seed;
        options.holdOut = 0.4;
        const auto made = plan(options, inputs);
        const auto pool = pictures(made, "pool");
        for (const auto& one : pictures(made, "test"))
            EXPECT_FALSE(pool.contains(one));
        EXPECT_EQ(made.pool + made.test, 300);
        EXPECT_NEAR(made.test, 120, 8); // whole groups
    }
}

TEST(Plan, SplitsBySeed)
{
    auto options = *sclPreset("ours");
    const auto a = pictures(plan(options, items(100)), "test");
    EXPECT_EQ(a, pictures(plan(options, items(100)), "test"));
    options.seed = 1;
    EXPECT_NE(a, pictures(plan(options, items(100)), "test"));
}

TEST(Plan, HoldsOutANumberOfEachSource)
{
    auto inputs = items(100);
    for (std::size_t i = 60; i < 100; ++i)
        inputs[i].source = "other";
    auto options = *sclPreset("ours");
    options.holdOut = 15;
    std::map<std::string, int> tested;
    for (const auto& one : plan(options, inputs).inputs)
        tested[one.source] += one.set == "test" ? 1 : 0;
    EXPECT_EQ(tested["source"], 15);
    EXPECT_EQ(tested["other"], 15);
}

TEST(Plan, CanTakeTheSplitOfTheFileWithoutSharingPictures)
{
    auto inputs = items(20, 2);
    for (std::size_t i = 0; i < 20; ++i)
        inputs[i].item.split = i == 4 || i >= 16 ? "test" : "train";
    auto options = *sclPreset("ours");
    options.split = "by-field";
    const auto made = plan(options, inputs);
    EXPECT_EQ(made.test, 5);
    EXPECT_EQ(made.pool, 14); // item 6 shares item 5's picture
    EXPECT_EQ(made.notes.size(), 1u);
}

TEST(Plan, RepeatsThePublishedLeakOnlyByName)
{
    auto options = *sclPreset("as_released");
    options.holdOut = 10;
    const auto made = plan(options, items(30));
    EXPECT_EQ(made.pool, 30);
    EXPECT_EQ(made.test, 10);
    EXPECT_EQ(made.inputs[0].set, "both");
    EXPECT_EQ(made.inputs[10].set, "pool");
}

TEST(Plan, LeavesOutWhatCannotBeMarkedAndSaysSo)
{
    auto inputs = items(20);
    inputs[3].item.answer.clear();
    inputs[5].imageSha256.clear();
    inputs[5].imagePaths.clear();
    const auto made = plan(*sclPreset("ours"), inputs);
    EXPECT_EQ(made.inputs.size(), 18u);
    EXPECT_EQ(made.notes.size(), 2u);
}

TEST(Plan, TakesAtMostTheLimit)
{
    auto options = *sclPreset("ours");
    options.limit = 10;
    EXPECT_EQ(plan(options, items(50)).inputs.size(), 10u);
}

TEST(Plan, RefusesWhatCannotWork)
{
    EXPECT_EQ(planScl(*sclPreset("ours"), {}, {}).error().kind, ErrorKind::Invalid);
    EXPECT_FALSE(planScl(*sclPreset("ours"), {}, items(1)));
    auto twice = items(4);
    twice[1].item.id = twice[0].item.id;
    EXPECT_FALSE(planScl(*sclPreset("ours"), {}, twice));
    auto options = *sclPreset("ours");
    options.review = "vp9";
    EXPECT_FALSE(planScl(options, {}, items(10)));
    options = *sclPreset("ours");
    options.training.dpoWeight = options.training.sftWeight = 0;
    EXPECT_FALSE(planScl(options, {}, items(10)));
}

TEST(Plan, RefusesALossThatItsOtherSwitchesRuleOut)
{
    auto options = *sclPreset("ours");
    options.training.referenceFree = true;
    EXPECT_TRUE(planScl(options, {}, items(10)));
    options.training.loss = "apo_zero";
    const auto alone = planScl(options, {}, items(10));
    ASSERT_FALSE(alone);
    EXPECT_NE(message(alone.error()).find("training.loss apo_zero"), std::string::npos);
    options.training.referenceFree = false;
    EXPECT_TRUE(planScl(options, {}, items(10)));
    options.training.loss = "exo_pair";
    const auto unsmoothed = planScl(options, {}, items(10));
    ASSERT_FALSE(unsmoothed);
    EXPECT_NE(message(unsmoothed.error()).find("training.labelSmoothing"), std::string::npos);
    options.training.labelSmoothing = 0.001;
    EXPECT_TRUE(planScl(options, {}, items(10)));
    options.training.loss = "kto";
    EXPECT_FALSE(planScl(options, {}, items(10)));
}

TEST(Plan, HasAStepForEveryControl)
{
    auto options = *sclPreset("ours");
    options.controls = { "random", "sft" };
    std::vector<std::string> steps;
    for (const auto& step : plan(options, items(10)).job.steps)
        steps.push_back(step.kind + " " + (step.kind == "answer" ? step.stage : step.preference));
    EXPECT_EQ(steps,
        (std::vector<std::string> { "answer pool", "pairs correctness", "train correctness",
            "answer before", "answer after", "pairs random", "train random", "answer after:random",
            "pairs sft", "train sft", "answer after:sft" }));
}
