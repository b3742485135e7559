#include "engine/llava.h"
#include "core/file.h"
#include "core/json.h"
#include <ATen/ATen.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace slook::engine {

Result<std::unique_ptr<Llava>> Llava::create(const LlavaConfig& config, Weights& weights)
{
    auto model = std::unique_ptr<Llava>(new Llava);
    model->m_config = config;
    const LlamaConfig& text = config.text;
    model->m_shape = { .family = "llava",
        .hiddenSize = text.hiddenSize,
        .layers = text.layers,
        .vocabularySize = text.vocabularySize,
        .contextLength = text.contextLength,
        .keyValueHeads = text.keyValueHeads,
        .headSize = text.headSize,
        .imageTokenId = config.imageTokenId };
    auto vision = ClipVision::create(config.vision, "model.vision_tower.", weights);
    if (!vision)
        return fail(std::move(vision).error());
    model->m_vision = std::move(*vision);
    const std::string projector = "model.multi_modal_projector.";
    model->m_projectIn = weights.takeLinear(
        projector + "linear_1", text.hiddenSize, config.vision.hiddenSize, config.projectorBias);
    model->m_projectOut = weights.takeLinear(
        projector + "linear_2", text.hiddenSize, text.hiddenSize, config.projectorBias);
    auto llama = Llama::create(text, "model.language_model.", weights);
    if (!llama)
        return fail(std::move(llama).error());
    model->m_llama = std::move(*llama);
    return model;
}

at::Tensor Llava::encodeImages(const at::Tensor& pixels) const
{
    auto features = m_vision.hidden(pixels, m_config.visionLayersUsed(), m_observer);
    if (!m_config.keepClassToken)
        features = features.narrow(1, 1, features.size(1) - 1);
    const auto projected =
        m_projectOut(activate(m_projectIn(features), m_config.projectorActivation));
    if (m_observer)
        m_observer("projector", projected);
    return projected;
}

at::Tensor Llava::embed(const at::Tensor& ids, const at::Tensor& features) const
{
    const auto flat = ids.reshape({ -1 });
    const auto places = flat.eq(m_shape.imageTokenId).nonzero().flatten();
    const auto given = features.defined() ? features.size(0) : 0;
    if (places.size(0) != given)
        throw std::invalid_argument("[Llava::embed] the prompt has "
            + std::to_string(places.size(0)) + " image tokens, but the pictures have "
            + std::to_string(given) + " features");
    // The placeholder's id may lie behind the embedding's rows; its own row is never used.
    const auto known = m_shape.imageTokenId < m_shape.vocabularySize
        ? flat
        : flat.masked_fill(flat.eq(m_shape.imageTokenId), 0);
    auto embeds = at::embedding(m_llama.embedding, known);
    if (given > 0)
        embeds = embeds.index_copy(0, places, features.to(embeds.scalar_type()));
    return embeds.view({ ids.size(0), ids.size(1), m_shape.hiddenSize });
}

at::Tensor Llava::hidden(const at::Tensor& embeds, const at::Tensor& positions,
    const at::Tensor& mask, KvCache* cache) const
{
    return m_llama.hidden(embeds, positions, mask, cache, m_runner, m_observer);
}

at::Tensor Llava::logits(const at::Tensor& rows) const
{
    return m_llama.head(rows).to(at::kFloat);
}

std::map<std::string, at::Tensor> Llava::parameters() const
{
    std::map<std::string, at::Tensor> all;
    m_vision.addParameters(all);
    m_llama.addParameters(all);
    for (const Linear* linear : const_cast<Llava*>(this)->linears()) { // only read here
        all[linear->name + ".weight"] = linear->weight;
        if (linear->bias.defined())
            all[linear->name + ".bias"] = linear->bias;
    }
    return all;
}

std::vector<Linear*> Llava::linears()
{
    std::vector<Linear*> all;
    m_vision.addLinears(all);
    all.push_back(&m_projectIn);
    all.push_back(&m_projectOut);
    m_llama.addLinears(all);
    return all;
}

Result<std::unique_ptr<VisionLanguageModel>> loadModel(
    const std::filesystem::path& folder, at::Device device, at::ScalarType type)
{
    const auto file = folder / "config.json";
    const auto text = readFile(file, 16u << 20);
    if (!text)
        return fail(text.error().kind,
            "cannot be read, so this is no model folder; choose one with config.json, "
            "tokenizer.json and model.safetensors",
            file.string());
    const auto json = parseJson(*text, file.string());
    if (!json)
        return fail(json.error());
    const auto config = parseLlavaConfig(*json, file.string());
    if (!config)
        return fail(config.error());
    auto weights = Weights::open(folder, device, type);
    if (!weights)
        return fail(std::move(weights).error());
    auto model = Llava::create(*config, *weights);
    if (!model)
        return fail(std::move(model).error());
    return std::unique_ptr<VisionLanguageModel>(std::move(*model));
}

} // namespace slook::engine
