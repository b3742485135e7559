#include "engine/config.h"
#include "core/file.h"
#include "engine/config_reader.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace slook::engine {
namespace {

VisionConfig readVision(
    const ConfigReader& top, std::optional<Error>& failure, const std::string& where)
{
    VisionConfig vision;
    if (top.find("vision_config") == nullptr) // LLaVA-1.5's own tower, CLIP ViT-L/14 at 336 pixels
        return { .hiddenSize = 1024,
            .intermediateSize = 4096,
            .layers = 24,
            .heads = 16,
            .imageSize = 336,
            .patchSize = 14 };
    const ConfigReader reader(top.object("vision_config"), "vision_config.", failure, where);
    if (const Json* type = reader.find("model_type");
        type != nullptr && *type != "clip_vision_model" && *type != "clip")
        reader.refuse(
            "model_type", "is " + shortly(*type) + ", but only CLIP towers are read for LLaVA");
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
    return vision;
}

/// rope_parameters as transformers 5 writes them, or rope_theta and rope_scaling as older ones did.
void readRope(const ConfigReader& text, RopeConfig& rope, const std::string& prefix,
    std::optional<Error>& failure, const std::string& where)
{
    const char* key = text.find("rope_parameters") != nullptr ? "rope_parameters" : "rope_scaling";
    text.positive("rope_theta", rope.theta);
    const ConfigReader reader(text.object(key), prefix + key + ".", failure, where);
    reader.positive("rope_theta", rope.theta);
    const Json* named =
        reader.find("rope_type") != nullptr ? reader.find("rope_type") : reader.find("type");
    const std::string type = named == nullptr ? "default"
        : named->is_string()                  ? named->get<std::string>()
                                              : shortly(*named);
    if (type == "linear")
        rope.type = RopeConfig::Type::Linear;
    else if (type == "dynamic")
        rope.type = RopeConfig::Type::Dynamic;
    else if (type == "llama3")
        rope.type = RopeConfig::Type::Llama3;
    else if (type != "default")
        reader.refuse("rope_type", "is \"" + type.substr(0, 40) + "\", which is not known here");
    reader.positive("factor", rope.factor);
    reader.positive("low_freq_factor", rope.lowFrequencyFactor);
    reader.positive("high_freq_factor", rope.highFrequencyFactor);
    reader.size("original_max_position_embeddings", rope.originalContext, mostContext);
    if (rope.factor > static_cast<double>(mostContext))
        reader.refuse("factor", "is larger than any context");
    if (rope.type == RopeConfig::Type::Llama3
        && !(rope.highFrequencyFactor > rope.lowFrequencyFactor))
        reader.refuse("high_freq_factor", "is not above low_freq_factor");
}

/// Contexts of stretched models: config.json says the length before stretching.
void stretchContext(LlamaConfig& text)
{
    if (text.rope.type != RopeConfig::Type::Linear && text.rope.type != RopeConfig::Type::Dynamic)
        return;
    if (text.rope.type == RopeConfig::Type::Dynamic)
        text.rope.originalContext = text.contextLength;
    text.contextLength = std::min<std::int64_t>(mostContext,
        static_cast<std::int64_t>(
            static_cast<double>(text.contextLength) * std::max(1.0, text.rope.factor)));
}

/// What MistralConfig knows where the file is silent.
LlamaConfig mistralDefaults()
{
    LlamaConfig text;
    text.intermediateSize = 14336;
    text.keyValueHeads = 8;
    text.contextLength = 131072;
    text.slidingWindow = 4096;
    return text;
}

} // namespace

std::int64_t LlavaConfig::visionLayersUsed() const
{
    return featureLayer >= 0 ? featureLayer : vision.layers + 1 + featureLayer;
}

Result<LlamaConfig> parseLlamaConfig(
    const Json& json, const std::string& prefix, const std::string& where)
{
    std::optional<Error> failure;
    const ConfigReader reader(json, prefix, failure, where);
    const Json* type = reader.find("model_type");
    const bool mistral = type != nullptr && *type == "mistral";
    if (type != nullptr && *type != "llama" && !mistral)
        reader.refuse(
            "model_type", "is " + shortly(*type) + ", but only Llama and Mistral are read here");
    LlamaConfig text = mistral ? mistralDefaults() : LlamaConfig();
    reader.size("vocab_size", text.vocabularySize, mostVocabulary);
    reader.size("hidden_size", text.hiddenSize, mostWidth);
    reader.size("intermediate_size", text.intermediateSize, 4 * mostWidth);
    reader.size("num_hidden_layers", text.layers, mostLayers);
    reader.size("num_attention_heads", text.heads, mostWidth);
    if (!mistral || (json.is_object() && json.contains("num_key_value_heads")))
        text.keyValueHeads = text.heads; // null means as many
    reader.size("num_key_value_heads", text.keyValueHeads, mostWidth);
    reader.size("max_position_embeddings", text.contextLength, mostContext);
    if (reader.find("head_dim") == nullptr)
        reader.requireMultiple("hidden_size", text.hiddenSize, text.heads);
    text.headSize = text.hiddenSize / std::max<std::int64_t>(text.heads, 1);
    reader.size("head_dim", text.headSize, 4096);
    reader.requireMultiple("num_attention_heads", text.heads, text.keyValueHeads);
    reader.requireMultiple("head_dim", text.headSize, 2);
    if (text.heads * text.headSize > 4 * mostWidth)
        reader.refuse("num_attention_heads",
            "times head_dim is " + std::to_string(text.heads * text.headSize)
                + ", which no model has");
    readRope(reader, text.rope, prefix, failure, where);
    stretchContext(text);
    if (mistral && json.is_object() && json.contains("sliding_window")) {
        text.slidingWindow = 0; // null: every token sees all before it
        if (reader.find("sliding_window") != nullptr)
            reader.size("sliding_window", text.slidingWindow, mostContext);
    }
    if (text.contextLength * text.headSize > (std::int64_t { 1 } << 28))
        reader.refuse("max_position_embeddings",
            "times head_dim would need more than 1 GiB for position tables");
    reader.positive("rms_norm_eps", text.rmsNormEps);
    reader.activation("hidden_act", text.activation);
    reader.flag("attention_bias", text.attentionBias);
    reader.flag("mlp_bias", text.mlpBias);
    reader.flag("tie_word_embeddings", text.tiedEmbeddings);
    if (failure)
        return fail(*failure);
    return text;
}

