#include "engine/sampling.h"
#include "fixture.h"
#include <cmath>
#include <limits>

namespace slook::engine {
namespace {

constexpr float gone = -std::numeric_limits<float>::infinity();

std::vector<float> logsOf(std::vector<double> probabilities)
{
    std::vector<float> logs;
    for (const auto p : probabilities)
        logs.push_back(static_cast<float>(std::log(p)));
    return logs;
}

std::vector<int> keptOf(const std::vector<float>& scores)
{
    std::vector<int> kept;
    for (std::size_t i = 0; i < scores.size(); ++i)
        if (scores[i] != gone)
            kept.push_back(static_cast<int>(i));
    return kept;
}

std::vector<int> keptBy(
    const Sampling& sampling, std::vector<double> probabilities = { 0.1, 0.4, 0.05, 0.3, 0.15 })
{
    auto scores = logsOf(std::move(probabilities));
    processScores(scores, {}, 0, {}, sampling);
    return keptOf(scores);
}

TEST(Sampling, ProcessedScoresAreTheReferences)
{
    SLOOK_NEED(test::parityDir());
    const auto expected = test::readTensors(test::parityDir() / "llava15/expected.safetensors");
    const auto ids = test::familyCase("warp").ids[0];
    const std::map<std::string, Sampling> variants {
        { "temperature0.7", { .sample = true, .temperature = 0.7 } },
        { "top_k5", { .sample = true, .topK = 5 } },
        { "top_p0.9", { .sample = true, .topP = 0.9 } },
        { "min_p0.05", { .sample = true, .minP = 0.05 } },
        { "t0.8_k20_p0.85", { .sample = true, .temperature = 0.8, .topK = 20, .topP = 0.85 } },
        { "rep1.3", { .sample = true, .repetitionPenalty = 1.3 } },
        { "rep1.2_t0.7_p0.9",
            { .sample = true, .temperature = 0.7, .topP = 0.9, .repetitionPenalty = 1.2 } },
        { "t0.2", { .sample = true, .temperature = 0.2 } },
        { "typical0.8", { .sample = true, .typicalP = 0.8 } },
    };
    for (const auto& [name, sampling] : variants) {
        auto scores = expected.at("warp/logits").clone();
        processScores(
            { scores.mutable_data_ptr<float>(), static_cast<std::size_t>(scores.numel()) }, ids, 0,
            {}, sampling);
        EXPECT_LE(test::distance(scores, expected.at("warp/" + name + "/scores")), 1e-4) << name;
    }
}

TEST(Sampling, TopKKeepsTheBest)
{
    EXPECT_EQ(keptBy({ .sample = true, .topK = 2 }), (std::vector { 1, 3 }));
}

TEST(Sampling, TopPKeepsTheSmallestSetWithTheProbability)
{
    EXPECT_EQ(keptBy({ .sample = true, .topP = 0.65 }), (std::vector { 1, 3 }));
    EXPECT_EQ(keptBy({ .sample = true, .topP = 0.75 }), (std::vector { 1, 3, 4 }));
    EXPECT_EQ(keptBy({ .sample = true, .topP = 0.01 }), (std::vector { 1 }));
}

TEST(Sampling, MinPIsAShareOfTheBest)
{
    EXPECT_EQ(keptBy({ .sample = true, .minP = 0.3 }), (std::vector { 1, 3, 4 }));
}

TEST(Sampling, GreedyIgnoresTheWarpers)
{
    EXPECT_EQ(keptBy({ .sample = false, .temperature = 0.1, .topK = 1 }).size(), 5u);
}

TEST(Sampling, RepetitionIsPenalisedOnceAndTowardsLess)
{
    std::vector<float> scores { 2.0F, -2.0F, 1.0F };
    processScores(
        scores, std::vector<std::int64_t> { 0, 0, 1, 77 }, 0, {}, { .repetitionPenalty = 2.0 });
    EXPECT_EQ(scores, (std::vector { 1.0F, -4.0F, 1.0F }));
}

TEST(Sampling, ANgramDoesNotComeTwice)
{
    std::vector<float> scores(6, 0.0F);
    processScores(scores, std::vector<std::int64_t> { 1, 2, 3, 1, 2, 5, 1, 2 }, 0, {},
        { .noRepeatNgram = 3 });
    EXPECT_EQ(keptOf(scores), (std::vector { 0, 1, 2, 4 }));
}

TEST(Sampling, AnEndTokenWaitsForTheLeastNumberOfTokens)
{
    std::vector<float> scores(3, 0.0F);
    processScores(scores, {}, 1, std::vector<std::int64_t> { 2 }, { .minNewTokens = 2 });
    EXPECT_EQ(keptOf(scores), (std::vector { 0, 1 }));
    std::vector<float> later(3, 0.0F);
    processScores(later, {}, 2, std::vector<std::int64_t> { 2 }, { .minNewTokens = 2 });
    EXPECT_EQ(keptOf(later).size(), 3u);
}

TEST(Sampling, DrawsFollowTheDistribution)
{
    const auto scores = logsOf({ 0.2, 0.5, 0.3 });
    EXPECT_EQ(drawToken(scores, 0.0), 0);
    EXPECT_EQ(drawToken(scores, 0.199), 0);
    EXPECT_EQ(drawToken(scores, 0.201), 1);
    EXPECT_EQ(drawToken(scores, 0.699), 1);
    EXPECT_EQ(drawToken(scores, 0.701), 2);
    EXPECT_EQ(drawToken(scores, 0.9999999), 2);
    std::vector<int> counts(3);
    for (std::uint64_t step = 0; step < 20000; ++step)
        ++counts[static_cast<std::size_t>(drawToken(scores, uniformAt(42, step)))];
    // Five standard deviations of a binomial count.
    EXPECT_NEAR(counts[0], 4000, 5 * std::sqrt(20000 * 0.2 * 0.8));
    EXPECT_NEAR(counts[1], 10000, 5 * std::sqrt(20000 * 0.5 * 0.5));
}

TEST(Sampling, ARemovedTokenIsNeverDrawn)
{
    const std::vector<float> scores { gone, 0.0F, gone };
    for (const double u : { 0.0, 0.5, 0.999999999 })
        EXPECT_EQ(drawToken(scores, u), 1);
}

TEST(Sampling, NumbersDependOnSeedAndStepAlone)
{
    EXPECT_EQ(uniformAt(1, 2), uniformAt(1, 2));
    EXPECT_NE(uniformAt(1, 2), uniformAt(2, 1));
    EXPECT_NE(uniformAt(1, 2), uniformAt(1, 3));
}

} // namespace
} // namespace slook::engine
