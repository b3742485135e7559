#pragma once
#include "image/processor.h"
#include <span>

/// The steps of the single kinds of processors. All take a picture without a transparent colour.
namespace slook::image {

/// CLIP's steps: padded to a square, resized, cropped, as the settings say.
/// Errors: Invalid (a side that would vanish, or pass a model's limit).
[[nodiscard]] Result<Picture> squareOf(const ProcessorSettings& settings, const Picture& picture);

/// LLaVA-NeXT: an overview, then the tiles of the best pinpoint, each through CLIP's steps.
/// Errors: Invalid (as squareOf; too many tiles).
/// Source: transformers, LlavaNextImageProcessorPil.
[[nodiscard]] Result<Seen> anyresTiles(const ProcessorSettings& settings, const Picture& picture);

/// Idefics3 and SmolVLM: tiles of the enlarged picture, row by row, then the overview.
/// Errors: Invalid (too many tiles). Source: transformers, SmolVLMImageProcessorPil.
[[nodiscard]] Result<Seen> splitTiles(const ProcessorSettings& settings, const Picture& picture);

/// The pinpoint that keeps most of the picture's pixels and, among those, wastes fewest of its own.
/// @throws std::invalid_argument without pinpoints
/// Source: transformers, image_processing_utils.select_best_resolution.
[[nodiscard]] Size bestResolution(Size picture, std::span<const Size> pinpoints);

/// More tiles than any model has: guards memory against settings that lie.
constexpr int mostTiles = 400;

} // namespace slook::image
