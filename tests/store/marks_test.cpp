#include "fixture.h"

namespace slook::store::test {
namespace {

class MarksTest : public testing::Test {
protected:
    void SetUp() override
    {
        must(project.addImport(batchOf(4), "import"));
        for (const Item& item : must(project.items()))
            items.push_back(item.id);
    }
    std::string flagOf(ItemId item)
    {
        for (const MarkRow& mark : must(project.marks()))
            if (mark.item == item && mark.name == "flag")
                return mark.value;
        return {};
    }
    TemporaryFolder folder;
    Project project = must(Project::create(folder / "p.slook"));
    std::vector<ItemId> items;
};

TEST_F(MarksTest, OneChangeOfManyIsUndoneAsOne)
{
    must(project.mark(items, "flag", "red", "a"));
    must(project.mark(std::span(items).first(2), "flag", "blue", "b"));
    EXPECT_EQ(flagOf(items[0]), "blue");
    EXPECT_EQ(flagOf(items[3]), "red");
    EXPECT_EQ(must(project.undo()), "Flagged 2 questions blue");
    EXPECT_EQ(flagOf(items[0]), "red");
    must(project.undo());
    EXPECT_TRUE(must(project.marks()).empty());
    must(project.redo());
    EXPECT_EQ(must(project.marks()).size(), 4u);
}

TEST_F(MarksTest, AreTakenOffAndKeptAcrossARestart)
{
    must(project.mark(std::span(items).first(1), "tag:hard one", "yes", "a"));
    must(project.mark(std::span(items).first(1), "star", "yes", "b"));
    must(project.mark(std::span(items).first(1), "star", "", "c"));
    project = must(Project::openReadOnly(folder / "p.slook"));
    const auto marks = must(project.marks());
    ASSERT_EQ(marks.size(), 1u);
    EXPECT_EQ(marks[0].name, "tag:hard one");
    EXPECT_EQ(must(project.journal()).front().what, "Took the star off 1 question");
}

TEST_F(MarksTest, RepeatedWithOneIdHappenOnce)
{
    must(project.mark(items, "star", "yes", "a"));
    must(project.mark(items, "star", "yes", "a"));
    EXPECT_EQ(must(project.journal()).size(), 2u); // with the import
}

TEST_F(MarksTest, RefusesWhatIsNone)
{
    EXPECT_EQ(project.mark(items, "colour", "red", "a").error().kind, ErrorKind::Invalid);
    EXPECT_EQ(project.mark(items, "tag:", "yes", "a").error().kind, ErrorKind::Invalid);
    EXPECT_EQ(project.mark(items, "flag", "pink", "a").error().kind, ErrorKind::Invalid);
    EXPECT_EQ(project.mark({}, "star", "yes", "a").error().kind, ErrorKind::Invalid);
    EXPECT_FALSE(project.mark(std::vector<ItemId> { { 99 } }, "star", "yes", "a").has_value());
    EXPECT_TRUE(must(project.marks()).empty());
}

TEST_F(MarksTest, APairIsMarkedByItself)
{
    RunRow row;
    row.name = "0001-scl";
    row.recipe = "scl";
    const RunId run = must(project.addRun(row, "run"));
    std::vector<runs::Event> events;
    for (const char* preference : { "correctness", "random" }) {
        PairRow pair;
        pair.preference = preference;
        pair.item = items[0];
        pair.chosenTurn = 2;
        pair.rejectedTurn = 1;
        events.push_back(
            { static_cast<std::int64_t>(events.size()) + 1, 0, runs::Paired { pair } });
    }
    must(project.takeEvents(run, events));
    const auto pairs = must(project.pairs(run));
    ASSERT_EQ(pairs.size(), 2u);
    must(project.mark(std::span(items).first(1), "flag", "blue", "a"));
    must(project.markPairs(std::array { pairs[1].id }, "flag", "red", "b"));
    {
        const Project closed = std::move(project);
    }
    project = must(Project::open(folder / "p.slook"));
    auto marks = must(project.marks());
    ASSERT_EQ(marks.size(), 2u);
    EXPECT_EQ(marks[0].item, items[0]) << "of the question";
    EXPECT_EQ(marks[0].value, "blue");
    EXPECT_FALSE(marks[0].pair);
    EXPECT_EQ(marks[1].pair, pairs[1].id);
    EXPECT_FALSE(marks[1].item);
    EXPECT_EQ(marks[1].value, "red");
    EXPECT_EQ(must(project.undo()), "Flagged 1 pair red");
    marks = must(project.marks());
    ASSERT_EQ(marks.size(), 1u);
    EXPECT_EQ(marks[0].item, items[0]);
    must(project.redo());
    must(project.markPairs(std::array { pairs[0].id, pairs[1].id }, "flag", "", "c"));
    EXPECT_EQ(must(project.journal()).front().what, "Took the flag off 2 pairs");
    EXPECT_EQ(must(project.marks()).size(), 1u);
    EXPECT_FALSE(project.markPairs(std::array { PairId { 99 } }, "star", "yes", "d").has_value());
    EXPECT_EQ(project.markPairs({}, "star", "yes", "e").error().what, "needs a pair; select some");
}

TEST_F(MarksTest, ViewsAreNamedReplacedAndTakenAway)
{
    must(project.saveView({ "spoilt", "type:3" }, "a"));
    must(project.saveView({ "long", "len(first)>99" }, "b"));
    must(project.saveView({ "spoilt", "type:right-wrong" }, "c"));
    auto views = must(project.savedViews());
    ASSERT_EQ(views.size(), 2u);
    EXPECT_EQ(views[0].name, "long");
    EXPECT_EQ(views[1].filter, "type:right-wrong");
    must(project.saveView({ "spoilt", "" }, "d"));
    EXPECT_EQ(must(project.savedViews()).size(), 1u);
    must(project.undo());
    EXPECT_EQ(must(project.savedViews()).size(), 2u);
}

TEST_F(MarksTest, HistoryGoesToAnEntryAndBack)
{
    for (const char* colour : { "red", "green", "blue" })
        must(project.mark(items, "flag", colour, colour));
    const auto journal = must(project.journal()); // blue, green, red, import
    EXPECT_EQ(must(project.goTo(journal[2].id)), 2);
    EXPECT_EQ(flagOf(items[0]), "red");
    EXPECT_EQ(must(project.goTo(journal[0].id)), 2);
    EXPECT_EQ(flagOf(items[0]), "blue");
    EXPECT_EQ(must(project.goTo(0)), 4);
    EXPECT_TRUE(must(project.sources()).empty());
    EXPECT_EQ(must(project.goTo(journal[1].id)), 3);
    EXPECT_EQ(flagOf(items[0]), "green");
    EXPECT_EQ(project.goTo(1000).error().kind, ErrorKind::NotFound);
}

} // namespace
} // namespace slook::store::test