Result<LlavaConfig> parseLlavaConfig(const Json& json, const std::string& where)
{
    std::optional<Error> failure;
    const ConfigReader top(json, "", failure, where);
    const std::string type = stringOr(json, "model_type");
    if (type != "llava" && type != "llava_next")
        return fail(ErrorKind::Invalid,
            "is for the model type \"" + stringOr(json, "model_type", "(none)").substr(0, 60)
                + "\", not \"llava\"",
            where);
    LlavaConfig config;
    config.vision = readVision(top, failure, where);
    auto text = parseLlamaConfig(top.object("text_config"), "text_config.", where);
    if (!text)
        return fail(std::move(text).error());
    config.text = *text;
    bool tied = false;
    top.flag("tie_word_embeddings", tied);
    config.text.tiedEmbeddings = config.text.tiedEmbeddings || tied;
    const char* imageKey =
        top.find("image_token_index") != nullptr ? "image_token_index" : "image_token_id";
    config.imageTokenId = top.wholeNumber(imageKey, config.imageTokenId);
    if (config.imageTokenId < 0 || config.imageTokenId >= mostVocabulary)
        top.refuse(imageKey, "is no token of the vocabulary");
    config.featureLayer = top.wholeNumber("vision_feature_layer", config.featureLayer);
    if (config.visionLayersUsed() < 0 || config.visionLayersUsed() > config.vision.layers)
        top.refuse("vision_feature_layer",
            "is " + std::to_string(config.featureLayer) + ", but the tower has "
                + std::to_string(config.vision.layers) + " layers");
    const std::string strategy = stringOr(json, "vision_feature_select_strategy", "default");
    config.keepClassToken = strategy == "full";
    if (strategy != "default" && strategy != "full")
        top.refuse("vision_feature_select_strategy", "is neither \"default\" nor \"full\"");
    top.activation("projector_hidden_act", config.projectorActivation);
    top.flag("multimodal_projector_bias", config.projectorBias);
    top.flag("original_layout", config.originalLayout);
    config.padTokenId = integerOr(json, "pad_token_id", -1);
    if (failure)
        return fail(*failure);
    return config;
}

namespace {

/// What `from` says of generation becomes the default where nothing is known yet.
void takeDefaults(const ConfigReader& from, GenerationDefaults& defaults)
{
    const Json* eos = from.find("eos_token_id");
    if (eos != nullptr && defaults.eosTokenIds.empty())
        for (const auto& id : eos->is_array() ? *eos : Json::array({ *eos })) {
            if (!id.is_number_integer() || id < 0 || id >= mostVocabulary)
                return from.refuse("eos_token_id", "is no token, nor a list of tokens");
            defaults.eosTokenIds.push_back(id.get<std::int64_t>());
        }
    if (defaults.bosTokenId < 0)
        defaults.bosTokenId = from.wholeNumber("bos_token_id", -1);
    if (defaults.padTokenId < 0)
        defaults.padTokenId = from.wholeNumber("pad_token_id", -1);
}

} // namespace

Result<GenerationDefaults> readGenerationDefaults(
    const std::filesystem::path& folder, const Json& config)
{
    GenerationDefaults defaults;
    std::optional<Error> failure;
    const auto take = [&](const Json& from, const std::string& prefix, const std::string& where) {
        takeDefaults(ConfigReader(from, prefix, failure, where), defaults);
    };
    const auto file = folder / "generation_config.json";
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) {
        const auto text = readFile(file, 1u << 20);
        if (!text)
            return fail(text.error());
        const auto json = parseJson(*text, file.string());
        if (!json)
            return fail(json.error());
        if (!json->is_object())
            return fail(ErrorKind::Invalid,
                "holds no JSON object; restore the model's own file, or take it away",
                file.string());
        take(*json, "", file.string());
    }
    const auto where = (folder / "config.json").string();
    take(config, "", where);
    if (config.is_object() && config.contains("text_config"))
        take(config.at("text_config"), "text_config.", where);
    if (failure)
        return fail(*failure);
    if (defaults.eosTokenIds.empty())
        defaults.eosTokenIds.push_back(2); // what Llama's own config says where nothing is written
    return defaults;
}

} // namespace slook::engine
