#include "scenes/scene.h"
#include "core/random.h"
#include "scenes/outline.h"
#include <algorithm>
#include <cmath>

namespace slook::scenes {
namespace {

int objectCount(Random& random, Level level)
{
    if (level == Level::Hard)
        return 4 + random.weighted({ .15, .25, .25, .20, .15 });
    return 1 + random.weighted({ .05, .17, .22, .22, .17, .11, .06 });
}

double radius(Random& random, Level level, bool big)
{
    if (big)
        return random.between(21.0, 26.0);
    return level == Level::Hard ? random.between(9.5, 13.0) : random.between(11.0, 15.0);
}

/// Repeats a shape or colour now and then, so that counts above one occur.
Object drawObject(Random& random, Level level, int cell, const std::vector<Object>& others)
{
    Object object;
    object.cell = cell;
    object.shape = static_cast<Shape>(random.below(kShapes));
    object.colour = random.below(kColours);
    if (!others.empty() && random.chance(.25))
        object.shape = random.pick(others).shape;
    if (!others.empty() && random.chance(.20))
        object.colour = random.pick(others).colour;
    object.big = random.chance(level == Level::Hard ? .35 : .50);
    object.radius = radius(random, level, object.big);
    const double room = std::max(0.0, kCellSide / 2.0 - object.radius - 1.0);
    object.x = columnOf(cell) * kCellSide + kCellSide / 2.0 + random.between(-room, room);
    object.y = rowOf(cell) * kCellSide + kCellSide / 2.0 + random.between(-room, room);
    object.angle = random.between(-.3, .3);
    return object;
}

} // namespace

Scene makeScene(std::uint64_t seed, std::uint64_t index, Level level, std::string_view purpose)
{
    Random random = Random::of(seed, purpose, index * 2 + (level == Level::Hard ? 1 : 0));
    Scene scene;
    scene.level = level;
    std::vector<int> cells(kCells);
    for (int i = 0; i < kCells; ++i)
        cells[static_cast<std::size_t>(i)] = i;
    random.shuffle(cells);
    cells.resize(static_cast<std::size_t>(objectCount(random, level)));
    std::sort(cells.begin(), cells.end());
    for (const int cell : cells)
        scene.objects.push_back(drawObject(random, level, cell, scene.objects));
    scene.background = random.below(kBackgrounds);
    scene.texture = static_cast<Texture>(random.below(kTextures));
    const bool hard = level == Level::Hard;
    scene.noise = hard ? random.between(6.0, 26.0) : random.between(0.0, 12.0);
    scene.clutter = hard ? 3 + random.below(6) : random.below(3);
    scene.seed = random.next();
    return scene;
}

std::vector<Object> withUniqueKind(const Scene& scene)
{
    std::vector<Object> unique;
    for (const Object& o : scene.objects)
        if (std::count_if(scene.objects.begin(), scene.objects.end(),
                [&](const Object& other) { return sameKind(o, other); })
            == 1)
            unique.push_back(o);
    return unique;
}

std::optional<Side> sideOf(int cell, int other)
{
    if (cell == other)
        return std::nullopt;
    if (rowOf(cell) == rowOf(other))
        return cell < other ? Side::Left : Side::Right;
    if (columnOf(cell) == columnOf(other))
        return cell < other ? Side::Above : Side::Below;
    return std::nullopt;
}

PixelBox pixelBox(const Object& object)
{
    const Bounds bounds = boundsOf(object);
    const auto inside = [](double value) {
        return std::clamp(static_cast<int>(value), 0, kPictureSide);
    };
    return { inside(std::floor(bounds.left)), inside(std::floor(bounds.top)),
        inside(std::ceil(bounds.right)), inside(std::ceil(bounds.bottom)) };
}

} // namespace slook::scenes
