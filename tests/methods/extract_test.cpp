#include "items.h"
#include "methods/extract.h"
#include "methods/pattern.h"
#include <chrono>
#include <gtest/gtest.h>

using namespace slook;
using namespace slook::methods;

namespace {

struct Golden {
    std::string text;
    std::string inference; ///< "whole": the response itself
    std::string construction; ///< "none": no answer
};

/// Computed with the published expressions in Python.
const std::vector<Golden> golden {
    { "## A ##", "A", "A" },
    { "The U.S.A. map shows ... ## 0 ##", "0", "A" },
    { "A. no\n## 2 ##", "2", "A" },
    { "##A: Three##", "A: Three", "A: Three" },
    { "### Answer\n## B ##", "B", "B" },
    { "Choice A. is wrong. ## C ##", "C", "C" },
    { "Final: ##C.##", "C.", "C" },
    { "The answer is ##\n1\n##", "1", "1" },
    { "## Step 1 ## foo ## B ##", "B", "B" },
    { "## B", "whole", "none" },
    { "B. Three", "B", "B" },
    { "(A) cat", "whole", "none" },
    { "##b##", "b", "b" },
};

ExtractionRow ours(const std::string& text, const Item& item = choiceItem())
{
    auto row = extract(text, item, "ours");
    if (row.begin >= 0) {
        EXPECT_LE(row.begin, row.end);
        EXPECT_LE(row.end, static_cast<int>(text.size()));
        EXPECT_FALSE(row.rule.empty());
    }
    return row;
}

} // namespace

TEST(SclExtractors, GiveThePublishedAnswers)
{
    for (const auto& one : golden) {
        const auto inference = extract(one.text, choiceItem(), "scl-inference");
        EXPECT_EQ(inference.answer, one.inference == "whole" ? one.text : one.inference)
            << one.text;
        const auto construction = extract(one.text, choiceItem(), "scl-construction");
        EXPECT_EQ(construction.answer, one.construction == "none" ? "" : one.construction)
            << one.text;
        EXPECT_EQ(construction.begin < 0, one.construction == "none");
        for (const auto& row : { inference, construction }) {
            if (row.begin >= 0) {
                EXPECT_EQ(one.text.substr(row.begin, row.end - row.begin), row.answer);
            }
        }
    }
}

TEST(SclExtractors, CompareByteByByte)
{
    EXPECT_EQ(extract("## B ##", choiceItem("B"), "scl-inference").correct, true);
    EXPECT_EQ(extract("##b##", choiceItem("B"), "scl-inference").correct, false);
    EXPECT_EQ(extract("## B: Three ##", choiceItem("B"), "scl-inference").correct, false);
    EXPECT_EQ(extract("B", choiceItem("B"), "scl-inference").correct, true); // the whole text
    EXPECT_EQ(extract("B", choiceItem("B"), "scl-construction").correct, false);
    EXPECT_EQ(extract("## B ##", choiceItem(""), "scl-inference").correct, std::nullopt);
    EXPECT_EQ(extract("## 1 ##", choiceItem("B"), "scl-inference", "scienceqa").correct, true);
    EXPECT_THROW((void)extract("x", choiceItem(), "magic"), std::invalid_argument);
}

TEST(SclExtractors, StripAsPythonDoes)
{
    EXPECT_EQ(extract("##\xC2\xA0 no \x1F##", choiceItem(), "scl-inference").answer, "no");
    EXPECT_EQ(extract("##\x1C"
                      "B\xE2\x80\x83##",
                  choiceItem(), "scl-inference")
                  .answer,
        "B");
}

