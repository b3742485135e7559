#pragma once
#include "analysis/pca.h"
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace slook::analysis {

struct Neighbour {
    std::uint32_t row;
    double squared; ///< distance
};
/// The `k` nearest other rows of each row by Euclidean distance, nearest first; equal distances in
/// the order of the rows. On all processors; the result does not depend on their number.
/// @param of    rows whose neighbours are wanted; empty: all
/// @param goOn  asked now and then; false ends it with an empty result
/// @throws std::invalid_argument unless 1 <= k < rows
[[nodiscard]] std::vector<std::vector<Neighbour>> nearest(const Matrix& rows, std::size_t k,
    const std::function<bool()>& goOn = {}, std::span<const std::size_t> of = {});

/// How far close points of a layout are close in the data: 1 - 2 / (n k (2n - 3k - 1)) times the
/// sum, over the k neighbours in the layout that are none in the data, of their rank there beyond
/// k.
/// @param of  of these rows alone, ranked among all: an estimate where all would take too long
/// @throws std::invalid_argument unless both have the same rows and 1 <= k < rows / 2
/// Source: Venna and Kaski 2001, equation 1.
[[nodiscard]] double trustworthiness(
    const Matrix& data, const Matrix& layout, std::size_t k, std::span<const std::size_t> of = {});

/// Share of the k nearest neighbours in the data that are among the k nearest in the layout.
[[nodiscard]] double neighboursKept(
    const Matrix& data, const Matrix& layout, std::size_t k, std::span<const std::size_t> of = {});

} // namespace slook::analysis
