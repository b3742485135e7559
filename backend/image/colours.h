#pragma once
#include "image/picture.h"
#include <array>
#include <cstdint>

namespace slook::image {

/// Byte for byte what Pillow's ImageEnhance and torchvision's functions on Pillow pictures give:
/// mixes in single precision, cut towards zero, so that factor 1 changes nothing. Source: Pillow,
/// src/libImaging/Blend.c, Convert.c; torchvision, transforms/_functional_pil.py.
/// @param factor  0: black; 1: the same; above 1: brighter
[[nodiscard]] Picture withBrightness(const Picture& picture, double factor);
/// @param factor  0: the mean grey of the picture; 1: the same
[[nodiscard]] Picture withContrast(const Picture& picture, double factor);
/// @param factor  0: grey; 1: the same
[[nodiscard]] Picture withSaturation(const Picture& picture, double factor);
/// Turns the colour circle, which Pillow holds in a byte: even a turn of 0 rounds twice.
/// @param turn  -0.5 to 0.5 of the circle
[[nodiscard]] Picture withHue(const Picture& picture, double turn);
[[nodiscard]] Picture grey(const Picture& picture);

/// Factors of a colour jitter. Neutral ones (1, and 0 for the hue) are left out, as torchvision
/// does.
struct Jitter {
    double brightness = 1.0, contrast = 1.0, saturation = 1.0, hue = 0.0;
    std::array<int, 4> order { 0, 1, 2, 3 }; ///< 0 brightness, 1 contrast, 2 saturation, 3 hue
};
/// @throws std::invalid_argument unless `order` names each of the four once
[[nodiscard]] Picture jittered(const Picture& picture, const Jitter& jitter);

using Hsv = std::array<double, 3>; ///< each 0 to 1
[[nodiscard]] Hsv toHsv(const std::array<double, 3>& rgb);
[[nodiscard]] std::array<double, 3> toRgb(const Hsv& hsv);

} // namespace slook::image
