#include "methods/scl_options.h"
#include "must.h"
#include "runs/job.h"
#include "temporary_folder.h"
#include "workbench/pair_margins.h"
#include <gtest/gtest.h>
#include <set>

using namespace slook;
using workbench::MarginPicks;
using workbench::PairMargins;
using workbench::picksAt;

namespace {

using Margins = std::vector<std::optional<double>>;

/// Six pairs; a batch holds two, so an epoch has three steps. Pair i has in epoch e the margin
/// i - 2 e, but that the last pair is never reached again after the first epoch.
class PairMarginsTest : public testing::Test {
protected:
    static constexpr int pairs = 6;
    void SetUp() override
    {
        ImportBatch batch;
        batch.source.name = "six";
        for (int i = 0; i < pairs; ++i) {
            Item item;
            item.key = std::to_string(i);
            item.question = "question " + item.key;
            batch.items.push_back(item);
            batch.itemImages.emplace_back();
        }
        must(m_project.addImport(batch, "import"));
        RunRow row;
        row.name = "0001-scl";
        row.recipe = "scl";
        row.job = "no job";
        m_run = row;
        m_run.id = must(m_project.addRun(row, "run"));
        const auto items = must(m_project.items());
        std::vector<runs::Event> events;
        const auto add = [&](runs::EventBody body) {
            events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, std::move(body) });
        };
        for (const Item& item : items)
            for (const char* preference : { "correctness", "random" }) {
                PairRow pair;
                pair.preference = preference;
                pair.item = item.id;
                pair.chosenTurn = 2;
                pair.rejectedTurn = 1;
                add(runs::Paired { pair });
            }
        for (int step = 1; step <= 6; ++step) {
            const int epoch = (step - 1) / 3;
            runs::Rewarded rewarded;
            for (int i = 2 * ((step - 1) % 3); i < 2 * ((step - 1) % 3) + 2; ++i)
                if (epoch == 0 || i + 1 < pairs)
                    rewarded.rewards.push_back({ "correctness", step, step / 3.0,
                        items[static_cast<std::size_t>(i)].id, i / 2.0, 2.0 * epoch - i / 2.0 });
            add(rewarded);
        }
        must(m_project.takeEvents(m_run.id, events));
    }

    TemporaryFolder m_folder;
    store::Project m_project = must(store::Project::create(m_folder / "p.slook"));
    RunRow m_run;
};

TEST_F(PairMarginsTest, AreThoseOfTheNewestStepThatCameByThePair)
{
    const PairMargins margins = must(workbench::pairMargins(m_project, m_run, "correctness"));
    ASSERT_EQ(margins.checkpoints.size(), 2u) << "each epoch's end; 50 steps were not reached";
    EXPECT_EQ(margins.checkpoints[0].step, 3);
    EXPECT_EQ(margins.checkpoints[1].step, 6);
    EXPECT_DOUBLE_EQ(margins.checkpoints[1].epoch, 2);
    ASSERT_EQ(margins.pairs.size(), 6u);
    for (int i = 0; i < pairs; ++i) {
        EXPECT_EQ(
            margins.pairs[static_cast<std::size_t>(i)].question, "question " + std::to_string(i));
        EXPECT_EQ(margins.pairs[static_cast<std::size_t>(i)].margins,
            (Margins { double(i), i + 1 < pairs ? i - 2.0 : double(i) }));
    }
    // 0, 1, 2, 3, 4, 5 and then -2, -1, 0, 1, 2, 5; quartiles as numpy.quantile has them.
    EXPECT_EQ(margins.checkpoints[0].looked, 6);
    EXPECT_EQ(margins.checkpoints[0].negative, 0);
    EXPECT_DOUBLE_EQ(margins.checkpoints[0].median, 2.5);
    EXPECT_DOUBLE_EQ(margins.checkpoints[0].lowerQuartile, 1.25);
    EXPECT_DOUBLE_EQ(margins.checkpoints[0].upperQuartile, 3.75);
    EXPECT_EQ(margins.checkpoints[1].negative, 2);
    EXPECT_DOUBLE_EQ(margins.checkpoints[1].median, 0.5);
    EXPECT_DOUBLE_EQ(margins.checkpoints[1].upperQuartile, 1.75);
}

TEST_F(PairMarginsTest, BestAndWorstComeInOrderAndRandomOnesStay)
{
    const PairMargins margins = must(workbench::pairMargins(m_project, m_run, "correctness"));
    const MarginPicks picks = picksAt(margins, 1, 2);
    EXPECT_EQ(picks.best, (std::vector<std::size_t> { 5, 4 }));
    EXPECT_EQ(picks.worst, (std::vector<std::size_t> { 0, 1 }));
    ASSERT_EQ(picks.random.size(), 2u);
    EXPECT_NE(picks.random[0], picks.random[1]);
    EXPECT_EQ(picksAt(margins, 0, 2).random, picks.random) << "they can be followed";
    std::set<std::vector<std::size_t>> draws;
    for (std::uint64_t seed = 0; seed < 20; ++seed)
        draws.insert(picksAt(margins, 0, 2, seed).random);
    EXPECT_GT(draws.size(), 5u);
    EXPECT_EQ(picksAt(margins, 0, 100).worst.size(), 6u);
    EXPECT_THROW((void)picksAt(margins, 2, 2), std::invalid_argument);
}

TEST_F(PairMarginsTest, APairIsUnknownBeforeItsFirstStep)
{
    methods::SclOptions options = must(methods::sclPreset("as_released"));
    options.training.checkpointEvery = 2;
    runs::Job job;
    job.recipe = "scl";
    job.options = methods::toJsonText(options);
    m_run.job = runs::toText(job);
    const PairMargins margins = must(workbench::pairMargins(m_project, m_run, "correctness"));
    std::vector<int> steps;
    for (const auto& one : margins.checkpoints)
        steps.push_back(one.step);
    EXPECT_EQ(steps, (std::vector { 2, 3, 4, 6 }));
    EXPECT_EQ(margins.checkpoints[0].looked, 4);
    EXPECT_EQ(margins.pairs[5].margins[0], std::nullopt);
    EXPECT_EQ(picksAt(margins, 0, 9).best, (std::vector<std::size_t> { 3, 2, 1, 0 }));
}

TEST_F(PairMarginsTest, ATrainingWithoutRewardsHasNone)
{
    const PairMargins margins = must(workbench::pairMargins(m_project, m_run, "random"));
    EXPECT_TRUE(margins.checkpoints.empty());
    EXPECT_TRUE(margins.pairs.empty());
}

} // namespace
