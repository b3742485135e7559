#include "engine/linear.h"
#include "engine/dropout.h"
#include "engine/lora_product.h"
#include <ATen/ATen.h>

namespace slook::engine {

at::Tensor Linear::operator()(const at::Tensor& x) const
{
    if (lora && lora->enabled && loraProductFits(*this, x))
        return loraProduct(*this, x);
    at::Tensor base = at::linear(x, weight, bias);
    if (!lora || !lora->enabled)
        return base;
    at::Tensor input = x.to(lora->a.scalar_type());
    if (lora->training && lora->dropout > 0.0)
        input = dropout(input, lora->dropout);
    // Scaled where it is narrow, added in place: a wide product and a copy less per layer.
    const at::Tensor low = at::linear(input, lora->a) * lora->scale;
    return base.add_(at::linear(low, lora->b).to(base.scalar_type()));
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
