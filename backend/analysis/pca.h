#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace slook::analysis {

/// Rows of numbers, one after the other.
struct Matrix {
    std::size_t rows = 0, columns = 0;
    std::vector<double> values; ///< rows * columns

    [[nodiscard]] std::span<const double> row(std::size_t i) const
    {
        return { values.data() + i * columns, columns };
    }
    [[nodiscard]] double& at(std::size_t i, std::size_t j) { return values[i * columns + j]; }
    [[nodiscard]] double at(std::size_t i, std::size_t j) const { return values[i * columns + j]; }
};

struct Pca {
    std::vector<double> mean; ///< of each column
    Matrix components; ///< [k, columns], orthonormal; the largest entry of each is positive
    Matrix scores; ///< [rows, k]
    std::vector<double> singularValues; ///< of the centred rows, falling
    std::vector<double> explained; ///< share of the whole variance
};

/// Principal components of centred rows: by the eigenvectors of the smaller of both product
/// matrices, or, where few of many are wanted, by subspace iteration.
/// @param k  as many components; at most min(rows, columns)
/// @throws std::invalid_argument unless there are two rows at least, k is in range and all is
/// finite Source: Jolliffe 2002, Principal Component Analysis, section 3.5.
[[nodiscard]] Pca pca(const Matrix& rows, std::size_t k);

} // namespace slook::analysis
