#include "temporary_folder.h"
#include "workbench/report.h"
#include "workbench/view.h"
#include <gtest/gtest.h>

using namespace slook;
using workbench::Report;

namespace {

/// A project with twenty questions and a run whose answers a test makes up.
class ReportTest : public testing::Test {
protected:
    static constexpr int questions = 20;

    void SetUp() override
    {
        auto project = store::Project::create(m_folder.path() / "p.slook");
        ASSERT_TRUE(project.has_value()) << message(project.error());
        m_project.emplace(std::move(*project));
        ImportBatch batch;
        batch.source.name = "twenty";
        for (int i = 0; i < questions; ++i) {
            Item item;
            item.key = std::to_string(i);
            item.question = "Which letter?";
            item.answer = "A";
            item.category = i % 2 == 0 ? "even" : "odd";
            item.fields = "{}";
            batch.items.push_back(item);
            batch.itemImages.emplace_back();
        }
        ASSERT_TRUE(m_project->addImport(batch, "import").has_value());
        RunRow row;
        row.name = "0001-scl";
        row.recipe = "scl";
        row.job = "{}";
        ASSERT_TRUE(m_project->addRun(row, "run").has_value());
    }

    /// Item i is right in turn 1 where first[i] is '1', and in turn 2 where refined[i] is.
    void answer(const std::string& stage, const std::string& first, const std::string& refined,
        std::size_t tokens)
    {
        const auto items = m_project->items();
        for (std::size_t i = 0; i < items->size(); ++i)
            for (int turn = 1; turn <= 2; ++turn) {
                runs::Answered one;
                one.response.stage = stage;
                one.response.item = items->at(i).id;
                one.response.turn = turn;
                one.response.tokenIds.assign(tokens, 7);
                const bool right = (turn == 1 ? first : refined)[i] == '1';
                for (const char* name : { "ours", "scl-inference" })
                    one.extractions.push_back({ {}, name, "letter", 0, 1, right ? "A" : "B",
                        right || std::string(name) != "ours" });
                m_events.push_back({ ++m_seq, 0, one });
            }
    }
    Report report()
    {
        EXPECT_TRUE(m_project->takeEvents(run().id, m_events).has_value());
        m_events.clear();
        const auto report = workbench::reportOf(*m_project, run());
        EXPECT_TRUE(report.has_value());
        return report.value_or(Report {});
    }
    RunRow run() const { return *m_project->run("1"); }

    TemporaryFolder m_folder;
    std::optional<store::Project> m_project;
    std::vector<runs::Event> m_events;
    std::int64_t m_seq = 0;
};

std::string ones(std::size_t right)
{
    return std::string(right, '1') + std::string(20 - right, '0');
}

} // namespace

TEST_F(ReportTest, PutsTheStartFirstAndControlsLast)
{
    answer("after:random", ones(6), ones(6), 8);
    answer("before", ones(6), ones(10), 8);
    answer("after", ones(16), ones(16), 8);
    answer("pool", ones(3), ones(3), 8);
    const Report seen = report();
    ASSERT_EQ(seen.stages.size(), 3u);
    EXPECT_EQ(seen.stages[0].title, "start");
    EXPECT_EQ(seen.stages[1].title, "correctness");
    EXPECT_EQ(seen.stages[2].title, "control: random");
    EXPECT_TRUE(seen.stages[2].control);
}

TEST_F(ReportTest, CountsAndComparesPairedAnswers)
{
    answer("before", ones(6), ones(10), 8);
    answer("after", ones(16), ones(16), 8);
    const Report seen = report();
    ASSERT_EQ(seen.stages.size(), 2u);
    EXPECT_EQ(seen.stages[0].first.right, 6);
    EXPECT_EQ(seen.stages[0].first.n, 20);
    EXPECT_EQ(seen.stages[0].types, (std::array<std::int64_t, 4> { 6, 4, 0, 10 }));
    // Wilson 1927 for 6 of 20 at 95 %: (0.1455, 0.5190).
    EXPECT_NEAR(seen.stages[0].first.low, 0.1455, 5e-4);
    EXPECT_NEAR(seen.stages[0].first.high, 0.5190, 5e-4);
    // Ten fixed and none broken: 2 * (1/2)^10.
    EXPECT_EQ(seen.stages[1].firstAgainstStart->fixed, 10);
    EXPECT_EQ(seen.stages[1].firstAgainstStart->broken, 0);
    EXPECT_NEAR(seen.stages[1].firstAgainstStart->p, 2.0 / 1024, 1e-12);
    EXPECT_EQ(seen.stages[1].refinedAgainstStart->fixed, 6);
}

