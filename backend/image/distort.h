#pragma once
#include "core/random.h"
#include "image/picture.h"
#include "image/resize.h"
#include <array>

namespace slook::image {

/// The shorter side becomes `side` pixels, the other keeps the aspect, cut towards zero, as
/// torchvision's Resize does. STIC's low resolution: it is not made large again.
[[nodiscard]] Picture withShorterSide(const Picture& picture, int side, Filter filter);

/// Made small by `factor` and large again: sides times the factor, rounded half to even, at
/// least 1.
[[nodiscard]] Picture downAndUp(const Picture& picture, double factor, Filter down, Filter up);

[[nodiscard]] Picture flipped(const Picture& picture); ///< left and right
/// A rectangle of one colour over the picture; it must lie inside.
[[nodiscard]] Picture occluded(const Picture& picture, int x, int y, int width, int height,
    std::array<std::uint8_t, 3> colour);

/// Saved as JPEG and read again. @param quality 1 to 100
[[nodiscard]] Picture throughJpeg(const Picture& picture, int quality);

/// ImageNet-C's elastic_transform: three corners move by up to `affine` pixels, then every pixel by
/// a smoothed random field of strength `alpha` and width `sigma`; linear, mirrored border.
[[nodiscard]] Picture elastic(
    const Picture& picture, double alpha, double sigma, double affine, Random& random);

} // namespace slook::image
