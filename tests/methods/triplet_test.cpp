#include "methods/triplet.h"
#include <cmath>
#include <gtest/gtest.h>
#include <stdexcept>

using namespace slook;
using namespace slook::methods;

namespace {

Item choiceItem()
{
    Item item;
    item.question = "What color is the star?";
    item.options = { { "A", "red" }, { "B", "blue" } };
    item.answer = "B";
    return item;
}

TEST(Triplets, OfAnItemHaveItsOptionsOrItsText)
{
    const auto choice = questionAnswerOf(choiceItem(), false);
    EXPECT_EQ(choice.question, "What color is the star?\nA. red\nB. blue");
    EXPECT_EQ(choice.answer, "B");
    EXPECT_EQ(questionAnswerOf(choiceItem(), true),
        (QuestionAnswer { "What color is the star?", "blue" }));
}

TEST(Triplets, KnowTheirKindByTheirText)
{
    const auto kind = [](std::string question, std::string answer) {
        return tripletKindOf({ std::move(question), std::move(answer) }, 6);
    };
    EXPECT_EQ(kind("Where is the dog?", "[0.1, 0.2, 0.3, 0.4]"), TripletKind::Boxes);
    EXPECT_EQ(kind("Which?\nA. red\nB. blue", "B"), TripletKind::Choice);
    EXPECT_EQ(kind("Is there a dog?", "Yes."), TripletKind::Choice);
    EXPECT_EQ(kind("Please describe the image.", "A dog."), TripletKind::Caption);
    EXPECT_EQ(kind("Why is it wet?", "It has been raining all day here."), TripletKind::Chat);
    EXPECT_EQ(kind("What is there?", "a dog"), TripletKind::Vqa);
    EXPECT_EQ(kind("Is A. Smith there?", "maybe"), TripletKind::Vqa); // one option is none
}

TEST(Triplets, AreMaskedInTheGivenSharesAndAlwaysTheSame)
{
    int counts[3] = {};
    for (int i = 0; i < 10000; ++i) {
        const auto mask = drawMask({}, 7, ItemId { i });
        EXPECT_EQ(mask, drawMask({}, 7, ItemId { i }));
        ++counts[static_cast<int>(mask)];
    }
    // Three standard deviations of a share of .5 among 10,000 are .015.
    EXPECT_NEAR(counts[0] / 1e4, 0.5, 0.015);
    EXPECT_NEAR(counts[1] / 1e4, 0.2, 0.015);
    EXPECT_NEAR(counts[2] / 1e4, 0.3, 0.015);
    EXPECT_EQ(drawMask({ 0, 0, 1 }, 7, ItemId { 3 }), Mask::Answer);
    EXPECT_THROW((void)drawMask({ 0, 0, 0 }, 7, ItemId { 3 }), std::invalid_argument);
}

TEST(Triplets, AreAskedForAndReadBack)
{
    const QuestionAnswer triplet { "What is red?", "the star" };
    const auto both = maskedText(Mask::QuestionAndAnswer, triplet);
    EXPECT_EQ(both.reply, "Question: What is red? Answer: the star");
    EXPECT_EQ(questionAnswerIn(both.reply), triplet);
    EXPECT_EQ(maskedText(Mask::Question, triplet).user,
        "Write a question about this image whose answer is: the star");
    EXPECT_EQ(maskedText(Mask::Question, triplet).reply, "What is red?");
    EXPECT_EQ(maskedText(Mask::Answer, triplet).user, "What is red?");
    EXPECT_EQ(maskedText(Mask::Answer, triplet).reply, "the star");
    EXPECT_EQ(questionAnswerIn("Sure. Question:\n Why?\nAnswer:\nBecause. Answer: no"),
        (QuestionAnswer { "Why?", "Because. Answer: no" }));
    for (const char* none : { "", "Question: Why?", "Answer: no", "Answer: no Question: Why?",
             "Question: Answer: no", "Question: Why? Answer: " })
        EXPECT_FALSE(questionAnswerIn(none)) << none;
}

TEST(Triplets, AreComparedByTheirKind)
{
    TripletSimilarity how;
    how.shortText = [](const std::string&, const std::string&) { return 0.25; };
    how.longText = [](const std::string&, const std::string&) { return 0.75; };
    how.longWords = 4;
    EXPECT_EQ(answerSimilarity(TripletKind::Vqa, "dog", "cat", how), 0.25);
    EXPECT_EQ(answerSimilarity(TripletKind::Caption, "dog", "cat", how), 0.75);
    EXPECT_EQ(answerSimilarity(TripletKind::Chat, "dog", "cat", how), 0.75);
    EXPECT_EQ(answerSimilarity(TripletKind::Choice, "Yes", "yes.", how), 1);
    EXPECT_EQ(answerSimilarity(TripletKind::Choice, "Yes", "no", how), 0);
    EXPECT_NEAR(
        answerSimilarity(TripletKind::Boxes, "[0, 0, 2, 2]", "[1, 1, 3, 3]", how), 1.0 / 7, 1e-12);
    EXPECT_EQ(answerSimilarity(TripletKind::Boxes, "[0, 0, 2, 2]", "left", how), 0);
    EXPECT_EQ(questionSimilarity("What is it?", "Why?", how), 0.25);
    EXPECT_EQ(questionSimilarity("What is it that we see here?", "Why?", how), 0.75);
}

TEST(Triplets, HaveTheSameAnswerWhateverItsDress)
{
    EXPECT_TRUE(sameAnswer("B", "(B)"));
    EXPECT_TRUE(sameAnswer("B. red", "B) blue")); // the label counts
    EXPECT_TRUE(sameAnswer("The star.", " the star "));
    EXPECT_FALSE(sameAnswer("A", "B"));
    EXPECT_FALSE(sameAnswer("A cat", "A dog")); // no labels
    EXPECT_FALSE(sameAnswer("", ""));
}

TEST(Consistency, IsTheGeometricMean)
{
    EXPECT_NEAR(consistency(0.81, 0.64), 0.72, 1e-12);
    EXPECT_EQ(consistency(0, 1), 0);
    EXPECT_THROW((void)consistency(1.1, 0.5), std::invalid_argument);
    EXPECT_THROW((void)consistency(0.5, std::nan("")), std::invalid_argument);
}

std::vector<ScoredTriplet> tenAndFive()
{
    std::vector<ScoredTriplet> all;
    for (int i = 0; i < 10; ++i)
        all.push_back({ TripletKind::Vqa, 0.9 - 0.01 * i });
    for (int i = 0; i < 5; ++i)
        all.push_back({ TripletKind::Caption, 0.1 + 0.01 * i });
    return all;
}

std::vector<std::size_t> places(const std::vector<bool>& kept)
{
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < kept.size(); ++i)
        if (kept[i])
            all.push_back(i);
    return all;
}

