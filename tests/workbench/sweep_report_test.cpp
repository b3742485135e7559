#include "methods/sweep.h"
#include "temporary_folder.h"
#include "workbench/sweep_report.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace slook;

namespace {

/// Forty questions about twenty pictures that are not there, which a sweep does not read.
class SweepReportTest : public testing::Test {
protected:
    static constexpr int questions = 40;

    void SetUp() override
    {
        auto project = store::Project::create(m_folder.path() / "p.slook");
        ASSERT_TRUE(project.has_value()) << message(project.error());
        m_project.emplace(std::move(*project));
        ImportBatch batch;
        batch.source.name = "forty";
        for (int i = 0; i < questions; ++i) {
            Item item;
            item.key = std::to_string(i);
            item.question = "Which?";
            item.options = { { "A", "left" }, { "B", "right" } };
            item.answer = "A";
            batch.items.push_back(item);
            batch.itemImages.emplace_back();
        }
        ASSERT_TRUE(m_project->addImport(batch, "import").has_value());
        runs::InputItem input;
        input.imagePaths = { "p.png" };
        input.item.answer = "A";
        const auto plan =
            methods::planSweepFor({ { { "op", "gaussian_noise" }, { "levels", "1,4" } }, {}, 0 },
                { "model", "", 0 }, { input });
        ASSERT_TRUE(plan.has_value());
        RunRow row;
        row.name = "0001-sweep";
        row.recipe = "sweep";
        row.job = runs::toText(plan->job);
        ASSERT_TRUE(m_project->addRun(row, "run").has_value());
    }

    void say(const std::string& stage, int item, const std::string& answer, const char* pixels)
    {
        runs::Answered one;
        one.response.stage = stage;
        one.response.item = m_project->items()->at(static_cast<std::size_t>(item)).id;
        one.response.text = answer;
        one.response.pixelsSha256 = pixels + std::to_string(item);
        one.extractions.push_back({ {}, "ours", "label", 0, 1, answer, answer == "A" });
        m_events.push_back({ ++m_seq, 0, one });
    }

    RunRow run() const { return *m_project->run("1"); }
    workbench::SweepReport report()
    {
        EXPECT_TRUE(m_project->takeEvents(run().id, m_events).has_value());
        const auto report = workbench::sweepReportOf(*m_project, run());
        EXPECT_TRUE(report.has_value()) << report.error().what;
        return report.value_or(workbench::SweepReport {});
    }

    TemporaryFolder m_folder;
    std::optional<store::Project> m_project;
    std::vector<runs::Event> m_events;
    std::int64_t m_seq = 0;
};

} // namespace

TEST_F(SweepReportTest, CountsRightAndChangedAnswersAndVanishedCorruptions)
{
    // Clean: 30 of 40 right. Level 1: the resize takes the noise away from 5 pictures, and nothing
    // changes. Level 4: one picture is refused; 10 that were right are wrong, 2 are put right.
    for (int i = 0; i < questions; ++i) {
        say("clean", i, i < 30 ? "A" : "B", "clean");
        say("level 1", i, i < 30 ? "A" : "B", i < 5 ? "clean" : "noisy");
        if (i < 39)
            say("level 4", i, i < 10 ? "B" : i < 32 ? "A" : "B", "noisy");
    }
    const auto said = report();
    EXPECT_EQ(said.op, "gaussian_noise");
    ASSERT_EQ(said.levels.size(), 3u);
    EXPECT_EQ(said.levels[0].title, "as they are");
    EXPECT_EQ(said.levels[0].accuracy.right, 30);
    // Wilson's interval of 30 of 40 at 95 %, by hand from its formula.
    EXPECT_NEAR(said.levels[0].accuracy.low, 0.5981, 5e-4);
    EXPECT_NEAR(said.levels[0].accuracy.high, 0.8581, 5e-4);
    EXPECT_EQ(said.levels[1].title, "severity 1");
    EXPECT_EQ(said.levels[1].changed.right, 0);
    EXPECT_EQ(said.levels[1].changed.n, 40);
    EXPECT_EQ(said.levels[1].samePixels, 5);
    const auto& four = said.levels[2];
    EXPECT_EQ(four.asked, 39);
    EXPECT_EQ(four.missing, 1);
    EXPECT_EQ(four.samePixels, 0);
    EXPECT_EQ(four.accuracy.right, 22);
    EXPECT_EQ(four.changed.right, 12);
    EXPECT_EQ(four.changed.n, 39);
    ASSERT_TRUE(four.againstClean.has_value());
    EXPECT_EQ(four.againstClean->broken, 10);
    EXPECT_EQ(four.againstClean->fixed, 2);
    // Exact McNemar: twice the probability of at most 2 heads in 12 throws.
    EXPECT_NEAR(four.againstClean->p, 2 * (1 + 12 + 66) / std::pow(2.0, 12), 1e-12);
    EXPECT_NE(said.sentence.find("severity 4 (p = 0.039)"), std::string::npos) << said.sentence;
    EXPECT_NE(said.sentence.find("very pixels of the clean one"), std::string::npos);
    EXPECT_NE(said.sentence.find("refused"), std::string::npos);
}

TEST_F(SweepReportTest, AnAnswerThatIsOnlyWrittenOtherwiseHasNotChanged)
{
    for (int i = 0; i < questions; ++i) {
        runs::Answered one;
        one.response.item = m_project->items()->at(static_cast<std::size_t>(i)).id;
        one.response.stage = "clean";
        one.response.text = "The dog.";
        m_events.push_back({ ++m_seq, 0, one });
        one.response.stage = "level 1";
        one.response.text = "a Dog";
        m_events.push_back({ ++m_seq, 0, one });
    }
    const auto said = report();
    EXPECT_EQ(said.levels[1].changed.right, 0);
    EXPECT_EQ(said.levels[1].accuracy.n, 0);
}

TEST_F(SweepReportTest, SaysWhatIsNoSweepAndWhatIsNotAnsweredYet)
{
    EXPECT_EQ(workbench::sweepReportOf(*m_project, run()).error().kind, ErrorKind::NotFound);
    RunRow other = run();
    other.recipe = "scl";
    EXPECT_EQ(workbench::sweepReportOf(*m_project, other).error().kind, ErrorKind::Invalid);
}
