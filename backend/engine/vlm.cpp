#include "engine/vlm.h"
#include "engine/row_parallel.h"
#include "engine/weights.h"
#include <ATen/ATen.h>

namespace slook::engine {

at::Tensor VisionLanguageModel::encodeInParts(const at::Tensor& pixels) const
{
    if (m_observer)
        return encodeImages(pixels);
    constexpr std::int64_t patch = 14 * 14; // pixels, about
    return inParts(pixels, pixels.size(2) * pixels.size(3) / patch, false,
        [&](std::int64_t first, std::int64_t count) {
            return encodeImages(pixels.narrow(0, first, count));
        });
}

std::string VisionLanguageModel::pictureText(
    const PictureLayout& layout, const std::string& mark) const
{
    std::string all;
    for (std::int64_t i = 0; i < featureRows(layout); ++i)
        all += mark;
    return all;
}

at::Tensor VisionLanguageModel::arrangeTiles(const at::Tensor& tiles, const PictureLayout&) const
{
    return tiles.flatten(0, 1);
}

std::string VisionLanguageModel::nameInMemory(const std::string& nameInFile) const
{
    return canonicalName(nameInFile);
}

std::string VisionLanguageModel::savedName(const std::string& nameInMemory) const
{
    return nameInMemory;
}

std::string wrongTileSize(const PictureLayout& layout, std::int64_t side)
{
    if (layout.tileHeight == side && layout.tileWidth == side)
        return {};
    return "the picture settings make pictures of " + std::to_string(layout.tileWidth) + " x "
        + std::to_string(layout.tileHeight) + " pixels, but the model's tower takes "
        + std::to_string(side) + " x " + std::to_string(side)
        + "; fetch config.json and the preprocessor files again, they do not belong together";
}

KvCache VisionLanguageModel::makeCache(std::int64_t rows, std::int64_t capacity) const
{
    const ModelShape& s = shape();
    return KvCache({ s.layers, rows, capacity, s.keyValueHeads, s.headSize }, type(), device());
}

} // namespace slook::engine
