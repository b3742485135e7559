#include "lesson.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace slook::teach {
namespace {

class LessonTest : public ::testing::Test {
protected:
    static void SetUpTestSuite()
    {
        session =
            *engine::Session::load(std::filesystem::path(SLOOK_SOURCE_DIR) / "resources/model");
    }
    static void TearDownTestSuite() { session.reset(); }

    static std::string textOf(const engine::Segment& segment, bool trained)
    {
        std::vector<std::int64_t> ids;
        for (std::size_t i = 0; i < segment.ids.size(); ++i)
            if ((segment.weights[i] > 0.0F) == trained)
                ids.push_back(segment.ids[i]);
        return session->decode(ids);
    }
    inline static std::unique_ptr<engine::Session> session;
    engine::SeenPicture picture = *session->see(image::filled(96, 96, {}));
    Lesson lesson = *Lesson::create(*session, picture);
};

TEST_F(LessonTest, TrainsWholeRepliesByTheRootOfTheirLength)
{
    const auto example =
        lesson.example({ { { "Where is it?", { "The answer is B.", { 14 }, {} } } } }, 5, 3.0);
    EXPECT_EQ(example.images, std::vector<std::size_t> { 5 });
    EXPECT_EQ(std::count(example.prompt.begin(), example.prompt.end(),
                  session->model().shape().imageTokenId),
        lesson.patches());
    EXPECT_EQ(lesson.patches(), session->model().encodeImages(at::zeros({ 1, 3, 96, 96 })).size(1));
    const auto& segment = example.segments.at(0);
    EXPECT_EQ(textOf(segment, false), "Where is it? ASSISTANT:");
    EXPECT_EQ(textOf(segment, true), " The answer is B.");
    std::vector<float> weights;
    for (const float weight : segment.weights)
        if (weight > 0.0F)
            weights.push_back(weight);
    ASSERT_EQ(weights.size(), 6u); // The, answer, is, B, full stop, end
    EXPECT_NEAR(weights[0], 1 / std::sqrt(6.0), 1e-6);
    EXPECT_NEAR(weights[3], 3 / std::sqrt(6.0), 1e-6);
}

TEST_F(LessonTest, TrainsOnlyWhatIsLearnedAndReadsWhatWeighsNothing)
{
    scenes::Reply drill { "red circle: top left blue star: center", {},
        { { 12, 20 }, { 32, 38 } } };
    const auto example = lesson.example(
        { { { "Where is what?", drill } },
            { { "Q", { "A", { 0 }, {} }, 0.0 }, { "Again.", { "It is red.", {}, {} } } } },
        0, 1.0);
    EXPECT_EQ(textOf(example.segments.at(0), true), " top left center");
    EXPECT_EQ(
        textOf(example.segments.at(0), false), "Where is what? ASSISTANT: red circle: blue star:");
    EXPECT_EQ(textOf(example.segments.at(1), true), " It is red.");
}

TEST_F(LessonTest, WritesAConversationWithoutAPictureAsTheChatTemplateDoes)
{
    const auto example = lesson.example(
        { { { "Match.\nA. red\nB. blue", { "red A", {}, { { 4, 5 } } } } } }, std::nullopt, 1.0);
    EXPECT_TRUE(example.images.empty());
    const auto& segment = example.segments.at(0);
    EXPECT_EQ(textOf(segment, true), " A");
    auto ours = example.prompt;
    ours.insert(ours.end(), segment.ids.begin(), segment.ids.end());
    const std::vector messages { text::userMessage("Match.\nA. red\nB. blue", 0) };
    const auto theirs = session->encodePrompt(*session->render(messages), {});
    ASSERT_TRUE(theirs) << theirs.error().what;
    ASSERT_LT(theirs->size(), ours.size());
    EXPECT_TRUE(std::equal(theirs->begin(), theirs->end(), ours.begin()));
}

} // namespace
} // namespace slook::teach
