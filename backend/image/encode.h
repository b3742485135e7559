#pragma once
#include "image/picture.h"
#include <cstdint>
#include <span>
#include <vector>

namespace slook::image {

/// A lossless PNG, 8-bit RGB; the same picture gives the same bytes. @param compression 0 (fast) to
/// 9 (small)
/// @throws std::invalid_argument for an empty picture or a wrong level
[[nodiscard]] std::vector<std::uint8_t> encodePng(const Picture& picture, int compression = 6);
/// As above for one byte a pixel.
[[nodiscard]] std::vector<std::uint8_t> encodeGreyPng(
    std::span<const std::uint8_t> grey, int width, int height, int compression = 6);
/// A baseline JPEG with 4:2:0 chroma, as Pillow saves. @param quality 1 to 100
[[nodiscard]] std::vector<std::uint8_t> encodeJpeg(const Picture& picture, int quality = 75);

} // namespace slook::image
