#include "image/blur.h"
#include "image/mats.h"
#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>

namespace slook::image {
namespace {

void require(bool holds, const char* what)
{
    if (!holds)
        throw std::invalid_argument(std::string("[blur] ") + what);
}

/// The width of one of three box blurs that together have the variance of the Gaussian, less than
/// half: its whole part counts fully, the rest weighs the two pixels at the ends.
float boxRadius(float sigma)
{
    constexpr int kPasses = 3;
    const float variance = sigma * sigma / static_cast<float>(kPasses);
    const auto length = static_cast<float>(std::sqrt(12.0 * variance + 1.0));
    const auto whole = static_cast<float>(std::floor((length - 1.0) / 2.0));
    float rest = (2.0F * whole + 1.0F) * (whole * (whole + 1.0F) - 3.0F * variance);
    rest /= 6.0F * (variance - (whole + 1.0F) * (whole + 1.0F));
    return whole + rest;
}

struct Box {
    int radius;
    std::uint32_t inner; ///< weight of a pixel, 2^24 is 1
    std::uint32_t outer; ///< of the two at the ends
};

Box boxOf(float radius)
{
    const int whole = static_cast<int>(radius);
    const auto inner =
        static_cast<std::uint32_t>(static_cast<float>(1U << 24) / (radius * 2.0F + 1.0F));
    const auto outer = ((1U << 24) - static_cast<std::uint32_t>(whole * 2 + 1) * inner) / 2;
    return { whole, inner, outer };
}

/// One pass over a line of `n` bytes that lie `step` apart; pixels beyond the ends repeat the last.
void boxLine(
    std::uint8_t* line, int n, std::ptrdiff_t step, const Box& box, std::vector<std::uint8_t>& copy)
{
    for (int i = 0; i < n; ++i)
        copy[static_cast<std::size_t>(i)] = line[i * step];
    const auto at = [&](int i) -> std::uint32_t {
        return copy[static_cast<std::size_t>(std::clamp(i, 0, n - 1))];
    };
    std::uint32_t sum = 0;
    for (int i = -box.radius - 1; i < box.radius; ++i)
        sum += at(i);
    for (int i = 0; i < n; ++i) {
        sum += at(i + box.radius) - at(i - box.radius - 1);
        const std::uint32_t ends = at(i - box.radius - 1) + at(i + box.radius + 1);
        line[i * step] =
            static_cast<std::uint8_t>((sum * box.inner + ends * box.outer + (1U << 23)) >> 24);
    }
}

} // namespace

Picture pillowBlurred(const Picture& picture, double radius)
{
    requireValid(picture, "pillowBlurred");
    require(radius > 0.0, "the radius must be > 0");
    const Box box = boxOf(boxRadius(static_cast<float>(radius)));
    Picture result = picture;
    result.transparent.reset();
    const std::ptrdiff_t row = picture.width * std::ptrdiff_t { 3 };
    std::vector<std::uint8_t> copy(
        static_cast<std::size_t>(std::max(picture.width, picture.height)));
    for (int y = 0; y < picture.height; ++y)
        for (int channel = 0; channel < 3; ++channel)
            for (int pass = 0; pass < 3; ++pass)
                boxLine(result.rgb.data() + y * row + channel, picture.width, 3, box, copy);
    for (std::ptrdiff_t x = 0; x < row; ++x)
        for (int pass = 0; pass < 3; ++pass)
            boxLine(result.rgb.data() + x, picture.height, row, box, copy);
    return result;
}

Picture gaussianBlurred(const Picture& picture, int kernel, double sigma)
{
    require(kernel % 2 == 1 && kernel > 0, "the kernel must be odd");
    require(kernel < 2 * std::min(picture.width, picture.height),
        "the kernel must be less than twice the smaller side");
    require(sigma > 0.0, "sigma must be > 0");
    cv::Mat weights(1, kernel, CV_32F);
    for (int i = 0; i < kernel; ++i) {
        const double x = (i - kernel / 2) / sigma;
        weights.at<float>(i) = static_cast<float>(std::exp(-0.5 * x * x));
    }
    weights /= cv::sum(weights)[0];
    cv::Mat result;
    cv::sepFilter2D(floatsOf(picture), result, CV_32F, weights, weights, { -1, -1 }, 0.0,
        cv::BORDER_REFLECT_101);
    return pictureOf(result);
}

Picture gaussianBlurred(const Picture& picture, double sigma)
{
    return pictureOf(smoothed(floatsOf(picture), sigma));
}

Picture defocused(const Picture& picture, int radius, double alias)
{
    require(radius > 0 && alias > 0.0, "radius and alias must be positive");
    const int reach = std::max(radius, 8);
    cv::Mat disk(2 * reach + 1, 2 * reach + 1, CV_32F);
    for (int y = -reach; y <= reach; ++y)
        for (int x = -reach; x <= reach; ++x)
            disk.at<float>(y + reach, x + reach) = x * x + y * y <= radius * radius ? 1.0F : 0.0F;
    disk /= cv::sum(disk)[0];
    const int smoothing = radius <= 8 ? 3 : 5;
    cv::GaussianBlur(disk, disk, { smoothing, smoothing }, alias);
    cv::Mat result;
    cv::filter2D(floatsOf(picture), result, CV_32F, disk, { -1, -1 }, 0.0, cv::BORDER_REFLECT_101);
    return pictureOf(result);
}

Picture motionBlurred(const Picture& picture, int radius, double sigma, double angle)
{
    return pictureOf(movedAlong(floatsOf(picture), radius, sigma, angle));
}

Picture zoomBlurred(const Picture& picture, double largest, double step)
{
    require(largest > 1.0 && step > 0.0, "the zoom must exceed 1 in positive steps");
    const cv::Mat floats = floatsOf(picture);
    cv::Mat sum = floats.clone();
    int count = 1;
    for (double factor = 1.0; factor < largest - step * 1e-6; factor = 1.0 + count * step - step) {
        sum += zoomed(floats, factor);
        ++count;
    }
    return pictureOf(sum / count);
}

Picture glassBlurred(const Picture& picture, double sigma, int distance, int rounds, Random& random)
{
    require(distance > 0 && rounds > 0, "distance and rounds must be positive");
    // The published code works on bytes between the two blurs.
    Picture moved = pictureOf(smoothed(floatsOf(picture), sigma));
    const auto swapPixels = [&](int x, int y, int otherX, int otherY) {
        const std::size_t a = (static_cast<std::size_t>(y) * moved.width + x) * 3;
        const std::size_t b = (static_cast<std::size_t>(otherY) * moved.width + otherX) * 3;
        std::swap_ranges(moved.rgb.begin() + a, moved.rgb.begin() + a + 3, moved.rgb.begin() + b);
    };
    for (int round = 0; round < rounds; ++round)
        for (int y = moved.height - distance; y > distance; --y)
            for (int x = moved.width - distance; x > distance; --x) {
                const int dx = random.below(2 * distance) - distance;
                const int dy = random.below(2 * distance) - distance;
                swapPixels(x, y, x + dx, y + dy);
            }
    return pictureOf(smoothed(floatsOf(moved), sigma));
}

} // namespace slook::image
