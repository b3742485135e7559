#pragma once
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace slook {

/// Random numbers that are the same on every machine: the distributions of the standard library are
/// not. Source: Blackman and Vigna, xoshiro256**, seeded by splitmix64.
class Random {
public:
    explicit Random(std::uint64_t seed);

    /// The stream of one purpose and one index under a seed. Streams of two purposes never meet, so
    /// what is drawn for training is never what is drawn for a test, whatever seeds a person
    /// chooses.
    [[nodiscard]] static Random of(
        std::uint64_t seed, std::string_view purpose, std::uint64_t index);

    [[nodiscard]] std::uint64_t next();
    /// 0 .. n - 1, every value equally likely. @throws std::invalid_argument unless n > 0
    [[nodiscard]] int below(int n);
    [[nodiscard]] double uniform(); ///< [0, 1)
    [[nodiscard]] double between(double low, double high) { return low + (high - low) * uniform(); }
    [[nodiscard]] bool chance(double probability) { return uniform() < probability; }
    /// Mean 0, variance 1, within 3.47: the sum of four uniform numbers.
    [[nodiscard]] double bell();
    /// Normal: mean 0, variance 1. Source: Box and Muller 1958.
    [[nodiscard]] double normal();
    /// Poisson; exact up to a mean of 500, above it the rounded normal with the same mean and
    /// variance.
    /// @throws std::invalid_argument for a negative mean
    [[nodiscard]] int poisson(double mean);
    /// An index, each as likely as its weight. @throws std::invalid_argument unless the weights
    /// have a sum > 0
    [[nodiscard]] int weighted(std::initializer_list<double> weights);

    template <class List> [[nodiscard]] const auto& pick(const List& list)
    {
        return list[static_cast<std::size_t>(below(static_cast<int>(list.size())))];
    }
    template <class T> void shuffle(std::vector<T>& list)
    {
        for (std::size_t i = list.size(); i > 1; --i)
            std::swap(list[i - 1], list[static_cast<std::size_t>(below(static_cast<int>(i)))]);
    }
    template <class T> [[nodiscard]] std::vector<T> shuffled(std::vector<T> list)
    {
        shuffle(list);
        return list;
    }

private:
    std::uint64_t m_state[4];
};

} // namespace slook
