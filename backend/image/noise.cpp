#include "image/noise.h"
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace slook::image {
namespace {

std::uint8_t byteOf(double value)
{
    return static_cast<std::uint8_t>(std::nearbyint(std::clamp(value, 0.0, 255.0)));
}

void requireLength(std::size_t have, std::size_t want)
{
    if (have != want)
        throw std::invalid_argument("[noise] got " + std::to_string(have) + " numbers for "
            + std::to_string(want) + " places");
}

template <class Function> Picture everyByte(const Picture& picture, Function&& function)
{
    requireValid(picture, "noise");
    Picture result = picture;
    result.transparent.reset();
    for (std::size_t i = 0; i < result.rgb.size(); ++i)
        result.rgb[i] = function(picture.rgb[i], i);
    return result;
}

} // namespace

Picture withGaussianNoise(const Picture& picture, double sigma, std::span<const float> noise)
{
    requireLength(noise.size(), picture.rgb.size());
    const auto s = static_cast<float>(sigma);
    return everyByte(picture, [&](std::uint8_t x, std::size_t i) {
        return byteOf(static_cast<float>(x) + s * noise[i]);
    });
}

Picture withSaltAndPepper(const Picture& picture, double p, std::span<const float> noise)
{
    requireLength(noise.size(), picture.rgb.size() / 3);
    return everyByte(picture, [&](std::uint8_t x, std::size_t i) -> std::uint8_t {
        const double u = noise[i / 3];
        return u < p / 2.0 ? 0 : u > 1.0 - p / 2.0 ? 255 : x;
    });
}

DiffusionShares diffusionShares(int t)
{
    if (t < 0 || t > 999)
        throw std::invalid_argument("[diffusionShares] the step must lie between 0 and 999");
    double product = 1.0;
    for (int i = 0; i <= t; ++i) {
        const double x = -6.0 + 12.0 * i / 999.0;
        const auto beta = static_cast<float>((0.005 - 1e-5) / (1.0 + std::exp(-x)) + 1e-5);
        product *= 1.0F - beta;
    }
    // Single precision from here, as the reference has it: 1 - a cancels at small t, and rounds
    // alike.
    const auto a = static_cast<float>(product);
    return { std::sqrt(a), std::sqrt(1.0F - a) };
}

Picture diffused(const Picture& picture, int t, std::span<const float> noise)
{
    requireLength(noise.size(), picture.rgb.size());
    const DiffusionShares shares = diffusionShares(t);
    const std::size_t plane = picture.rgb.size() / 3;
    return everyByte(picture, [&](std::uint8_t x, std::size_t i) {
        const float clean = static_cast<float>(x) / 255.0F;
        const float y = shares.picture * clean + shares.noise * noise[i % 3 * plane + i / 3];
        return byteOf(255.0F * std::clamp(y, 0.0F, 1.0F));
    });
}

Picture withShotNoise(const Picture& picture, double rate, Random& random)
{
    if (!(rate > 0.0))
        throw std::invalid_argument("[withShotNoise] the rate must be > 0");
    return everyByte(picture, [&](std::uint8_t x, std::size_t) {
        return byteOf(random.poisson(x / 255.0 * rate) / rate * 255.0);
    });
}

Picture withImpulseNoise(const Picture& picture, double p, Random& random)
{
    return everyByte(picture, [&](std::uint8_t x, std::size_t) -> std::uint8_t {
        const bool hit = random.chance(p);
        const bool white = random.chance(0.5);
        return !hit ? x : white ? 255 : 0;
    });
}

Picture withSpeckle(const Picture& picture, double sigma, Random& random)
{
    return everyByte(picture,
        [&](std::uint8_t x, std::size_t) { return byteOf(x + x * sigma * random.normal()); });
}

std::vector<float> normalNumbers(std::size_t count, Random& random)
{
    std::vector<float> numbers(count);
    for (float& one : numbers)
        one = static_cast<float>(random.normal());
    return numbers;
}

std::vector<float> uniformNumbers(std::size_t count, Random& random)
{
    std::vector<float> numbers(count);
    for (float& one : numbers)
        one = static_cast<float>(random.uniform());
    return numbers;
}

} // namespace slook::image
