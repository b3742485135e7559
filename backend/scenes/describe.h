#pragma once
#include "core/random.h"
#include "scenes/scene.h"
#include <string>
#include <vector>

namespace slook::scenes {

/// "The image shows a small red circle at the top left and a big blue star in the center on a gray
/// background."
[[nodiscard]] std::string describe(const Scene& scene);

/// As above with `objects` in place of the scene's own, and `more` after them ("a cat").
[[nodiscard]] std::string describe(const Scene& scene, const std::vector<Object>& objects,
    const std::vector<std::string>& more = {});

/// `count` objects whose kinds the scene does not show, at random places.
[[nodiscard]] std::vector<Object> inventObjects(const Scene& scene, int count, Random& random);

/// A description that names `invented` objects that are not there.
[[nodiscard]] std::string describeWithInvented(const Scene& scene, int invented, Random& random);

/// What a prompt for imagination asks for: some objects left out, two or three invented, at times a
/// thing of everyday life.
[[nodiscard]] std::string describeFreely(const Scene& scene, Random& random);

} // namespace slook::scenes
