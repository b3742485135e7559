#include "engine/merged_lora.h"
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

namespace slook::engine {
namespace {

/// Whole numbers cannot take an addition: there the adapter stays beside the layer.
bool hasActiveAdapter(const Linear* layer)
{
    return layer->lora && layer->lora->enabled && !layer->scales.defined();
}

} // namespace

MergedLora::MergedLora(const std::vector<Linear*>& layers)
{
    const c10::NoGradGuard noGradients;
    for (Linear* layer : layers) {
        if (!hasActiveAdapter(layer))
            continue;
        m_changed.push_back({ layer, layer->weight, layer->lora });
        const auto product = at::mm(layer->lora->b, layer->lora->a) * layer->lora->scale;
        layer->weight =
            (layer->weight.to(product.scalar_type()) + product).to(layer->weight.scalar_type());
        layer->lora.reset();
    }
}

MergedLora::~MergedLora()
{
    for (auto& changed : m_changed) {
        changed.layer->weight = changed.base;
        changed.layer->lora = changed.lora;
    }
}

std::size_t MergedLora::bytesFor(const std::vector<Linear*>& layers)
{
    std::size_t bytes = 0;
    for (const Linear* layer : layers)
        bytes += hasActiveAdapter(layer) ? layer->weight.nbytes() : 0;
    return bytes;
}

} // namespace slook::engine
