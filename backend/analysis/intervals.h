#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace slook::analysis {

struct Interval {
    double low = 0;
    double high = 1;
};

/// Wilson's score interval of a share: `hits` of `n`.
/// @return [0, 1] where n is 0; within [0, 1] always
/// @throws std::invalid_argument unless 0 <= hits <= n and 0 < confidence < 1
/// Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".
[[nodiscard]] Interval wilson(std::int64_t hits, std::int64_t n, double confidence = 0.95);

/// The interval of a ratio of two sums over units, sum(part) / sum(whole): for counts that
/// come in clusters, such as the objects of one description.
/// @return the ratio and its interval, clipped to [0, 1]; [0, 1] where there are fewer than 2 units
///         or the whole is 0
/// @throws std::invalid_argument unless both lists have one length and 0 < confidence < 1
/// Source: the ratio estimate's variance by linearisation, Cochran 1977, Sampling Techniques,
/// chapter 6, without the finite population's factor.
struct RatioInterval : Interval {
    double ratio = 0;
};
[[nodiscard]] RatioInterval ratioInterval(std::span<const std::int64_t> part,
    std::span<const std::int64_t> whole, double confidence = 0.95);

/// The standard normal quantile: the z with P(Z <= z) = p, for 0 < p < 1.
[[nodiscard]] double normalQuantile(double p);

/// What a resample of units says; `places` are numbers of units, repeats included.
using Statistic = std::function<std::optional<double>(std::span<const std::size_t> places)>;

struct BootstrapOptions {
    int resamples = 1000;
    double confidence = 0.95;
    std::uint64_t seed = 1; ///< the same seed gives the same interval on every machine
};

/// Percentile interval of a statistic over `units` units that are drawn again with replacement.
/// Resamples for which the statistic is undefined are left out.
/// @return empty where there is no unit or more than half of the resamples are undefined
/// @throws std::invalid_argument unless resamples > 0 and 0 < confidence < 1
/// Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", chapter 13.
[[nodiscard]] std::optional<Interval> bootstrapInterval(
    std::size_t units, const Statistic& statistic, const BootstrapOptions& options = {});

} // namespace slook::analysis