using Places = std::vector<std::size_t>;

TEST(KeptTriplets, AreTheBestShareOfEachKind)
{
    EXPECT_EQ(
        places(keptTriplets(tenAndFive(), { .share = 0.2, .seed = {} })), (Places { 0, 1, 14 }));
    EXPECT_EQ(places(keptTriplets(tenAndFive(), { .share = 0, .leastPerKind = 0, .seed = {} })),
        Places {});
    EXPECT_EQ(keptTriplets(tenAndFive(), { .share = 1, .seed = {} }), std::vector<bool>(15, true));
}

TEST(KeptTriplets, OfEqualScoresAreTheEarlierAndNeverThoseWithoutAny)
{
    const std::vector<ScoredTriplet> equal(4, { TripletKind::Chat, 0.5 });
    EXPECT_EQ(places(keptTriplets(equal, { .share = 0.5, .seed = {} })), (Places { 0, 1 }));
    const std::vector<ScoredTriplet> none(4, { TripletKind::Chat, 0.0 });
    EXPECT_EQ(places(keptTriplets(none, { .share = 1, .seed = {} })), Places {});
}

TEST(KeptTriplets, MayBeDividedAsTheSeedDataOrNotAtAll)
{
    Selection selection;
    selection.share = 0.2; // three of 15
    selection.balance = Balance::None;
    EXPECT_EQ(places(keptTriplets(tenAndFive(), selection)), (Places { 0, 1, 2 }));
    selection.balance = Balance::Seed;
    selection.seed = { TripletKind::Vqa, TripletKind::Caption, TripletKind::Caption };
    EXPECT_EQ(places(keptTriplets(tenAndFive(), selection)), (Places { 0, 13, 14 }));
}

} // namespace
