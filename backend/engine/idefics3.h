#pragma once
#include "engine/llama_vlm.h"
#include "engine/siglip_vision.h"

namespace slook::engine {

/// Idefics3 and SmolVLM: a SigLIP-like tower, neighbouring features joined by a pixel shuffle, one
/// projection, Llama. A prompt names each tile's row and column in words.
/// Source: Laurençon et al. 2024, arXiv:2408.12637; Marafioti et al. 2025, arXiv:2504.05299.
class Idefics3 final : public LlamaVlm {
public:
    /// Errors: Invalid, naming the tensor that is missing or has another shape, or the setting that
    /// cannot be.
    [[nodiscard]] static Result<std::unique_ptr<VisionLanguageModel>> create(
        const Json& config, const std::string& where, Weights& weights);

    [[nodiscard]] at::Tensor encodeImages(const at::Tensor& pixels) const override;
    [[nodiscard]] std::string cannotSee(const PictureLayout& layout) const override;
    [[nodiscard]] std::int64_t featureRows(const PictureLayout& layout) const override;
    [[nodiscard]] std::string pictureText(
        const PictureLayout& layout, const std::string& mark) const override;

private:
    Idefics3() = default;
    void addVisionParameters(std::map<std::string, at::Tensor>& all) const override;
    void addVisionLinears(std::vector<Linear*>& all) override;
    [[nodiscard]] std::int64_t rowsPerTile() const;

    SiglipVision m_vision;
    std::int64_t m_shuffle = 2; ///< features joined along each edge
    Linear m_projection;
};

/// Joins squares of `factor` x `factor` neighbouring features into one.
/// @param x [N, side * side, d], side a multiple of `factor`
/// @return  [N, side * side / factor^2, d * factor^2]
[[nodiscard]] at::Tensor pixelShuffle(const at::Tensor& x, std::int64_t factor);

} // namespace slook::engine
