#pragma once
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace slook::methods {

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine, unlike the
/// distributions of the standard library.
class Random {
public:
    explicit Random(std::uint64_t seed)
        : m_state(seed)
    {
    }
    std::uint64_t next()
    {
        std::uint64_t z = (m_state += 0x9E3779B97F4A7C15u);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    /// Uniform in [0, n), without bias; n > 0.
    std::uint64_t below(std::uint64_t n)
    {
        const auto limit = UINT64_MAX - UINT64_MAX % n;
        auto drawn = next();
        while (drawn >= limit)
            drawn = next();
        return drawn % n;
    }
    template <class T> void shuffle(std::vector<T>& values)
    {
        for (auto i = values.size(); i > 1; --i)
            std::swap(values[i - 1], values[below(i)]);
    }

private:
    std::uint64_t m_state;
};

/// A seed for one purpose out of a run's seed, so that purposes do not share their numbers.
inline std::uint64_t seedFor(std::uint64_t seed, std::string_view purpose, std::int64_t number = 0)
{
    std::uint64_t hash = 0xCBF29CE484222325u ^ seed; // FNV-1a
    for (const char c : purpose)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
    return Random(hash ^ Random(static_cast<std::uint64_t>(number)).next()).next();
}

} // namespace slook::methods
