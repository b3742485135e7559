#pragma once
#include "core/result.h"
#include "engine/config.h"
#include "engine/vit_layer.h"
#include "engine/vlm.h"

namespace slook::engine {

/// The vision tower of Idefics3 and SmolVLM: SigLIP without its pooling head, positions by the
/// share of the edge. Source: Zhai et al. 2023, arXiv:2303.15343; transformers,
/// modeling_idefics3.py.
struct SiglipVision {
    VisionConfig config;
    std::string prefix; ///< of all names: "model.vision_model."
    at::Tensor patchEmbedding, patchBias; ///< [hidden, 3, patch, patch], [hidden]
    at::Tensor positionEmbedding; ///< [patches, hidden]
    at::Tensor postNormWeight, postNormBias;
    std::vector<VitLayer> layers;

    /// Errors: Invalid, naming the tensor that is missing or has another shape.
    [[nodiscard]] static Result<SiglipVision> create(
        const VisionConfig& config, std::string prefix, Weights& weights);

    /// @param pixels [N, 3, imageSize, imageSize]
    /// @return       [N, patches, hidden], normalised
    [[nodiscard]] at::Tensor hidden(const at::Tensor& pixels, const Observer& observer) const;
    void addParameters(std::map<std::string, at::Tensor>& all) const;
    void addLinears(std::vector<Linear*>& all);
};

} // namespace slook::engine
