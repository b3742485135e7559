#pragma once
#include "image/picture.h"
#include <cstdint>
#include <span>
#include <string_view>

namespace slook::image {

/// Orientation (1 to 8) of an EXIF block, with or without its "Exif" mark; 0 where it names none.
[[nodiscard]] int exifOrientation(std::span<const std::uint8_t> exif);
/// Orientation that an XMP text gives as tiff:Orientation; 0 where it names none.
[[nodiscard]] int xmpOrientation(std::string_view xmp);
/// The picture turned and mirrored so that orientation becomes 1; other values leave it.
[[nodiscard]] Picture upright(Picture picture, int orientation);

} // namespace slook::image
