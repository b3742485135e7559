#include "engine/clip_vision.h"
#include <ATen/ATen.h>
#include <stdexcept>

namespace slook::engine {
Result<ClipVision> ClipVision::create(
    const VisionConfig& config, std::string prefix, Weights& weights)
{
    ClipVision tower;
    tower.config = config;
    tower.prefix = std::move(prefix);
    const auto& p = tower.prefix;
    const auto d = config.hiddenSize;
    tower.classEmbedding = weights.take(p + "embeddings.class_embedding", { d });
    tower.patchEmbedding = weights.take(
        p + "embeddings.patch_embedding.weight", { d, 3, config.patchSize, config.patchSize });
    tower.positionEmbedding =
        weights.take(p + "embeddings.position_embedding.weight", { config.patches() + 1, d });
    tower.preNormWeight =
        weights.take(p + "pre_layrnorm.weight", { d }); // spelt so in every folder
    tower.preNormBias = weights.take(p + "pre_layrnorm.bias", { d });
    tower.postNormWeight = weights.take(p + "post_layernorm.weight", { d });
    tower.postNormBias = weights.take(p + "post_layernorm.bias", { d });
    for (std::int64_t i = 0; i < config.layers && !weights.failure(); ++i)
        tower.layers.push_back(
            VitLayer::take(weights, p + "encoder.layers." + std::to_string(i) + ".", config));
    if (weights.failure())
        return fail(*weights.failure());
    return tower;
}

at::Tensor ClipVision::hidden(
    const at::Tensor& pixels, std::int64_t usedLayers, const Observer& observer) const
{
    if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.size(2) != config.imageSize
        || pixels.size(3) != config.imageSize)
        throw std::invalid_argument("[ClipVision::hidden] pixels are not [N, 3, "
            + std::to_string(config.imageSize) + ", " + std::to_string(config.imageSize) + "]");
    const auto n = pixels.size(0);
    const auto input = pixels.to(patchEmbedding.options());
    const auto patches =
        at::conv2d(input, patchEmbedding, {}, config.patchSize).flatten(2).transpose(1, 2);
    const auto first = classEmbedding.expand({ n, 1, -1 });
    auto x = at::cat({ first, patches }, 1) + positionEmbedding;
    if (observer)
        observer("vision_embeddings", x);
    x = at::layer_norm(x, { x.size(-1) }, preNormWeight, preNormBias, config.layerNormEps);
    if (observer)
        observer("vision_pre_norm", x);
    at::Tensor used = x;
    // An observer is told about every layer, also those behind the one whose features are used.
    const auto run = observer ? config.layers : usedLayers;
    for (std::int64_t i = 0; i < run; ++i) {
        x = layers[static_cast<std::size_t>(i)].run(x, config);
        if (observer)
            observer("vision_layer_" + std::to_string(i), x);
        if (i + 1 == usedLayers)
            used = x;
    }
    return used;
}

void ClipVision::addParameters(std::map<std::string, at::Tensor>& all) const
{
    all[prefix + "embeddings.class_embedding"] = classEmbedding;
    all[prefix + "embeddings.patch_embedding.weight"] = patchEmbedding;
    all[prefix + "embeddings.position_embedding.weight"] = positionEmbedding;
    all[prefix + "pre_layrnorm.weight"] = preNormWeight;
    all[prefix + "pre_layrnorm.bias"] = preNormBias;
    all[prefix + "post_layernorm.weight"] = postNormWeight;
    all[prefix + "post_layernorm.bias"] = postNormBias;
    for (const VitLayer& layer : layers)
        layer.addParameters(all);
}

void ClipVision::addLinears(std::vector<Linear*>& all)
{
    for (VitLayer& layer : layers)
        layer.addLinears(all);
}

} // namespace slook::engine
