#include "analysis/correlation.h"
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <stdexcept>

namespace slook::analysis {
namespace {

void requireEqual(std::span<const double> a, std::span<const double> b)
{
    if (a.size() != b.size() || a.size() < 2)
        throw std::invalid_argument("[correlation] needs two lists of the same length, at least 2");
}

double mean(std::span<const double> values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

int sign(double value)
{
    return (value > 0.0) - (value < 0.0);
}

} // namespace

double pearson(std::span<const double> a, std::span<const double> b)
{
    requireEqual(a, b);
    const double meanA = mean(a);
    const double meanB = mean(b);
    double both = 0.0;
    double squareA = 0.0;
    double squareB = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        both += (a[i] - meanA) * (b[i] - meanB);
        squareA += (a[i] - meanA) * (a[i] - meanA);
        squareB += (b[i] - meanB) * (b[i] - meanB);
    }
    return squareA > 0.0 && squareB > 0.0 ? both / std::sqrt(squareA) / std::sqrt(squareB) : NAN;
}

std::vector<double> ranks(std::span<const double> values)
{
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t { 0 });
    std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
    std::vector<double> result(values.size());
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin + 1;
        while (end < order.size() && values[order[end]] == values[order[begin]])
            ++end;
        for (std::size_t i = begin; i < end; ++i) // places begin + 1 to end
            result[order[i]] = static_cast<double>(begin + 1 + end) / 2.0;
        begin = end;
    }
    return result;
}

double spearman(std::span<const double> a, std::span<const double> b)
{
    requireEqual(a, b);
    return pearson(ranks(a), ranks(b));
}

double kendallTauB(std::span<const double> a, std::span<const double> b)
{
    requireEqual(a, b);
    std::int64_t agree = 0; // concordant less discordant
    std::int64_t differA = 0; // pairs that are not tied in a
    std::int64_t differB = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const int one = sign(a[i] - a[j]);
            const int other = sign(b[i] - b[j]);
            agree += one * other;
            differA += one != 0;
            differB += other != 0;
        }
    const double most =
        std::sqrt(static_cast<double>(differA)) * std::sqrt(static_cast<double>(differB));
    return most > 0.0 ? static_cast<double>(agree) / most : NAN;
}

} // namespace slook::analysis