TEST_F(ReportTest, SaysThatItRoseButThatNoControlWasTrained)
{
    answer("before", ones(6), ones(10), 8);
    answer("after", ones(16), ones(16), 8);
    const std::string sentence = report().sentence;
    EXPECT_NE(sentence.find("30.0 % of 20"), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("80.0 %"), std::string::npos);
    EXPECT_NE(sentence.find("it rose"), std::string::npos);
    EXPECT_NE(sentence.find("No control was trained"), std::string::npos);
}

TEST_F(ReportTest, DoesNotCreditTheLabelsWhereAControlDidAsWell)
{
    answer("before", ones(6), ones(10), 8);
    answer("after", ones(16), ones(16), 24);
    answer("after:always-refined", ones(15), ones(15), 24);
    answer("after:reversed", ones(2), ones(2), 8);
    const std::string sentence = report().sentence;
    EXPECT_NE(sentence.find("not shown to be better than always-refined"), std::string::npos)
        << sentence;
    EXPECT_NE(sentence.find("did better than reversed"), std::string::npos);
    EXPECT_NE(sentence.find("8.0 to 24.0 tokens"), std::string::npos);
}

TEST_F(ReportTest, SaysWhereFewQuestionsShowNothing)
{
    answer("before", ones(6), ones(10), 8);
    answer("after", ones(8), ones(10), 8);
    EXPECT_NE(report().sentence.find("do not show a change"), std::string::npos);
}

TEST_F(ReportTest, ListsWhatTrainingFixedAndBroke)
{
    answer("before", "1100" + std::string(16, '0'), ones(2), 8);
    answer("after", "1010" + std::string(16, '0'), ones(2), 8);
    report();
    const auto flips = workbench::flipsOf(*m_project, run(), "before", "after", "ours");
    ASSERT_TRUE(flips.has_value());
    ASSERT_EQ(flips->size(), 2u);
    EXPECT_FALSE((*flips)[0].fixed());
    EXPECT_TRUE((*flips)[1].fixed());
}

TEST_F(ReportTest, MeasuresHowFarExtractorsAgree)
{
    answer("before", ones(5), ones(5), 8); // scl-inference calls everything right here
    report();
    const auto agreement = workbench::agreementOf(*m_project, run());
    ASSERT_TRUE(agreement.has_value());
    ASSERT_EQ(agreement->size(), 1u);
    EXPECT_EQ(agreement->front().n, 40);
    EXPECT_EQ(agreement->front().sameVerdict, 10);
    EXPECT_EQ(agreement->front().sameAnswer, 40);
    EXPECT_NEAR(agreement->front().kappa, 0, 1e-12); // one rater never varies: chance
}

TEST_F(ReportTest, ViewsAreSourcesOrFiltersSpreadEvenly)
{
    EXPECT_EQ(workbench::viewOf(*m_project, "")->ids.size(), 20u);
    EXPECT_EQ(workbench::viewOf(*m_project, "twenty")->ids.size(), 20u);
    EXPECT_EQ(workbench::viewOf(*m_project, "category:odd")->ids.size(), 10u);
    const auto some = workbench::viewOf(*m_project, "twenty", 5);
    ASSERT_EQ(some->ids.size(), 5u);
    EXPECT_EQ(some->ids[1].value - some->ids[0].value, 4);
    EXPECT_FALSE(workbench::viewOf(*m_project, "category:none").has_value());
    EXPECT_FALSE(workbench::viewOf(*m_project, "colour:red").has_value());
}
