#include "engine/llava_next.h"
#include "engine/config_reader.h"
#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace slook::engine {
namespace {

constexpr const char* newlineName = "model.image_newline";

/// Resolutions as the config writes them, [height, width]. Errors: Invalid, one sentence.
Result<std::vector<image::Size>> pinpointsOf(
    const Json& json, std::int64_t side, const std::string& where)
{
    std::optional<Error> failure;
    const ConfigReader reader(json, "", failure, where);
    constexpr const char* key = "image_grid_pinpoints";
    const Json published = { { 336, 672 }, { 672, 336 }, { 672, 672 }, { 1008, 336 },
        { 336, 1008 } };
    const Json* found = reader.find(key);
    const Json& list = found != nullptr ? *found : published;
    std::vector<image::Size> sizes;
    if (!list.is_array() || list.empty() || list.size() > 1'000)
        reader.refuse(key, "is no list of 1 to 1000 pairs [height, width]");
    for (std::size_t i = 0; !failure && i < list.size(); ++i) {
        const Json& one = list[i];
        const auto edge = [&](std::size_t at) -> std::int64_t {
            const bool fits = one.is_array() && one.size() == 2 && one[at].is_number_integer()
                && one[at] >= 1 && one[at] <= 8192;
            return fits ? one[at].get<std::int64_t>() : 0;
        };
        const auto height = edge(0), width = edge(1);
        if (height < 1 || width < 1 || height % side != 0 || width % side != 0)
            reader.refuse(key,
                "holds " + shortly(one) + ", which is no pair of multiples of the tower's "
                    + std::to_string(side) + " pixels");
        sizes.push_back({ static_cast<int>(width), static_cast<int>(height) });
    }
    if (failure)
        return fail(*failure);
    return sizes;
}

} // namespace

Result<std::unique_ptr<VisionLanguageModel>> LlavaNext::create(
    const Json& json, const std::string& where, Weights& weights)
{
    const auto config = parseLlavaConfig(json, where);
    if (!config)
        return fail(config.error());
    if (config->keepClassToken)
        return fail(ErrorKind::Invalid,
            "\"vision_feature_select_strategy\" is \"full\", but a class token has no place in "
            "LLaVA-NeXT's grid; correct it or fetch the model again",
            where);
    auto pinpoints = pinpointsOf(json, config->vision.imageSize, where);
    if (!pinpoints)
        return fail(std::move(pinpoints).error());
    auto model = std::unique_ptr<LlavaNext>(new LlavaNext);
    model->m_pinpoints = std::move(*pinpoints);
    model->m_newline = weights.take(newlineName, { config->text.hiddenSize });
    if (auto taken = model->takeAll(*config, "llava_next", weights); !taken)
        return fail(std::move(taken).error());
    return std::unique_ptr<VisionLanguageModel>(std::move(model));
}

std::string LlavaNext::cannotSee(const PictureLayout& layout) const
{
    if (layout.height < 1 || layout.width < 1)
        return "its own size is not known";
    const auto grid = gridOf(layout);
    const auto expected = grid.rows * grid.columns + 1;
    if (layout.tiles != expected)
        return "the picture settings cut it into " + std::to_string(layout.tiles)
            + " tiles, but the model's config expects " + std::to_string(expected)
            + "; image_grid_pinpoints of config.json and of the preprocessor file must be the same";
    return wrongTileSize(layout, config().vision.imageSize);
}

image::UnpaddedGrid LlavaNext::gridOf(const PictureLayout& layout) const
{
    const auto& vision = config().vision;
    return image::unpaddedGrid({ static_cast<int>(layout.width), static_cast<int>(layout.height) },
        m_pinpoints, vision.imageSize, vision.patchSize);
}

std::int64_t LlavaNext::featureRows(const PictureLayout& layout) const
{
    return config().tokensPerImage() + gridOf(layout).places();
}

at::Tensor LlavaNext::arrangeTiles(const at::Tensor& tiles, const PictureLayout& layout) const
{
    const auto grid = gridOf(layout);
    const auto side = config().vision.imageSize / config().vision.patchSize;
    const auto wide = tiles.size(2);
    const auto whole = tiles.narrow(0, 1, tiles.size(0) - 1)
                           .reshape({ grid.rows, grid.columns, side, side, wide })
                           .permute({ 0, 2, 1, 3, 4 })
                           .reshape({ grid.rows * side, grid.columns * side, wide });
    const auto kept = whole.narrow(0, grid.top, grid.height).narrow(1, grid.left, grid.width);
    const auto newlines =
        m_newline.to(kept.scalar_type()).view({ 1, 1, wide }).expand({ grid.height, 1, wide });
    return at::cat({ tiles.select(0, 0), at::cat({ kept, newlines }, 1).flatten(0, 1) });
}

void LlavaNext::addVisionParameters(std::map<std::string, at::Tensor>& all) const
{
    Llava::addVisionParameters(all);
    all[newlineName] = m_newline;
}

} // namespace slook::engine
