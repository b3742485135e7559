#pragma once
#include <optional>
#include <span>
#include <vector>

namespace slook::analysis {

enum class KappaWeights { None, Linear, Quadratic };

/// Cohen's kappa of two raters over the same units; categories are whole numbers (weights use
/// their distance among those that occur, in order).
/// @return 1 where both always agree, also on a single category
/// @throws std::invalid_argument unless both have the same number of units, at least one
/// Source: Cohen 1960; weighted form: Cohen 1968.
[[nodiscard]] double cohenKappa(
    std::span<const int> a, std::span<const int> b, KappaWeights weights = KappaWeights::None);

/// Krippendorff's alpha with the nominal metric. One row per rater, one column per unit; a missing
/// rating is empty.
/// @return empty where no unit has two ratings; 1 where all ratings are of one category
/// @throws std::invalid_argument for rows of unequal length
/// Source: Krippendorff 2011, "Computing Krippendorff's alpha-reliability", coincidence matrix.
[[nodiscard]] std::optional<double> krippendorffAlpha(
    const std::vector<std::vector<std::optional<int>>>& ratersByUnits);

} // namespace slook::analysis
