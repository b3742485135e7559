#include "items.h"
#include "methods/prompts.h"
#include <gtest/gtest.h>

using namespace slook;
using namespace slook::methods;

namespace {

/// SCL's data_construction.py for SEEDBench.
PromptStyle released(std::string options, std::string separator = "space")
{
    PromptStyle style;
    style.options = std::move(options);
    style.separator = std::move(separator);
    style.hint = false;
    style.open = "same";
    return style;
}

const std::string ending =
    "Explain your reasoning step-by-step. Your final answer should be put between two ##, like "
    "## A ## (if your final answer is A), at the end of your response.";

} // namespace

TEST(Prompts, TheFirstTurnIsSclsStandardPrompt)
{
    const auto question = choiceItem().question;
    EXPECT_EQ(firstPrompt(choiceItem(), released("seedbench")),
        question + " A. One. B. Three. C. Dark red. D. Red. " + ending);
    EXPECT_EQ(firstPrompt(choiceItem(), released("seedbench", "newline")),
        question + " A. One. B. Three. C. Dark red. D. Red.\n" + ending);
    EXPECT_EQ(firstPrompt(choiceItem(), released("mmbench")),
        question + " A. One B. Three C. Dark red D. Red " + ending);
    EXPECT_EQ(firstPrompt(choiceItem(), released("mmevalpro")),
        question + "A. One\nB. Three\nC. Dark red\nD. Red " + ending);
    EXPECT_EQ(firstPrompt(choiceItem(), released("in-question")), question + " " + ending);
    EXPECT_EQ(firstPrompt(choiceItem(), released("scienceqa")),
        question
            + "\n0. One\n1. Three\n2. Dark red\n3. Red Explain your reasoning step-by-step. Your "
              "final answer should be put between two ##, like ## 0 ## (if your final answer is "
              "0), "
              "at the end of your response.");
}

TEST(Prompts, OursKeepsTheRequestOutOfTheLastOption)
{
    EXPECT_EQ(firstPrompt(choiceItem(), PromptStyle()),
        choiceItem().question + "\nA. One\nB. Three\nC. Dark red\nD. Red\n" + ending);
}

TEST(Prompts, OnlyMmtBenchStopsAtFourOptionsAndOnlyMmBenchLeavesEmptyOnesOut)
{
    auto item = choiceItem();
    item.options.push_back({ "E", "Five" });
    item.options[1].text.clear();
    EXPECT_EQ(optionText(item, "mmt-bench"), " A. One. B. . C. Dark red. D. Red.");
    EXPECT_EQ(optionText(item, "seedbench"), " A. One. B. . C. Dark red. D. Red. E. Five.");
    EXPECT_EQ(optionText(item, "mmbench"), " A. One C. Dark red D. Red");
    EXPECT_EQ(optionText(item, "lines"), "\nA. One\nB. \nC. Dark red\nD. Red\nE. Five");
    EXPECT_THROW((void)optionText(item, "haiku"), std::invalid_argument);
}

TEST(Prompts, ALaterTurnIsAReviewWithTheSameEnding)
{
    EXPECT_EQ(reviewPrompt(choiceItem(), "cp", released("seedbench")),
        "Review your previous answer and find problems with your answer. Based on the problems you "
        "found, improve your answer. "
            + ending);
    EXPECT_EQ(reviewPrompts().size(), 5u);
    EXPECT_THROW((void)reviewPrompt(choiceItem(), "vp9", released("lines")), std::invalid_argument);
}

TEST(Prompts, AnOpenQuestionAsksForAWordUnlessToldOtherwise)
{
    PromptStyle style;
    EXPECT_EQ(firstPrompt(openItem("red"), style),
        "What color is the circle?\nAnswer the question using a single word or phrase.");
    style.open = "same";
    EXPECT_EQ(firstPrompt(openItem("red"), style),
        "What color is the circle?\nExplain your reasoning step-by-step. Your final answer should "
        "be put between two ##, at the end of your response.");
    // MMStar keeps the options in the question and a letter as answer.
    EXPECT_EQ(firstPrompt(openItem("C"), PromptStyle()), "What color is the circle?\n" + ending);
}

TEST(Prompts, TheHintComesFirstUnlessReleasedWithoutIt)
{
    auto item = choiceItem();
    item.hint = "Cats purr.";
    PromptStyle style;
    style.reasoning = style.answerFormat = false;
    EXPECT_EQ(firstPrompt(item, style).substr(0, 20), "Cats purr.\nHow many ");
    EXPECT_EQ(firstPrompt(item, released("mmbench")).substr(0, 8), "How many");
}

TEST(Prompts, ScienceQaExpectsANumber)
{
    EXPECT_EQ(expectedAnswer(choiceItem("C"), "scienceqa"), "2");
    EXPECT_EQ(expectedAnswer(choiceItem("C"), "seedbench"), "C");
    EXPECT_EQ(expectedAnswer(openItem("red"), "scienceqa"), "red");
}

TEST(Prompts, SticsTextsAreComplete)
{
    EXPECT_EQ(sticCaptionPrompts().size(), 8u);
    EXPECT_EQ(sticHallucinationPrompts().size(), 8u);
    const auto good = sticGoodPrompt();
    int lines = 1;
    for (std::size_t i = 0; i < good.size(); ++i)
        if (good[i] == '\n') {
            ++lines;
            EXPECT_EQ(good.substr(i + 1, 4), "    ");
        }
    EXPECT_EQ(lines, 7);
    EXPECT_NE(good.find("following. \n"), std::string_view::npos);
    EXPECT_NE(good.find("depict? \n"), std::string_view::npos);
    EXPECT_NE(good.find("atmosphere? \n"), std::string_view::npos);
    EXPECT_EQ(good.find("doing. \n"), std::string_view::npos);
}
