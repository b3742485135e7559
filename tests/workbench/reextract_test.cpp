#include "must.h"
#include "temporary_folder.h"
#include "workbench/reextract.h"
#include <gtest/gtest.h>

using namespace slook;

namespace {

/// Four questions whose first answers stand in brackets, as "ours" of this test reads them, and
/// whose second ones stand between hashes.
class ReextractTest : public testing::Test {
protected:
    void SetUp() override
    {
        ImportBatch batch;
        batch.source.name = "four";
        for (int i = 0; i < 4; ++i) {
            Item item;
            item.key = std::to_string(i);
            item.question = "Which?";
            item.options = { { "A", "one" }, { "B", "two" } };
            item.answer = "B";
            item.fields = "{}";
            batch.items.push_back(item);
            batch.itemImages.emplace_back();
        }
        must(project.addImport(batch, "import"));
        RunRow row;
        row.name = "0001-scl";
        row.recipe = "scl";
        row.job = "{}";
        run = must(project.addRun(row, "run"));
        std::vector<runs::Event> events;
        for (const Item& item : must(project.items()))
            for (int turn = 1; turn <= 2; ++turn) {
                runs::Answered one;
                one.response.stage = "pool";
                one.response.item = item.id;
                one.response.turn = turn;
                one.response.text = turn == 1 ? "(A) no, (B)" : "## B ##";
                const bool right = turn == 2;
                one.extractions = { { {}, "ours", "brackets", 1, 2, right ? "B" : "A", right } };
                events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, one });
            }
        must(project.takeEvents(run, events));
    }
    TemporaryFolder folder;
    store::Project project = must(store::Project::create(folder / "p.slook"));
    RunId run;
};

TEST_F(ReextractTest, TriesRulesWithoutChangingAnything)
{
    const auto trial =
        must(workbench::tryRules(project, run, "pool", "ours", "last:\\(([AB])\\)\n##\\s*([AB])"));
    EXPECT_EQ(trial.questions, 4);
    EXPECT_EQ(trial.readings, 4); // the first answers: B instead of A
    EXPECT_EQ(trial.moved(), 4);
    EXPECT_EQ(trial.moves[2][1], 4); // wrong-right becomes right-right
    ASSERT_EQ(trial.rows.size(), 4u);
    EXPECT_EQ(trial.rows[0].newAnswer, "B");
    EXPECT_EQ(trial.rows[0].text.substr(static_cast<std::size_t>(trial.rows[0].begin), 1), "B");
    EXPECT_EQ(must(project.transitions(run, "pool", "ours")).front().type(), 2);
    EXPECT_TRUE(must(project.extractionSets(run)).empty());
    EXPECT_EQ(
        workbench::tryRules(project, run, "pool", "ours", "(").error().kind, ErrorKind::Invalid);
}

TEST_F(ReextractTest, KeepsAReadingThatUndoHides)
{
    const auto name = must(workbench::applyRules(project, run, "last:\\(([AB])\\)\n##\\s*([AB])"));
    EXPECT_EQ(name, "mine-1");
    EXPECT_EQ(must(project.transitions(run, "pool", name)).front().type(), 1);
    const auto before = must(project.transitions(run, "pool", "ours")).front();
    EXPECT_TRUE(before.extractorsDisagree);
    must(project.undo());
    EXPECT_TRUE(must(project.extractionSets(run)).empty());
    EXPECT_FALSE(must(project.transitions(run, "pool", "ours")).front().extractorsDisagree);
    EXPECT_EQ(must(workbench::applyRules(project, run, "([AB])")), "mine-2");
    const auto sets = must(project.extractionSets(run));
    ASSERT_EQ(sets.size(), 1u);
    EXPECT_EQ(sets[0].rules, "([AB])");
}

} // namespace
