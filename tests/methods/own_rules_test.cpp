#include "items.h"
#include "methods/own_rules.h"
#include <gtest/gtest.h>

using namespace slook;
using methods::OwnRules;

TEST(OwnRules, TakeTheFirstRuleThatMatches)
{
    const auto rules =
        OwnRules::parse("# letters between hashes, then the last letter in brackets\n"
                        "## *([A-D]) *##\n\nlast: \\(([A-D])\\)\n");
    ASSERT_TRUE(rules.has_value()) << message(rules.error());
    auto row = rules->extract("(A) or (C)? ## b ##", choiceItem("C"));
    EXPECT_EQ(row.answer, "C"); // "b" is no capital letter
    EXPECT_EQ(row.rule, "last: \\(([A-D])\\)");
    EXPECT_EQ(row.begin, 8);
    EXPECT_EQ(row.end, 9);
    EXPECT_EQ(row.correct, true);
    row = rules->extract("(A) ## B ##", choiceItem("C"));
    EXPECT_EQ(row.answer, "B");
    EXPECT_EQ(row.correct, false);
    row = rules->extract("nothing", choiceItem("C"));
    EXPECT_EQ(row.begin, -1);
    EXPECT_EQ(row.correct, false);
}

TEST(OwnRules, AnAnswerIsRightByLabelOrByTheTextOfItsOption)
{
    const auto rules = OwnRules::parse("(?i)answer: *(.*)");
    ASSERT_TRUE(rules.has_value());
    EXPECT_EQ(rules->extract("Answer: b", choiceItem("B")).correct, true);
    EXPECT_EQ(rules->extract("Answer: three ", choiceItem("B")).correct, true);
    EXPECT_EQ(rules->extract("Answer: red", choiceItem("B")).correct, false);
    EXPECT_EQ(rules->extract("answer: The Blue.", openItem("blue")).correct, true);
    EXPECT_EQ(rules->extract("answer: blue", openItem("")).correct, std::nullopt);
}

TEST(OwnRules, SayWhichLineIsNoExpression)
{
    const auto rules = OwnRules::parse("A\n\n([A-D]");
    ASSERT_FALSE(rules.has_value());
    EXPECT_EQ(rules.error().kind, ErrorKind::Invalid);
    EXPECT_NE(message(rules.error()).find("rule 3"), std::string::npos);
    EXPECT_NE(message(rules.error()).find("parenthes"), std::string::npos);
    EXPECT_FALSE(OwnRules::parse("# only a remark\n").has_value());
}
