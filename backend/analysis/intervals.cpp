#include "analysis/intervals.h"
#include "core/random.h"
#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

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

std::optional<Interval> bootstrapInterval(
    std::size_t units, const Statistic& statistic, const BootstrapOptions& options)
{
    if (options.resamples <= 0 || !(options.confidence > 0 && options.confidence < 1))
        throw std::invalid_argument(
            "[bootstrapInterval] needs resamples > 0 and 0 < confidence < 1, got "
            + std::to_string(options.resamples) + " and " + std::to_string(options.confidence));
    if (units == 0)
        return std::nullopt;
    Random random = Random::of(options.seed, "bootstrap", 0);
    std::vector<double> values;
    std::vector<std::size_t> places(units);
    for (int i = 0; i < options.resamples; ++i) {
        for (auto& place : places)
            place = static_cast<std::size_t>(random.below(static_cast<int>(units)));
        if (const auto value = statistic(places))
            values.push_back(*value);
    }
    if (values.size() * 2 < static_cast<std::size_t>(options.resamples))
        return std::nullopt;
    std::ranges::sort(values);
    const auto at = [&](double share) {
        const auto place = std::floor(share * static_cast<double>(values.size()));
        return values[std::min(values.size() - 1, static_cast<std::size_t>(place))];
    };
    const double tail = (1 - options.confidence) / 2;
    return Interval { at(tail), at(1 - tail) };
}

RatioInterval ratioInterval(
    std::span<const std::int64_t> part, std::span<const std::int64_t> whole, double confidence)
{
    if (part.size() != whole.size() || !(confidence > 0 && confidence < 1))
        throw std::invalid_argument("[ratioInterval] " + std::to_string(part.size()) + " parts, "
            + std::to_string(whole.size()) + " wholes, confidence " + std::to_string(confidence));
    double parts = 0;
    double wholes = 0;
    for (std::size_t i = 0; i < part.size(); ++i) {
        parts += static_cast<double>(part[i]);
        wholes += static_cast<double>(whole[i]);
    }
    RatioInterval result;
    if (wholes <= 0)
        return result;
    result.ratio = parts / wholes;
    if (part.size() < 2)
        return result;
    double squares = 0;
    for (std::size_t i = 0; i < part.size(); ++i) {
        const double off =
            static_cast<double>(part[i]) - result.ratio * static_cast<double>(whole[i]);
        squares += off * off;
    }
    const auto n = static_cast<double>(part.size());
    const double error = std::sqrt(squares * n / (n - 1)) / wholes;
    const double reach = normalQuantile((1 + confidence) / 2) * error;
    result.low = std::max(0.0, result.ratio - reach);
    result.high = std::min(1.0, result.ratio + reach);
    return result;
}

} // namespace slook::analysis
