#include "analysis/paired.h"
#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

namespace slook::analysis {
namespace {

/// log of the probability of exactly `hits` of `n`; in logs, so that n may be in the millions.
double logPmf(std::int64_t hits, std::int64_t n, double p)
{
    if (p <= 0 || p >= 1)
        return hits == (p <= 0 ? 0 : n) ? 0 : -INFINITY;
    const auto k = static_cast<double>(hits);
    const auto count = static_cast<double>(n);
    return std::lgamma(count + 1) - std::lgamma(k + 1) - std::lgamma(count - k + 1)
        + k * std::log(p) + (count - k) * std::log1p(-p);
}

/// P(X <= most), X ~ B(n, 1/2), for most < n/2. Terms fall from `most` downwards, so the sum ends
/// when they no longer count.
double lowerTail(std::int64_t most, std::int64_t n)
{
    if (most < 0)
        return 0;
    double sum = 0;
    double relative = 1; // term / first term
    for (auto k = most; k >= 0; --k) {
        sum += relative;
        relative *= static_cast<double>(k) / static_cast<double>(n - k + 1);
        if (relative < sum * 1e-18)
            break;
    }
    return sum * std::exp(logPmf(most, n, 0.5));
}

void requireCounts(const char* function, std::int64_t broken, std::int64_t fixed)
{
    if (broken < 0 || fixed < 0)
        throw std::invalid_argument(std::string("[") + function + "] needs counts >= 0, got "
            + std::to_string(broken) + " and " + std::to_string(fixed));
}

} // namespace

double mcnemarExact(std::int64_t broken, std::int64_t fixed)
{
    requireCounts("mcnemarExact", broken, fixed);
    if (broken == fixed)
        return 1;
    return std::min(1.0, 2 * lowerTail(std::min(broken, fixed), broken + fixed));
}

double mcnemarMidP(std::int64_t broken, std::int64_t fixed)
{
    requireCounts("mcnemarMidP", broken, fixed);
    const auto n = broken + fixed;
    if (n == 0)
        return 1;
    const auto seen = std::exp(logPmf(std::min(broken, fixed), n, 0.5));
    return broken == fixed ? 1 - seen / 2 : 2 * lowerTail(std::min(broken, fixed), n) - seen;
}

double binomialTwoSided(std::int64_t hits, std::int64_t n, double p0)
{
    if (hits < 0 || hits > n || !(p0 >= 0 && p0 <= 1))
        throw std::invalid_argument("[binomialTwoSided] needs 0 <= hits <= n and 0 <= p0 <= 1, got "
            + std::to_string(hits) + " of " + std::to_string(n) + ", p0 " + std::to_string(p0));
    // Equal probabilities may differ in their last bits; the slack is that of common programs.
    const double seen = logPmf(hits, n, p0) + std::log1p(1e-7);
    double sum = 0;
    for (std::int64_t k = 0; k <= n; ++k)
        if (const double one = logPmf(k, n, p0); one <= seen)
            sum += std::exp(one);
    return std::min(1.0, sum);
}

std::vector<double> holm(std::span<const double> p)
{
    if (!std::ranges::all_of(p, [](double one) { return one >= 0 && one <= 1; }))
        throw std::invalid_argument("[holm] needs probabilities");
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p[i]; });
    std::vector<double> adjusted(p.size());
    double most = 0;
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
        most = std::max(most, std::min(1.0, p[order[rank]] * static_cast<double>(p.size() - rank)));
        adjusted[order[rank]] = most;
    }
    return adjusted;
}

} // namespace slook::analysis
