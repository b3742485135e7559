#pragma once
#include "engine/config.h"
#include "engine/linear.h"
#include "engine/weights.h"
#include <map>
#include <string>
#include <vector>

namespace slook::engine {

/// One layer of a vision transformer, as CLIP and SigLIP have it. Source: Dosovitskiy et al. 2020,
/// arXiv:2010.11929.
struct VitLayer {
    std::string prefix; ///< of all names: "model.vision_tower.encoder.layers.0."
    at::Tensor norm1Weight, norm1Bias, norm2Weight, norm2Bias; ///< [hidden]
    Linear query, key, value, output, fc1, fc2;

    /// What is missing shows in `weights`.
    [[nodiscard]] static VitLayer take(
        Weights& weights, std::string prefix, const VisionConfig& config);
    /// @param x [N, tokens, hidden]
    /// @return  the same shape
    [[nodiscard]] at::Tensor run(const at::Tensor& x, const VisionConfig& config) const;
    void addParameters(std::map<std::string, at::Tensor>& all) const;
    void addLinears(std::vector<Linear*>& all);
};

/// The activation `kind` of `x`.
[[nodiscard]] at::Tensor activate(const at::Tensor& x, Activation kind);

} // namespace slook::engine
