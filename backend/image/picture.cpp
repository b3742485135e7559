#include "image/picture.h"
#include "core/hash.h"
#include <algorithm>
#include <cstdint>
#include <stdexcept>

namespace slook::image {

std::string pixelSha256(const Picture& picture)
{
    return sha256(std::span<const std::uint8_t>(picture.rgb));
}

Picture filled(int width, int height, std::array<std::uint8_t, 3> colour)
{
    if (width <= 0 || height <= 0)
        throw std::invalid_argument("[filled] sizes must be positive, got " + std::to_string(width)
            + " x " + std::to_string(height));
    Picture picture { width, height, {}, {} };
    picture.rgb.resize(std::size_t(width) * height * 3);
    for (std::size_t i = 0; i < picture.rgb.size(); i += 3)
        std::copy(
            colour.begin(), colour.end(), picture.rgb.begin() + static_cast<std::ptrdiff_t>(i));
    return picture;
}

Picture cropped(const Picture& picture, int x, int y, int width, int height)
{
    requireValid(picture, "cropped");
    if (x < 0 || y < 0 || width <= 0 || height <= 0 || width > picture.width - x
        || height > picture.height - y)
        throw std::invalid_argument("[cropped] " + std::to_string(width) + " x "
            + std::to_string(height) + " at (" + std::to_string(x) + ", " + std::to_string(y)
            + ") is not inside " + std::to_string(picture.width) + " x "
            + std::to_string(picture.height));
    Picture part { width, height, {}, picture.transparent };
    part.rgb.resize(std::size_t(width) * height * 3);
    for (int row = 0; row < height; ++row) {
        const auto* from = picture.rgb.data() + (std::size_t(y + row) * picture.width + x) * 3;
        std::copy(
            from, from + std::size_t(width) * 3, part.rgb.data() + std::size_t(row) * width * 3);
    }
    return part;
}

void requireValid(const Picture& picture, const char* function)
{
    if (picture.width <= 0 || picture.height <= 0
        || picture.rgb.size() != std::size_t(picture.width) * picture.height * 3)
        throw std::invalid_argument("[" + std::string(function) + "] "
            + std::to_string(picture.width) + " x " + std::to_string(picture.height)
            + " pixels do not fit " + std::to_string(picture.rgb.size()) + " bytes");
}

} // namespace slook::image
