#include "image/distort.h"
#include "image/decode.h"
#include "image/encode.h"
#include "image/mats.h"
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

namespace slook::image {
namespace {

int scaled(int side, double factor)
{
    return std::max(1, static_cast<int>(std::nearbyint(side * factor)));
}

/// Random numbers in -1..1, smoothed.
cv::Mat randomField(cv::Size size, double sigma, Random& random)
{
    cv::Mat field(size, CV_32F);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            field.at<float>(y, x) = static_cast<float>(random.between(-1.0, 1.0));
    return smoothed(field, sigma, 3.0);
}

/// Three points about the middle and where they go: what fixes an affine map.
cv::Mat movedCorners(const cv::Mat& mat, double affine, Random& random)
{
    const cv::Point2f centre(static_cast<float>(mat.cols / 2), static_cast<float>(mat.rows / 2));
    const auto reach = static_cast<float>(std::min(mat.cols, mat.rows) / 3);
    const std::array<cv::Point2f, 3> from { centre + cv::Point2f(reach, reach),
        centre + cv::Point2f(reach, -reach), centre - cv::Point2f(reach, reach) };
    std::array<cv::Point2f, 3> to = from;
    for (cv::Point2f& point : to) {
        point.x += static_cast<float>(random.between(-affine, affine));
        point.y += static_cast<float>(random.between(-affine, affine));
    }
    cv::Mat moved;
    cv::warpAffine(mat, moved, cv::getAffineTransform(from.data(), to.data()), mat.size(),
        cv::INTER_LINEAR, cv::BORDER_REFLECT_101);
    return moved;
}

} // namespace

Picture withShorterSide(const Picture& picture, int side, Filter filter)
{
    requireValid(picture, "withShorterSide");
    const int shorter = std::min(picture.width, picture.height);
    const int longer = std::max(picture.width, picture.height);
    const auto other = static_cast<int>(std::int64_t { side } * longer / shorter);
    const bool upright = picture.width < picture.height;
    return resized(picture, upright ? side : other, upright ? other : side, filter);
}

Picture downAndUp(const Picture& picture, double factor, Filter down, Filter up)
{
    requireValid(picture, "downAndUp");
    const Picture small =
        resized(picture, scaled(picture.width, factor), scaled(picture.height, factor), down);
    return resized(small, picture.width, picture.height, up);
}

Picture flipped(const Picture& picture)
{
    requireValid(picture, "flipped");
    Picture result = picture;
    const std::size_t row = static_cast<std::size_t>(picture.width) * 3;
    for (std::size_t at = 0; at < picture.rgb.size(); at += 3) {
        const std::size_t start = at / row * row;
        const std::size_t from = start + row - 3 - (at - start);
        std::copy_n(picture.rgb.begin() + static_cast<std::ptrdiff_t>(from), 3,
            result.rgb.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return result;
}

Picture occluded(
    const Picture& picture, int x, int y, int width, int height, std::array<std::uint8_t, 3> colour)
{
    requireValid(picture, "occluded");
    if (x < 0 || y < 0 || width < 1 || height < 1 || x > picture.width - width
        || y > picture.height - height)
        throw std::invalid_argument("[occluded] the rectangle does not lie inside the picture");
    Picture result = picture;
    for (int row = y; row < y + height; ++row)
        for (int column = x; column < x + width; ++column)
            std::copy(colour.begin(), colour.end(),
                result.rgb.begin() + (std::ptrdiff_t { row } * picture.width + column) * 3);
    return result;
}

Picture throughJpeg(const Picture& picture, int quality)
{
    return decode(encodeJpeg(picture, quality), "JPEG").value();
}

Picture elastic(const Picture& picture, double alpha, double sigma, double affine, Random& random)
{
    const cv::Mat moved = movedCorners(floatsOf(picture), affine, random);
    cv::Mat mapX = randomField(moved.size(), sigma, random) * alpha;
    cv::Mat mapY = randomField(moved.size(), sigma, random) * alpha;
    for (int y = 0; y < moved.rows; ++y)
        for (int x = 0; x < moved.cols; ++x) {
            mapX.at<float>(y, x) += static_cast<float>(x);
            mapY.at<float>(y, x) += static_cast<float>(y);
        }
    cv::Mat result;
    cv::remap(moved, result, mapX, mapY, cv::INTER_LINEAR, cv::BORDER_REFLECT);
    return pictureOf(result);
}

} // namespace slook::image
