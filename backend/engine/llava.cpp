#include "engine/llava.h"
#include "engine/original_llava.h"
#include <ATen/ATen.h>

namespace slook::engine {

Result<std::unique_ptr<VisionLanguageModel>> Llava::create(
    const Json& json, const std::string& where, Weights& weights)
{
    const auto config = parseLlavaConfig(json, where);
    if (!config)
        return fail(config.error());
    auto model = std::unique_ptr<Llava>(new Llava);
    if (auto taken = model->takeAll(*config, "llava", weights); !taken)
        return fail(std::move(taken).error());
    return std::unique_ptr<VisionLanguageModel>(std::move(model));
}

Result<void> Llava::takeAll(const LlavaConfig& config, const std::string& family, Weights& weights)
{
    m_config = config;
    auto vision = ClipVision::create(config.vision, "model.vision_tower.", weights);
    if (!vision)
        return fail(std::move(vision).error());
    m_vision = std::move(*vision);
    const std::string projector = "model.multi_modal_projector.";
    const auto wide = config.text.hiddenSize;
    m_projectIn = weights.takeLinear(
        projector + "linear_1", wide, config.vision.hiddenSize, config.projectorBias);
    m_projectOut = weights.takeLinear(projector + "linear_2", wide, wide, config.projectorBias);
    return takeLanguageModel(
        family, config.text, config.imageTokenId, "model.language_model.", weights);
}

at::Tensor Llava::encodeImages(const at::Tensor& pixels) const
{
    auto features = m_vision.hidden(pixels, m_config.visionLayersUsed(), m_observer);
    if (!m_config.keepClassToken)
        features = features.narrow(1, 1, features.size(1) - 1);
    if (m_observer)
        m_observer("vision_features", features);
    const auto projected =
        m_projectOut(activate(m_projectIn(features), m_config.projectorActivation));
    if (m_observer)
        m_observer("projector", projected);
    return projected;
}

std::string Llava::cannotSee(const PictureLayout& layout) const
{
    if (layout.tiles != 1)
        return "the picture settings cut it into " + std::to_string(layout.tiles)
            + " tiles, but this model takes a picture as one; use the preprocessor files of this "
              "very model";
    return wrongTileSize(layout, m_config.vision.imageSize);
}

std::int64_t Llava::featureRows(const PictureLayout&) const
{
    return m_config.tokensPerImage();
}

std::string Llava::nameInMemory(const std::string& nameInFile) const
{
    return m_config.originalLayout ? originalLlavaName(nameInFile) : canonicalName(nameInFile);
}

std::string Llava::savedName(const std::string& nameInMemory) const
{
    if (m_config.originalLayout)
        return originalLlavaSavedName(nameInMemory);
    constexpr std::string_view language = "model.language_model.";
    if (nameInMemory.starts_with(language))
        return "language_model.model." + nameInMemory.substr(language.size());
    if (nameInMemory.starts_with("lm_head."))
        return "language_model." + nameInMemory;
    return nameInMemory.starts_with("model.") ? nameInMemory.substr(6) : nameInMemory;
}

void Llava::addVisionParameters(std::map<std::string, at::Tensor>& all) const
{
    m_vision.addParameters(all);
}

void Llava::addVisionLinears(std::vector<Linear*>& all)
{
    m_vision.addLinears(all);
    all.push_back(&m_projectIn);
    all.push_back(&m_projectOut);
}

} // namespace slook::engine
