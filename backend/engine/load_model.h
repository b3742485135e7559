#pragma once
#include "core/json.h"
#include "core/result.h"
#include "engine/vlm.h"
#include <c10/core/ScalarType.h>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace slook::engine {

/// Reads a model folder: config.json and model.safetensors, or its shards. The family is chosen by
/// model_type; folders of the original LLaVA code are recognised by their own settings.
/// @param type float, or bfloat16 (CUDA); files in another type are converted
/// @param int8 linear layers of the language model are kept as whole numbers, see quantise(): for
///             float on CPUs, to answer with
/// Errors: NotFound, Invalid (with file, tensor and reason).
[[nodiscard]] Result<std::unique_ptr<VisionLanguageModel>> loadModel(
    const std::filesystem::path& folder, at::Device device = at::kCPU,
    at::ScalarType type = at::kFloat, bool int8 = false);

/// The model that `folder`/config.json describes, with weights that nothing has learned yet.
/// Errors: NotFound, Invalid.
[[nodiscard]] Result<std::unique_ptr<VisionLanguageModel>> randomModel(
    const std::filesystem::path& folder, std::uint64_t seed);

/// The value of model_type for each family that can be read.
[[nodiscard]] std::vector<std::string> knownFamilies();

/// config.json of a model folder, in Hugging Face's form: that of the original LLaVA code is
/// translated. Errors: NotFound, Invalid.
[[nodiscard]] Result<Json> readModelConfig(const std::filesystem::path& folder);

} // namespace slook::engine
