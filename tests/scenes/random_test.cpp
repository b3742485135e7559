#include "core/random.h"
#include "scenes/outline.h"
#include <array>
#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

namespace slook::scenes {
namespace {

TEST(Random, IsXoshiroSeededBySplitmix)
{
    // The first two outputs of splitmix64 for 1234567, as published with the generator, fill words
    // 0 and 1; xoshiro256** returns rotl(word 1 * 5, 7) * 9.
    const std::uint64_t word1 = 3203168211198807973u;
    Random random(1234567);
    EXPECT_EQ(random.next(), std::rotl(word1 * 5, 7) * 9);
}

TEST(Random, StreamsDifferByPurposeSeedAndIndex)
{
    const auto first = Random::of(1, "training", 5).next();
    EXPECT_EQ(first, Random::of(1, "training", 5).next());
    EXPECT_NE(first, Random::of(1, "export", 5).next());
    EXPECT_NE(first, Random::of(2, "training", 5).next());
    EXPECT_NE(first, Random::of(1, "training", 6).next());
}

TEST(Random, BelowIsUniform)
{
    Random random(3);
    std::array<int, 7> count {};
    constexpr int draws = 70'000;
    for (int i = 0; i < draws; ++i)
        ++count[static_cast<std::size_t>(random.below(7))];
    double chi = 0.0;
    for (const int c : count)
        chi += (c - draws / 7.0) * (c - draws / 7.0) / (draws / 7.0);
    EXPECT_LT(chi, 22.46); // 99.9 % of chi squared with 6 degrees
}

TEST(Random, BellHasMeanZeroAndVarianceOne)
{
    Random random(4);
    double sum = 0.0;
    double squares = 0.0;
    constexpr int draws = 100'000;
    for (int i = 0; i < draws; ++i) {
        const double x = random.bell();
        EXPECT_LT(std::abs(x), 3.47);
        sum += x;
        squares += x * x;
    }
    EXPECT_NEAR(sum / draws, 0.0, 5.0 / std::sqrt(draws));
    EXPECT_NEAR(squares / draws, 1.0, .02);
}

TEST(Random, WeightedFollowsItsWeights)
{
    Random random(5);
    std::array<int, 3> count {};
    for (int i = 0; i < 10'000; ++i)
        ++count[static_cast<std::size_t>(random.weighted({ 1.0, 0.0, 3.0 }))];
    EXPECT_EQ(count[1], 0);
    EXPECT_NEAR(count[0], 2500, 5 * std::sqrt(10'000 * .25 * .75));
}

TEST(Random, RefusesWhatHasNoAnswer)
{
    Random random(6);
    EXPECT_THROW((void)random.below(0), std::invalid_argument);
    EXPECT_THROW((void)random.weighted({ 0.0, 0.0 }), std::invalid_argument);
}

TEST(Sine, IsThatOfTheLibrary)
{
    for (double x = -900.0; x < 900.0; x += .37) {
        EXPECT_NEAR(sine(x), std::sin(x), 1e-9) << x;
        EXPECT_NEAR(cosine(x), std::cos(x), 1e-9) << x;
    }
}

} // namespace
} // namespace slook::scenes
