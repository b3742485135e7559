#include "image/mats.h"
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

namespace slook::image {

cv::Mat floatsOf(const Picture& picture)
{
    requireValid(picture, "corruption");
    const cv::Mat bytes(
        picture.height, picture.width, CV_8UC3, const_cast<std::uint8_t*>(picture.rgb.data()));
    cv::Mat floats;
    bytes.convertTo(floats, CV_32F);
    return floats;
}

Picture pictureOf(const cv::Mat& mat)
{
    Picture picture { mat.cols, mat.rows, {}, {} };
    picture.rgb.resize(static_cast<std::size_t>(mat.cols) * static_cast<std::size_t>(mat.rows) * 3);
    cv::Mat bytes(mat.rows, mat.cols, CV_8UC3, picture.rgb.data());
    mat.convertTo(bytes, CV_8U);
    return picture;
}

cv::Mat zoomed(const cv::Mat& mat, double factor)
{
    const double x = (mat.cols - 1) / 2.0;
    const double y = (mat.rows - 1) / 2.0;
    const cv::Matx23d toSource(
        1.0 / factor, 0.0, x - x / factor, 0.0, 1.0 / factor, y - y / factor);
    cv::Mat result;
    cv::warpAffine(mat, result, toSource, mat.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
        cv::BORDER_REPLICATE);
    return result;
}

cv::Mat smoothed(const cv::Mat& mat, double sigma, double reach)
{
    if (!(sigma > 0.0))
        throw std::invalid_argument("[smoothed] sigma must be > 0");
    const int radius = std::max(1, static_cast<int>(reach * sigma + 0.5));
    cv::Mat result;
    cv::GaussianBlur(
        mat, result, { 2 * radius + 1, 2 * radius + 1 }, sigma, sigma, cv::BORDER_REPLICATE);
    return result;
}

cv::Mat movedAlong(const cv::Mat& mat, int radius, double sigma, double angle)
{
    if (radius < 1 || !(sigma > 0.0))
        throw std::invalid_argument("[movedAlong] radius and sigma must be positive");
    const int width = 2 * radius + 1;
    const double turn = angle * std::numbers::pi / 180.0;
    double sum = 0.0;
    for (int i = 0; i < width; ++i)
        sum += std::exp(-i * i / (2.0 * sigma * sigma));
    cv::Mat result = cv::Mat::zeros(mat.size(), mat.type());
    for (int i = 0; i < width; ++i) {
        const double weight = std::exp(-i * i / (2.0 * sigma * sigma)) / sum;
        const double dx = std::ceil(i * std::cos(turn) - 0.5);
        const double dy = std::ceil(i * std::sin(turn) - 0.5);
        const cv::Matx23d shift(1.0, 0.0, dx, 0.0, 1.0, dy);
        cv::Mat moved;
        cv::warpAffine(mat, moved, shift, mat.size(), cv::INTER_NEAREST | cv::WARP_INVERSE_MAP,
            cv::BORDER_REPLICATE);
        cv::scaleAdd(moved, weight, result, result);
    }
    return result;
}

} // namespace slook::image
