#include "analysis/neighbours.h"
#include "analysis/threads.h"
#include "analysis/wide_kernels.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace slook::analysis {
namespace {

constexpr std::size_t queriesAtOnce = 32; ///< share what they read of the rows
constexpr std::size_t rowsAtOnce = 64; ///< stay in a processor's own memory
constexpr std::size_t queriesPerLook = 1024; ///< between two questions whether to go on

bool nearer(const Neighbour& a, const Neighbour& b)
{
    return a.squared < b.squared || (a.squared == b.squared && a.row < b.row);
}

void requireRows(const Matrix& data, const Matrix& layout, std::size_t k)
{
    if (data.rows != layout.rows || k < 1 || 2 * k >= data.rows)
        throw std::invalid_argument(
            "[neighbours] needs as many points as rows, and k below half of them");
}

std::vector<std::size_t> allOr(std::span<const std::size_t> of, std::size_t rows)
{
    std::vector<std::size_t> list(of.begin(), of.end());
    if (list.empty()) {
        list.resize(rows);
        std::iota(list.begin(), list.end(), 0);
    }
    return list;
}

/// The rows in single precision, moved to their mean and made smaller than 1, to find candidates.
struct Rough {
    std::vector<float> values;
    double longest = 0; ///< largest norm
};

Rough roughOf(const Matrix& rows)
{
    std::vector<double> mean(rows.columns, 0.0);
    for (std::size_t i = 0; i < rows.rows; ++i)
        kernels::addScaled(
            mean.data(), rows.row(i).data(), 1.0 / static_cast<double>(rows.rows), rows.columns);
    double largest = 0;
    for (std::size_t i = 0; i < rows.rows; ++i)
        for (std::size_t j = 0; j < rows.columns; ++j)
            largest = std::max(largest, std::abs(rows.at(i, j) - mean[j]));
    Rough rough;
    rough.values.resize(rows.values.size());
    const double scale = largest > 0 ? 1.0 / largest : 1.0;
    for (std::size_t i = 0; i < rows.rows; ++i) {
        double norm = 0;
        for (std::size_t j = 0; j < rows.columns; ++j) {
            const double value = (rows.at(i, j) - mean[j]) * scale;
            rough.values[i * rows.columns + j] = static_cast<float>(value);
            norm += value * value;
        }
        rough.longest = std::max(rough.longest, std::sqrt(norm));
    }
    return rough;
}

/// Below it lie all of the k nearest, whatever single precision did to the distances: numbers are
/// off by one rounding each and sums by one for each number.
float boundFor(float kth, std::size_t width, double longest)
{
    constexpr double unit = std::numeric_limits<float>::epsilon(); // twice the rounding
    const double moved = unit * 2.0 * longest; // how far rounding moved both ends
    const double squared = kth;
    const double off = squared * unit * static_cast<double>(width + 4)
        + 2.0 * std::sqrt(squared) * moved + moved * moved + 1e-30;
    return static_cast<float>((squared + 2.0 * off) * (1.0 + unit));
}

/// The k nearest of row `query`, exactly, among the rows whose rough distance may be small enough.
std::vector<Neighbour> chosen(const Matrix& rows, std::size_t query, std::size_t k,
    const float* rough, double longest, std::vector<float>& scratch)
{
    scratch.assign(rough, rough + rows.rows);
    scratch[query] = std::numeric_limits<float>::infinity();
    const auto kth = scratch.begin() + static_cast<std::ptrdiff_t>(k - 1);
    std::nth_element(scratch.begin(), kth, scratch.end());
    const float bound = boundFor(*kth, rows.columns, longest);
    std::vector<Neighbour> candidates;
    for (std::size_t j = 0; j < rows.rows; ++j)
        if (j != query && rough[j] <= bound) {
            double squared = 0;
            kernels::squaredDistances(
                rows.row(query).data(), rows.row(j).data(), 1, rows.columns, &squared);
            candidates.push_back({ static_cast<std::uint32_t>(j), squared });
        }
    const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(k);
    std::partial_sort(candidates.begin(), end, candidates.end(), nearer);
    candidates.erase(end, candidates.end());
    return candidates;
}

void nearestOfSome(const Matrix& rows, const Rough& rough, std::size_t k,
    std::span<const std::size_t> queries, std::span<std::vector<Neighbour>> result)
{
    const auto n = rows.rows, width = rows.columns;
    std::vector<float> distances(std::min(queriesAtOnce, queries.size()) * n);
    std::vector<float> scratch;
    for (std::size_t first = 0; first < queries.size(); first += queriesAtOnce) {
        const auto count = std::min(queriesAtOnce, queries.size() - first);
        for (std::size_t from = 0; from < n; from += rowsAtOnce)
            for (std::size_t q = 0; q < count; ++q)
                kernels::squaredDistances(&rough.values[queries[first + q] * width],
                    &rough.values[from * width], std::min(rowsAtOnce, n - from), width,
                    &distances[q * n + from]);
        for (std::size_t q = 0; q < count; ++q)
            result[first + q] =
                chosen(rows, queries[first + q], k, &distances[q * n], rough.longest, scratch);
    }
}

} // namespace

