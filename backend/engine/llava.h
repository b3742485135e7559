#pragma once
#include "core/result.h"
#include "engine/clip_vision.h"
#include "engine/config.h"
#include "engine/llama_vlm.h"
#include "engine/load_model.h"
#include "engine/weights.h"
#include <memory>

namespace slook::engine {

/// LLaVA-1.5: CLIP vision tower, two-layer projector, Llama or Mistral.
/// Source: Liu et al. 2023, arXiv:2310.03744.
class Llava : public LlamaVlm {
public:
    /// Takes the weights out of `weights`. Errors: Invalid, naming the tensor that is missing or
    /// has another shape, or the setting that cannot be.
    [[nodiscard]] static Result<std::unique_ptr<VisionLanguageModel>> create(
        const Json& config, const std::string& where, Weights& weights);

    [[nodiscard]] const LlavaConfig& config() const { return m_config; }
    [[nodiscard]] at::Tensor encodeImages(const at::Tensor& pixels) const override;
    [[nodiscard]] std::string cannotSee(const PictureLayout& layout) const override;
    [[nodiscard]] std::int64_t featureRows(const PictureLayout& layout) const override;
    [[nodiscard]] std::string nameInMemory(const std::string& nameInFile) const override;
    [[nodiscard]] std::string savedName(const std::string& nameInMemory) const override;

protected:
    Llava() = default;
    Result<void> takeAll(const LlavaConfig& config, const std::string& family, Weights& weights);
    void addVisionParameters(std::map<std::string, at::Tensor>& all) const override;
    void addVisionLinears(std::vector<Linear*>& all) override;

    LlavaConfig m_config;

private:
    ClipVision m_vision;
    Linear m_projectIn, m_projectOut;
};

} // namespace slook::engine
