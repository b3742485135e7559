#include "analysis/pca.h"
#include "analysis/threads.h"
#include "analysis/wide_kernels.h"
#include "core/random.h"
#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <stdexcept>

namespace slook::analysis {
namespace {

void requireUsable(const Matrix& rows, std::size_t k)
{
    if (rows.rows < 2 || k < 1 || k > std::min(rows.rows, rows.columns)
        || rows.values.size() != rows.rows * rows.columns)
        throw std::invalid_argument(
            "[pca] needs two rows and at most as many components as the smaller side");
    if (!std::ranges::all_of(rows.values, [](double v) { return std::isfinite(v); }))
        throw std::invalid_argument("[pca] got a number that is not finite");
}

std::vector<double> columnMeans(const Matrix& rows)
{
    std::vector<double> mean(rows.columns, 0.0);
    for (std::size_t i = 0; i < rows.rows; ++i)
        for (std::size_t j = 0; j < rows.columns; ++j)
            mean[j] += rows.at(i, j);
    for (double& one : mean)
        one /= static_cast<double>(rows.rows);
    return mean;
}

Matrix toMatrix(const cv::Mat& mat)
{
    Matrix result { static_cast<std::size_t>(mat.rows), static_cast<std::size_t>(mat.cols), {} };
    for (int i = 0; i < mat.rows; ++i)
        result.values.insert(
            result.values.end(), mat.ptr<double>(i), mat.ptr<double>(i) + mat.cols);
    return result;
}

/// Eigenvectors of X'X as rows, from those of XX' where there are fewer rows than columns.
cv::Mat componentsOf(const cv::Mat& x, const cv::Mat& vectors, bool wide, int k)
{
    cv::Mat components =
        wide ? cv::Mat(vectors.rowRange(0, k) * x) : vectors.rowRange(0, k).clone();
    for (int i = 0; i < k; ++i) {
        cv::Mat row = components.row(i);
        if (const double norm = cv::norm(row); norm > 0.0)
            row /= norm;
        cv::Point largest;
        cv::minMaxLoc(cv::abs(row), nullptr, nullptr, nullptr, &largest);
        if (row.at<double>(largest.x) < 0.0) // a sign is arbitrary: make it repeatable
            row *= -1.0;
    }
    return components;
}

/// All of them, by the eigenvectors of the smaller of both product matrices.
void addAllComponents(const Matrix& centred, std::size_t k, Pca& result)
{
    // The data is only read.
    const cv::Mat x(static_cast<int>(centred.rows), static_cast<int>(centred.columns), CV_64F,
        const_cast<double*>(centred.values.data()));
    const bool wide = centred.columns > centred.rows;
    cv::Mat products;
    cv::mulTransposed(x, products, !wide);
    cv::Mat values;
    cv::Mat vectors;
    cv::eigen(products, values, vectors);
    for (std::size_t i = 0; i < k; ++i)
        result.singularValues.push_back(
            std::sqrt(std::max(0.0, values.at<double>(static_cast<int>(i)))));
    result.components = toMatrix(componentsOf(x, vectors, wide, static_cast<int>(k)));
}

/// Rows as they are, made orthonormal one after the other; one that vanishes stays 0.
void orthonormalise(Matrix& rows)
{
    for (const int again : { 0, 1 }) { // twice is enough
        (void)again;
        for (std::size_t i = 0; i < rows.rows; ++i) {
            double* row = &rows.at(i, 0);
            for (std::size_t j = 0; j < i; ++j)
                kernels::addScaled(row, &rows.at(j, 0),
                    -kernels::dot(row, &rows.at(j, 0), rows.columns), rows.columns);
            const double norm = std::sqrt(kernels::dot(row, row, rows.columns));
            for (std::size_t j = 0; j < rows.columns; ++j)
                row[j] = norm > 1e-200 ? row[j] / norm : 0.0;
        }
    }
}

/// basis * X'X for rows of a basis, summed in fixed parts so that every run gives the same.
Matrix timesProducts(const Matrix& centred, const Matrix& basis)
{
    constexpr std::size_t parts = 16;
    std::vector<Matrix> sums(
        parts, Matrix { basis.rows, basis.columns, std::vector<double>(basis.values.size(), 0.0) });
    inRanges(parts, 1, [&](std::size_t first, std::size_t last) {
        for (std::size_t part = first; part < last; ++part)
            for (std::size_t i = centred.rows * part / parts; i < centred.rows * (part + 1) / parts;
                 ++i)
                for (std::size_t c = 0; c < basis.rows; ++c) {
                    const double* x = centred.row(i).data();
                    const double along = kernels::dot(x, basis.row(c).data(), basis.columns);
                    kernels::addScaled(&sums[part].at(c, 0), x, along, basis.columns);
                }
    });
    for (std::size_t part = 1; part < parts; ++part)
        kernels::addScaled(
            sums[0].values.data(), sums[part].values.data(), 1.0, sums[0].values.size());
    return std::move(sums[0]);
}

/// The first k, by subspace iteration with some directions more than are wanted, until the singular
/// values stand still. Source: Halko, Martinsson and Tropp 2011, algorithm 4.4.
void addFirstComponents(const Matrix& centred, std::size_t k, Pca& result)
{
    constexpr std::size_t more = 10;
    constexpr int mostSteps = 300;
    Random random = Random::of(0, "first components", 0);
    Matrix basis { std::min(k + more, centred.columns), centred.columns, {} };
    for (std::size_t i = 0; i < basis.rows * basis.columns; ++i)
        basis.values.push_back(random.normal());
    std::vector<double> before(k, 0.0);
    for (int step = 0; step < mostSteps; ++step) {
        orthonormalise(basis);
        const Matrix image = timesProducts(centred, basis);
        // The best directions inside the subspace: eigenvectors of its small matrix.
        const auto size = static_cast<int>(basis.rows);
        cv::Mat small(size, size, CV_64F), values, vectors;
        for (int i = 0; i < size; ++i)
            for (int j = 0; j < size; ++j)
                small.at<double>(i, j) = kernels::dot(basis.row(static_cast<std::size_t>(i)).data(),
                    image.row(static_cast<std::size_t>(j)).data(), basis.columns);
        cv::eigen((small + small.t()) / 2.0, values, vectors);
        Matrix turned { basis.rows, basis.columns, std::vector<double>(basis.values.size(), 0.0) };
        const bool last = step + 1 == mostSteps;
        double moved = 0;
        for (std::size_t i = 0; i < k; ++i) {
            const double value = std::max(0.0, values.at<double>(static_cast<int>(i)));
            moved = std::max(moved, std::abs(value - before[i]) / std::max(value, 1e-300));
            before[i] = value;
        }
        const bool done = last || moved < 1e-12;
        const Matrix& from =
            done ? basis : image; // turned and multiplied once more, or only turned
        for (std::size_t i = 0; i < basis.rows; ++i)
            for (std::size_t j = 0; j < basis.rows; ++j)
                kernels::addScaled(&turned.at(i, 0), from.row(j).data(),
                    vectors.at<double>(static_cast<int>(i), static_cast<int>(j)), basis.columns);
        basis = std::move(turned);
        if (done)
            break;
    }
    for (std::size_t i = 0; i < k; ++i) {
        double* row = &basis.at(i, 0);
        const auto largest = std::max_element(
            row, row + basis.columns, [](double a, double b) { return std::abs(a) < std::abs(b); });
        const double sign = *largest < 0.0 ? -1.0 : 1.0; // arbitrary: make it repeatable
        for (std::size_t j = 0; j < basis.columns; ++j)
            row[j] *= sign;
        result.singularValues.push_back(std::sqrt(before[i]));
    }
    basis.values.resize(k * basis.columns);
    basis.rows = k;
    result.components = std::move(basis);
}

} // namespace

Pca pca(const Matrix& rows, std::size_t k)
{
    requireUsable(rows, k);
    Pca result;
    result.mean = columnMeans(rows);
    Matrix centred = rows;
    for (std::size_t i = 0; i < rows.rows; ++i)
        kernels::addScaled(&centred.at(i, 0), result.mean.data(), -1.0, rows.columns);
    constexpr std::size_t quicklySolved = 200; // Jacobi's rotations grow with the cube
    const auto smaller = std::min(rows.rows, rows.columns);
    if (smaller <= quicklySolved || 3 * k > smaller)
        addAllComponents(centred, k, result);
    else
        addFirstComponents(centred, k, result);
    const double variance =
        kernels::dot(centred.values.data(), centred.values.data(), centred.values.size());
    for (const double one : result.singularValues)
        result.explained.push_back(variance > 0.0 ? one * one / variance : 0.0);
    result.scores = { rows.rows, k, std::vector<double>(rows.rows * k) };
    for (std::size_t i = 0; i < rows.rows; ++i)
        for (std::size_t c = 0; c < k; ++c)
            result.scores.at(i, c) =
                kernels::dot(centred.row(i).data(), result.components.row(c).data(), rows.columns);
    return result;
}

} // namespace slook::analysis
