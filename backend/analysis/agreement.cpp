#include "analysis/agreement.h"
#include <cmath>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>

namespace slook::analysis {
namespace {

double disagreement(std::size_t i, std::size_t j, KappaWeights weights)
{
    const auto distance = std::abs(static_cast<double>(i) - static_cast<double>(j));
    if (weights == KappaWeights::Linear)
        return distance;
    if (weights == KappaWeights::Quadratic)
        return distance * distance;
    return i == j ? 0 : 1;
}

} // namespace

double cohenKappa(std::span<const int> a, std::span<const int> b, KappaWeights weights)
{
    if (a.size() != b.size() || a.empty())
        throw std::invalid_argument("[cohenKappa] needs two equally long, non-empty lists, got "
            + std::to_string(a.size()) + " and " + std::to_string(b.size()));
    std::map<int, std::size_t> index;
    for (std::size_t i = 0; i < a.size(); ++i)
        index[a[i]] = index[b[i]] = 0;
    std::size_t count = 0;
    for (auto& [category, at] : index)
        at = count++;
    std::vector<double> shareA(count), shareB(count);
    const auto n = static_cast<double>(a.size());
    double observed = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto first = index[a[i]];
        const auto second = index[b[i]];
        shareA[first] += 1 / n;
        shareB[second] += 1 / n;
        observed += disagreement(first, second, weights) / n;
    }
    double expected = 0;
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j < count; ++j)
            expected += shareA[i] * shareB[j] * disagreement(i, j, weights);
    return expected == 0 ? 1 : 1 - observed / expected;
}

std::optional<double> krippendorffAlpha(
    const std::vector<std::vector<std::optional<int>>>& ratersByUnits)
{
    const auto units = ratersByUnits.empty() ? 0 : ratersByUnits.front().size();
    for (const auto& row : ratersByUnits)
        if (row.size() != units)
            throw std::invalid_argument("[krippendorffAlpha] needs rows of one length");
    std::map<int, double> totals; // ratings that can be paired, per category
    double pairable = 0;
    double observed = 0;
    for (std::size_t unit = 0; unit < units; ++unit) {
        std::map<int, double> here;
        double ratings = 0;
        for (const auto& row : ratersByUnits)
            if (row[unit]) {
                ++here[*row[unit]];
                ++ratings;
            }
        if (ratings < 2)
            continue;
        pairable += ratings;
        for (const auto& [category, n] : here) {
            totals[category] += n;
            observed += n * (ratings - n) / (ratings - 1);
        }
    }
    if (pairable == 0)
        return std::nullopt;
    double expected = 0;
    for (const auto& [category, n] : totals)
        expected += n * (pairable - n);
    return expected == 0 ? 1 : 1 - (pairable - 1) * observed / expected;
}

} // namespace slook::analysis
