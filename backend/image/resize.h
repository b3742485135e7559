#pragma once
#include "image/picture.h"
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace slook::image {

/// Pillow's filters with Pillow's numbers, as `resample` in Hugging Face files writes them.
enum class Filter { Nearest = 0, Lanczos = 1, Bilinear = 2, Bicubic = 3, Box = 4, Hamming = 5 };
[[nodiscard]] std::optional<Filter> filterByName(std::string_view name); ///< "bicubic", ...
[[nodiscard]] std::optional<Filter> filterByNumber(std::int64_t number);

/// Byte for byte what Image.resize of Pillow 13 gives: filter support grows with the scale,
/// coefficients in fixed point of 22 bits, rounded to bytes between the two passes, whose order
/// depends on the sizes.
/// @throws std::invalid_argument unless all sizes are positive
/// Source: Pillow, src/libImaging/Resample.c and Geometry.c (nearest).
[[nodiscard]] Picture resized(const Picture& picture, int width, int height, Filter filter);

/// As above for `channels` (1 to 4) bytes a pixel.
[[nodiscard]] std::vector<std::uint8_t> resizedBytes(std::span<const std::uint8_t> pixels,
    int width, int height, int channels, int toWidth, int toHeight, Filter filter);

} // namespace slook::image
