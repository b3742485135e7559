#pragma once
#include "core/result.h"
#include "engine/config.h"
#include "engine/vit_layer.h"
#include "engine/vlm.h"

namespace slook::engine {

/// CLIP's vision tower up to the layer that is used. Source: Radford et al. 2021, arXiv:2103.00020.
struct ClipVision {
    VisionConfig config;
    std::string prefix; ///< of all names: "model.vision_tower."
    at::Tensor classEmbedding; ///< [hidden]
    at::Tensor patchEmbedding; ///< [hidden, 3, patch, patch]
    at::Tensor positionEmbedding; ///< [1 + patches, hidden]
    at::Tensor preNormWeight, preNormBias, postNormWeight, postNormBias;
    std::vector<VitLayer> layers;

    /// Errors: Invalid, naming the tensor that is missing or has another shape.
    [[nodiscard]] static Result<ClipVision> create(
        const VisionConfig& config, std::string prefix, Weights& weights);

    /// @param pixels     [N, 3, imageSize, imageSize]
    /// @param usedLayers blocks to run; later ones are skipped, and no final norm is applied
    /// @return           [N, 1 + patches, hidden], class token first
    [[nodiscard]] at::Tensor hidden(
        const at::Tensor& pixels, std::int64_t usedLayers, const Observer& observer) const;
    void addParameters(std::map<std::string, at::Tensor>& all) const;
    void addLinears(std::vector<Linear*>& all);
};

} // namespace slook::engine
