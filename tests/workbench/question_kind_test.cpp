#include "workbench/question_kind.h"
#include <gtest/gtest.h>

using namespace slook;
using workbench::questionKind;

namespace {

std::string kindOf(const std::string& question, const std::vector<std::string>& options = {})
{
    Item item;
    item.question = question;
    for (const std::string& text : options)
        item.options.push_back(
            { std::string(1, static_cast<char>('A' + item.options.size())), text });
    return questionKind(item);
}

} // namespace

TEST(QuestionKind, IsYesOrNoByOptionsOrByForm)
{
    EXPECT_EQ(kindOf("Is there a dog?"), "yes/no");
    EXPECT_EQ(kindOf("\"Does it rain?\""), "yes/no");
    EXPECT_EQ(kindOf("Aren't the cups red?"), "yes/no");
    EXPECT_EQ(kindOf("Is this a cat or a dog?"), "open"); // neither is an answer
    EXPECT_EQ(kindOf("Is this a cat? Please answer yes or no."), "yes/no");
    EXPECT_EQ(kindOf("Which statement holds?", { "Yes", "No." }), "yes/no");
    EXPECT_EQ(kindOf("Is it raining?", { "yes", "no", "cannot tell" }), "yes/no");
    EXPECT_EQ(kindOf("Is it red?", { "Yes, it is red", "blue" }), "choice");
    EXPECT_EQ(kindOf("Is it?", { "yes", "unknown" }), "choice"); // one side alone
    EXPECT_EQ(kindOf("Issue a report"), "open"); // a word, not its beginning
}

TEST(QuestionKind, IsWhatIsAskedFor)
{
    EXPECT_EQ(kindOf("How many balls are there?"), "number");
    EXPECT_EQ(kindOf("How many balls are there?", { "1", "2" }), "number");
    EXPECT_EQ(kindOf("Count the red balls."), "number");
    EXPECT_EQ(kindOf("In which country is this?"), "open"); // no count
    EXPECT_EQ(kindOf("What color is the cube?", { "red", "blue" }), "colour");
    EXPECT_EQ(kindOf("Which of these is the colour of the sky?"), "colour");
    EXPECT_EQ(kindOf("What shape is the red object?"), "shape");
    EXPECT_EQ(kindOf("Where is the cup?"), "position");
    EXPECT_EQ(kindOf("On which side is the door?"), "position");
    EXPECT_EQ(kindOf("What does the sign say?"), "text");
    EXPECT_EQ(kindOf("What is written on the wall?"), "text");
    EXPECT_EQ(kindOf("Describe the colours in this image."), "description");
    EXPECT_EQ(kindOf("Which animal is this?", { "cat", "dog" }), "choice");
    EXPECT_EQ(kindOf("Which animal is this?"), "open");
    EXPECT_EQ(kindOf(""), "open");
}

TEST(QuestionKind, StaysTextWhereTheTextIsHostile)
{
    EXPECT_EQ(kindOf("<b>How</b> many"), "open");
    EXPECT_EQ(kindOf(std::string(100'000, 'a') + " what colour"), "colour");
    EXPECT_EQ(kindOf("\xFF\xFE how many"), "open"); // no UTF-8: nothing is read from it
}
