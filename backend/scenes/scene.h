#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace slook::scenes {

inline constexpr int kPictureSide = 192; ///< pixels
inline constexpr int kCellSide = 64; ///< pixels; cells are 3 x 3, numbered row by row
inline constexpr int kShapes = 6;
inline constexpr int kColours = 8;
inline constexpr int kCells = 9;
inline constexpr int kBackgrounds = 4;
inline constexpr int kTextures = 4;

enum class Level { Easy, Hard };
enum class Shape { Circle, Square, Triangle, Star, Diamond, Cross };
enum class Texture { None, Gradient, Waves, Checks };

/// One coloured shape. At most one lies in a cell, wholly inside it.
struct Object {
    Shape shape = Shape::Circle;
    int colour = 0; ///< index into colourNames()
    bool big = false;
    int cell = 0; ///< 0 .. 8
    double x = 0.0; ///< centre, pixels from the left
    double y = 0.0; ///< centre, pixels from the top
    double radius = 1.0; ///< pixels
    double angle = 0.0; ///< radians, clockwise
};

/// What a picture shows; drawing it adds nothing that is not decided by these fields.
struct Scene {
    std::uint64_t seed = 0; ///< of colours' small changes, clutter and noise
    Level level = Level::Easy;
    std::vector<Object> objects; ///< by cell
    int background = 0; ///< index into backgroundNames()
    Texture texture = Texture::None;
    double noise = 0.0; ///< standard deviation in steps of 8-bit brightness
    int clutter = 0; ///< thin lines behind the objects
};

/// The scene number `index` of `seed`. Easy: 1 to 7 objects; hard: 4 to 8, smaller, noisier, more
/// lines. `purpose` keeps streams apart: scenes of "training" are never scenes of "export".
[[nodiscard]] Scene makeScene(
    std::uint64_t seed, std::uint64_t index, Level level, std::string_view purpose);

/// The smallest rectangle of whole pixels around an object: [left, right) x [top, bottom).
struct PixelBox {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;
    bool operator==(const PixelBox&) const = default;
};
[[nodiscard]] PixelBox pixelBox(const Object& object);

[[nodiscard]] inline int rowOf(int cell)
{
    return cell / 3;
}
[[nodiscard]] inline int columnOf(int cell)
{
    return cell % 3;
}
[[nodiscard]] inline bool sameKind(const Object& a, const Object& b)
{
    return a.shape == b.shape && a.colour == b.colour;
}

/// The objects whose colour and shape no other one shares: those that a text can name.
[[nodiscard]] std::vector<Object> withUniqueKind(const Scene& scene);

enum class Side { Left, Right, Above, Below };
/// Where `cell` lies as seen from `other`; nothing unless they share a row or a column.
[[nodiscard]] std::optional<Side> sideOf(int cell, int other);

} // namespace slook::scenes
