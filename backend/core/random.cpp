#include "core/random.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>

namespace slook {
namespace {

std::uint64_t splitmix(std::uint64_t& state)
{
    std::uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

std::uint64_t mixed(std::uint64_t a, std::uint64_t b)
{
    std::uint64_t state = a;
    state = splitmix(state) ^ b;
    return splitmix(state);
}

} // namespace

Random::Random(std::uint64_t seed)
{
    for (auto& word : m_state)
        word = splitmix(seed);
}

Random Random::of(std::uint64_t seed, std::string_view purpose, std::uint64_t index)
{
    std::uint64_t key = 0xCBF29CE484222325u; // FNV-1a
    for (const char c : purpose)
        key = (key ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    return Random(mixed(mixed(key, seed), index));
}

std::uint64_t Random::next()
{
    const std::uint64_t result = std::rotl(m_state[1] * 5, 7) * 9;
    const std::uint64_t shifted = m_state[1] << 17;
    m_state[2] ^= m_state[0];
    m_state[3] ^= m_state[1];
    m_state[1] ^= m_state[2];
    m_state[0] ^= m_state[3];
    m_state[2] ^= shifted;
    m_state[3] = std::rotl(m_state[3], 45);
    return result;
}

int Random::below(int n)
{
    if (n <= 0)
        throw std::invalid_argument("[Random::below] n must be > 0, got " + std::to_string(n));
    const auto range = static_cast<std::uint64_t>(n);
    // The last, incomplete run of values is thrown away, else small values would be more likely.
    const std::uint64_t whole = std::numeric_limits<std::uint64_t>::max() / range * range;
    std::uint64_t value = next();
    while (value >= whole)
        value = next();
    return static_cast<int>(value % range);
}

double Random::uniform()
{
    return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

double Random::bell()
{
    const std::uint64_t bits = next();
    const double sum = static_cast<double>(bits & 0xFFFF)
        + static_cast<double>((bits >> 16) & 0xFFFF) + static_cast<double>((bits >> 32) & 0xFFFF)
        + static_cast<double>(bits >> 48);
    constexpr double deviation = 37837.22702; // of that sum: sqrt(4 * (65536^2 - 1) / 12)
    return (sum - 2.0 * 65535.0) / deviation;
}

double Random::normal()
{
    // 1 - uniform() lies in (0, 1]: its logarithm is finite.
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

int Random::poisson(double mean)
{
    if (!(mean >= 0.0))
        throw std::invalid_argument("[Random::poisson] the mean must not be negative");
    if (mean > 500.0)
        return std::max(0, static_cast<int>(std::lround(mean + std::sqrt(mean) * normal())));
    const double end = std::exp(-mean);
    int count = 0;
    for (double product = uniform(); product > end; product *= uniform())
        ++count;
    return count;
}

int Random::weighted(std::initializer_list<double> weights)
{
    double sum = 0.0;
    for (const double w : weights)
        sum += w;
    if (!(sum > 0.0))
        throw std::invalid_argument("[Random::weighted] the weights have no positive sum");
    double left = uniform() * sum;
    int index = 0;
    int last = 0;
    for (const double w : weights) {
        if (w > 0.0) {
            last = index;
            if (left < w)
                return index;
        }
        left -= w;
        ++index;
    }
    return last; // rounding: uniform() came within one step of 1
}

} // namespace slook
