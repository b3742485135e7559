#include "image/weather.h"
#include "image/mats.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <stdexcept>

namespace slook::image {
namespace {

cv::Mat normalField(cv::Size size, double mean, double deviation, Random& random)
{
    cv::Mat field(size, CV_32F);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            field.at<float>(y, x) = static_cast<float>(mean + deviation * random.normal());
    return field;
}

/// One step of the diamond-square algorithm on a torus: middles of squares, then of their edges.
void refine(cv::Mat& map, int step, double wobble, Random& random)
{
    const int size = map.rows;
    const int half = step / 2;
    const auto at = [&](int y, int x) -> float& {
        return map.at<float>((y + size) % size, (x + size) % size);
    };
    const auto mean = [&](float a, float b, float c, float d) {
        return static_cast<float>((a + b + c + d) / 4.0 + wobble * random.between(-1.0, 1.0));
    };
    for (int y = 0; y < size; y += step)
        for (int x = 0; x < size; x += step)
            at(y + half, x + half) =
                mean(at(y, x), at(y + step, x), at(y, x + step), at(y + step, x + step));
    for (int y = 0; y < size; y += step)
        for (int x = 0; x < size; x += step) {
            at(y + half, x) =
                mean(at(y, x), at(y + step, x), at(y + half, x + half), at(y + half, x - half));
            at(y, x + half) =
                mean(at(y, x), at(y, x + step), at(y + half, x + half), at(y - half, x + half));
        }
}

/// Plasma fractal, 0 to 1.
cv::Mat plasma(cv::Size size, double decay, Random& random)
{
    const auto side = static_cast<int>(
        std::bit_ceil(static_cast<unsigned>(std::max({ size.width, size.height, 2 }))));
    cv::Mat map = cv::Mat::zeros(side, side, CV_32F);
    double wobble = 100.0;
    for (int step = side; step >= 2; step /= 2) {
        refine(map, step, wobble, random);
        wobble /= decay;
    }
    cv::Mat scaled;
    cv::normalize(map, scaled, 0.0, 1.0, cv::NORM_MINMAX);
    return scaled({ 0, 0, size.width, size.height });
}

cv::Mat threeTimes(const cv::Mat& channel)
{
    cv::Mat result;
    cv::merge(std::vector<cv::Mat>(3, channel), result);
    return result;
}

/// Zeroes what lies below; floats.
void dropBelow(cv::Mat& field, double threshold)
{
    cv::threshold(field, field, threshold, 0.0, cv::THRESH_TOZERO);
}

/// How much light a drop of water takes at each place, 0 to `strength`: strong at the edges of
/// drops.
cv::Mat waterMask(const cv::Mat& liquid, double strength)
{
    cv::Mat bytes;
    liquid.convertTo(bytes, CV_8U, 255.0);
    cv::Mat edges;
    cv::Canny(bytes, edges, 50, 150);
    cv::Mat distance;
    cv::distanceTransform(255 - edges, distance, cv::DIST_L2, 5);
    cv::threshold(distance, distance, 20.0, 0.0, cv::THRESH_TRUNC);
    cv::blur(distance, distance, { 3, 3 });
    cv::Mat levels;
    distance.convertTo(levels, CV_8U);
    cv::equalizeHist(levels, levels);
    const cv::Mat emboss = (cv::Mat_<float>(3, 3) << -2, -1, 0, -1, 1, 1, 0, 1, 2);
    cv::filter2D(levels, levels, CV_8U, emboss);
    cv::blur(levels, levels, { 3, 3 });
    cv::Mat mask;
    levels.convertTo(mask, CV_32F);
    mask = mask.mul(liquid);
    double largest = 0.0;
    cv::minMaxLoc(mask, nullptr, &largest);
    return largest > 0.0 ? cv::Mat(mask * (strength / largest)) : mask;
}

} // namespace

Picture withFog(const Picture& picture, double amount, double decay, Random& random)
{
    if (!(amount > 0.0) || !(decay > 1.0))
        throw std::invalid_argument("[withFog] the amount must be > 0 and the decay > 1");
    const cv::Mat x = floatsOf(picture) / 255.0;
    double brightest = 0.0;
    cv::minMaxLoc(x.reshape(1), nullptr, &brightest);
    const cv::Mat fog = plasma(x.size(), decay, random);
    const cv::Mat sum = x + threeTimes(fog) * amount;
    return pictureOf(sum * (255.0 * brightest / (brightest + amount)));
}

Picture withSnow(const Picture& picture, const Snow& snow, Random& random)
{
    const cv::Mat x = floatsOf(picture) / 255.0;
    cv::Mat flakes = zoomed(normalField(x.size(), snow.mean, snow.deviation, random), snow.zoom);
    dropBelow(flakes, snow.threshold);
    cv::min(flakes, 1.0, flakes);
    flakes = movedAlong(flakes, snow.length, snow.sigma, random.between(-135.0, -45.0));
    cv::Mat grey;
    cv::cvtColor(x, grey, cv::COLOR_RGB2GRAY);
    const cv::Mat white = threeTimes(grey * 1.5 + 0.5);
    cv::Mat pale;
    cv::max(x, white, pale);
    cv::Mat turned;
    cv::rotate(flakes, turned, cv::ROTATE_180);
    const cv::Mat result =
        x * snow.kept + pale * (1.0 - snow.kept) + threeTimes(flakes) + threeTimes(turned);
    return pictureOf(result * 255.0);
}

Picture withSpatter(const Picture& picture, const Spatter& spatter, Random& random)
{
    const cv::Mat x = floatsOf(picture) / 255.0;
    cv::Mat liquid =
        smoothed(normalField(x.size(), spatter.mean, spatter.deviation, random), spatter.sigma);
    dropBelow(liquid, spatter.threshold);
    if (!spatter.mud) {
        cv::Mat colour(x.size(), CV_32FC3, cv::Scalar(175, 238, 238) / 255.0);
        return pictureOf((x + threeTimes(waterMask(liquid, spatter.strength)).mul(colour)) * 255.0);
    }
    cv::Mat mask;
    cv::threshold(liquid, mask, spatter.threshold, 1.0, cv::THRESH_BINARY);
    mask = smoothed(mask, spatter.strength);
    dropBelow(mask, 0.8);
    const cv::Mat cover = threeTimes(mask);
    cv::Mat colour(x.size(), CV_32FC3, cv::Scalar(63, 42, 20) / 255.0);
    return pictureOf((x.mul(cv::Scalar::all(1.0) - cover) + colour.mul(cover)) * 255.0);
}

} // namespace slook::image
