#pragma once
#include "scenes/scene.h"
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace slook::scenes {

inline constexpr std::array<std::string_view, kShapes> kShapeNames { "circle", "square", "triangle",
    "star", "diamond", "cross" };
inline constexpr std::array<std::string_view, kColours> kColourNames { "red", "green", "blue",
    "yellow", "purple", "orange", "white", "black" };
inline constexpr std::array<std::string_view, kCells> kCellNames { "top left", "top center",
    "top right", "middle left", "center", "middle right", "bottom left", "bottom center",
    "bottom right" };
inline constexpr std::array<std::string_view, kBackgrounds> kBackgroundNames { "gray", "tan",
    "teal", "pink" };
inline constexpr std::array<std::string_view, 10> kNumberWords { "zero", "one", "two", "three",
    "four", "five", "six", "seven", "eight", "nine" };
/// Everyday things that no scene ever shows: what a prompt for imagination may bring in.
inline constexpr std::array<std::string_view, 9> kThings { "a cat", "a dog", "a tree", "a car",
    "a hammer", "a person", "a lamp", "a bird", "some rain" };

[[nodiscard]] std::string_view shapeName(Shape shape);
[[nodiscard]] std::string pluralName(Shape shape); ///< "crosses"
[[nodiscard]] std::string_view sideName(Side side); ///< "to the left", "above", ...
[[nodiscard]] std::string_view colourName(int colour);
[[nodiscard]] std::string_view numberWord(int number); ///< 0 to 9

[[nodiscard]] std::string withArticle(std::string_view words); ///< "a red circle", "an orange star"
[[nodiscard]] std::string kindName(const Object& object); ///< "red circle"
[[nodiscard]] std::string kindName(int colour, Shape shape);
[[nodiscard]] std::string place(int cell); ///< "at the top left", "in the center"
[[nodiscard]] std::string sighting(const Object& object); ///< "a red circle at the top left"
[[nodiscard]] std::string joined(const std::vector<std::string>& parts); ///< "x, y and z"

} // namespace slook::scenes
