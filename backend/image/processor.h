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

/// How a processor comes from a picture to what a vision tower takes.
enum class ProcessorKind {
    Clip, ///< one square of it (LLaVA-1.5)
    Anyres, ///< the whole picture small, then the tiles of the resolution that fits best
            ///< (LLaVA-NeXT)
    Split, ///< rows of tiles, then the whole picture small (Idefics3, SmolVLM)
};

/// Hugging Face's image processors, by their settings; defaults are those of CLIPImageProcessor.
struct ProcessorSettings {
    ProcessorKind kind = ProcessorKind::Clip;
    bool resize = true;
    int shortestEdge = 224; ///< used where `size` is absent
    /// With shortestEdge: the longer edge may not pass it. Split: what the longer edge becomes.
    std::optional<int> longestEdge;
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
    std::vector<Size> pinpoints; ///< Anyres: resolutions to choose from, in the file's order
    bool split = true; ///< Split: off, a picture is one tile
    int tileSide = 364; ///< Split
    std::string type = "CLIPImageProcessor"; ///< as the file names it
};

/// A picture as a model sees it.
struct Seen {
    std::vector<Picture> tiles; ///< at least one, all of one size, in the order of the tower
    Size picture; ///< the picture's own size
    int rows = 0, columns = 0; ///< of the grid that the tiles form; 0: one tile, the picture
    std::size_t overview = 0; ///< the tile that is none of the grid
};

/// Settings of a model folder: `image_processor` of processor_config.json, else
/// preprocessor_config.json. Errors: NotFound (neither file), Invalid (a value that cannot be, a
/// kind of processor that is not known).
[[nodiscard]] Result<ProcessorSettings> readProcessorSettings(
    const std::filesystem::path& modelFolder);
[[nodiscard]] Result<ProcessorSettings> parseProcessorSettings(
    const Json& json, const std::string& where);

/// The picture as the model sees it: padded, resized, cropped, cut into tiles, before rescaling and
/// normalising. Errors: Invalid where the settings would make a picture larger than a model's limit
/// of 4,096 pixels a side, or more than 400 tiles.
[[nodiscard]] Result<Seen> seenBy(const ProcessorSettings& settings, const Picture& picture);

/// SHA-256 of the seen pixels, and of what else decides the model's features of the picture.
[[nodiscard]] std::string seenSha256(const Seen& seen);

/// All tiles as one picture to look at: the grid with lines of one pixel between its tiles, the
/// overview beside it on the left.
[[nodiscard]] Picture contactSheet(const Seen& seen);

/// The numbers a vision tower takes: [tiles, 3, height, width] floats.
[[nodiscard]] std::vector<float> pixelValues(const ProcessorSettings& settings, const Seen& seen);

/// The square that `padToSquare` makes: the mean colour around, the odd row or column at the right
/// or the bottom.
[[nodiscard]] Picture paddedToSquare(const Picture& picture, const std::array<double, 3>& mean);

/// Pixels of the transparent colour painted white, as an image processor does with such a picture.
[[nodiscard]] Picture onWhite(const Picture& picture);

} // namespace slook::image
