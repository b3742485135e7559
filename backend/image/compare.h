#pragma once
#include "image/picture.h"
#include <optional>

namespace slook::image {

/// True where size and every byte agree.
[[nodiscard]] bool samePixels(const Picture& a, const Picture& b);

/// Peak signal-to-noise ratio in dB over all bytes: 10 log10(255^2 / mean squared difference);
/// infinite where equal.
/// @throws std::invalid_argument unless sizes agree
[[nodiscard]] double psnr(const Picture& a, const Picture& b);

/// Mean structural similarity, -1 to 1, 1 where equal: the mean over the three channels of SSIM in
/// windows of 11 x 11 with Gaussian weights of sigma 1.5, K1 .01, K2 .03, over all places where the
/// window lies inside. Empty where a side has fewer than 11 pixels.
/// @throws std::invalid_argument unless sizes agree
/// Source: Wang, Bovik, Sheikh, Simoncelli 2004, "Image quality assessment: from error visibility
/// to structural similarity", equation 13; scikit-image gives the same with gaussian_weights.
[[nodiscard]] std::optional<double> ssim(const Picture& a, const Picture& b);

/// |a - b| times `gain`, cut to 255, channel by channel.
/// @throws std::invalid_argument unless sizes agree and gain > 0
[[nodiscard]] Picture amplifiedDifference(const Picture& a, const Picture& b, double gain);

/// Share of the pixels of which some byte differs, 0 to 1.
/// @throws std::invalid_argument unless sizes agree
[[nodiscard]] double changedShare(const Picture& a, const Picture& b);

/// Largest difference of two bytes, 0 to 255. @throws std::invalid_argument unless sizes agree
[[nodiscard]] int largestDifference(const Picture& a, const Picture& b);

} // namespace slook::image
