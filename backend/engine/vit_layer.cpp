#include "engine/vit_layer.h"
#include "engine/attention.h"
#include <ATen/ATen.h>
#include <stdexcept>

namespace slook::engine {

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

VitLayer VitLayer::take(Weights& weights, std::string prefix, const VisionConfig& config)
{
    const auto d = config.hiddenSize;
    const auto wide = config.intermediateSize;
    VitLayer layer;
    layer.prefix = std::move(prefix);
    const auto& p = layer.prefix;
    layer.norm1Weight = weights.take(p + "layer_norm1.weight", { d });
    layer.norm1Bias = weights.take(p + "layer_norm1.bias", { d });
    layer.norm2Weight = weights.take(p + "layer_norm2.weight", { d });
    layer.norm2Bias = weights.take(p + "layer_norm2.bias", { d });
    layer.query = weights.takeLinear(p + "self_attn.q_proj", d, d, true);
    layer.key = weights.takeLinear(p + "self_attn.k_proj", d, d, true);
    layer.value = weights.takeLinear(p + "self_attn.v_proj", d, d, true);
    layer.output = weights.takeLinear(p + "self_attn.out_proj", d, d, true);
    layer.fc1 = weights.takeLinear(p + "mlp.fc1", wide, d, true);
    layer.fc2 = weights.takeLinear(p + "mlp.fc2", d, wide, true);
    return layer;
}

at::Tensor VitLayer::run(const at::Tensor& x, const VisionConfig& config) const
{
    const auto norm = [&](const at::Tensor& t, const at::Tensor& weight, const at::Tensor& bias) {
        return at::layer_norm(t, { t.size(-1) }, weight, bias, config.layerNormEps);
    };
    const auto heads = [&](const at::Tensor& t) {
        return t.view({ t.size(0), t.size(1), config.heads, -1 });
    };
    const auto normed = norm(x, norm1Weight, norm1Bias);
    const auto mixed =
        attend(heads(query(normed)), heads(key(normed)), heads(value(normed)), {}, false);
    const auto y = x + output(mixed);
    return y + fc2(activate(fc1(norm(y, norm2Weight, norm2Bias)), config.activation));
}

void VitLayer::addParameters(std::map<std::string, at::Tensor>& all) const
{
    all[prefix + "layer_norm1.weight"] = norm1Weight;
    all[prefix + "layer_norm1.bias"] = norm1Bias;
    all[prefix + "layer_norm2.weight"] = norm2Weight;
    all[prefix + "layer_norm2.bias"] = norm2Bias;
}

void VitLayer::addLinears(std::vector<Linear*>& all)
{
    for (Linear* linear : { &query, &key, &value, &output, &fc1, &fc2 })
        all.push_back(linear);
}

} // namespace slook::engine
