#include "engine/llama_vlm.h"
#include "core/json.h"
#include <ATen/ATen.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace slook::engine {

Result<void> LlamaVlm::takeLanguageModel(std::string family, const LlamaConfig& config,
    std::int64_t imageTokenId, const std::string& prefix, Weights& weights)
{
    m_shape = { .family = std::move(family),
        .hiddenSize = config.hiddenSize,
        .layers = config.layers,
        .vocabularySize = config.vocabularySize,
        .contextLength = config.contextLength,
        .keyValueHeads = config.keyValueHeads,
        .headSize = config.headSize,
        .imageTokenId = imageTokenId };
    auto llama = Llama::create(config, prefix, weights);
    if (!llama)
        return fail(std::move(llama).error());
    m_llama = std::move(*llama);
    m_shape.heavy = m_llama.isHeavy();
    m_shape.readsDrafts = m_llama.readsDrafts();
    return {};
}

void LlamaVlm::addVisionParameters(std::map<std::string, at::Tensor>&) const { }
void LlamaVlm::addVisionLinears(std::vector<Linear*>&) { }

at::Tensor LlamaVlm::embed(const at::Tensor& ids, const at::Tensor& features) const
{
    if (!features.defined())
        return at::embedding(m_llama.embedding, ids);
    const auto flat = ids.reshape({ -1 });
    const auto isPlace = flat.eq(m_shape.imageTokenId);
    const auto places = isPlace.nonzero().flatten();
    if (places.size(0) != features.size(0))
        throw std::invalid_argument("[LlamaVlm::embed] the prompt has "
            + std::to_string(places.size(0)) + " image tokens, but the pictures have "
            + std::to_string(features.size(0)) + " features");
    // The placeholder's id may lie behind the embedding's rows; its own row is never used.
    const auto known =
        m_shape.imageTokenId < m_shape.vocabularySize ? flat : flat.masked_fill(isPlace, 0);
    const auto embeds = at::embedding(m_llama.embedding, known)
                            .index_copy(0, places, features.to(m_llama.embedding.scalar_type()));
    return embeds.view({ ids.size(0), ids.size(1), m_shape.hiddenSize });
}

at::Tensor LlamaVlm::hidden(const at::Tensor& embeds, const at::Tensor& positions,
    const at::Tensor& mask, KvCache* cache, const at::Tensor& keep) const
{
    return m_llama.hidden(embeds, positions, mask, cache, keep, m_runner, m_observer);
}

at::Tensor LlamaVlm::logits(const at::Tensor& rows) const
{
    return m_llama.head(rows).to(at::kFloat);
}

std::map<std::string, at::Tensor> LlamaVlm::parameters() const
{
    std::map<std::string, at::Tensor> all;
    addVisionParameters(all);
    m_llama.addParameters(all);
    for (const Linear* linear : const_cast<LlamaVlm*>(this)->linears()) { // only read here
        all[linear->name + ".weight"] = linear->weight;
        if (linear->bias.defined())
            all[linear->name + ".bias"] = linear->bias;
    }
    return all;
}

std::vector<Linear*> LlamaVlm::linears()
{
    std::vector<Linear*> all;
    addVisionLinears(all);
    m_llama.addLinears(all);
    return all;
}

Result<std::unique_ptr<VisionLanguageModel>> LlamaText::create(
    const Json& json, const std::string& where, Weights& weights)
{
    const auto config = parseLlamaConfig(json, "", where);
    if (!config)
        return fail(config.error());
    auto model = std::make_unique<LlamaText>();
    const auto family = stringOr(json, "model_type", "llama");
    if (auto taken = model->takeLanguageModel(family, *config, -1, "model.", weights); !taken)
        return fail(std::move(taken).error());
    return std::unique_ptr<VisionLanguageModel>(std::move(model));
}

at::Tensor LlamaText::encodeImages(const at::Tensor&) const
{
    throw std::invalid_argument("[LlamaText::encodeImages] a text model sees no pictures");
}

std::string LlamaText::cannotSee(const PictureLayout&) const
{
    return "the model reads text only";
}

std::int64_t LlamaText::featureRows(const PictureLayout&) const
{
    return 0;
}

} // namespace slook::engine
