#pragma once
#include "image/picture.h"

namespace slook::image {

/// A copy whose longer side is at most `side` pixels; a smaller picture stays as it is.
/// @throws std::invalid_argument unless side > 0
[[nodiscard]] Picture thumbnail(const Picture& picture, int side);

} // namespace slook::image
