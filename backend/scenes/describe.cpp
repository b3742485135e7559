#include "scenes/describe.h"
#include "scenes/words.h"
#include <algorithm>

namespace slook::scenes {

std::string describe(
    const Scene& scene, const std::vector<Object>& objects, const std::vector<std::string>& more)
{
    std::vector<std::string> parts;
    for (const Object& o : objects)
        parts.push_back((o.big ? "a big " : "a small ") + kindName(o) + " " + place(o.cell));
    parts.insert(parts.end(), more.begin(), more.end());
    const auto background = kBackgroundNames.at(static_cast<std::size_t>(scene.background));
    return "The image shows " + joined(parts) + " on " + withArticle(background) + " background.";
}

std::string describe(const Scene& scene)
{
    return describe(scene, scene.objects);
}

std::vector<Object> inventObjects(const Scene& scene, int count, Random& random)
{
    std::vector<Object> known = scene.objects;
    std::vector<Object> invented;
    while (static_cast<int>(invented.size()) < count) {
        Object o;
        o.shape = static_cast<Shape>(random.below(kShapes));
        o.colour = random.below(kColours);
        o.big = random.chance(.5);
        o.cell = random.below(kCells);
        if (std::any_of(
                known.begin(), known.end(), [&](const Object& k) { return sameKind(k, o); }))
            continue;
        known.push_back(o);
        invented.push_back(o);
    }
    return invented;
}

std::string describeWithInvented(const Scene& scene, int invented, Random& random)
{
    std::vector<Object> objects = scene.objects;
    for (const Object& o : inventObjects(scene, invented, random))
        objects.push_back(o);
    return describe(scene, objects);
}

std::string describeFreely(const Scene& scene, Random& random)
{
    std::vector<Object> objects;
    for (const Object& o : scene.objects)
        if (!random.chance(.3))
            objects.push_back(o);
    for (const Object& o : inventObjects(scene, 2 + random.below(2), random))
        objects.push_back(o);
    std::vector<std::string> things;
    if (random.chance(.5))
        things.emplace_back(random.pick(kThings));
    return describe(scene, objects, things);
}

} // namespace slook::scenes
