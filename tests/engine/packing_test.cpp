#include "engine/packing.h"
#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace slook::engine {
namespace {

TrainExample example(std::vector<std::int64_t> prompt, std::vector<Segment> segments)
{
    TrainExample made;
    made.prompt = std::move(prompt);
    made.segments = std::move(segments);
    return made;
}

TEST(Pack, LetsASegmentSeeThePromptAndItselfOnly)
{
    const auto pair = example({ 5, 6 }, { { { 7, 8 }, {} }, { { 9 }, {} } });
    const auto batch = pack({ &pair }, 0, at::kCPU);
    const bool expected[5][5] = { { true, false, false, false, false },
        { true, true, false, false, false }, { true, true, true, false, false },
        { true, true, true, true, false }, { true, true, false, false, true } };
    for (int q = 0; q < 5; ++q)
        for (int k = 0; k < 5; ++k)
            EXPECT_EQ(batch.mask[0][0][q][k].item<bool>(), expected[q][k]) << q << " " << k;
    EXPECT_TRUE(at::equal(batch.positions, at::tensor({ 0, 1, 2, 3, 2 }, at::kLong).unsqueeze(0)));
}

TEST(Pack, PredictsTheFirstTokenOfEverySegmentFromThePromptsEnd)
{
    const auto pair = example({ 5, 6 }, { { { 7, 8 }, {} }, { { 9 }, {} } });
    const auto batch = pack({ &pair }, 0, at::kCPU);
    EXPECT_TRUE(at::equal(batch.rows, at::tensor({ 1, 2, 1 }, at::kLong)));
    EXPECT_TRUE(at::equal(batch.targets, at::tensor({ 7, 8, 9 }, at::kLong)));
    EXPECT_TRUE(at::equal(batch.segment, at::tensor({ 0, 0, 1 }, at::kLong)));
    EXPECT_TRUE(at::equal(batch.place, at::tensor({ 0, 1, 0 }, at::kLong)));
}

TEST(Pack, LeavesOutTokensOfWeightZeroAndPadsTheShorterRow)
{
    const auto one = example({ 5 }, { { { 7, 8, 9 }, { 0.0F, 0.0F, 0.5F } } });
    const auto two = example({ 5 }, { { { 7 }, {} } });
    const auto batch = pack({ &one, &two }, 3, at::kCPU);
    EXPECT_TRUE(at::equal(batch.rows, at::tensor({ 2, 4 }, at::kLong)));
    EXPECT_TRUE(at::equal(batch.weights, at::tensor({ 0.5F, 1.0F })));
    EXPECT_TRUE(at::equal(batch.ids[1], at::tensor({ 5, 7, 3, 3 }, at::kLong)));
    EXPECT_TRUE(batch.mask[1][0].any(1).all().item<bool>()); // no row sees nothing
    EXPECT_EQ(batch.tokens, 6);
    EXPECT_DOUBLE_EQ(one.weight(), 0.5);
}

TEST(Refusal, NamesTheReason)
{
    EXPECT_EQ(refusal(example({ 1 }, { { { 2 }, {} } }), 2, 10, 99), "");
    EXPECT_NE(refusal(example({ 1, 1 }, { { { 2 }, {} } }), 2, 10, 99).find("3 tokens and 2"),
        std::string::npos);
    EXPECT_NE(refusal(example({}, { { { 2 }, {} } }), 2, 10, 99), "");
    EXPECT_NE(refusal(example({ 1 }, { { {}, {} } }), 2, 10, 99), "");
    EXPECT_NE(refusal(example({ 1 }, { { { 10 }, {} } }), 2, 10, 99), "");
    EXPECT_EQ(refusal(example({ 99 }, { { { 2 }, {} } }), 2, 10, 99),
        ""); // a placeholder behind the vocabulary
    EXPECT_NE(refusal(example({ 1 }, { { { 99 }, {} } }), 2, 10, 99), ""); // but not in an answer
}

} // namespace
} // namespace slook::engine
