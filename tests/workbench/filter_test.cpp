#include "workbench/filter.h"
#include <gtest/gtest.h>

using namespace slook;
using workbench::Filter;

namespace {

TransitionRow wrongRight()
{
    TransitionRow row;
    row.key = "17";
    row.source = "Scenes";
    row.category = "colour";
    row.question = "What colour is the Square?";
    row.options = { { "A", "red" }, { "B", "blue" } };
    row.answer = "B";
    row.firstText = "It is red: ## A ##";
    row.refinedText = "Looking again: ## B ##";
    row.firstAnswer = "A";
    row.refinedAnswer = "B";
    row.refinedCorrect = true;
    return row;
}

bool fits(const char* text, const TransitionRow& row = wrongRight())
{
    const auto filter = Filter::parse(text);
    EXPECT_TRUE(filter.has_value()) << text;
    return filter && filter->matches(row);
}

} // namespace

TEST(Filter, WithoutWordsTakesEveryRow)
{
    EXPECT_TRUE(fits(""));
    EXPECT_TRUE(fits("   "));
}

TEST(Filter, KnowsTypesByNameAndNumber)
{
    EXPECT_TRUE(fits("type:wrong-right"));
    EXPECT_TRUE(fits("type:2"));
    EXPECT_FALSE(fits("type:right-wrong"));
    EXPECT_TRUE(fits("-type:3"));
}

TEST(Filter, FindsTextAnywhereInAnyLetterCase)
{
    EXPECT_TRUE(fits("square"));
    EXPECT_TRUE(fits("text:\"THE square\""));
    EXPECT_TRUE(fits("looking blue"));
    EXPECT_FALSE(fits("circle"));
    EXPECT_FALSE(fits("-square"));
}

TEST(Filter, ComparesFieldsAsAWhole)
{
    EXPECT_TRUE(fits("category:Colour source:scenes key:17 answer:a"));
    EXPECT_FALSE(fits("category:col"));
    EXPECT_TRUE(fits("correct:no"));
    EXPECT_FALSE(fits("correct:yes"));
    EXPECT_TRUE(fits("disagree:no"));
}

TEST(Filter, RefusesWhatItDoesNotUnderstand)
{
    for (const char* text : { "colour:red", "type:5", "type:", "correct:maybe", "text:\"open" }) {
        const auto filter = Filter::parse(text);
        ASSERT_FALSE(filter.has_value()) << text;
        EXPECT_EQ(filter.error().kind, ErrorKind::Invalid);
        EXPECT_NE(message(filter.error()).find("filter word"), std::string::npos);
    }
}

TEST(Filter, TreatsPatternsAsPlainText)
{
    TransitionRow row = wrongRight();
    row.question = "Is 3*4 (really) 12?";
    EXPECT_TRUE(fits("3*4", row));
    EXPECT_TRUE(fits("(really)", row));
    EXPECT_FALSE(fits("3.4", row));
}

TEST(Filter, ReadsResponsesByStageTurnAndVerdict)
{
    ResponseRow response;
    response.stage = "before";
    response.turn = 2;
    response.text = "a triangle";
    Item item;
    item.question = "Which shape?";
    const auto filter = Filter::parse("stage:before turn:2 correct:yes triangle");
    ASSERT_TRUE(filter.has_value());
    EXPECT_TRUE(filter->matches(response, item, "s", true));
    EXPECT_FALSE(filter->matches(response, item, "s", false));
    EXPECT_FALSE(filter->matches(response, item, "s", std::nullopt));
}

TEST(Filter, TakesOneOfSeveralValues)
{
    EXPECT_TRUE(fits("type:1,2"));
    EXPECT_FALSE(fits("type:1,3"));
    EXPECT_TRUE(fits("category:\"a, b\",colour"));
    TransitionRow row = wrongRight();
    row.question = "red, blue or green?";
    EXPECT_TRUE(fits("\"red, blue\"", row)); // a comma of a text is a comma
}

TEST(Filter, ComparesLengthsInCharacters)
{
    TransitionRow row = wrongRight();
    row.firstText = "\xE7\xBA\xA2\xE7\xBA\xA2"; // two characters of three bytes
    row.refinedText = "red";
    EXPECT_TRUE(fits("len(refined)>len(first)", row));
    EXPECT_TRUE(fits("len(first)=2 len(first)<=2 len(first)>=2 len(first)<3", row));
    EXPECT_FALSE(fits("len(first)>2", row));
    EXPECT_FALSE(fits("len(chosen)>0", row)); // a transition has no chosen text
    EXPECT_TRUE(fits("-len(first)>2", row));
}

TEST(Filter, LooksIntoOneText)
{
    EXPECT_TRUE(fits("first:RED"));
    EXPECT_FALSE(fits("refined:red"));
}

TEST(Filter, SaysWhereItIsNotUnderstood)
{
    const auto filter = Filter::parseAt("red type:2 colour:blue x");
    ASSERT_FALSE(filter.has_value());
    EXPECT_EQ(filter.error().place.begin, 11u);
    EXPECT_EQ(filter.error().place.end, 22u);
    EXPECT_FALSE(Filter::parse("len(size)>2").has_value());
    EXPECT_FALSE(Filter::parse("score>high").has_value());
    EXPECT_FALSE(Filter::parse("flag:pink").has_value());
}

TEST(Filter, AsksForARunWhereAWordIsAboutAnswers)
{
    EXPECT_FALSE(Filter::parse("category:colour red")->asksForRun());
    EXPECT_TRUE(Filter::parse("-type:2")->asksForRun());
    EXPECT_TRUE(Filter::parse("score>0.5")->asksForRun());
    EXPECT_TRUE(Filter::parse("len(question)<len(first)")->asksForRun());
    EXPECT_FALSE(Filter::parse("len(question)<9")->asksForRun());
    EXPECT_TRUE(Filter::parse("type:2 x")->without("type").matches(wrongRight()) == false);
    EXPECT_TRUE(Filter::parse("type:1 square")->without("type").matches(wrongRight()));
}

TEST(Filter, WritesValuesThatItReadsBack)
{
    EXPECT_EQ(workbench::filterValue("colour"), "colour");
    EXPECT_EQ(workbench::filterValue("a b,c"), "\"a b,c\"");
    Item item;
    item.category = "a b,c";
    EXPECT_TRUE(Filter::parse("category:" + workbench::filterValue(item.category))
                    ->matches(item, "source"));
}
