#include "analysis/agreement.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
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

std::optional<double> fleissKappa(const std::vector<std::vector<int>>& counts)
{
    if (counts.empty() || counts.front().empty())
        throw std::invalid_argument("[fleissKappa] needs at least one unit and one category");
    const auto categories = counts.front().size();
    const double raters = std::accumulate(counts.front().begin(), counts.front().end(), 0.0);
    const auto units = static_cast<double>(counts.size());
    std::vector<double> shares(categories);
    double observed = 0; // the mean of P_i
    for (const auto& row : counts) {
        double squares = 0;
        double sum = 0;
        for (std::size_t j = 0; j < row.size(); ++j) {
            sum += row[j];
            squares += static_cast<double>(row[j]) * row[j];
            if (j < categories)
                shares[j] += row[j] / (units * raters);
        }
        if (row.size() != categories || sum != raters || raters < 2
            || std::ranges::any_of(row, [](int one) { return one < 0; }))
            throw std::invalid_argument(
                "[fleissKappa] needs rows of one length and one sum >= 2, got a sum of "
                + std::to_string(sum) + " beside " + std::to_string(raters));
        observed += (squares - raters) / (raters * (raters - 1)) / units;
    }
    double expected = 0;
    bool certain = false;
    for (const double share : shares) {
        expected += share * share;
        certain = certain || share > 1 - 1e-12;
    }
    if (certain)
        return std::nullopt;
    return (observed - expected) / (1 - expected);
}

namespace {

/// Ratings in units with two or more of them: coincidences o_ck, and n_c their sums.
struct Coincidences {
    std::vector<std::vector<double>> matrix; ///< categories in ascending order
    std::vector<double> totals;
    double ratings = 0;
};

std::size_t unitsOf(const char* function, const Ratings& rows)
{
    const auto units = rows.empty() ? 0 : rows.front().size();
    for (const auto& row : rows)
        if (row.size() != units)
            throw std::invalid_argument(std::string("[") + function + "] needs rows of one length");
    return units;
}

Coincidences coincidencesOf(const Ratings& rows, std::size_t units)
{
    std::map<int, std::size_t> index;
    for (const auto& row : rows)
        for (const auto& rating : row)
            if (rating)
                index[*rating] = 0;
    std::size_t categories = 0;
    for (auto& [category, at] : index)
        at = categories++;
    Coincidences result;
    result.matrix.assign(categories, std::vector<double>(categories));
    result.totals.assign(categories, 0);
    std::vector<double> here(categories);
    for (std::size_t unit = 0; unit < units; ++unit) {
        std::ranges::fill(here, 0);
        double ratings = 0;
        for (const auto& row : rows)
            if (row[unit]) {
                ++here[index[*row[unit]]];
                ++ratings;
            }
        if (ratings < 2)
            continue;
        result.ratings += ratings;
        for (std::size_t c = 0; c < categories; ++c)
            for (std::size_t k = 0; k < categories; ++k) {
                const double pairs = here[c] * (c == k ? here[c] - 1 : here[k]) / (ratings - 1);
                result.matrix[c][k] += pairs;
                result.totals[c] += pairs;
            }
    }
    return result;
}

double distance(const std::vector<double>& totals, std::size_t c, std::size_t k, AlphaMetric metric)
{
    if (c == k)
        return 0;
    if (metric == AlphaMetric::Nominal)
        return 1;
    const auto [first, last] = std::minmax(c, k);
    double between = -(totals[first] + totals[last]) / 2;
    for (std::size_t g = first; g <= last; ++g)
        between += totals[g];
    return between * between;
}

} // namespace

std::optional<double> krippendorffAlpha(const Ratings& ratersByUnits, AlphaMetric metric)
{
    const auto units = unitsOf("krippendorffAlpha", ratersByUnits);
    const auto table = coincidencesOf(ratersByUnits, units);
    if (table.ratings == 0)
        return std::nullopt;
    double observed = 0;
    double expected = 0;
    for (std::size_t c = 0; c < table.totals.size(); ++c)
        for (std::size_t k = 0; k < table.totals.size(); ++k) {
            const double apart = distance(table.totals, c, k, metric);
            observed += table.matrix[c][k] * apart;
            expected += table.totals[c] * table.totals[k] * apart;
        }
    return expected == 0 ? 1 : 1 - (table.ratings - 1) * observed / expected;
}

RawAgreement rawAgreement(const Ratings& ratersByUnits)
{
    const auto units = unitsOf("rawAgreement", ratersByUnits);
    RawAgreement result;
    std::set<int> categories;
    for (std::size_t unit = 0; unit < units; ++unit) {
        std::map<int, std::int64_t> here;
        std::int64_t ratings = 0;
        for (const auto& row : ratersByUnits)
            if (row[unit]) {
                ++here[*row[unit]];
                ++ratings;
            }
        if (ratings < 2)
            continue;
        ++result.units;
        result.pairs += ratings * (ratings - 1) / 2;
        for (const auto& [category, n] : here) {
            result.same += n * (n - 1) / 2;
            categories.insert(category);
        }
    }
    result.categories = static_cast<int>(categories.size());
    return result;
}

} // namespace slook::analysis
