#pragma once
#include <span>
#include <vector>

namespace slook::analysis {

/// Pearson's product-moment correlation. @return NaN where one list does not vary
/// @throws std::invalid_argument unless both have the same length, at least two
[[nodiscard]] double pearson(std::span<const double> a, std::span<const double> b);

/// Spearman's rank correlation: Pearson's of the ranks, ties sharing their mean rank. As above.
[[nodiscard]] double spearman(std::span<const double> a, std::span<const double> b);

/// Kendall's tau-b, which allows for ties. O(n^2). As above. Source: Kendall 1945.
[[nodiscard]] double kendallTauB(std::span<const double> a, std::span<const double> b);

/// 1 for the smallest; equal values share the mean of their places.
[[nodiscard]] std::vector<double> ranks(std::span<const double> values);

} // namespace slook::analysis
