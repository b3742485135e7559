#include "scenes/yes_no.h"
#include "scenes/words.h"
#include <algorithm>

namespace slook::scenes {
namespace {

bool shows(const Scene& scene, KindNumber kind)
{
    return std::any_of(scene.objects.begin(), scene.objects.end(),
        [&](const Object& o) { return kindNumber(o) == kind; });
}

std::string ask(std::string_view words)
{
    return "Is there " + withArticle(words) + " in the image?";
}

std::optional<KindNumber> mixture(const Scene& scene, Random& random)
{
    std::vector<KindNumber> mixed;
    for (const Object& a : scene.objects)
        for (const Object& b : scene.objects) {
            const KindNumber kind = a.colour * kShapes + static_cast<int>(b.shape);
            if (!shows(scene, kind))
                mixed.push_back(kind);
        }
    if (mixed.empty())
        return std::nullopt;
    return random.pick(mixed);
}

} // namespace

std::optional<KindNumber> absentKind(
    const Scene& scene, AbsentChoice choice, std::span<const KindNumber> popular, Random& random)
{
    if (choice == AbsentChoice::Adversarial)
        return mixture(scene, random);
    if (choice == AbsentChoice::Popular) {
        const auto found = std::find_if(
            popular.begin(), popular.end(), [&](KindNumber k) { return !shows(scene, k); });
        return found == popular.end() ? std::nullopt : std::optional(*found);
    }
    for (;;) { // at most 9 of 48 kinds are shown
        const KindNumber kind = random.below(kColours * kShapes);
        if (!shows(scene, kind))
            return kind;
    }
}

KindNumber kindNumber(const Object& object)
{
    return object.colour * kShapes + static_cast<int>(object.shape);
}

std::string kindName(KindNumber kind)
{
    return kindName(kind / kShapes, static_cast<Shape>(kind % kShapes));
}

std::string_view choiceWord(AbsentChoice choice)
{
    constexpr std::string_view words[] { "random", "popular", "adversarial" };
    return words[static_cast<std::size_t>(choice)];
}

std::vector<KindNumber> kindsByFrequency(std::span<const Scene> scenes)
{
    std::vector<int> count(static_cast<std::size_t>(kColours * kShapes), 0);
    std::vector<KindNumber> kinds;
    for (const Scene& scene : scenes)
        for (const Object& object : scene.objects)
            ++count[static_cast<std::size_t>(kindNumber(object))];
    for (KindNumber kind = 0; kind < kColours * kShapes; ++kind)
        kinds.push_back(kind);
    std::stable_sort(kinds.begin(), kinds.end(), [&](KindNumber a, KindNumber b) {
        return count[static_cast<std::size_t>(a)] > count[static_cast<std::size_t>(b)];
    });
    return kinds;
}

std::optional<YesNoQuestion> makeYesNo(const Scene& scene, AbsentChoice choice, bool yes,
    std::span<const KindNumber> popular, Random& random)
{
    if (yes) {
        if (scene.objects.empty())
            return std::nullopt;
        return YesNoQuestion { ask(kindName(random.pick(scene.objects))), true, choice };
    }
    const auto kind = absentKind(scene, choice, popular, random);
    if (!kind)
        return std::nullopt;
    return YesNoQuestion { ask(kindName(*kind)), false, choice };
}

std::optional<YesNoQuestion> makeShapeYesNo(const Scene& scene, bool yes, Random& random)
{
    std::vector<std::string_view> words;
    for (int i = 0; i < kShapes; ++i) {
        const auto shape = static_cast<Shape>(i);
        const bool shown = std::any_of(scene.objects.begin(), scene.objects.end(),
            [&](const Object& o) { return o.shape == shape; });
        if (shown == yes)
            words.push_back(shapeName(shape));
    }
    if (words.empty())
        return std::nullopt;
    return YesNoQuestion { ask(random.pick(words)), yes, AbsentChoice::Random };
}

} // namespace slook::scenes
