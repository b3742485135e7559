#include "core/file.h"
#include "plan.h"
#include <gtest/gtest.h>
#include <unistd.h>

namespace slook::teach {
namespace {

namespace fs = std::filesystem;

class PlanFile : public ::testing::Test {
protected:
    void SetUp() override
    {
        m_folder = fs::temp_directory_path() / ("slook-plan-" + std::to_string(::getpid()));
        fs::create_directories(m_folder);
        ASSERT_TRUE(writeFileAtomically(m_folder / "prompts.json", R"({"reasoning": "Why?"})"));
    }
    void TearDown() override { fs::remove_all(m_folder); }

    Result<Plan> read(const std::string& json) const
    {
        EXPECT_TRUE(writeFileAtomically(m_folder / "plan.json", json));
        return readPlan(m_folder / "plan.json", m_folder / "prompts.json");
    }
    fs::path m_folder;
};

TEST_F(PlanFile, TellsStageRowAndRateOfAStep)
{
    const auto plan = read(R"({"seed": 7, "stages": [
        {"name": "see", "steps": 10, "pictures": 4, "rateBegin": 0.4, "rateEnd": 0.2},
        {"name": "talk", "steps": 5, "rows": 3, "texts": 2, "textPairs": 0.25, "longestString": 5,
         "rateBegin": 0.1, "rateEnd": 0, "drill": 0.5}]})");
    ASSERT_TRUE(plan) << plan.error().what;
    EXPECT_EQ(plan->steps(), 15);
    const Place first = placeOf(*plan, 5);
    EXPECT_EQ(first.stage->name, "see");
    EXPECT_EQ(first.firstRow, 0u);
    EXPECT_EQ(first.firstPicture, 20u);
    EXPECT_NEAR(first.rate, 0.3, 1e-12);
    const Place second = placeOf(*plan, 12);
    EXPECT_EQ(second.stage->name, "talk");
    EXPECT_EQ(second.stepOfStage, 2);
    EXPECT_EQ(second.firstRow, 6u);
    EXPECT_EQ(second.firstPicture, 40u);
    EXPECT_EQ(second.firstText, 4u);
    EXPECT_EQ(second.stage->curriculum.texts.pairs, 0.25);
    EXPECT_EQ(second.stage->curriculum.texts.longestString, 5);
    EXPECT_NEAR(second.rate, 0.06, 1e-12);
    EXPECT_EQ(second.stage->curriculum.seed, 7u);
    EXPECT_EQ(second.stage->curriculum.mix.drill, 0.5);
    EXPECT_EQ(second.stage->curriculum.prompts.reasoning, "Why?");
}

TEST_F(PlanFile, TakesOverWhatAStageIsLike)
{
    const auto plan = read(R"({"stages": [
        {"name": "a", "steps": 2, "rows": 3, "rateBegin": 0.4, "easyVqaShare": 0.5, "letters": 0.7},
        {"name": "b", "like": "a", "steps": 9, "rateBegin": 0.1}]})");
    ASSERT_TRUE(plan) << plan.error().what;
    const Stage& b = plan->stages.at(1);
    EXPECT_EQ(b.name, "b");
    EXPECT_EQ(b.steps, 9);
    EXPECT_EQ(b.rows, 3);
    EXPECT_EQ(b.rateBegin, 0.1);
    EXPECT_EQ(b.curriculum.easyVqaShare, 0.5);
    EXPECT_EQ(b.curriculum.drills.letters, 0.7);
}

TEST_F(PlanFile, NamesTheStageAndTheWordThatIsNotKnown)
{
    const auto wrong = read(R"({"stages": [{"name": "see", "steps": 1, "rats": 4}]})");
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().what.find("\"see\""), std::string::npos);
    EXPECT_NE(wrong.error().what.find("\"rats\""), std::string::npos);
    EXPECT_FALSE(read(R"({"stages": [{"steps": 1, "rows": 0}]})"));
    EXPECT_FALSE(read(R"({"stages": [{"steps": 1, "drill": -1}]})"));
    for (const char* bad : { R"({"stages": []})", R"({"stages": 3})", "[]", R"({"stages": [4]})",
             R"({"stages": [{"steps": 1, "rows": "two"}]})" })
        EXPECT_FALSE(read(bad)) << bad;
}

TEST_F(PlanFile, ChangesFromAdamToTheOrthogonalRuleOnly)
{
    const std::string adam = R"({"name": "a", "steps": 1, "texts": 1, "rule": "adam"})";
    const std::string other = R"({"name": "o", "steps": 1, "texts": 1})";
    const auto good = read(R"({"stages": [)" + adam + "," + other + "]}");
    ASSERT_TRUE(good) << good.error().what;
    EXPECT_EQ(good->stages[0].rule, engine::UpdateRule::Adam);
    EXPECT_EQ(good->stages[1].rule, engine::UpdateRule::Orthogonal);
    const auto wrong = read(R"({"stages": [)" + other + "," + adam + "]}");
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().what.find("\"a\""), std::string::npos) << wrong.error().what;
    EXPECT_FALSE(read(R"({"stages": [{"steps": 1, "texts": 1, "rule": "sgd"}]})"));
    EXPECT_FALSE(read(R"({"stages": [{"steps": 1, "texts": 1, "longestString": 2}]})"));
}

} // namespace
} // namespace slook::teach
