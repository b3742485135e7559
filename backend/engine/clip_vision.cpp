#include "engine/clip_vision.h"
#include "engine/attention.h"
#include <ATen/ATen.h>
#include <stdexcept>

namespace slook::engine {
namespace {

at::Tensor layerNorm(
    const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps)
{
    return at::layer_norm(x, { x.size(-1) }, weight, bias, eps);
}

ClipLayer takeLayer(Weights& weights, const std::string& prefix, std::int64_t d, std::int64_t wide)
{
    ClipLayer layer;
    layer.norm1Weight = weights.take(prefix + "layer_norm1.weight", { d });
    layer.norm1Bias = weights.take(prefix + "layer_norm1.bias", { d });
    layer.norm2Weight = weights.take(prefix + "layer_norm2.weight", { d });
    layer.norm2Bias = weights.take(prefix + "layer_norm2.bias", { d });
    layer.query = weights.takeLinear(prefix + "self_attn.q_proj", d, d, true);
    layer.key = weights.takeLinear(prefix + "self_attn.k_proj", d, d, true);
    layer.value = weights.takeLinear(prefix + "self_attn.v_proj", d, d, true);
    layer.output = weights.takeLinear(prefix + "self_attn.out_proj", d, d, true);
    layer.fc1 = weights.takeLinear(prefix + "mlp.fc1", wide, d, true);
    layer.fc2 = weights.takeLinear(prefix + "mlp.fc2", d, wide, true);
    return layer;
}

at::Tensor runLayer(const ClipLayer& layer, const VisionConfig& config, const at::Tensor& x)
{
    const auto heads = [&](const at::Tensor& t) {
        return t.view({ t.size(0), t.size(1), config.heads, -1 });
    };
    const auto normed = layerNorm(x, layer.norm1Weight, layer.norm1Bias, config.layerNormEps);
    const auto mixed = attend(heads(layer.query(normed)), heads(layer.key(normed)),
        heads(layer.value(normed)), {}, false);
    const auto y = x + layer.output(mixed);
    const auto inner =
        activate(layer.fc1(layerNorm(y, layer.norm2Weight, layer.norm2Bias, config.layerNormEps)),
            config.activation);
    return y + layer.fc2(inner);
}

} // namespace

at::Tensor activate(const at::Tensor& x, Activation kind)
{
    switch (kind) {
    case Activation::Gelu:
        return at::gelu(x);
    case Activation::GeluTanh:
        return at::gelu(x, "tanh");
    case Activation::QuickGelu:
        return x * at::sigmoid(1.702 * x);
    case Activation::Silu:
        return at::silu(x);
    case Activation::Relu:
        return at::relu(x);
    }
    throw std::invalid_argument("[activate] unknown activation");
}

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
        tower.layers.push_back(takeLayer(
            weights, p + "encoder.layers." + std::to_string(i) + ".", d, config.intermediateSize));
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
    x = layerNorm(x, preNormWeight, preNormBias, config.layerNormEps);
    if (observer)
        observer("vision_pre_norm", x);
    at::Tensor used = x;
    // An observer is told about every layer, also those behind the one whose features are used.
    const auto run = observer ? config.layers : usedLayers;
    for (std::int64_t i = 0; i < run; ++i) {
        x = runLayer(layers[static_cast<std::size_t>(i)], config, x);
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
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const auto p = prefix + "encoder.layers." + std::to_string(i) + ".";
        all[p + "layer_norm1.weight"] = layers[i].norm1Weight;
        all[p + "layer_norm1.bias"] = layers[i].norm1Bias;
        all[p + "layer_norm2.weight"] = layers[i].norm2Weight;
        all[p + "layer_norm2.bias"] = layers[i].norm2Bias;
    }
}

void ClipVision::addLinears(std::vector<Linear*>& all)
{
    for (auto& layer : layers)
        for (Linear* linear :
            { &layer.query, &layer.key, &layer.value, &layer.output, &layer.fc1, &layer.fc2 })
            all.push_back(linear);
}

} // namespace slook::engine
