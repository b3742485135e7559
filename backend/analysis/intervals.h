#pragma once
#include <cstdint>

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

/// The standard normal quantile: the z with P(Z <= z) = p, for 0 < p < 1.
[[nodiscard]] double normalQuantile(double p);

} // namespace slook::analysis
