#include "scenes/describe.h"
#include "scenes/truth.h"
#include "scenes/words.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace slook::scenes {
namespace {

Object object(int colour, Shape shape, bool big, int cell)
{
    Object o;
    o.colour = colour;
    o.shape = shape;
    o.big = big;
    o.cell = cell;
    return o;
}

Scene twoObjects()
{
    Scene scene;
    scene.objects = { object(0, Shape::Circle, false, 0), object(5, Shape::Star, true, 4) };
    return scene;
}

TEST(Describe, NamesEveryObject)
{
    EXPECT_EQ(describe(twoObjects()),
        "The image shows a small red circle at the top left and a big orange star in the center on "
        "a gray background.");
}

TEST(Check, ATrueDescriptionKnowsAsMuchAsTheScene)
{
    Random random(4);
    for (std::uint64_t i = 0; i < 200; ++i) {
        const Scene scene = makeScene(52, i, i % 2 == 0 ? Level::Easy : Level::Hard, "test");
        const auto text =
            i % 3 == 0 ? describeFreely(scene, random) : describeWithInvented(scene, 2, random);
        const auto byScene = checkDescription(scene, text);
        const auto byText = checkDescription(describe(scene), text);
        EXPECT_EQ(byText.objects, byScene.objects);
        EXPECT_EQ(byText.hallucinatedNames, byScene.hallucinatedNames);
        EXPECT_EQ(byText.missed, byScene.missed);
        EXPECT_EQ(byText.wrongSize, byScene.wrongSize);
        EXPECT_EQ(byText.wrongPlace, byScene.wrongPlace);
    }
}

TEST(Describe, OfManyScenesIsWhollyTrue)
{
    for (std::uint64_t i = 0; i < 200; ++i) {
        const Scene scene = makeScene(51, i, i % 2 == 0 ? Level::Easy : Level::Hard, "test");
        const auto check = checkDescription(scene, describe(scene));
        EXPECT_EQ(check.correct, static_cast<int>(scene.objects.size()));
        EXPECT_EQ(check.mentioned, check.correct);
        EXPECT_EQ(check.missed + check.wrongPlace + check.wrongSize + check.hallucinated, 0);
    }
}

TEST(Describe, InventsAsManyObjectsAsItIsTold)
{
    for (std::uint64_t i = 0; i < 100; ++i) {
        const Scene scene = makeScene(52, i, Level::Easy, "test");
        Random random(i);
        const int invented = static_cast<int>(i % 4);
        const auto check = checkDescription(scene, describeWithInvented(scene, invented, random));
        EXPECT_EQ(check.hallucinated, invented);
        EXPECT_EQ(check.missed, 0);
    }
}

TEST(Describe, FreelyAlwaysInvents)
{
    int things = 0;
    int missed = 0;
    for (std::uint64_t i = 0; i < 200; ++i) {
        const Scene scene = makeScene(53, i, Level::Easy, "test");
        Random random(i);
        const std::string text = describeFreely(scene, random);
        const auto check = checkDescription(scene, text);
        EXPECT_GE(check.hallucinated, 2) << text;
        EXPECT_LE(check.hallucinated, 4) << text;
        things += check.hallucinated == 4 ? 1 : 0;
        missed += check.missed;
    }
    EXPECT_GT(things, 0);
    EXPECT_GT(missed, 100);
}

TEST(CheckDescription, CountsWhatIsWrong)
{
    const auto check = checkDescription(twoObjects(),
        "A BIG red circle in the center, an orange star at the top left and two green crosses, a "
        "dog.");
    EXPECT_EQ(check.objects, 2);
    EXPECT_EQ(check.mentioned, 4); // one mention of crosses, however many it speaks of
    EXPECT_EQ(check.correct, 2);
    EXPECT_EQ(check.hallucinated, 2);
    EXPECT_EQ(check.missed, 0);
    EXPECT_EQ(check.wrongSize, 1); // of the star nothing is said
    EXPECT_EQ(check.wrongPlace, 2);
    EXPECT_EQ(check.hallucinatedNames, (std::vector<std::string> { "a dog", "green cross" }));
}

TEST(CheckDescription, MatchesEachObjectOnce)
{
    const auto check = checkDescription(twoObjects(), "A red circle and another red circle.");
    EXPECT_EQ(check.correct, 1);
    EXPECT_EQ(check.hallucinated, 1);
    EXPECT_EQ(check.missedNames, (std::vector<std::string> { "orange star" }));
}

TEST(CheckDescription, GivesTheObjectToTheMentionAtItsPlace)
{
    Scene scene;
    scene.objects = { object(0, Shape::Circle, false, 0), object(0, Shape::Circle, true, 8) };
    const auto check = checkDescription(
        scene, "a big red circle at the bottom right and a small red circle at the top left");
    EXPECT_EQ(check.correct, 2);
    EXPECT_EQ(check.wrongPlace + check.wrongSize, 0);
}

TEST(CheckDescription, SurvivesAnyText)
{
    for (const std::string text :
        { "", "red", "circle", "\xff\xfe red\xff circle", "red circle at the", "a red", "in the" })
        EXPECT_LE(checkDescription(twoObjects(), text).correct, 1) << text;
}

TEST(Mentions, TellWhereInTheTextTheyStand)
{
    const std::string text = "Maybe a small white square at the bottom center.";
    const auto mentions = mentionsIn(text);
    ASSERT_EQ(mentions.size(), 1u);
    EXPECT_EQ(text.substr(mentions[0].begin, mentions[0].end - mentions[0].begin), "white square");
    EXPECT_EQ(mentions[0].cell, 7);
    EXPECT_EQ(mentions[0].big, false);
}

TEST(Truth, HoldsEveryFact)
{
    const Json truth = truthJson(twoObjects());
    ASSERT_EQ(truth.at("objects").size(), 2u);
    EXPECT_EQ(truth.at("objects")[1].at("shape"), "star");
    EXPECT_EQ(truth.at("objects")[1].at("color"), "orange");
    EXPECT_EQ(truth.at("objects")[1].at("position"), "center");
    EXPECT_EQ(truth.at("objects")[1].at("size"), "big");
    EXPECT_EQ(truth.at("background"), "gray");
}

TEST(Words, JoinAndTakeArticles)
{
    EXPECT_EQ(joined({ "a" }), "a");
    EXPECT_EQ(joined({ "a", "b" }), "a and b");
    EXPECT_EQ(joined({ "a", "b", "c" }), "a, b and c");
    EXPECT_EQ(withArticle("orange star"), "an orange star");
    EXPECT_EQ(withArticle("red star"), "a red star");
    EXPECT_EQ(place(4), "in the center");
    EXPECT_EQ(place(8), "at the bottom right");
}

} // namespace
} // namespace slook::scenes
