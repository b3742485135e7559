#pragma once
#include "core/result.h"
#include "engine/clip_vision.h"
#include "engine/config.h"
#include "engine/llama.h"
#include "engine/vlm.h"
#include "engine/weights.h"
#include <filesystem>
#include <memory>

namespace slook::engine {

/// LLaVA-1.5: CLIP vision tower, two-layer projector, Llama.
/// Source: Liu et al. 2023, arXiv:2310.03744.
class Llava final : public VisionLanguageModel {
public:
    /// Takes the weights out of `weights`. Errors: Invalid, naming the tensor that is missing or
    /// has another shape.
    [[nodiscard]] static Result<std::unique_ptr<Llava>> create(
        const LlavaConfig& config, Weights& weights);

    [[nodiscard]] const LlavaConfig& config() const { return m_config; }
    [[nodiscard]] const ModelShape& shape() const override { return m_shape; }
    [[nodiscard]] at::Device device() const override { return m_llama.embedding.device(); }
    [[nodiscard]] at::ScalarType type() const override { return m_llama.embedding.scalar_type(); }
    [[nodiscard]] at::Tensor encodeImages(const at::Tensor& pixels) const override;
    [[nodiscard]] at::Tensor embed(
        const at::Tensor& ids, const at::Tensor& features = {}) const override;
    [[nodiscard]] at::Tensor hidden(const at::Tensor& embeds, const at::Tensor& positions = {},
        const at::Tensor& mask = {}, KvCache* cache = nullptr) const override;
    [[nodiscard]] at::Tensor logits(const at::Tensor& rows) const override;
    [[nodiscard]] std::map<std::string, at::Tensor> parameters() const override;
    [[nodiscard]] std::vector<Linear*> linears() override;

private:
    Llava() = default;
    LlavaConfig m_config;
    ModelShape m_shape;
    ClipVision m_vision;
    Linear m_projectIn, m_projectOut;
    Llama m_llama;
};

/// Reads a model folder: config.json and model.safetensors, or its shards. A family is chosen by
/// model_type.
/// @param type float, or bfloat16 (CUDA); files in another type are converted
/// Errors: NotFound, Invalid (with file, tensor and reason).
[[nodiscard]] Result<std::unique_ptr<VisionLanguageModel>> loadModel(
    const std::filesystem::path& folder, at::Device device = at::kCPU,
    at::ScalarType type = at::kFloat);

} // namespace slook::engine
