#include "image/compare.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>

namespace slook::image {
namespace {

void requireOneSize(const char* function, const Picture& a, const Picture& b)
{
    requireValid(a, function);
    requireValid(b, function);
    if (a.width != b.width || a.height != b.height)
        throw std::invalid_argument("[" + std::string(function) + "] " + std::to_string(a.width)
            + " x " + std::to_string(a.height) + " against " + std::to_string(b.width) + " x "
            + std::to_string(b.height));
}

constexpr int ssimReach = 5; // of a window of 11

/// The Gaussian window, which sums to 1.
cv::Mat ssimWeights()
{
    constexpr double sigma = 1.5;
    cv::Mat weights(2 * ssimReach + 1, 1, CV_64F);
    for (int i = -ssimReach; i <= ssimReach; ++i)
        weights.at<double>(i + ssimReach) = std::exp(-i * i / (2 * sigma * sigma));
    return weights / cv::sum(weights)[0];
}

/// Sum of SSIM over the places of one channel whose window lies inside `a`.
double ssimSum(const cv::Mat& a, const cv::Mat& b, const cv::Mat& weights)
{
    const auto mean = [&](const cv::Mat& values) {
        cv::Mat result;
        cv::sepFilter2D(values, result, CV_64F, weights, weights);
        return cv::Mat(result(cv::Rect(
            ssimReach, ssimReach, values.cols - 2 * ssimReach, values.rows - 2 * ssimReach)));
    };
    constexpr double c1 = .01 * 255 * .01 * 255, c2 = .03 * 255 * .03 * 255;
    const cv::Mat meanA = mean(a), meanB = mean(b);
    const cv::Mat product = meanA.mul(meanB), squares = meanA.mul(meanA) + meanB.mul(meanB);
    const cv::Mat covariance = mean(a.mul(b)) - product;
    const cv::Mat variances = mean(a.mul(a) + b.mul(b)) - squares;
    cv::Mat above = (2 * product + c1).mul(2 * covariance + c2);
    cv::Mat below = (squares + c1).mul(variances + c2);
    return cv::sum(above / below)[0];
}

/// Rows [from, from + count) of one channel as doubles.
cv::Mat channelOf(const Picture& picture, int channel, int from, int count)
{
    // OpenCV takes no pointer to constant bytes; it only reads them here.
    auto* rows = const_cast<std::uint8_t*>(
        picture.rgb.data() + static_cast<std::size_t>(from) * picture.width * 3);
    cv::Mat one, result;
    cv::extractChannel(cv::Mat(count, picture.width, CV_8UC3, rows), one, channel);
    one.convertTo(result, CV_64F);
    return result;
}

} // namespace

bool samePixels(const Picture& a, const Picture& b)
{
    return a.width == b.width && a.height == b.height && a.rgb == b.rgb;
}

double psnr(const Picture& a, const Picture& b)
{
    requireOneSize("psnr", a, b);
    double squares = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        const int difference = int(a.rgb[i]) - int(b.rgb[i]);
        squares += difference * difference;
    }
    if (squares == 0)
        return std::numeric_limits<double>::infinity();
    return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.rgb.size()) / squares);
}

std::optional<double> ssim(const Picture& a, const Picture& b)
{
    requireOneSize("ssim", a, b);
    const int wide = a.width - 2 * ssimReach, high = a.height - 2 * ssimReach;
    if (wide < 1 || high < 1)
        return std::nullopt;
    const cv::Mat weights = ssimWeights();
    constexpr int strip = 256; // rows at once: doubles of a large picture would need gigabytes
    double sum = 0;
    for (int from = 0; from < high; from += strip)
        for (int channel = 0; channel < 3; ++channel) {
            const int rows = std::min(strip, high - from) + 2 * ssimReach;
            sum += ssimSum(
                channelOf(a, channel, from, rows), channelOf(b, channel, from, rows), weights);
        }
    return sum / (3.0 * wide * high);
}

Picture amplifiedDifference(const Picture& a, const Picture& b, double gain)
{
    requireOneSize("amplifiedDifference", a, b);
    if (!(gain > 0))
        throw std::invalid_argument(
            "[amplifiedDifference] gain must be > 0, got " + std::to_string(gain));
    Picture result { a.width, a.height, std::vector<std::uint8_t>(a.rgb.size()), {} };
    for (std::size_t i = 0; i < a.rgb.size(); ++i)
        result.rgb[i] = static_cast<std::uint8_t>(
            std::min(255.0, std::round(gain * std::abs(int(a.rgb[i]) - int(b.rgb[i])))));
    return result;
}

double changedShare(const Picture& a, const Picture& b)
{
    requireOneSize("changedShare", a, b);
    std::size_t changed = 0;
    for (std::size_t i = 0; i < a.rgb.size(); i += 3)
        changed += std::equal(a.rgb.begin() + static_cast<std::ptrdiff_t>(i),
                       a.rgb.begin() + static_cast<std::ptrdiff_t>(i) + 3,
                       b.rgb.begin() + static_cast<std::ptrdiff_t>(i))
            ? 0
            : 1;
    return static_cast<double>(changed) * 3 / static_cast<double>(a.rgb.size());
}

int largestDifference(const Picture& a, const Picture& b)
{
    requireOneSize("largestDifference", a, b);
    int largest = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i)
        largest = std::max(largest, std::abs(int(a.rgb[i]) - int(b.rgb[i])));
    return largest;
}

} // namespace slook::image
