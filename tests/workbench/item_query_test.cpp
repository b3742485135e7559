#include "workbench/item_query.h"
#include "workbench/transition_groups.h"
#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <map>

using namespace slook;
using workbench::Filter;

namespace {

class ItemQueryTest : public testing::Test {
protected:
    void SetUp() override
    {
        for (int i = 1; i <= 6; ++i) {
            Item item;
            item.id = { i * 3 }; // numbers have gaps where imports were undone
            item.source = { 1 };
            item.question = i % 2 == 0 ? "Even?" : "Odd?";
            items.push_back(item);
        }
        marks.items[{ 3 }] = { { { 3 }, "flag", "red" }, { { 3 }, "tag:hard", "yes" } };
        marks.items[{ 6 }] = { { { 6 }, "star", "yes" } };
        workbench::AnswerFacts answers;
        for (const auto& [id, first, refined] :
            { std::tuple(3, true, true), std::tuple(6, false, true), std::tuple(9, true, false) }) {
            TransitionRow row;
            row.item = { id };
            row.firstCorrect = first;
            row.refinedCorrect = refined;
            row.firstText = "a ship";
            answers.add(row);
        }
        run.answers = std::make_shared<const workbench::AnswerFacts>(std::move(answers));
        PairRow pair;
        pair.id = { 21 };
        pair.item = { 6 };
        pair.chosen = "short";
        pair.rejected = "very long";
        run.pairs.add(pair);
        pair.id = { 20 };
        pair.chosen = "the longest of all";
        run.pairs.add(pair);
        pair.id = { 22 };
        pair.item = { 9 };
        run.pairs.add(pair);
        run.pairs.sort();
        run.triplets = { { { 9 }, .8 } };
    }
    /// The questions as they are now.
    workbench::ItemFacts facts() const
    {
        workbench::ItemFacts packed({ { { 1 }, "six" } });
        for (const Item& item : items)
            packed.add(item);
        return packed;
    }
    std::vector<int> found(const char* text, bool withRun = true, bool butType = false)
    {
        const auto filter = Filter::parse(text);
        EXPECT_TRUE(filter.has_value()) << text;
        const auto matches = workbench::matching(facts(), marks, withRun ? &run : nullptr, *filter);
        EXPECT_TRUE(matches.has_value()) << text;
        std::vector<int> ids;
        const auto& set = butType ? matches->passesButType : matches->passes;
        for (std::size_t i = 0; i < set.size(); ++i)
            if (set[i])
                ids.push_back(static_cast<int>(i));
        if (!butType) {
            EXPECT_EQ(matches->shown, static_cast<int>(ids.size()));
        }
        EXPECT_EQ(matches->all, 6);
        return ids;
    }
    /// The run's pairs that pass by themselves.
    std::vector<int> foundPairs(const char* text)
    {
        const auto matches = workbench::matching(facts(), marks, &run, *Filter::parse(text));
        std::vector<int> ids;
        for (const PairId pair : matches->pairs)
            ids.push_back(static_cast<int>(pair.value));
        return ids;
    }
    std::vector<Item> items;
    workbench::Marks marks;
    workbench::RunFacts run;
};

using Ids = std::vector<int>;

TEST_F(ItemQueryTest, KnowsItemsMarksAndAnswersOfTheRun)
{
    EXPECT_EQ(found(""), (Ids { 3, 6, 9, 12, 15, 18 }));
    EXPECT_EQ(found("even"), (Ids { 6, 12, 18 }));
    EXPECT_EQ(found("type:2,3"), (Ids { 6, 9 }));
    EXPECT_EQ(found("-type:2"), (Ids { 3, 9, 12, 15, 18 }));
    EXPECT_EQ(found("flag:red"), (Ids { 3 }));
    EXPECT_EQ(found("flag:any tag:HARD"), (Ids { 3 }));
    EXPECT_EQ(found("star:yes"), (Ids { 6 }));
    EXPECT_EQ(found("star:no").size(), 5u);
    EXPECT_EQ(found("ship"), (Ids { 3, 6, 9 }));
    EXPECT_EQ(found("ship", false), Ids {});
}

TEST_F(ItemQueryTest, OneOfSeveralPairsIsEnough)
{
    EXPECT_EQ(found("len(chosen)>len(rejected)"), (Ids { 6, 9 }));
    EXPECT_EQ(found("len(chosen)<len(rejected)"), (Ids { 6 }));
    EXPECT_EQ(found("chosen:short len(chosen)>len(rejected)"), Ids {}); // of one pair both
    EXPECT_EQ(found("score>0.5"), (Ids { 9 }));
    EXPECT_EQ(found("score>0.9"), Ids {});
}

TEST_F(ItemQueryTest, APairPassesByItselfWithItsQuestionsMarks)
{
    EXPECT_EQ(foundPairs("chosen:longest"), (Ids { 20, 22 }));
    EXPECT_EQ(foundPairs("even chosen:longest"), Ids { 20 });
    EXPECT_EQ(foundPairs("type:2"), (Ids { 20, 21 }));
    EXPECT_EQ(foundPairs("star:yes"), (Ids { 20, 21 })) << "their question has the star";
    EXPECT_EQ(foundPairs("flag:red"), Ids {});
    marks.pairs[{ 21 }] = { { {}, "flag", "red", { 21 } } };
    EXPECT_EQ(foundPairs("flag:red"), Ids { 21 });
    EXPECT_EQ(foundPairs("flag:any"), Ids { 21 });
    EXPECT_EQ(foundPairs("-flag:red"), (Ids { 20, 22 }));
    EXPECT_EQ(found("flag:red"), (Ids { 3, 6 })) << "its question is found, too";
    EXPECT_EQ(found("flag:red", false), Ids { 3 }) << "no run, no pairs";
    EXPECT_EQ(found("-flag:red"), (Ids { 6, 9, 12, 15, 18 })) << "one pair without is enough";
}

TEST_F(ItemQueryTest, CountsByTypeLeaveTheTypeOut)
{
    EXPECT_EQ(found("type:1 ship", true, true), (Ids { 3, 6, 9 }));
}

TEST_F(ItemQueryTest, OffersEachValueOnce)
{
    items[0].category = items[3].category = "shape";
    items[1].category = "colour";
    const auto values = workbench::fieldValues(facts());
    EXPECT_EQ(values.at("source"), std::vector<std::string> { "six" });
    EXPECT_EQ(values.at("category"), (std::vector<std::string> { "shape", "colour" }));
    EXPECT_FALSE(values.contains("split"));
    EXPECT_EQ(workbench::fieldValues(facts(), 1).at("category").size(), 1u);
}

TEST_F(ItemQueryTest, SaysThatARunIsNeeded)
{
    const auto matches = workbench::matching(facts(), marks, nullptr, *Filter::parse("type:2"));
    ASSERT_FALSE(matches.has_value());
    EXPECT_EQ(matches.error().kind, ErrorKind::Invalid);
}

} // namespace

