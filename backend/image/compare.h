#pragma once
#include "image/picture.h"

namespace slook::image {

/// True where size and every byte agree.
[[nodiscard]] bool samePixels(const Picture& a, const Picture& b);

/// Peak signal-to-noise ratio in dB over all bytes: 10 log10(255^2 / mean squared difference);
/// infinite where equal.
/// @throws std::invalid_argument unless sizes agree
[[nodiscard]] double psnr(const Picture& a, const Picture& b);

/// Largest difference of two bytes, 0 to 255. @throws std::invalid_argument unless sizes agree
[[nodiscard]] int largestDifference(const Picture& a, const Picture& b);

} // namespace slook::image
