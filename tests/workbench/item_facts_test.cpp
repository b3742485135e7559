#include "workbench/item_query.h"
#include <gtest/gtest.h>

using namespace slook;
using workbench::Filter;
using workbench::ItemFacts;

namespace {

std::vector<Item> someItems()
{
    Item plain;
    plain.id = { 3 };
    plain.source = { 1 };
    plain.key = "17";
    plain.question = "What colour is the Square?";
    plain.hint = "Look twice";
    plain.options = { { "A", "red" }, { "B", "" }, { "C", "a, \"b\"" } };
    plain.answer = "A";
    plain.category = "colour";
    plain.split = "test";
    plain.images = { { 5 }, { 4 } };
    plain.fields = R"({"long":"and not kept"})";
    plain.line = 7;
    Item open;
    open.id = { 8 };
    open.source = { 2 };
    open.key = "18";
    open.question = "Wie GROSS ist die Straße?";
    open.answer = "Sehr groß";
    Item bare;
    bare.id = { 9 };
    bare.options = { { "", "" } };
    return { plain, open, bare };
}

ItemFacts factsOf(const std::vector<Item>& items)
{
    ItemFacts facts({ { { 1 }, "Scenes" }, { { 2 }, "streets" } });
    for (const Item& item : items)
        facts.add(item);
    facts.shrink();
    return facts;
}

TEST(ItemFacts, GiveBackAllButFieldsAndLine)
{
    const auto items = someItems();
    const ItemFacts facts = factsOf(items);
    ASSERT_EQ(facts.size(), items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Item item = facts.item(i);
        EXPECT_EQ(item.id, items[i].id);
        EXPECT_EQ(item.source, items[i].source);
        EXPECT_EQ(item.key, items[i].key);
        EXPECT_EQ(item.question, items[i].question);
        EXPECT_EQ(item.hint, items[i].hint);
        EXPECT_EQ(item.answer, items[i].answer);
        EXPECT_EQ(item.category, items[i].category);
        EXPECT_EQ(item.split, items[i].split);
        EXPECT_EQ(item.images, items[i].images);
        ASSERT_EQ(item.options.size(), items[i].options.size());
        for (std::size_t k = 0; k < item.options.size(); ++k) {
            EXPECT_EQ(item.options[k].label, items[i].options[k].label);
            EXPECT_EQ(item.options[k].text, items[i].options[k].text);
        }
        EXPECT_EQ(item.fields, "");
        EXPECT_EQ(facts.rowOf(items[i].id), static_cast<int>(i));
    }
    EXPECT_EQ(facts.sourceOf(0), "Scenes");
    EXPECT_EQ(facts.sourceOf(2), "") << "a source that nobody knows";
    EXPECT_EQ(facts.rowOf({ 4 }), -1);
    EXPECT_TRUE(facts.hasPicture(0));
    EXPECT_FALSE(facts.hasPicture(1));
}

TEST(ItemFacts, AreFilteredAsTheItemsThemselves)
{
    const auto items = someItems();
    const ItemFacts facts = factsOf(items);
    const std::map<SourceId, std::string> names { { { 1 }, "Scenes" }, { { 2 }, "streets" } };
    for (const char* text : { "square", "STRASSE", "gross", "GROSS", "twice", "17", "red a",
             "\"a, b\"", "key:18", "key:1", "category:COLOUR", "split:test", "source:scenes",
             "source:STREETS", "answer:a", "answer:\"SEHR GROSS\"", "-red", "len(question)>25",
             "len(question)=25", "len(question)<1", "type:2", "-type:2", "", "flag:any" }) {
        const auto filter = Filter::parse(text);
        ASSERT_TRUE(filter.has_value()) << text;
        for (std::size_t i = 0; i < items.size(); ++i) {
            const auto name = names.find(items[i].source);
            EXPECT_EQ(filter->matches(facts.subject(i)),
                filter->matches(items[i], name == names.end() ? std::string() : name->second))
                << text << ", item " << i;
        }
    }
    EXPECT_TRUE(Filter::parse("strasse gross")->matches(facts.subject(1)));
    EXPECT_TRUE(Filter::parse("len(question)=25")->matches(facts.subject(1)));
}

TEST(ItemFacts, AreAddedInTheirOrder)
{
    auto items = someItems();
    std::swap(items[0], items[1]);
    EXPECT_THROW((void)factsOf(items), std::invalid_argument);
}

TEST(AnswerFacts, GiveBackTransitions)
{
    const auto items = someItems();
    const ItemFacts facts = factsOf({ items[0] });
    TransitionRow row;
    row.item = items[0].id;
    row.first = { 11 };
    row.refined = { 12 };
    row.firstText = "It is Blue.";
    row.refinedText = "rot, größer";
    row.firstAnswer = "B";
    row.refinedAnswer = "A";
    row.refinedCorrect = true;
    row.extractorsDisagree = true;
    workbench::AnswerFacts answers;
    answers.add(row);
    row.item = items[1].id;
    row.extractorsDisagree = false;
    answers.add(row);
    answers.setGone(factsOf({ items[1] }));
    const TransitionRow known = answers.transition(0, facts), gone = answers.transition(1, facts);
    EXPECT_EQ(known.question, items[0].question);
    EXPECT_EQ(known.source, "Scenes");
    EXPECT_EQ(known.options.size(), 3u);
    EXPECT_EQ(known.images, items[0].images);
    EXPECT_EQ(known.refined, ResponseId { 12 });
    EXPECT_EQ(known.refinedText, "rot, größer");
    EXPECT_EQ(known.firstAnswer, "B");
    EXPECT_EQ(known.type(), 2);
    EXPECT_TRUE(known.extractorsDisagree);
    EXPECT_EQ(gone.question, items[1].question) << "its import was undone, its answers are there";
    EXPECT_EQ(gone.source, "streets");
    EXPECT_THROW(answers.add(row), std::invalid_argument);
    for (const char* text : { "type:2", "first:BLUE", "refined:GRÖSSER", "grösser", "correct:no",
             "disagree:yes", "answer:b", "len(first)=11", "first:rot" }) {
        workbench::FilterSubject subject = facts.subject(0);
        answers.describe(0, subject);
        const auto filter = Filter::parse(text);
        ASSERT_TRUE(filter.has_value()) << text;
        EXPECT_EQ(filter->matches(subject), filter->matches(known)) << text;
    }
}

} // namespace
