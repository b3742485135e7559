#pragma once
#include "core/random.h"
#include "image/picture.h"

/// ImageNet-C's weather. Source: Hendrycks and Dietterich 2019, section 3 and its released
/// parameters.
namespace slook::image {

/// A fractal cloud of strength `amount`. @param decay  how fast detail weakens: larger is smoother
[[nodiscard]] Picture withFog(const Picture& picture, double amount, double decay, Random& random);

struct Snow {
    double mean, deviation; ///< of the flakes' brightness before the threshold
    double zoom; ///< size of the flakes
    double threshold;
    int length; ///< of the streaks, pixels
    double sigma; ///< of the streaks
    double kept; ///< share of the picture; the rest is whitened
};
[[nodiscard]] Picture withSnow(const Picture& picture, const Snow& snow, Random& random);

struct Spatter {
    double mean, deviation; ///< of the liquid before the threshold
    double sigma; ///< size of the drops
    double threshold;
    double strength; ///< water: opacity; mud: sigma of its edge
    bool mud;
};
[[nodiscard]] Picture withSpatter(const Picture& picture, const Spatter& spatter, Random& random);

} // namespace slook::image
