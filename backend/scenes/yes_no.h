#pragma once
#include "core/random.h"
#include "scenes/scene.h"
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slook::scenes {

/// A colour with a shape, as one number: colour * kShapes + shape.
using KindNumber = int;
[[nodiscard]] KindNumber kindNumber(const Object& object);
[[nodiscard]] std::string kindName(KindNumber kind);

/// How POPE chooses what is not in the picture. Source: Li et al. 2023, arXiv:2305.10355,
/// section 4.
enum class AbsentChoice {
    Random, ///< any absent kind
    Popular, ///< the absent kind that the other pictures show most often
    Adversarial, ///< its colour and its shape are both in the picture, on different objects
};
[[nodiscard]] std::string_view choiceWord(
    AbsentChoice choice); ///< "random", "popular", "adversarial"

struct YesNoQuestion {
    std::string text;
    bool yes = false;
    AbsentChoice choice = AbsentChoice::Random;
};

/// All kinds, the most frequent in `scenes` first; equal ones by number.
[[nodiscard]] std::vector<KindNumber> kindsByFrequency(std::span<const Scene> scenes);

/// A kind that the scene does not show; nothing where there is none of that choice.
[[nodiscard]] std::optional<KindNumber> absentKind(
    const Scene& scene, AbsentChoice choice, std::span<const KindNumber> popular, Random& random);

/// "Is there a red circle in the image?" with a true answer `yes`. Nothing where the scene has no
/// such kind: no adversarial one when all its objects share their colour or their shape.
/// @param popular  kinds in the order of kindsByFrequency; read for Popular alone
[[nodiscard]] std::optional<YesNoQuestion> makeYesNo(const Scene& scene, AbsentChoice choice,
    bool yes, std::span<const KindNumber> popular, Random& random);

/// "Is there a circle in the image?": a shape of any colour.
[[nodiscard]] std::optional<YesNoQuestion> makeShapeYesNo(
    const Scene& scene, bool yes, Random& random);

} // namespace slook::scenes
