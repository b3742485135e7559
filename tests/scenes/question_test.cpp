#include "reading.h"
#include "scenes/question.h"
#include "scenes/texts.h"
#include "scenes/truth.h"
#include "scenes/words.h"
#include "scenes/yes_no.h"
#include <array>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::scenes {
namespace {

struct Asked {
    Scene scene;
    Json truth;
    Question question;
};

std::vector<Asked> manyQuestions(QuestionKind kind, int count)
{
    std::vector<Asked> list;
    for (std::uint64_t i = 0; static_cast<int>(list.size()) < count; ++i) {
        const Scene scene = makeScene(31, i, i % 3 == 0 ? Level::Hard : Level::Easy, "test");
        Random random = Random::of(31, "questions", i);
        if (auto question = makeQuestion(scene, kind, random))
            list.push_back({ scene, truthJson(scene), *question });
    }
    return list;
}

class EveryKind : public ::testing::TestWithParam<int> {
protected:
    [[nodiscard]] static QuestionKind kind() { return static_cast<QuestionKind>(GetParam()); }
};

TEST_P(EveryKind, HasExactlyOneTrueOption)
{
    for (const Asked& asked : manyQuestions(kind(), 400)) {
        const Question& question = asked.question;
        ASSERT_EQ(question.options.size(), 4u);
        EXPECT_EQ(
            std::set<std::string>(question.options.begin(), question.options.end()).size(), 4u);
        for (int i = 0; i < 4; ++i) {
            const auto holds = testing::isTrue(
                asked.truth, question.text, question.options[static_cast<std::size_t>(i)]);
            ASSERT_TRUE(holds.has_value()) << question.text << asked.truth.dump();
            EXPECT_EQ(*holds, i == question.right) << question.text << asked.truth.dump();
        }
    }
}

TEST_P(EveryKind, PutsTheAnswerAnywhere)
{
    std::array<double, 4> count {};
    constexpr int questions = 2000;
    for (const Asked& asked : manyQuestions(kind(), questions))
        ++count[static_cast<std::size_t>(asked.question.right)];
    double chi = 0.0;
    for (const double c : count)
        chi += (c - questions / 4.0) * (c - questions / 4.0) / (questions / 4.0);
    EXPECT_LT(chi, 16.27); // 99.9 % of chi squared with 3 degrees
}

TEST_P(EveryKind, SaysWhatIsThereAsTheReasonOfTheRightOption)
{
    for (const Asked& asked : manyQuestions(kind(), 300)) {
        const Question& question = asked.question;
        ASSERT_EQ(question.reasons.size(), 4u);
        const auto& reason = question.reasons[static_cast<std::size_t>(question.right)];
        const auto check = checkDescription(asked.scene, reason);
        EXPECT_EQ(check.hallucinated, 0) << reason;
        EXPECT_EQ(check.wrongPlace, 0) << reason;
        for (const auto& other : question.reasons)
            EXPECT_EQ(other == reason, &other == &reason) << reason;
    }
}

INSTANTIATE_TEST_SUITE_P(Questions, EveryKind, ::testing::Range(0, kQuestionKinds),
    [](const auto& kind) { return std::string(kindWord(static_cast<QuestionKind>(kind.param))); });

TEST(Question, IsNotMadeOfAnEmptyScene)
{
    Random random(1);
    EXPECT_FALSE(makeQuestion(Scene {}, QuestionKind::Colour, random).has_value());
}

TEST(YesNo, AnswersTruly)
{
    std::vector<Scene> scenes;
    for (std::uint64_t i = 0; i < 300; ++i)
        scenes.push_back(makeScene(41, i, Level::Easy, "test"));
    const auto popular = kindsByFrequency(scenes);
    int asked = 0;
    for (std::size_t i = 0; i < scenes.size(); ++i) {
        Random random = Random::of(41, "yes no", i);
        for (const auto choice :
            { AbsentChoice::Random, AbsentChoice::Popular, AbsentChoice::Adversarial })
            for (const bool yes : { true, false })
                for (const auto& question : { makeYesNo(scenes[i], choice, yes, popular, random),
                         makeShapeYesNo(scenes[i], yes, random) }) {
                    if (!question)
                        continue;
                    ++asked;
                    const auto from =
                        question->text.find(' ', std::string("Is there a").size() - 1) + 1;
                    const auto thing =
                        question->text.substr(from, question->text.find(" in the image") - from);
                    EXPECT_EQ(question->yes, yes);
                    EXPECT_EQ(testing::shows(truthJson(scenes[i]), thing), yes) << question->text;
                }
    }
    EXPECT_GT(asked, 3000);
}

TEST(YesNo, AdversarialMixesWhatIsThere)
{
    Scene scene;
    scene.objects = { { Shape::Circle, 0, false, 0, 30, 30, 10, 0 },
        { Shape::Star, 1, false, 1, 90, 30, 10, 0 } };
    for (std::uint64_t i = 0; i < 50; ++i) {
        Random random(i);
        const auto question = makeYesNo(scene, AbsentChoice::Adversarial, false, {}, random);
        ASSERT_TRUE(question.has_value());
        EXPECT_TRUE(question->text == "Is there a red star in the image?"
            || question->text == "Is there a green circle in the image?")
            << question->text;
    }
    scene.objects.pop_back();
    Random random(1);
    EXPECT_FALSE(makeYesNo(scene, AbsentChoice::Adversarial, false, {}, random).has_value());
}

TEST(YesNo, PopularTakesTheMostFrequentAbsentKind)
{
    Scene a;
    a.objects = { { Shape::Circle, 0, false, 0, 30, 30, 10, 0 } };
    Scene b;
    b.objects = { { Shape::Star, 2, false, 0, 30, 30, 10, 0 } };
    const std::vector<Scene> scenes { a, a, b };
    const auto popular = kindsByFrequency(scenes);
    Random random(1);
    EXPECT_EQ(makeYesNo(b, AbsentChoice::Popular, false, popular, random)->text,
        "Is there a red circle in the image?");
    EXPECT_EQ(makeYesNo(a, AbsentChoice::Popular, false, popular, random)->text,
        "Is there a blue star in the image?");
}

Question colours()
{
    return { QuestionKind::Colour, "What color is the star?", { "red", "blue", "white", "green" },
        { "Red it is.", "Blue it is.", "White it is.", "Green it is." }, 2 };
}

TEST(Texts, ListOptionsAsBenchmarksDo)
{
    const auto& options = colours().options;
    EXPECT_EQ(
        listOptions(options, OptionStyle::Sentences), " A. red. B. blue. C. white. D. green.");
    EXPECT_EQ(listOptions(options, OptionStyle::Inline), " A. red B. blue C. white D. green");
    EXPECT_EQ(listOptions(options, OptionStyle::Lines), "\nA. red\nB. blue\nC. white\nD. green");
}

TEST(Texts, AppendTheCallersPrompts)
{
    PromptTexts prompts;
    prompts.reasoning = "Why?";
    prompts.extractor = " Mark it.";
    EXPECT_EQ(askOptions(colours(), AnswerForm::Marked, OptionStyle::Sentences, prompts),
        "What color is the star? A. red. B. blue. C. white. D. green. Why? Mark it.");
    EXPECT_EQ(askOptions(colours(), AnswerForm::Plain, OptionStyle::Lines, prompts),
        "What color is the star?\nA. red\nB. blue\nC. white\nD. green");
    EXPECT_EQ(askReview("Look again.", AnswerForm::Marked, prompts), "Look again. Why? Mark it.");
    EXPECT_EQ(askReview("Look again.", AnswerForm::Plain, prompts), "Look again.");
}

TEST(Texts, PointAtTheLetterOfAnAnswer)
{
    const Question question = colours();
    EXPECT_EQ(answerOption(question, AnswerForm::Marked, 2, true).text, "White it is. ## C ##");
    EXPECT_EQ(
        answerOption(question, AnswerForm::Plain, 1, true).text, "Blue it is. The answer is B.");
    EXPECT_EQ(answerOption(question, AnswerForm::Letter, 3, true).text, "D");
    for (const auto form : { AnswerForm::Marked, AnswerForm::Plain, AnswerForm::Letter })
        for (const bool reasoned : { true, false }) {
            const Reply reply = answerOption(question, form, 1, reasoned);
            ASSERT_EQ(reply.letters.size(), 1u);
            EXPECT_EQ(reply.text[reply.letters[0]], 'B');
        }
    EXPECT_THROW((void)optionLetter(26), std::invalid_argument);
}

} // namespace
} // namespace slook::scenes
