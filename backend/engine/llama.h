#pragma once
#include "core/result.h"
#include "engine/config.h"
#include "engine/kv_cache.h"
#include "engine/linear.h"
#include "engine/vlm.h"
#include "engine/weights.h"
#include <map>
#include <string>
#include <vector>

namespace slook::engine {

struct DecoderPass;

/// One decoder layer's weights.
struct LlamaLayer {
    at::Tensor inputNorm, postAttentionNorm; ///< [hidden]
    Linear query, key, value, output;
    Linear gate, up, down;
};

/// Cosines and sines of rotary positions, [positions, headSize] float.
struct RopeTable {
    at::Tensor cosine, sine;
};

/// The table for positions 0 .. config.contextLength - 1; of a dynamic stretch, up to the length
/// that the model was trained with. Source: Su et al. 2021, arXiv:2104.09864, in the half-split
/// order of Llama's published weights; stretches as in transformers, modeling_rope_utils.py.
[[nodiscard]] RopeTable makeRopeTable(const LlamaConfig& config, at::Device device);

/// A Llama or Mistral text model. Tensors may be replaced (trained) from outside.
struct Llama {
    LlamaConfig config;
    std::string prefix; ///< of all names: "model.language_model."
    at::Tensor embedding; ///< [vocabulary, hidden]
    std::vector<LlamaLayer> layers;
    at::Tensor norm; ///< [hidden]
    Linear head; ///< shares `embedding` when tied
    RopeTable rope;

    /// Errors: Invalid, naming the tensor that is missing or has another shape.
    [[nodiscard]] static Result<Llama> create(
        const LlamaConfig& config, std::string prefix, Weights& weights);

    /// As VisionLanguageModel::hidden.
    [[nodiscard]] at::Tensor hidden(const at::Tensor& embeds, const at::Tensor& positions,
        const at::Tensor& mask, KvCache* cache, const at::Tensor& keep, const BlockRunner& runner,
        const Observer& observer) const;
    /// More weights than a processor's cache holds: reading them again costs time.
    [[nodiscard]] bool isHeavy() const;
    /// As ModelShape::readsDrafts.
    [[nodiscard]] bool readsDrafts() const;
    void addParameters(std::map<std::string, at::Tensor>& all) const;
    void addLinears(std::vector<Linear*>& all);

private:
    DecoderPass preparePass(const at::Tensor& embeds, const at::Tensor& positions,
        const at::Tensor& mask, KvCache* cache) const;
    /// Layers and final norm of the rows of `pass`.
    at::Tensor runLayers(const at::Tensor& embeds, const DecoderPass& pass,
        const BlockRunner& runner, const Observer& observer) const;
};

/// x / rms(x) * weight over the last axis, in float inside. Source: Zhang & Sennrich 2019,
/// arXiv:1910.07467.
[[nodiscard]] at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps);

} // namespace slook::engine
