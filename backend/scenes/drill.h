#pragma once
#include "scenes/curriculum.h"
#include <optional>
#include <string>
#include <vector>

namespace slook::scenes {

/// Many facts of a scene in few tokens: what lies in each place, where each object lies, what is
/// there at all, how many, which side, which letter; only the facts are trained, not the words that
/// ask for them. A model with random weights learns to look from these, some 5 tokens a fact; a
/// question in full takes 20. Nothing where the drawn kind does not fit the scene.
[[nodiscard]] std::optional<Conversation> drill(
    const Scene& scene, const DrillMix& mix, Random& random);

/// Words that have nothing to do with a scene, of which only what can be read off the text itself
/// is trained. `mix.binding` is not drawn here.
[[nodiscard]] Conversation textDrill(const TextMix& mix, Random& random);

/// All values of one kind of option ("red", "blue", ... or "to the left", ...) in random order.
[[nodiscard]] std::vector<std::string> optionPool(Random& random);

} // namespace slook::scenes
