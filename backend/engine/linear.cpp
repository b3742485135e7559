#include "engine/linear.h"
#include "engine/dropout.h"
#include "engine/few_rows.h"
#include "engine/lora_product.h"
#include <ATen/ATen.h>

namespace slook::engine {
namespace {

/// x W^T + bias.
at::Tensor plain(const Linear& layer, const at::Tensor& x)
{
    if (kernels::productFits(x, layer.weight)) {
        auto y = kernels::product(x, layer.weight, layer.scales);
        return layer.bias.defined() ? y.add_(layer.bias) : y;
    }
    // Many rows: the time to make floats of the weight is small beside the product's.
    return at::linear(x,
        layer.scales.defined() ? at::mul(layer.weight, layer.scales.unsqueeze(1)) : layer.weight,
        layer.bias);
}

} // namespace

at::Tensor Linear::operator()(const at::Tensor& x) const
{
    if (lora && lora->enabled && loraProductFits(*this, x))
        return loraProduct(*this, x);
    at::Tensor base = plain(*this, x);
    if (!lora || !lora->enabled)
        return base;
    at::Tensor input = x.to(lora->a.scalar_type());
    if (lora->training && lora->dropout > 0.0)
        input = dropout(input, lora->dropout);
    // Scaled where it is narrow, added in place: a wide product and a copy less per layer.
    const at::Tensor low = at::linear(input, lora->a) * lora->scale;
    return base.add_(at::linear(low, lora->b).to(base.scalar_type()));
}

void quantise(Linear& layer)
{
    const auto largest = layer.weight.abs().amax(1).to(at::kFloat);
    layer.scales = at::where(largest.gt(0), largest / 127, at::ones_like(largest));
    layer.weight =
        at::round(layer.weight / layer.scales.unsqueeze(1)).clamp_(-127, 127).to(at::kChar);
}

LoraOff::LoraOff(const std::vector<Linear*>& layers)
{
    for (const Linear* layer : layers)
        if (layer->lora && layer->lora->enabled) {
            layer->lora->enabled = false;
            m_switchedOff.push_back(layer->lora);
        }
}

LoraOff::~LoraOff()
{
    for (const auto& lora : m_switchedOff)
        lora->enabled = true;
}

} // namespace slook::engine
