#pragma once
#include <cstdint>
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

/// Fleiss' kappa of any number of raters, each unit judged by the same number of them.
/// @param counts  one row per unit, one column per category: how many raters chose it
/// @return empty where all judgements are of one category, so that chance agreement is certain
/// @throws std::invalid_argument unless there is a unit, rows are of one length, no count is
/// negative and each row sums to one number >= 2
/// Source: Fleiss 1971, equations 1 to 7.
[[nodiscard]] std::optional<double> fleissKappa(const std::vector<std::vector<int>>& counts);

/// One row per rater, one column per unit; a missing rating is empty.
using Ratings = std::vector<std::vector<std::optional<int>>>;

/// How far two categories are from each other: not at all alike, or by how many ratings lie
/// between them in their order.
enum class AlphaMetric { Nominal, Ordinal };

/// Krippendorff's alpha of any number of raters, with missing ratings.
/// @return empty where no unit has two ratings; 1 where all ratings are of one category
/// @throws std::invalid_argument for rows of unequal length
/// Source: Krippendorff 2011, "Computing Krippendorff's alpha-reliability", coincidence matrix.
[[nodiscard]] std::optional<double> krippendorffAlpha(
    const Ratings& ratersByUnits, AlphaMetric metric = AlphaMetric::Nominal);

/// Share of pairs of ratings of one unit that are the same, over all units.
struct RawAgreement {
    std::int64_t pairs = 0; ///< of ratings, two raters on one unit
    std::int64_t same = 0;
    std::int64_t units = 0; ///< with two ratings or more
    int categories = 0; ///< that occur in those units
};
/// @throws std::invalid_argument for rows of unequal length
[[nodiscard]] RawAgreement rawAgreement(const Ratings& ratersByUnits);

} // namespace slook::analysis
