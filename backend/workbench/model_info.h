#pragma once
#include "core/result.h"
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace slook::workbench {

/// What a model folder says about itself, read without its weights.
struct ModelInfo {
    std::filesystem::path folder;
    std::string type; ///< model_type: "llava"
    std::string languageModel; ///< model_type of the text part: "llama"
    std::string visionModel; ///< "clip_vision_model"
    std::int64_t layers = 0, hiddenSize = 0, heads = 0; ///< of the language model; 0: not said
    std::int64_t keyValueHeads = 0, headSize = 0; ///< of the language model; 0: not said
    std::int64_t vocabularySize = 0, contextLength = 0; ///< in tokens; 0: not said
    std::int64_t imageSize = 0, patchSize = 0; ///< of the vision tower, pixels; 0: not said
    std::int64_t parameters = 0;
    std::uint64_t weightBytes = 0;
    std::map<std::string, std::int64_t> parametersByType; ///< "F16", "BF16", "F32"
    std::vector<std::string> weightFiles;
    std::string chatTemplate; ///< its own, as Jinja; empty: it has none
    std::string chatTemplateFile; ///< that it stands in
    std::string chatTemplateProblem; ///< why its own cannot be used: a run needs another one then
    std::uint64_t loadedBytes = 0; ///< the weights in memory, at 4 bytes each as on a CPU
    std::uint64_t bytesPerToken = 0; ///< keys and values of a conversation; 0: not said
    std::string imageProcessor; ///< "CLIPImageProcessor"; empty: the model reads text only
    std::vector<std::string> seenSize; ///< how a picture comes to its size, in words
};

/// Reads a Hugging Face model folder far enough to know whether it can be used: config.json, the
/// headers of its safetensors files against their sizes, tokenizer.json's presence, the image
/// processor. Errors: NotFound (a file that must be there), Invalid (a truncated or lying file;
/// weights as pickles only, which are never opened), Io.
[[nodiscard]] Result<ModelInfo> inspectModel(const std::filesystem::path& folder);

} // namespace slook::workbench
