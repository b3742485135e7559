#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slook::image {

/// RGB pixels, row by row, three bytes each, without padding.
struct Picture {
    int width = 0;
    int height = 0;
    std::vector<std::uint8_t> rgb; ///< width * height * 3 bytes
    /// A colour that the file called transparent. Pillow keeps it as a note on the RGB picture, and
    /// Hugging Face's image processors then paint pixels of that colour white; so it is needed for
    /// exactness, and for nothing else.
    std::optional<std::array<std::uint8_t, 3>> transparent;
};

/// SHA-256 of the RGB bytes: the identity of a picture in a project.
[[nodiscard]] std::string pixelSha256(const Picture& picture);

/// A picture of one colour. @throws std::invalid_argument unless both sizes are positive
[[nodiscard]] Picture filled(int width, int height, std::array<std::uint8_t, 3> colour);

/// The part of `width` x `height` pixels whose upper left corner is (x, y).
/// @throws std::invalid_argument unless it lies inside
[[nodiscard]] Picture cropped(const Picture& picture, int x, int y, int width, int height);

/// @throws std::invalid_argument naming `function` unless sizes are positive and fit the bytes
void requireValid(const Picture& picture, const char* function);

} // namespace slook::image
