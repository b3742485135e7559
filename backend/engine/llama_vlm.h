#pragma once
#include "engine/llama.h"
#include "engine/vlm.h"

namespace slook::engine {

/// What families share whose language model is a Llama or a Mistral: everything but the eyes.
class LlamaVlm : public VisionLanguageModel {
public:
    [[nodiscard]] const ModelShape& shape() const final { return m_shape; }
    [[nodiscard]] at::Device device() const final { return m_llama.embedding.device(); }
    [[nodiscard]] at::ScalarType type() const final { return m_llama.embedding.scalar_type(); }
    [[nodiscard]] at::Tensor embed(
        const at::Tensor& ids, const at::Tensor& features = {}) const final;
    [[nodiscard]] at::Tensor hidden(const at::Tensor& embeds, const at::Tensor& positions = {},
        const at::Tensor& mask = {}, KvCache* cache = nullptr,
        const at::Tensor& keep = {}) const final;
    [[nodiscard]] at::Tensor logits(const at::Tensor& rows) const final;
    [[nodiscard]] std::map<std::string, at::Tensor> parameters() const final;
    [[nodiscard]] std::vector<Linear*> linears() final;

protected:
    LlamaVlm() = default;
    /// Takes the language model's weights. Errors: those of Llama::create.
    Result<void> takeLanguageModel(std::string family, const LlamaConfig& config,
        std::int64_t imageTokenId, const std::string& prefix, Weights& weights);
    /// Weights of the tower and what joins it to the language model, linear layers left out.
    virtual void addVisionParameters(std::map<std::string, at::Tensor>& all) const;
    /// Their linear layers, in the order of the forward pass.
    virtual void addVisionLinears(std::vector<Linear*>& all);

    ModelShape m_shape;
    Llama m_llama;
};

/// A text model without eyes: Llama, Mistral.
class LlamaText final : public LlamaVlm {
public:
    [[nodiscard]] static Result<std::unique_ptr<VisionLanguageModel>> create(
        const Json& config, const std::string& where, Weights& weights);
    /// @throws std::invalid_argument always
    [[nodiscard]] at::Tensor encodeImages(const at::Tensor& pixels) const override;
    [[nodiscard]] std::string cannotSee(const PictureLayout& layout) const override;
    [[nodiscard]] std::int64_t featureRows(const PictureLayout& layout) const override;
};

} // namespace slook::engine
