#pragma once
#include "core/random.h"
#include "image/picture.h"
#include <span>

namespace slook::image {

/// x + sigma * n, rounded half to even and cut to 0..255. @param sigma in levels of 255
/// @param noise  [height, width, 3], standard normal. @throws std::invalid_argument for another
/// length
[[nodiscard]] Picture withGaussianNoise(
    const Picture& picture, double sigma, std::span<const float> noise);

/// Whole pixels become black where u < p/2 and white where u > 1 - p/2.
/// @param noise  [height, width], uniform on [0, 1)
[[nodiscard]] Picture withSaltAndPepper(
    const Picture& picture, double p, std::span<const float> noise);

/// DDPM's forward step as POVID uses it: sqrt(a) x + sqrt(1 - a) eps with x = pixels / 255 and a
/// the product of 1 - beta_i up to t, beta_i = sigmoid(-6 + 12 i / 999) (0.005 - 1e-5) + 1e-5. Cut
/// to 0..1 before the bytes are made: POVID's code casts without, which C does not define.
/// @param t      0 to 999
/// @param noise  [3, height, width], standard normal
[[nodiscard]] Picture diffused(const Picture& picture, int t, std::span<const float> noise);
struct DiffusionShares {
    float picture; ///< sqrt(a)
    float noise; ///< sqrt(1 - a)
};
[[nodiscard]] DiffusionShares diffusionShares(int t);

/// ImageNet-C's shot_noise: Poisson counts of x * rate photons, x in 0..1.
[[nodiscard]] Picture withShotNoise(const Picture& picture, double rate, Random& random);
/// ImageNet-C's impulse_noise: the share `p` of all bytes becomes 0 or 255.
[[nodiscard]] Picture withImpulseNoise(const Picture& picture, double p, Random& random);
/// ImageNet-C's speckle_noise: x + x * sigma * n.
[[nodiscard]] Picture withSpeckle(const Picture& picture, double sigma, Random& random);

[[nodiscard]] std::vector<float> normalNumbers(std::size_t count, Random& random);
[[nodiscard]] std::vector<float> uniformNumbers(std::size_t count, Random& random);

} // namespace slook::image