TEST(OurExtractor, FindsTheLabelInEveryWayItIsSaid)
{
    for (const auto* text : { "## B ##", "##B##", "## (B) ##", "## B. ##", "**Answer:** ## B ##",
             "## B: Three ##", "## Step 1 ## foo ## B ##", "I think so. ## B", "The answer is B.",
             "the answer is: (B)", "Answer: B", "**Final answer:** B",
             "The correct option is B because of the tail.", "The answer is option B", "B", "b",
             " (b) ", "B.", "B. Three", "(B) cats", "Three", "There are three of them.",
             "The answer is three, not one.", "Not ## A ##, but ## B ##",
             "Option A is wrong. The answer is B.", "The answer is B. Option A is wrong.",
             "I would choose B here" }) {
        EXPECT_EQ(ours(text).answer, "B") << text;
        EXPECT_EQ(ours(text).correct, true) << text;
    }
}

TEST(OurExtractor, TakesNoWordForALabelAndGuessesNothing)
{
    for (const auto* text : { "", "The answer is a cat", "A cat sits there.", "It is A or B or C",
             "One or three", "nothing", "The answer is not clear" }) {
        EXPECT_EQ(ours(text).answer, "") << text;
        EXPECT_EQ(ours(text).correct, false) << text;
        EXPECT_EQ(ours(text).begin, -1) << text;
    }
    EXPECT_EQ(ours("The answer is A because it purrs.", choiceItem("A")).answer, "A");
}

TEST(OurExtractor, PrefersTheLongerOfTwoOptionTexts)
{
    EXPECT_EQ(ours("It looks dark red to me").answer, "C");
    EXPECT_EQ(ours("It looks red to me").answer, "D");
}

TEST(OurExtractor, MarksTheBytesOfTheAnswer)
{
    const std::string text = "\xC3\xA9\xC3\xA9 so the answer is (B).";
    const auto row = ours(text);
    EXPECT_EQ(text.substr(row.begin, row.end - row.begin), "B");
    const auto said = ours("I see three cats");
    EXPECT_EQ(said.begin, 6);
    EXPECT_EQ(said.end, 11);
    EXPECT_EQ(said.rule, "option text");
}

TEST(OurExtractor, NeverLooksAtTheKnownAnswer)
{
    for (const auto& one : golden)
        for (const auto* known : { "A", "B", "C", "D", "" }) {
            const auto row = ours(one.text, choiceItem(known));
            EXPECT_EQ(row.answer, ours(one.text).answer);
            EXPECT_EQ(row.rule, ours(one.text).rule);
        }
}

TEST(OurExtractor, TakesAnAnswerGivenAsTextForItsLabel)
{
    EXPECT_EQ(ours("## B ##", choiceItem("Three")).correct, true);
    EXPECT_EQ(ours("## A ##", choiceItem("three")).correct, false);
}

TEST(OurExtractor, ReadsNumbersWhereScienceQaAsksForThem)
{
    const auto row = extract("## 1 ##", choiceItem("B"), "ours", "scienceqa");
    EXPECT_EQ(row.answer, "1");
    EXPECT_EQ(row.correct, true);
}

TEST(OurExtractor, ComparesOpenAnswersAsVqaDoes)
{
    EXPECT_EQ(ours("Blue.", openItem("blue")).correct, true);
    EXPECT_EQ(ours("the blue", openItem("Blue")).correct, true);
    EXPECT_EQ(
        ours("I look closely. The answer is blue. It is round.", openItem("blue")).answer, "blue");
    EXPECT_EQ(ours("Reasons. ## blue ##", openItem("blue")).correct, true);
    EXPECT_EQ(ours("Yes, there is one.", openItem("yes")).correct, true);
    EXPECT_EQ(ours("No parking", openItem("no parking")).correct, true);
    EXPECT_EQ(ours("three", openItem("3")).correct, true);
    EXPECT_EQ(ours("3.5", openItem("3.5")).correct, true);
    EXPECT_EQ(ours("35", openItem("3.5")).correct, false);
    EXPECT_EQ(ours("not blue", openItem("blue")).correct, false);
    EXPECT_EQ(ours("blue", openItem("")).correct, std::nullopt);
}

