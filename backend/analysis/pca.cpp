#include "analysis/pca.h"
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

} // namespace

Pca pca(const Matrix& rows, std::size_t k)
{
    requireUsable(rows, k);
    Pca result;
    result.mean = columnMeans(rows);
    cv::Mat x(static_cast<int>(rows.rows), static_cast<int>(rows.columns), CV_64F);
    for (std::size_t i = 0; i < rows.rows; ++i)
        for (std::size_t j = 0; j < rows.columns; ++j)
            x.at<double>(static_cast<int>(i), static_cast<int>(j)) = rows.at(i, j) - result.mean[j];
    const bool wide = rows.columns > rows.rows;
    cv::Mat products;
    cv::mulTransposed(x, products, !wide);
    cv::Mat values;
    cv::Mat vectors;
    cv::eigen(products, values, vectors);
    const double variance = cv::trace(products)[0];
    for (std::size_t i = 0; i < k; ++i) {
        const double value = std::max(0.0, values.at<double>(static_cast<int>(i)));
        result.singularValues.push_back(std::sqrt(value));
        result.explained.push_back(variance > 0.0 ? value / variance : 0.0);
    }
    const cv::Mat components = componentsOf(x, vectors, wide, static_cast<int>(k));
    result.components = toMatrix(components);
    result.scores = toMatrix(x * components.t());
    return result;
}

} // namespace slook::analysis
