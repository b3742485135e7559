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
