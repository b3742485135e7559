#pragma once
#include "core/result.h"
#include "engine/config.h"
#include "engine/linear.h"
#include "engine/vlm.h"
#include "engine/weights.h"
#include <map>
#include <string>
#include <vector>

namespace slook::engine {

/// One encoder layer's weights.
struct ClipLayer {
    at::Tensor norm1Weight, norm1Bias, norm2Weight, norm2Bias; ///< [hidden]
    Linear query, key, value, output, fc1, fc2;
};

/// CLIP's vision tower up to the layer that is used. Source: Radford et al. 2021, arXiv:2103.00020.
struct ClipVision {
    VisionConfig config;
    std::string prefix; ///< of all names: "model.vision_tower."
    at::Tensor classEmbedding; ///< [hidden]
    at::Tensor patchEmbedding; ///< [hidden, 3, patch, patch]
    at::Tensor positionEmbedding; ///< [1 + patches, hidden]
    at::Tensor preNormWeight, preNormBias, postNormWeight, postNormBias;
    std::vector<ClipLayer> layers;

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

/// The activation `kind` of `x`.
[[nodiscard]] at::Tensor activate(const at::Tensor& x, Activation kind);

} // namespace slook::engine
