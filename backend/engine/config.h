#pragma once
#include "core/json.h"
#include "core/result.h"
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace slook::engine {

/// Activation of a feed-forward layer.
enum class Activation { Gelu, GeluTanh, QuickGelu, Silu, Relu };

/// CLIP's vision tower. Defaults are those that a config.json may leave out.
struct VisionConfig {
    std::int64_t hiddenSize = 768, intermediateSize = 3072, layers = 12, heads = 12;
    std::int64_t imageSize = 224, patchSize = 32, channels = 3;
    double layerNormEps = 1e-5;
    Activation activation = Activation::QuickGelu;
    [[nodiscard]] std::int64_t patches() const
    {
        return (imageSize / patchSize) * (imageSize / patchSize);
    }
};

/// How rotary positions are stretched for long contexts.
struct RopeConfig {
    enum class Type { Default, Linear, Dynamic, Llama3 };
    Type type = Type::Default;
    double theta = 10000.0;
    double factor = 1.0;
    double lowFrequencyFactor = 1.0, highFrequencyFactor = 4.0; ///< Llama3 only
    std::int64_t originalContext = 8192; ///< Llama3, Dynamic: tokens before stretching
};

/// A Llama or Mistral language model.
struct LlamaConfig {
    std::int64_t vocabularySize = 32000, hiddenSize = 4096, intermediateSize = 11008, layers = 32;
    std::int64_t heads = 32, keyValueHeads = 32, headSize = 128, contextLength = 2048;
    std::int64_t slidingWindow = 0; ///< tokens that a token sees, itself included; 0: all
    double rmsNormEps = 1e-6;
    Activation activation = Activation::Silu;
    RopeConfig rope;
    bool attentionBias = false, mlpBias = false, tiedEmbeddings = false;
};

/// LLaVA-1.5 and 1.6: CLIP, a two-layer projector, Llama or Mistral.
struct LlavaConfig {
    VisionConfig vision;
    LlamaConfig text;
    std::int64_t imageTokenId = 32000;
    std::int64_t featureLayer = -2; ///< index into the hidden states; negative: from the end
    bool keepClassToken = false; ///< vision_feature_select_strategy "full"
    Activation projectorActivation = Activation::Gelu;
    bool projectorBias = true;
    std::int64_t padTokenId = -1;
    bool originalLayout = false; ///< tensor names of the original LLaVA code
    [[nodiscard]] std::int64_t tokensPerImage() const
    {
        return vision.patches() + (keepClassToken ? 1 : 0);
    }
    [[nodiscard]] std::int64_t
    visionLayersUsed() const; ///< blocks that must run to reach featureLayer
};

/// Defaults for generation that a folder brings along (generation_config.json, else config.json).
struct GenerationDefaults {
    std::vector<std::int64_t> eosTokenIds;
    std::int64_t bosTokenId = -1, padTokenId = -1;
};

/// Reads LLaVA's config.json in all its styles: defaults left out, rope_theta or rope_parameters,
/// dtype or torch_dtype. Errors: Invalid for another model_type, an absurd size or sizes that do
/// not fit together; one sentence each.
[[nodiscard]] Result<LlavaConfig> parseLlavaConfig(const Json& json, const std::string& where);

/// Reads a Llama config, or the text_config inside another one. @param prefix of the keys in error
/// messages Errors: as parseLlavaConfig.
[[nodiscard]] Result<LlamaConfig> parseLlamaConfig(
    const Json& json, const std::string& prefix, const std::string& where);

/// @param folder a model folder; generation_config.json may be missing
[[nodiscard]] Result<GenerationDefaults> readGenerationDefaults(
    const std::filesystem::path& folder, const Json& config);

} // namespace slook::engine
