#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace slook::engine {

/// How the next token is chosen from the scores. Steps run in the order of Hugging Face's
/// generate().
struct Sampling {
    bool sample = false; ///< false: the best token; the warpers below do not run
    double temperature = 1.0;
    std::int64_t topK = 0; ///< keep so many best tokens; 0: all
    double topP = 1.0; ///< keep the smallest set of best tokens with this probability; 1: all
    double minP = 0.0; ///< drop tokens below this share of the best one's probability; 0: none
    double typicalP = 1.0; ///< Meister et al. 2022, arXiv:2202.00666; 1: all
    double repetitionPenalty =
        1.0; ///< Keskar et al. 2019, arXiv:1909.05858; prompt ids count, placeholders too
    std::int64_t noRepeatNgram = 0; ///< no n-gram twice, prompt included; 0: off
    std::int64_t minNewTokens = 0; ///< no end token before so many new ones

    /// True where scores are used as they are, so that no row has to be copied.
    [[nodiscard]] bool isPlainGreedy() const;
};

/// Applies all steps to one row.
/// @param scores     [vocabulary] logits, changed in place; removed tokens become -infinity
/// @param seen       prompt and generated ids so far
/// @param newTokens  how many of `seen` were generated
/// @param eosTokenIds kept away while newTokens < minNewTokens
void processScores(std::span<float> scores, std::span<const std::int64_t> seen,
    std::int64_t newTokens, std::span<const std::int64_t> eosTokenIds, const Sampling& sampling);

/// The index where the running sum of softmax(scores) passes `u`. @param u in [0, 1)
[[nodiscard]] std::int64_t drawToken(std::span<const float> scores, double u);
/// The first index of the largest score.
[[nodiscard]] std::int64_t bestToken(std::span<const float> scores);

/// A number in [0, 1) that depends on nothing but the conversation's seed and the step: so an
/// answer does not depend on which other conversations are in the batch. Source: Steele et al. 2014
/// (SplitMix64).
[[nodiscard]] double uniformAt(std::uint64_t seed, std::uint64_t step);

} // namespace slook::engine
