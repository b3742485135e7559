#include "analysis/intervals.h"
#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>

namespace slook::analysis {
namespace {

double normalTail(double z) ///< P(Z > z)
{
    return std::erfc(z / std::numbers::sqrt2) / 2;
}

} // namespace

double normalQuantile(double p)
{
    if (!(p > 0 && p < 1))
        throw std::invalid_argument(
            "[normalQuantile] p must be in (0, 1), got " + std::to_string(p));
    if (p < 0.5)
        return -normalQuantile(1 - p);
    // Newton on the upper tail, where erfc keeps its relative precision; from an upper bound the
    // iteration comes down monotonically, since the tail is convex for z > 0.
    const double tail = 1 - p;
    double z = 0;
    for (int i = 0; i < 200; ++i) {
        const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
        const double step = (normalTail(z) - tail) / density;
        z += step;
        if (std::abs(step) < 1e-16 * std::max(1.0, z))
            break;
    }
    return z;
}

Interval wilson(std::int64_t hits, std::int64_t n, double confidence)
{
    if (hits < 0 || hits > n || !(confidence > 0 && confidence < 1))
        throw std::invalid_argument("[wilson] needs 0 <= hits <= n and 0 < confidence < 1, got "
            + std::to_string(hits) + " of " + std::to_string(n) + " at "
            + std::to_string(confidence));
    if (n == 0)
        return {};
    const double z = normalQuantile((1 + confidence) / 2);
    const auto count = static_cast<double>(n);
    const double share = static_cast<double>(hits) / count;
    const double scale = 1 / (1 + z * z / count);
    const double centre = (share + z * z / (2 * count)) * scale;
    const double half =
        z * std::sqrt(share * (1 - share) / count + z * z / (4 * count * count)) * scale;
    return { hits == 0 ? 0 : std::max(0.0, centre - half),
        hits == n ? 1 : std::min(1.0, centre + half) };
}

} // namespace slook::analysis