std::vector<std::vector<Neighbour>> nearest(const Matrix& rows, std::size_t k,
    const std::function<bool()>& goOn, std::span<const std::size_t> of)
{
    if (k < 1 || k >= rows.rows)
        throw std::invalid_argument("[nearest] needs 1 <= k < rows");
    const auto queries = allOr(of, rows.rows);
    const auto rough = roughOf(rows);
    std::vector<std::vector<Neighbour>> result(queries.size());
    for (std::size_t from = 0; from < queries.size(); from += queriesPerLook) {
        if (goOn && !goOn())
            return {};
        const auto count = std::min(queriesPerLook, queries.size() - from);
        inRanges(count, queriesAtOnce, [&](std::size_t first, std::size_t last) {
            nearestOfSome(rows, rough, k, std::span(queries).subspan(from + first, last - first),
                std::span(result).subspan(from + first, last - first));
        });
    }
    return result;
}

double trustworthiness(
    const Matrix& data, const Matrix& layout, std::size_t k, std::span<const std::size_t> of)
{
    requireRows(data, layout, k);
    const auto rows = allOr(of, data.rows);
    const auto close = nearest(layout, k, {}, rows);
    std::vector<double> penalties(rows.size(), 0.0);
    inRanges(rows.size(), 8, [&](std::size_t first, std::size_t last) {
        std::vector<double> distances(data.rows);
        for (std::size_t i = first; i < last; ++i) {
            kernels::squaredDistances(data.row(rows[i]).data(), data.values.data(), data.rows,
                data.columns, distances.data());
            for (const Neighbour& one : close[i]) {
                const Neighbour here { one.row, distances[one.row] };
                std::size_t rank = 1;
                for (std::size_t j = 0; j < data.rows; ++j)
                    rank += j != rows[i] && j != one.row
                        && nearer({ static_cast<std::uint32_t>(j), distances[j] }, here);
                penalties[i] += static_cast<double>(std::max(rank, k) - k);
            }
        }
    });
    const double penalty = std::accumulate(penalties.begin(), penalties.end(), 0.0);
    const auto n = static_cast<double>(data.rows);
    const auto count = static_cast<double>(k);
    return 1.0
        - 2.0 / (static_cast<double>(rows.size()) * count * (2.0 * n - 3.0 * count - 1.0))
        * penalty;
}

double neighboursKept(
    const Matrix& data, const Matrix& layout, std::size_t k, std::span<const std::size_t> of)
{
    requireRows(data, layout, k);
    const auto rows = allOr(of, data.rows);
    const auto before = nearest(data, k, {}, rows);
    const auto after = nearest(layout, k, {}, rows);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (const Neighbour& one : before[i])
            kept += std::ranges::find(after[i], one.row, &Neighbour::row) != after[i].end();
    return static_cast<double>(kept) / static_cast<double>(rows.size() * k);
}

} // namespace slook::analysis