TEST_F(ItemQueryTest, FacetsCountWhatPassesAmongAll)
{
    for (std::size_t i = 0; i < items.size(); ++i) {
        items[i].category = i < 4 ? "colour" : "shape";
        items[i].split = "test"; // all alike: nothing to choose
        items[i].options = { { "A", "x" }, { "B", "y" } };
        items[i].answer = i == 0 ? "B" : "A";
    }
    marks.pairs[{ 20 }] = marks.pairs[{ 21 }] = { { {}, "tag:odd pair", "yes", { 21 } } };
    const auto matches = workbench::matching(facts(), marks, &run, *Filter::parse("even"));
    const auto facets = workbench::facetsOf(facts(), marks, &run, *matches);
    std::map<std::string, std::vector<std::tuple<std::string, int, int>>> seen;
    for (const auto& facet : facets)
        for (const auto& value : facet.values)
            seen[facet.field].emplace_back(value.value, value.shown, value.all);
    using Values = std::vector<std::tuple<std::string, int, int>>;
    EXPECT_EQ(seen["category"], (Values { { "colour", 2, 4 }, { "shape", 1, 2 } }));
    EXPECT_EQ(seen["answer"], (Values { { "A", 3, 5 }, { "B", 0, 1 } }));
    EXPECT_EQ(seen["source"], (Values { { "six", 3, 6 } }));
    EXPECT_EQ(seen["type"],
        (Values { { "right-right", 0, 1 }, { "right-wrong", 0, 1 }, { "wrong-right", 1, 1 } }));
    EXPECT_EQ(seen["flag"], (Values { { "red", 0, 1 } }));
    EXPECT_EQ(seen["tag"], (Values { { "hard", 0, 1 }, { "odd pair", 1, 1 } }));
    EXPECT_EQ(seen["star"], (Values { { "yes", 1, 1 } }));
    EXPECT_FALSE(seen.contains("split"));
    // What is clicked is what the filter understands.
    for (const auto& [field, values] : seen)
        for (const auto& [value, shown, all] : values)
            EXPECT_EQ(static_cast<int>(
                          found((field + ":" + workbench::filterValue(value)).c_str()).size()),
                all)
                << field << ":" << value;
}

