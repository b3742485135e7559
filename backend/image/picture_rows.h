#pragma once
#include "image/processor.h"
#include <cstdint>
#include <span>
#include <string>

/// How many places of a prompt a picture takes, by its size alone: what the model families do with
/// tiles, without their weights.
namespace slook::image {

/// LLaVA-NeXT: the features of the whole grid of tiles, and the part of them that the picture
/// itself fills; the padding around it is dropped.
struct UnpaddedGrid {
    std::int64_t rows = 0, columns = 0; ///< of tiles
    std::int64_t top = 0, left = 0, height = 0, width = 0; ///< in features
    /// Places in the prompt behind the overview: each row of features ends in a newline.
    [[nodiscard]] std::int64_t places() const { return height * (width + 1); }
};
/// @param pinpoints  resolutions to choose from, at least one, multiples of `tile`
/// @param tile  side of a tile, pixels; @param patch  side of what becomes one feature, pixels
/// Source: transformers, modeling_llava_next.unpad_image and image_size_to_num_patches.
[[nodiscard]] UnpaddedGrid unpaddedGrid(
    Size picture, std::span<const Size> pinpoints, std::int64_t tile, std::int64_t patch);

/// Idefics3 and SmolVLM: columns and rows of the tiles that a picture is cut into; 0 x 0: it stays
/// one tile. With a grid comes an overview. Errors: Invalid (more than 400 tiles).
[[nodiscard]] Result<Size> splitGrid(const ProcessorSettings& settings, Size picture);
/// What stands in their prompts for a picture.
/// @param marks  of one tile: its placeholder as often as the tile has features
/// Source: transformers, processing_idefics3.get_image_prompt_string.
[[nodiscard]] std::string splitPictureText(
    std::int64_t rows, std::int64_t columns, const std::string& marks);

} // namespace slook::image
