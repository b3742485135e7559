#include "image/thumbnail.h"
#include "image/resize.h"
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace slook::image {

Picture thumbnail(const Picture& picture, int side)
{
    requireValid(picture, "thumbnail");
    if (side <= 0)
        throw std::invalid_argument("[thumbnail] side must be > 0, got " + std::to_string(side));
    const int longer = std::max(picture.width, picture.height);
    if (longer <= side)
        return picture;
    const auto scaled = [&](int length) {
        return std::max(
            1, static_cast<int>(std::lround(static_cast<double>(length) * side / longer)));
    };
    return resized(picture, scaled(picture.width), scaled(picture.height), Filter::Bilinear);
}

} // namespace slook::image
