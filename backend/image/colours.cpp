#include "image/colours.h"
#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace slook::image {
namespace {

using Pixel = std::array<std::uint8_t, 3>;

template <class Function> Picture mapped(const Picture& picture, Function&& function)
{
    requireValid(picture, "corruption");
    Picture result = picture;
    result.transparent.reset();
    for (std::size_t i = 0; i < result.rgb.size(); i += 3) {
        const Pixel out =
            function(Pixel { picture.rgb[i], picture.rgb[i + 1], picture.rgb[i + 2] });
        std::copy(out.begin(), out.end(), result.rgb.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return result;
}

/// Between `from` (0) and `to` (1), or beyond; cut, not rounded.
std::uint8_t blended(int from, int to, float factor)
{
    const float value = static_cast<float>(from) + factor * static_cast<float>(to - from);
    return static_cast<std::uint8_t>(std::clamp(value, 0.0F, 255.0F));
}

/// ITU-R 601-2 in fixed point of 16 bits, as Pillow's mode "L".
int luma(const Pixel& p)
{
    return (p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 0x8000) >> 16;
}

template <class Other>
Picture blendedWithOwn(const Picture& picture, double factor, const Other& other)
{
    const auto f = static_cast<float>(factor);
    return mapped(picture, [&](const Pixel& p) {
        const int base = other(p);
        return Pixel { blended(base, p[0], f), blended(base, p[1], f), blended(base, p[2], f) };
    });
}

/// All channels of all pixels against one value: looked up, since a byte has 256 of them.
Picture blendedWith(const Picture& picture, double factor, int base)
{
    requireValid(picture, "corruption");
    std::array<std::uint8_t, 256> table {};
    for (int value = 0; value < 256; ++value)
        table[static_cast<std::size_t>(value)] = blended(base, value, static_cast<float>(factor));
    Picture result = picture;
    result.transparent.reset();
    for (std::uint8_t& channel : result.rgb)
        channel = table[channel];
    return result;
}

std::uint8_t byteOf(float value)
{
    return static_cast<std::uint8_t>(std::clamp(static_cast<int>(value), 0, 255));
}

/// Hue, saturation and value in bytes, computed. Source: Pillow, Convert.c, rgb2hsv_row.
Pixel computedHsv(const Pixel& p)
{
    const int largest = std::max({ p[0], p[1], p[2] });
    const int range = largest - std::min({ p[0], p[1], p[2] });
    if (range == 0)
        return { 0, 0, static_cast<std::uint8_t>(largest) };
    const auto width = static_cast<float>(range);
    const float r = static_cast<float>(largest - p[0]) / width;
    const float g = static_cast<float>(largest - p[1]) / width;
    const float b = static_cast<float>(largest - p[2]) / width;
    float hue = 0.0F;
    if (p[0] == largest)
        hue = b - g;
    else if (p[1] == largest)
        hue = static_cast<float>(2.0 + r - b);
    else
        hue = static_cast<float>(4.0 + g - r);
    const double turn = hue / 6.0 + 1.0; // from 5/6 to 11/6, so this is fmod(turn, 1)
    hue = static_cast<float>(turn >= 1.0 ? turn - 1.0 : turn);
    return { byteOf(static_cast<float>(hue * 255.0)),
        byteOf(static_cast<float>(width / static_cast<float>(largest) * 255.0)),
        static_cast<std::uint8_t>(largest) };
}

/// All hues and saturations: a picture has many pixels, and few differ in what decides these.
struct HsvTables {
    /// By the largest channel, whether the next one (of red, green, blue, red) is the smallest, the
    /// range, and how far the third channel is below the largest.
    std::vector<std::uint8_t> hue = std::vector<std::uint8_t>(3 * 2 * 256 * 256);
    std::vector<std::uint8_t> saturation = std::vector<std::uint8_t>(256 * 256); ///< range, largest

    static std::size_t at(int channel, bool nextIsSmallest, int range, int below)
    {
        return ((static_cast<std::size_t>(channel) * 2 + (nextIsSmallest ? 1 : 0)) * 256
                   + static_cast<std::size_t>(range))
            * 256
            + static_cast<std::size_t>(below);
    }

    HsvTables()
    {
        for (int range = 1; range < 256; ++range)
            for (int channel = 0; channel < 3; ++channel)
                for (const bool next : { false, true })
                    for (int below = 0; below <= range; ++below) {
                        Pixel p {};
                        p[static_cast<std::size_t>(channel)] = static_cast<std::uint8_t>(range);
                        p[static_cast<std::size_t>((channel + (next ? 2 : 1)) % 3)] =
                            static_cast<std::uint8_t>(range - below);
                        // Of equal channels the first counts as the largest: then these are never
                        // looked up, and a look-up finds what was computed for that one.
                        hue[at(channel, next, range, below)] = computedHsv(p)[0];
                    }
        for (int largest = 1; largest < 256; ++largest)
            for (int range = 1; range <= largest; ++range)
                saturation[static_cast<std::size_t>(range) * 256
                    + static_cast<std::size_t>(largest)] =
                    computedHsv({ static_cast<std::uint8_t>(largest),
                        static_cast<std::uint8_t>(largest - range),
                        static_cast<std::uint8_t>(largest - range) })[1];
    }
};

/// As computedHsv(), looked up.
Pixel hsvBytes(const Pixel& p)
{
    static const HsvTables tables;
    const int largest = std::max({ p[0], p[1], p[2] });
    const int range = largest - std::min({ p[0], p[1], p[2] });
    if (range == 0)
        return { 0, 0, static_cast<std::uint8_t>(largest) };
    const std::size_t channel = p[0] == largest ? 0 : p[1] == largest ? 1 : 2;
    const std::uint8_t next = p[(channel + 1) % 3], third = p[(channel + 2) % 3];
    const bool nextIsSmallest = next <= third;
    const int below = largest - (nextIsSmallest ? third : next);
    return { tables.hue[HsvTables::at(static_cast<int>(channel), nextIsSmallest, range, below)],
        tables
            .saturation[static_cast<std::size_t>(range) * 256 + static_cast<std::size_t>(largest)],
        static_cast<std::uint8_t>(largest) };
}

/// Of a value from 0 to 255, halves upwards; std::round is a call.
std::uint8_t roundedByte(double value)
{
    const int whole = static_cast<int>(value);
    return static_cast<std::uint8_t>(whole + (value - whole >= 0.5 ? 1 : 0));
}

/// Source: Pillow, Convert.c, hsv2rgb.
Pixel rgbBytes(const Pixel& hsv)
{
    if (hsv[1] == 0)
        return { hsv[2], hsv[2], hsv[2] };
    const double sixth = static_cast<float>(hsv[0]) * 6.0 / 255.0;
    const int sector = static_cast<int>(sixth);
    const auto part = static_cast<float>(sixth - sector);
    const auto saturation = static_cast<float>(static_cast<float>(hsv[1]) / 255.0);
    const auto value = static_cast<float>(hsv[2]);
    const std::uint8_t v = hsv[2];
    const std::uint8_t p = roundedByte(value * (1.0 - saturation));
    const std::uint8_t q = roundedByte(value * (1.0 - saturation * part));
    const std::uint8_t t = roundedByte(value * (1.0 - saturation * (1.0 - part)));
    switch (sector % 6) {
    case 0:
        return { v, t, p };
    case 1:
        return { q, v, p };
    case 2:
        return { p, v, t };
    case 3:
        return { p, q, v };
    case 4:
        return { t, p, v };
    default:
        return { v, p, q };
    }
}

} // namespace

Picture withBrightness(const Picture& picture, double factor)
{
    return blendedWith(picture, factor, 0);
}

Picture withContrast(const Picture& picture, double factor)
{
    requireValid(picture, "withContrast");
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < picture.rgb.size(); i += 3)
        sum += static_cast<std::uint64_t>(
            luma({ picture.rgb[i], picture.rgb[i + 1], picture.rgb[i + 2] }));
    const auto pixels = static_cast<double>(picture.rgb.size() / 3);
    const int mean = static_cast<int>(static_cast<double>(sum) / pixels + 0.5);
    return blendedWith(picture, factor, mean);
}

Picture withSaturation(const Picture& picture, double factor)
{
    return blendedWithOwn(picture, factor, luma);
}

Picture withHue(const Picture& picture, double turn)
{
    if (!(turn >= -0.5 && turn <= 0.5))
        throw std::invalid_argument("[withHue] the turn must lie between -0.5 and 0.5");
    const int shift = static_cast<int>(turn * 255.0);
    return mapped(picture, [shift](const Pixel& p) {
        Pixel hsv = hsvBytes(p);
        hsv[0] = static_cast<std::uint8_t>(hsv[0] + shift); // modulo 256
        return rgbBytes(hsv);
    });
}

Picture grey(const Picture& picture)
{
    return mapped(picture, [](const Pixel& p) {
        const auto l = static_cast<std::uint8_t>(luma(p));
        return Pixel { l, l, l };
    });
}

Picture jittered(const Picture& picture, const Jitter& jitter)
{
    auto sorted = jitter.order;
    std::sort(sorted.begin(), sorted.end());
    if (sorted != std::array { 0, 1, 2, 3 })
        throw std::invalid_argument("[jittered] the order must name each of 0, 1, 2, 3 once");
    Picture result = picture;
    for (const int step : jitter.order) {
        if (step == 0 && jitter.brightness != 1.0)
            result = withBrightness(result, jitter.brightness);
        if (step == 1 && jitter.contrast != 1.0)
            result = withContrast(result, jitter.contrast);
        if (step == 2 && jitter.saturation != 1.0)
            result = withSaturation(result, jitter.saturation);
        if (step == 3 && jitter.hue != 0.0)
            result = withHue(result, jitter.hue);
    }
    return result;
}

Hsv toHsv(const std::array<double, 3>& rgb)
{
    const double value = std::max({ rgb[0], rgb[1], rgb[2] });
    const double range = value - std::min({ rgb[0], rgb[1], rgb[2] });
    if (range <= 0.0)
        return { 0.0, 0.0, value };
    double hue = 0.0;
    if (rgb[0] == value)
        hue = (rgb[1] - rgb[2]) / range;
    else if (rgb[1] == value)
        hue = 2.0 + (rgb[2] - rgb[0]) / range;
    else
        hue = 4.0 + (rgb[0] - rgb[1]) / range;
    hue /= 6.0;
    return { hue - std::floor(hue), range / value, value };
}

std::array<double, 3> toRgb(const Hsv& hsv)
{
    const double sixth = hsv[0] * 6.0;
    std::array<double, 3> rgb {};
    for (int channel = 0; channel < 3; ++channel) {
        const double offset = channel == 0 ? 5.0 : channel == 1 ? 3.0 : 1.0;
        const double k = std::fmod(offset + sixth, 6.0);
        const double share = std::clamp(std::min(k, 4.0 - k), 0.0, 1.0);
        rgb[static_cast<std::size_t>(channel)] = hsv[2] * (1.0 - hsv[1] * share);
    }
    return rgb;
}

} // namespace slook::image