TEST(NormalizedAnswer, DropsArticlesPunctuationAndCase)
{
    EXPECT_EQ(normalizedAnswer(" The  Dog's 1,000 two-tone, a! "), "dogs 1000 2 tone");
    EXPECT_EQ(normalizedAnswer("-3.5"), "-3.5");
    EXPECT_EQ(normalizedAnswer("\xC3\xA9t\xC3\xA9"), "\xC3\xA9t\xC3\xA9");
}

TEST(CleanText, KeepsTextAndReplacesTheRest)
{
    EXPECT_EQ(cleanText("a\xC3\xA9\xF0\x9F\x98\x80"), "a\xC3\xA9\xF0\x9F\x98\x80");
    EXPECT_EQ(cleanText("a\xC3"), "a\xEF\xBF\xBD");
    EXPECT_EQ(cleanText(std::string("a\0b", 3)),
        "a\xEF\xBF\xBD"
        "b");
    EXPECT_EQ(cleanText("\xED\xA0\x80x"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDx");
}

TEST(Extractors, AnswerHostileTextsSoon)
{
    const auto start = std::chrono::steady_clock::now();
    for (const auto& unit :
        { "#", "## ", "answer is ", "A ", "(", "##A", "\n", "answer is \"", "\xE2\x80\x83" }) {
        std::string text;
        while (text.size() < 200'000)
            text += unit;
        for (const auto& row : extractAll(text, choiceItem()))
            EXPECT_LE(row.end, static_cast<int>(text.size()));
        (void)extract(text, openItem("x"), "ours");
    }
    auto item = choiceItem();
    item.options[0].text = "(((((a+)+)+)+)+)[x\\E";
    (void)extract(std::string(100'000, 'a'), item, "ours");
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

namespace {

struct PublishedReading {
    std::string text, vlmevalkit, llava; ///< empty: none
};

/// Computed in Python with the published rules, for the options below.
const std::vector<PublishedReading> published {
    { "B", "B", "B" },
    { "(B)", "B", "" },
    { "## B ##", "B", "" },
    { "A. a red box", "A", "A" },
    { "A big dog is what I see here, it seems", "", "" },
    { "The answer is B because A is a letter", "B", "B" },
    { "C or D", "", "" },
    { "I think it is a red box", "A", "" },
    { "None", "B", "" },
    { "none of these, I would say that it is really hard to tell here", "", "" },
    { "Cannot determine the answer", "Z", "" },
    { "Z", "Z", "" },
    { "The correct answer is **d**.", "D", "" },
    { "The answer is C.", "C", "C" },
    { "The answer is C. No, The answer is B.", "C", "" },
    { "D. blue sky", "D", "D" },
    { "E", "", "E" },
    { "", "", "" },
    { "Failed to obtain answer via API. B", "", "" },
    { "three", "C", "" },
    { "It shows Three boxes and None else", "", "" },
};

} // namespace

TEST(PublishedExtractors, ReadAsTheirProgramsDo)
{
    Item item = choiceItem("B");
    item.options = { { "A", "a red box" }, { "B", "None" }, { "C", "Three" }, { "D", "blue sky" } };
    for (const auto& one : published) {
        const auto kit = extract(one.text, item, "vlmevalkit");
        EXPECT_EQ(kit.answer, one.vlmevalkit) << one.text;
        EXPECT_EQ(kit.correct, one.vlmevalkit == "B") << one.text;
        const auto llava = extract(one.text, item, "llava");
        EXPECT_EQ(llava.answer, one.llava) << one.text;
        for (const auto& row : { kit, llava }) {
            EXPECT_EQ(row.begin < 0, row.answer.empty());
            EXPECT_LE(row.end, static_cast<int>(one.text.size()));
        }
    }
    EXPECT_EQ(extract("blue", openItem("blue"), "vlmevalkit").correct, std::nullopt);
}