TEST_F(ItemQueryTest, TransitionsAreCountedByGroup)
{
    // Questions 3, 6 and 9 have answers of the types 1, 2 and 3.
    items[0].category = items[2].category = "colour";
    const auto everything = [](ItemId) { return true; };
    auto groups =
        workbench::groupsOf(*run.answers, facts(), workbench::TransitionsBy::Category, everything);
    ASSERT_EQ(groups.size(), 2u);
    EXPECT_EQ(groups[0].name, "colour");
    EXPECT_EQ(groups[0].counts, (std::array { 2, 1, 0, 1, 0 }));
    EXPECT_EQ(groups[1].name, "");
    EXPECT_EQ(groups[1].counts, (std::array { 1, 0, 1, 0, 0 }));
    groups = workbench::groupsOf(*run.answers, facts(), workbench::TransitionsBy::Benchmark,
        [](ItemId item) { return item.value > 3; });
    ASSERT_EQ(groups.size(), 1u);
    EXPECT_EQ(groups[0].name, "six");
    EXPECT_EQ(groups[0].counts, (std::array { 2, 0, 1, 1, 0 }));
}

TEST_F(ItemQueryTest, FacetsListTheMostFrequentValues)
{
    for (std::size_t i = 0; i < items.size(); ++i)
        items[i].category = "c" + std::to_string(i / 2 + (i == 5 ? 1 : 0));
    const auto matches = workbench::matching(facts(), marks, nullptr, *Filter::parse(""));
    const auto facets = workbench::facetsOf(facts(), marks, nullptr, *matches, 2);
    const auto category = std::ranges::find(facets, "category", &workbench::Facet::field);
    ASSERT_NE(category, facets.end());
    ASSERT_EQ(category->values.size(), 2u);
    EXPECT_EQ(category->values[0].all, 2);
    EXPECT_EQ(category->more, 2);
}

TEST(ManyItems, TellTheFirstThatPassBeforeAllAreLookedAt)
{
    constexpr int count = 200'000;
    workbench::ItemFacts facts({ { { 1 }, "many" } });
    Item item;
    item.source = { 1 };
    for (int i = 1; i <= count; ++i) {
        item.id = { i };
        item.question = i % 50 == 0 ? "a zebra" : i == count - 1 ? "a yak" : "a horse";
        facts.add(item);
    }
    std::vector<std::vector<ItemId>> told;
    const auto found = [&](const char* text, bool tell) {
        told.clear();
        const auto filter = Filter::parse(text);
        const auto begun = [&](const std::vector<ItemId>& first) { told.push_back(first); };
        return *workbench::matching(facts, {}, nullptr, *filter,
            tell ? begun : std::function<void(const std::vector<ItemId>&)>());
    };
    const auto silent = found("zebra", false);
    EXPECT_TRUE(told.empty());
    const auto all = found("zebra", true);
    EXPECT_EQ(all.shown, count / 50);
    EXPECT_EQ(all.passes, silent.passes);
    ASSERT_EQ(told.size(), 1u);
    ASSERT_EQ(told[0].size(), 200u); // of the first 10,000
    for (std::size_t i = 0; i < told[0].size(); ++i)
        EXPECT_EQ(told[0][i].value, static_cast<std::int64_t>(i + 1) * 50);
    EXPECT_EQ(found("yak", true).shown, 1);
    EXPECT_TRUE(told.empty()); // one alone is no screenful
}
