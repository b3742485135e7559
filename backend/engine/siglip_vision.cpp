#include "engine/siglip_vision.h"
#include <ATen/ATen.h>
#include <stdexcept>

namespace slook::engine {
namespace {

/// Which of `side` positions each of `side` patches takes. In exact arithmetic that is its own; the
/// reference compares rounded fractions, which puts some patches one position off where `side` is
/// no power of two, and the published weights live with it.
at::Tensor positionsAlong(std::int64_t side)
{
    const auto options = at::TensorOptions().dtype(at::kFloat);
    const double step = 1.0 / static_cast<double>(side);
    const auto borders = at::arange(step, 1.0, step, options);
    const auto fractions =
        (at::arange(side, options) * at::full({}, 1.0 / static_cast<double>(side), options))
            .clamp_max(1.0 - 1e-6);
    return at::bucketize(fractions, borders, false, true);
}

} // namespace

Result<SiglipVision> SiglipVision::create(
    const VisionConfig& config, std::string prefix, Weights& weights)
{
    SiglipVision tower;
    tower.config = config;
    tower.prefix = std::move(prefix);
    const auto& p = tower.prefix;
    const auto d = config.hiddenSize;
    tower.patchEmbedding = weights.take(
        p + "embeddings.patch_embedding.weight", { d, 3, config.patchSize, config.patchSize });
    tower.patchBias = weights.take(p + "embeddings.patch_embedding.bias", { d });
    tower.positionEmbedding =
        weights.take(p + "embeddings.position_embedding.weight", { config.patches(), d });
    tower.postNormWeight = weights.take(p + "post_layernorm.weight", { d });
    tower.postNormBias = weights.take(p + "post_layernorm.bias", { d });
    for (std::int64_t i = 0; i < config.layers && !weights.failure(); ++i)
        tower.layers.push_back(
            VitLayer::take(weights, p + "encoder.layers." + std::to_string(i) + ".", config));
    if (weights.failure())
        return fail(*weights.failure());
    return tower;
}

at::Tensor SiglipVision::hidden(const at::Tensor& pixels, const Observer& observer) const
{
    if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.size(2) != config.imageSize
        || pixels.size(3) != config.imageSize)
        throw std::invalid_argument("[SiglipVision::hidden] pixels are not [N, 3, "
            + std::to_string(config.imageSize) + ", " + std::to_string(config.imageSize) + "]");
    const auto side = config.imageSize / config.patchSize;
    const auto along = positionsAlong(side);
    const auto places = (along.unsqueeze(1) * side + along.unsqueeze(0)).flatten();
    auto x =
        at::conv2d(pixels.to(patchEmbedding.options()), patchEmbedding, patchBias, config.patchSize)
            .flatten(2)
            .transpose(1, 2)
        + positionEmbedding.index_select(0, places.to(positionEmbedding.device()));
    if (observer)
        observer("vision_embeddings", x);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        x = layers[i].run(x, config);
        if (observer)
            observer("vision_layer_" + std::to_string(i), x);
    }
    return at::layer_norm(x, { x.size(-1) }, postNormWeight, postNormBias, config.layerNormEps);
}

void SiglipVision::addParameters(std::map<std::string, at::Tensor>& all) const
{
    all[prefix + "embeddings.patch_embedding.weight"] = patchEmbedding;
    all[prefix + "embeddings.patch_embedding.bias"] = patchBias;
    all[prefix + "embeddings.position_embedding.weight"] = positionEmbedding;
    all[prefix + "post_layernorm.weight"] = postNormWeight;
    all[prefix + "post_layernorm.bias"] = postNormBias;
    for (const VitLayer& layer : layers)
        layer.addParameters(all);
}

void SiglipVision::addLinears(std::vector<Linear*>& all)
{
    for (VitLayer& layer : layers)
        layer.addLinears(all);
}

} // namespace slook::engine
