#include "methods/triplet.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
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
    const auto both = maskedText(Mask::QuestionAndAnswer, TripletKind::Vqa, triplet);
    EXPECT_EQ(both.reply, "Question: What is red? Answer: the star");
    EXPECT_EQ(questionAnswerIn(both.reply), triplet);
    EXPECT_EQ(maskedText(Mask::Question, TripletKind::Vqa, triplet).user,
        "Write a question about this image whose answer is: the star");
    EXPECT_EQ(maskedText(Mask::Question, TripletKind::Vqa, triplet).reply, "What is red?");
    EXPECT_EQ(maskedText(Mask::Answer, TripletKind::Vqa, triplet).user,
        "What is red?\nAnswer the question using a single word or phrase.");
    EXPECT_EQ(maskedText(Mask::Answer, TripletKind::Vqa, triplet).reply, "the star");
    EXPECT_EQ(questionAnswerIn("Sure. Question:\n Why?\nAnswer:\nBecause. Answer: no"),
        (QuestionAnswer { "Why?", "Because. Answer: no" }));
    for (const char* none : { "", "Question: Why?", "Answer: no", "Answer: no Question: Why?",
             "Question: Answer: no", "Question: Why? Answer: " })
        EXPECT_FALSE(questionAnswerIn(none)) << none;
}

TEST(Triplets, AreAskedForInTheFormOfTheirKind)
{
    const QuestionAnswer choice { "Which?\nA. red\nB. dark blue", "B" };
    EXPECT_EQ(
        askForQuestion(choice), "Write a question about this image whose answer is: B. dark blue");
    EXPECT_EQ(askForQuestion({ "Which?", "B" }), // no options: nothing to spell
        "Write a question about this image whose answer is: B");
    EXPECT_EQ(askForAnswer(TripletKind::Choice, choice.question),
        choice.question + "\nAnswer with the option's letter from the given choices directly.");
    EXPECT_EQ(askForAnswer(TripletKind::Choice, "Is there a dog?"),
        "Is there a dog?\nAnswer the question using a single word or phrase.");
    for (const auto kind : { TripletKind::Caption, TripletKind::Chat, TripletKind::Boxes })
        EXPECT_EQ(askForAnswer(kind, "Tell me."), "Tell me.");
    EXPECT_EQ(questionStem(choice.question), "Which?");
    EXPECT_EQ(questionStem("Why?\nBecause A. said so."), "Why?\nBecause A. said so.");
    EXPECT_TRUE(needsOptions("Which of these is in the image?"));
    EXPECT_TRUE(needsOptions("Choose one of the following."));
    EXPECT_FALSE(needsOptions("What color is the star?"));
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
    std::string compared;
    how.shortText = [&](const std::string& a, const std::string& b) {
        compared = a + "|" + b;
        return 1.0;
    };
    (void)questionSimilarity("What?\nA. red\nB. blue", "Why?\nA. tan\nB. blue", how);
    EXPECT_EQ(compared, "What?|Why?");
    how.shortText = how.longText = [](const std::string&, const std::string&) { return 0.99; };
    EXPECT_EQ(questionSimilarity("What?\nA. red\nB. blue", "What?\nA. tan\nB. blue", how), 1);
    EXPECT_EQ(answerSimilarity(TripletKind::Vqa, "dog", "dog", how), 1);
    EXPECT_EQ(answerSimilarity(TripletKind::Chat, "dog", "Dog", how), 0.99);
    EXPECT_EQ(answerSimilarity(TripletKind::Vqa, "", "", how), 0.99); // no text is like none
    EXPECT_EQ(questionMeasure("What is it that we see here?", 4), Measure::LongText);
    EXPECT_EQ(answerMeasure(TripletKind::Boxes), Measure::Boxes);
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
    EXPECT_EQ(consistency(0.3, 0.8, 1), 0.3); // the question alone
    EXPECT_EQ(consistency(0.3, 0.8, 0), 0.8);
    EXPECT_NEAR(consistency(0.5, 0.25, 0.25), std::exp2(-0.25 - 1.5), 1e-12);
    EXPECT_THROW((void)consistency(0.5, 0.5, 1.5), std::invalid_argument);
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

TEST(ControlTriplets, AreAsManyOfEachKindOrAllOrNone)
{
    const auto all = tenAndFive();
    const auto kept = keptTriplets(all, { .share = 0.4, .seed = {} }); // four and two
    EXPECT_EQ(places(controlTriplets(all, kept, "least", 1)), (Places { 6, 7, 8, 9, 10, 11 }));
    EXPECT_EQ(places(controlTriplets(all, kept, "seed-only", 1)), Places {});
    EXPECT_EQ(places(controlTriplets(all, kept, "all", 1)).size(), 15u);
    std::map<std::size_t, int> drawn;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        const auto chosen = places(controlTriplets(all, kept, "random", seed));
        EXPECT_EQ(std::ranges::count_if(chosen, [](std::size_t i) { return i < 10; }), 4);
        EXPECT_EQ(chosen.size(), 6u);
        EXPECT_EQ(chosen, places(controlTriplets(all, kept, "random", seed)));
        for (const auto i : chosen)
            ++drawn[i];
    }
    for (std::size_t i = 0; i < 15; ++i) // each 400 times, four standard deviations are 62
        EXPECT_NEAR(drawn[i], 400, 62) << i;
    EXPECT_THROW((void)controlTriplets(all, kept, "best", 1), std::invalid_argument);
    EXPECT_THROW((void)controlTriplets(all, {}, "all", 1), std::invalid_argument);
}

} // namespace
