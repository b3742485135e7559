#include "analysis/neighbours.h"
#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace slook::analysis {
namespace {

double squaredDistance(std::span<const double> a, std::span<const double> b)
{
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

std::vector<Neighbour> othersOf(const Matrix& rows, std::size_t i)
{
    std::vector<Neighbour> all;
    all.reserve(rows.rows - 1);
    for (std::size_t j = 0; j < rows.rows; ++j)
        if (j != i)
            all.push_back(
                { static_cast<std::uint32_t>(j), squaredDistance(rows.row(i), rows.row(j)) });
    return all;
}

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

} // namespace

std::vector<std::vector<Neighbour>> nearest(
    const Matrix& rows, std::size_t k, const std::function<bool()>& goOn)
{
    if (k < 1 || k >= rows.rows)
        throw std::invalid_argument("[nearest] needs 1 <= k < rows");
    std::vector<std::vector<Neighbour>> result;
    for (std::size_t i = 0; i < rows.rows; ++i) {
        if (goOn && i % 64 == 0 && !goOn())
            return {};
        auto all = othersOf(rows, i);
        const auto end = all.begin() + static_cast<std::ptrdiff_t>(k);
        std::partial_sort(all.begin(), end, all.end(), nearer);
        result.emplace_back(all.begin(), end);
    }
    return result;
}

double trustworthiness(const Matrix& data, const Matrix& layout, std::size_t k)
{
    requireRows(data, layout, k);
    const auto close = nearest(layout, k);
    double penalty = 0.0;
    std::vector<std::size_t> rank(data.rows);
    for (std::size_t i = 0; i < data.rows; ++i) {
        auto all = othersOf(data, i);
        std::ranges::sort(all, nearer);
        for (std::size_t place = 0; place < all.size(); ++place)
            rank[all[place].row] = place + 1;
        for (const Neighbour& one : close[i])
            penalty += static_cast<double>(std::max(rank[one.row], k) - k);
    }
    const auto n = static_cast<double>(data.rows);
    const auto count = static_cast<double>(k);
    return 1.0 - 2.0 / (n * count * (2.0 * n - 3.0 * count - 1.0)) * penalty;
}

double neighboursKept(const Matrix& data, const Matrix& layout, std::size_t k)
{
    requireRows(data, layout, k);
    const auto before = nearest(data, k);
    const auto after = nearest(layout, k);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < data.rows; ++i)
        for (const Neighbour& one : before[i])
            kept += std::ranges::find(after[i], one.row, &Neighbour::row) != after[i].end();
    return static_cast<double>(kept) / static_cast<double>(data.rows * k);
}

} // namespace slook::analysis
