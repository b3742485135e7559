#include "engine/idefics3.h"
#include "engine/config_reader.h"
#include "image/picture_rows.h"
#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

namespace slook::engine {
namespace {

struct Config {
    VisionConfig vision { .hiddenSize = 1152,
        .intermediateSize = 3072,
        .layers = 12,
        .heads = 16,
        .imageSize = 224,
        .patchSize = 32,
        .layerNormEps = 1e-6,
        .activation = Activation::GeluTanh };
    LlamaConfig text;
    std::int64_t imageTokenId = 128257, shuffle = 2;
};

void readSiglip(VisionConfig& vision, const ConfigReader& reader)
{
    if (const Json* type = reader.find("model_type"); type != nullptr && *type != "smolvlm_vision"
        && *type != "idefics3_vision" && *type != "idefics3" && *type != "siglip_vision_model")
        reader.refuse("model_type",
            "is " + shortly(*type) + ", but only SigLIP towers are read for this family");
    reader.size("hidden_size", vision.hiddenSize, mostWidth);
    reader.size("intermediate_size", vision.intermediateSize, 4 * mostWidth);
    reader.size("num_hidden_layers", vision.layers, mostLayers);
    reader.size("num_attention_heads", vision.heads, mostWidth);
    reader.size("image_size", vision.imageSize, 8192);
    reader.size("patch_size", vision.patchSize, 1024);
    reader.size("num_channels", vision.channels, 4);
    reader.positive("layer_norm_eps", vision.layerNormEps);
    reader.activation("hidden_act", vision.activation);
    reader.requireMultiple("hidden_size", vision.hiddenSize, vision.heads);
    if (vision.channels != 3)
        reader.refuse("num_channels", "is not 3: pictures here are RGB");
    if (vision.patchSize > vision.imageSize)
        reader.refuse("patch_size", "is larger than image_size");
}

Result<Config> parse(const Json& json, const std::string& where)
{
    std::optional<Error> failure;
    const ConfigReader top(json, "", failure, where);
    Config config;
    readSiglip(
        config.vision, ConfigReader(top.object("vision_config"), "vision_config.", failure, where));
    auto text = parseLlamaConfig(top.object("text_config"), "text_config.", where);
    if (!text)
        return fail(std::move(text).error());
    config.text = *text;
    bool tied = false;
    top.flag("tie_word_embeddings", tied);
    config.text.tiedEmbeddings = config.text.tiedEmbeddings || tied;
    config.imageTokenId = top.wholeNumber("image_token_id", config.imageTokenId);
    if (config.imageTokenId < 0 || config.imageTokenId >= mostVocabulary)
        top.refuse("image_token_id", "is no token of the vocabulary");
    top.size("scale_factor", config.shuffle, 64);
    if (!failure) {
        const auto side = config.vision.imageSize / config.vision.patchSize;
        if (side % config.shuffle != 0)
            top.refuse("scale_factor",
                "is " + std::to_string(config.shuffle) + ", but the tower has "
                    + std::to_string(side) + " x " + std::to_string(side) + " features");
    }
    if (failure)
        return fail(*failure);
    return config;
}

} // namespace

Result<std::unique_ptr<VisionLanguageModel>> Idefics3::create(
    const Json& json, const std::string& where, Weights& weights)
{
    const auto config = parse(json, where);
    if (!config)
        return fail(config.error());
    auto model = std::unique_ptr<Idefics3>(new Idefics3);
    model->m_shuffle = config->shuffle;
    auto vision = SiglipVision::create(config->vision, "model.vision_model.", weights);
    if (!vision)
        return fail(std::move(vision).error());
    model->m_vision = std::move(*vision);
    model->m_projection =
        weights.takeLinear("model.connector.modality_projection.proj", config->text.hiddenSize,
            config->vision.hiddenSize * config->shuffle * config->shuffle, false);
    if (auto taken = model->takeLanguageModel(json.value("model_type", "idefics3"), config->text,
            config->imageTokenId, "model.text_model.", weights);
        !taken)
        return fail(std::move(taken).error());
    return std::unique_ptr<VisionLanguageModel>(std::move(model));
}

at::Tensor Idefics3::encodeImages(const at::Tensor& pixels) const
{
    const auto features = m_vision.hidden(pixels, m_observer);
    if (m_observer)
        m_observer("vision_features", features);
    const auto joined = m_projection(pixelShuffle(features, m_shuffle));
    if (m_observer)
        m_observer("projector", joined);
    return joined;
}

std::int64_t Idefics3::rowsPerTile() const
{
    return m_vision.config.patches() / (m_shuffle * m_shuffle);
}

std::string Idefics3::cannotSee(const PictureLayout& layout) const
{
    const auto expected = layout.rows == 0 ? 1 : layout.rows * layout.columns + 1;
    if (layout.tiles != expected)
        return "the picture settings cut it into " + std::to_string(layout.tiles)
            + " tiles, but this model takes a grid and an overview; use the preprocessor files of "
              "this very model";
    return wrongTileSize(layout, m_vision.config.imageSize);
}

std::int64_t Idefics3::featureRows(const PictureLayout& layout) const
{
    return layout.tiles * rowsPerTile();
}

std::string Idefics3::pictureText(const PictureLayout& layout, const std::string& mark) const
{
    std::string marks;
    for (std::int64_t i = 0; i < rowsPerTile(); ++i)
        marks += mark;
    return image::splitPictureText(layout.rows, layout.columns, marks);
}

void Idefics3::addVisionParameters(std::map<std::string, at::Tensor>& all) const
{
    m_vision.addParameters(all);
}

void Idefics3::addVisionLinears(std::vector<Linear*>& all)
{
    m_vision.addLinears(all);
    all.push_back(&m_projection);
}

at::Tensor pixelShuffle(const at::Tensor& x, std::int64_t factor)
{
    const auto n = x.size(0), d = x.size(2);
    const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(x.size(1))));
    const auto small = side / factor;
    return x.reshape({ n, small, factor, small, factor, d })
        .permute({ 0, 1, 3, 2, 4, 5 })
        .reshape({ n, small * small, factor * factor * d });
}

} // namespace slook::engine
