#pragma once
#include "core/json.h"
#include "core/result.h"
#include "image/picture.h"
#include "image/resize.h"
#include <array>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace slook::image {

struct Size {
    int width = 0;
    int height = 0;
    bool operator==(const Size&) const = default;
};

/// Hugging Face's CLIPImageProcessor, by its settings; defaults are those of that class.
struct ProcessorSettings {
    bool resize = true;
    int shortestEdge = 224; ///< used where `size` is absent
    std::optional<int> longestEdge; ///< with shortestEdge: the longer edge may not pass it
    std::optional<Size> size; ///< exact size, shape not kept
    Filter filter = Filter::Bicubic;
    bool crop = true;
    Size cropSize { 224, 224 };
    bool padToSquare = false; ///< LLaVA's `image_aspect_ratio: pad`: a square with the mean colour,
                              ///< before all else
    bool rescale = true;
    double rescaleFactor = 1.0 / 255;
    bool normalise = true;
    std::array<double, 3> mean { 0.48145466, 0.4578275, 0.40821073 };
    std::array<double, 3> deviation { 0.26862954, 0.26130258, 0.27577711 };
    std::string type = "CLIPImageProcessor"; ///< as the file names it
};

/// Settings of a model folder: `image_processor` of processor_config.json, else
/// preprocessor_config.json. Errors: NotFound (neither file), Invalid (a value that cannot be, a
/// kind of processor that is not known).
[[nodiscard]] Result<ProcessorSettings> readProcessorSettings(
    const std::filesystem::path& modelFolder);
[[nodiscard]] Result<ProcessorSettings> parseProcessorSettings(
    const Json& json, const std::string& where);

/// The picture as the model sees it: padded, resized and cropped, before rescaling and normalising.
/// Errors: Invalid where the settings would make a picture larger than a model's limit of 4,096
/// pixels a side.
[[nodiscard]] Result<Picture> seenBy(const ProcessorSettings& settings, const Picture& picture);

/// The numbers a vision tower takes: [3, height, width] floats, channel by channel.
[[nodiscard]] std::vector<float> pixelValues(
    const ProcessorSettings& settings, const Picture& seen);

/// The square that `padToSquare` makes: the mean colour around, the odd row or column at the right
/// or the bottom.
[[nodiscard]] Picture paddedToSquare(const Picture& picture, const std::array<double, 3>& mean);

/// Pixels of the transparent colour painted white, as an image processor does with such a picture.
[[nodiscard]] Picture onWhite(const Picture& picture);

} // namespace slook::image
