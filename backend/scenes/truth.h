#pragma once
#include "core/json.h"
#include "scenes/scene.h"
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slook::scenes {

/// All that is known of a picture: level, background, texture, noise, clutter and every object with
/// its names, cell, centre, radius and box in pixels.
[[nodiscard]] Json truthJson(const Scene& scene);

/// An object that a text names: "a small red circle at the top left". Size and place may be
/// missing.
struct Mention {
    int colour = 0;
    Shape shape = Shape::Circle;
    std::optional<bool> big;
    std::optional<int> cell;
    std::size_t begin = 0; ///< bytes of the text: [begin, end)
    std::size_t end = 0;
};

/// Every colour that is followed by a shape, singular or plural, in any case of letters. Shapes
/// without a colour are not counted, since a text may name an object a second time by its shape.
[[nodiscard]] std::vector<Mention> mentionsIn(std::string_view text);

/// A description held against what the picture shows. Objects match by colour and shape, each at
/// most once.
struct DescriptionCheck {
    int objects = 0; ///< in the picture
    int mentioned = 0; ///< in the text, things of everyday life included
    int correct = 0; ///< mentioned and there
    int hallucinated = 0; ///< mentioned and not there: mentioned - correct
    int missed = 0; ///< there and not mentioned: objects - correct
    int wrongSize = 0; ///< among the correct
    int wrongPlace = 0; ///< among the correct
    std::vector<std::string> hallucinatedNames;
    std::vector<std::string> missedNames;
};
[[nodiscard]] DescriptionCheck checkDescription(const Scene& scene, std::string_view text);
/// The objects that a true description names, as describe() writes it: kind, size and cell.
[[nodiscard]] Scene sceneOf(std::string_view truth);
/// The same where a true description, as describe() writes it, is all that is known of the picture.
[[nodiscard]] DescriptionCheck checkDescription(std::string_view truth, std::string_view text);

} // namespace slook::scenes
