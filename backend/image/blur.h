#pragma once
#include "core/random.h"
#include "image/picture.h"

/// Blurs. Radii and widths are pixels of the picture given; borders as each source has them.
namespace slook::image {

/// Byte for byte Pillow's GaussianBlur: three box blurs of broken width a direction, in fixed
/// point.
/// @param radius  standard deviation, > 0. Source: Pillow, src/libImaging/BoxBlur.c.
[[nodiscard]] Picture pillowBlurred(const Picture& picture, double radius);

/// torchvision's gaussian_blur: `kernel` weights that sum to 1, mirrored border (edge not
/// repeated).
/// @param kernel  odd, and less than twice the smaller side; @param sigma > 0
[[nodiscard]] Picture gaussianBlurred(const Picture& picture, int kernel, double sigma);

/// ImageNet-C's gaussian_blur: weights to four sigma, border pixels repeated.
[[nodiscard]] Picture gaussianBlurred(const Picture& picture, double sigma);

/// ImageNet-C's defocus_blur: a disk, its edge smoothed. @param alias sigma of the smoothing
[[nodiscard]] Picture defocused(const Picture& picture, int radius, double alias);

/// ImageMagick's motion blur: a half Gaussian along one direction. @param angle degrees
[[nodiscard]] Picture motionBlurred(const Picture& picture, int radius, double sigma, double angle);

/// ImageNet-C's zoom_blur: mean of the picture and its zooms 1, 1 + step, ... below `largest`.
[[nodiscard]] Picture zoomBlurred(const Picture& picture, double largest, double step);

/// ImageNet-C's glass_blur: pixels swapped with near ones between two Gaussian blurs.
[[nodiscard]] Picture glassBlurred(
    const Picture& picture, double sigma, int distance, int rounds, Random& random);

} // namespace slook::image
