#pragma once
#include "image/picture.h"
#include "scenes/scene.h"
#include <array>

namespace slook::scenes {

/// The picture of a scene, kPictureSide pixels square. The same scene gives the same bytes on every
/// machine.
[[nodiscard]] image::Picture render(const Scene& scene);

/// The colour of an object before its small change (at most 14 steps a channel) and the picture's
/// noise.
[[nodiscard]] std::array<int, 3> colourValue(int colour);

} // namespace slook::scenes
