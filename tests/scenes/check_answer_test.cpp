#include "scenes/check_answer.h"
#include "scenes/describe.h"
#include "scenes/question.h"
#include "scenes/texts.h"
#include "scenes/yes_no.h"
#include <gtest/gtest.h>

using namespace slook;
using namespace slook::scenes;

namespace {

constexpr const char* truth = "The image shows a small red circle at the top left, a big blue star "
                              "in the center and a big red "
                              "square at the bottom left on a gray background.";

std::optional<bool> checked(const char* question, const char* answer)
{
    return checkAnswer(truth, question, answer);
}

} // namespace

// The questions that scenes ask know their own right answer.
TEST(CheckAnswer, AgreesWithEveryQuestionThatAScenesAsks)
{
    int asked[kQuestionKinds] = {};
    for (std::uint64_t i = 0; i < 200; ++i) {
        const auto scene = makeScene(3, i, i % 2 ? Level::Hard : Level::Easy, "check answer");
        Random random(i);
        const auto known = describe(scene);
        for (int kind = 0; kind < kQuestionKinds; ++kind) {
            const auto question = makeQuestion(scene, static_cast<QuestionKind>(kind), random);
            if (!question)
                continue;
            ++asked[kind];
            const auto listed = question->text + listOptions(question->options, OptionStyle::Lines);
            for (std::size_t o = 0; o < question->options.size(); ++o) {
                const bool right = static_cast<int>(o) == question->right;
                EXPECT_EQ(checkAnswer(known, question->text, question->options[o]), right)
                    << known << " " << question->text << " " << question->options[o];
                EXPECT_EQ(checkAnswer(known, listed, std::string(1, optionLetter(int(o)))), right)
                    << known << " " << listed;
            }
        }
        for (const bool yes : { true, false })
            for (const auto& question : { makeYesNo(scene, AbsentChoice::Random, yes, {}, random),
                     makeShapeYesNo(scene, yes, random) }) {
                if (!question)
                    continue;
                EXPECT_EQ(checkAnswer(known, question->text, "Yes"), yes);
                EXPECT_EQ(checkAnswer(known, question->text, "No."), !yes);
                EXPECT_EQ(checkAnswer(known, question->text, "Yes and no"), false);
            }
        EXPECT_EQ(checkAnswer(known, "Describe the image.", known), true);
        EXPECT_EQ(checkAnswer(known, "Describe the image.", describeWithInvented(scene, 1, random)),
            false);
    }
    for (const int count : asked)
        EXPECT_GT(count, 50);
}

TEST(CheckAnswer, FindsNoRightAnswerToWhatIsNotThere)
{
    EXPECT_EQ(checked("What color is the star?", "blue"), true);
    EXPECT_EQ(checked("What color is the cross?", "blue"), false);
    EXPECT_EQ(checked("Where is the green star?", "center"), false);
    EXPECT_EQ(checked("Where is the green star relative to the red circle?", "below"), false);
    EXPECT_EQ(checked("How many crosses are there?", "zero"), true);
    EXPECT_EQ(checked("How many red objects are there?", "2"), true);
    EXPECT_EQ(checked("How many red objects are there?", "one or two"), false);
}

TEST(CheckAnswer, TakesWhatIsTrueOfOneOfSeveral)
{
    EXPECT_EQ(checked("What shape is the red object?", "a circle"), true);
    EXPECT_EQ(checked("What shape is the red object?", "square"), true);
    EXPECT_EQ(checked("What shape is the red object?", "circle or square"), false);
    EXPECT_EQ(checked("What shape is the big red object?", "circle"), false);
}

TEST(CheckAnswer, SaysNothingOfQuestionsThatItDoesNotKnow)
{
    EXPECT_EQ(checked("Why is it raining?", "because"), std::nullopt);
    EXPECT_EQ(checked("", ""), std::nullopt);
    EXPECT_EQ(checked("How many colors are there?", "two"), std::nullopt);
    EXPECT_EQ(checked("Where is the red circle relative to the blue star?", "above"),
        std::nullopt); // neither row nor column is shared
    EXPECT_EQ(checked("Where is the red circle relative to the red square?", "above"), true);
}

TEST(CheckAnswer, ReadsALabelOnlyWhereItIsOne)
{
    EXPECT_EQ(
        checked("Which of these is in the image?\nA. a green star\nB. a blue star", "A blue star"),
        true);
    EXPECT_EQ(
        checked("Which of these is in the image?\nA. a green star\nB. a blue star", "(B)"), true);
    EXPECT_EQ(
        checked("Which of these is in the image?\nA. a green star\nB. a blue star", "A."), false);
}
