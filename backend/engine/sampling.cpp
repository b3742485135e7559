#include "engine/sampling.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

namespace slook::engine {
namespace {

constexpr float removed = -std::numeric_limits<float>::infinity();

void penaliseRepetition(std::span<float> scores, std::span<const std::int64_t> seen, float penalty)
{
    std::unordered_set<std::int64_t> done;
    for (const auto id : seen) {
        if (id < 0 || id >= static_cast<std::int64_t>(scores.size()) || !done.insert(id).second)
            continue;
        float& score = scores[static_cast<std::size_t>(id)];
        score = score < 0 ? score * penalty : score / penalty;
    }
}

void forbidNgrams(std::span<float> scores, std::span<const std::int64_t> seen, std::size_t n)
{
    if (seen.size() + 1 < n)
        return;
    const auto last = seen.subspan(seen.size() + 1 - n);
    for (std::size_t i = 0; i + n <= seen.size(); ++i)
        if (std::ranges::equal(seen.subspan(i, n - 1), last)) {
            const auto id = seen[i + n - 1];
            if (id >= 0 && id < static_cast<std::int64_t>(scores.size()))
                scores[static_cast<std::size_t>(id)] = removed;
        }
}

float largest(std::span<const float> scores)
{
    return *std::max_element(scores.begin(), scores.end());
}

/// Softmax in double, for sums that must not drift.
std::vector<double> probabilities(std::span<const float> scores)
{
    const double top = largest(scores);
    std::vector<double> p(scores.size());
    double sum = 0;
    for (std::size_t i = 0; i < p.size(); ++i)
        sum += p[i] = std::exp(static_cast<double>(scores[i]) - top);
    for (auto& one : p)
        one /= sum;
    return p;
}

void keepTopK(std::span<float> scores, std::size_t k)
{
    if (k >= scores.size())
        return;
    std::vector<float> sorted(scores.begin(), scores.end());
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(k - 1),
        sorted.end(), std::greater<>());
    const float limit = sorted[k - 1];
    for (auto& score : scores)
        if (score < limit)
            score = removed;
}

void keepTopP(std::span<float> scores, double topP)
{
    const auto p = probabilities(scores);
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t { 0 });
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return scores[i]; });
    double below = 0;
    for (std::size_t rank = 0; rank + 1 < order.size(); ++rank) { // the best one always stays
        below += p[order[rank]];
        if (below > 1.0 - topP)
            break;
        scores[order[rank]] = removed;
    }
}

void keepMinP(std::span<float> scores, double minP)
{
    const auto limit = static_cast<double>(largest(scores)) + std::log(minP);
    for (auto& score : scores)
        if (static_cast<double>(score) < limit)
            score = removed;
}

void keepTypical(std::span<float> scores, double mass)
{
    const auto p = probabilities(scores);
    double entropy = 0;
    for (const auto one : p)
        entropy -= one > 0 ? one * std::log(one) : 0;
    std::vector<double> distance(p.size(), std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < p.size(); ++i)
        if (p[i] > 0)
            distance[i] = std::abs(-std::log(p[i]) - entropy);
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t { 0 });
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return distance[i]; });
    double sum = 0;
    std::size_t last = 0;
    for (; last + 1 < order.size(); ++last)
        if ((sum += p[order[last]]) >= mass)
            break;
    const double limit = distance[order[last]];
    for (std::size_t i = 0; i < p.size(); ++i)
        if (distance[i] > limit)
            scores[i] = removed;
}

} // namespace

bool Sampling::isPlainGreedy() const
{
    return !sample && repetitionPenalty == 1.0 && noRepeatNgram == 0 && minNewTokens == 0;
}

void processScores(std::span<float> scores, std::span<const std::int64_t> seen,
    std::int64_t newTokens, std::span<const std::int64_t> eosTokenIds, const Sampling& sampling)
{
    if (sampling.repetitionPenalty != 1.0)
        penaliseRepetition(scores, seen, static_cast<float>(sampling.repetitionPenalty));
    if (sampling.noRepeatNgram > 0)
        forbidNgrams(scores, seen, static_cast<std::size_t>(sampling.noRepeatNgram));
    if (newTokens < sampling.minNewTokens)
        for (const auto id : eosTokenIds)
            if (id >= 0 && id < static_cast<std::int64_t>(scores.size()))
                scores[static_cast<std::size_t>(id)] = removed;
    if (!sampling.sample || !std::isfinite(largest(scores)))
        return;
    if (sampling.temperature != 1.0)
        for (auto& score : scores)
            score /= static_cast<float>(sampling.temperature);
    if (sampling.topK > 0)
        keepTopK(scores, static_cast<std::size_t>(sampling.topK));
    if (sampling.topP < 1.0)
        keepTopP(scores, sampling.topP);
    if (sampling.minP > 0.0)
        keepMinP(scores, sampling.minP);
    if (sampling.typicalP < 1.0)
        keepTypical(scores, sampling.typicalP);
}

std::int64_t drawToken(std::span<const float> scores, double u)
{
    const auto p = probabilities(scores);
    double sum = 0;
    std::int64_t last = 0;
    for (std::size_t i = 0; i < p.size(); ++i) {
        if (p[i] <= 0)
            continue;
        last = static_cast<std::int64_t>(i);
        if ((sum += p[i]) > u)
            break;
    }
    return last;
}

std::int64_t bestToken(std::span<const float> scores)
{
    return std::max_element(scores.begin(), scores.end()) - scores.begin();
}

double uniformAt(std::uint64_t seed, std::uint64_t step)
{
    const auto mix = [](std::uint64_t z) {
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ z >> 27) * 0x94D049BB133111EBull;
        return z ^ z >> 31;
    };
    const auto bits = mix(mix(seed + 0x9E3779B97F4A7C15ull) + (step + 1) * 0x9E3779B97F4A7C15ull);
    return static_cast<double>(bits >> 11) * 0x1p-53;
}

} // namespace slook::engine
