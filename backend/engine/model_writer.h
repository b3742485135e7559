#pragma once
#include "core/result.h"
#include "engine/vlm.h"
#include <filesystem>

namespace slook::engine {

/// Writes `model` as an ordinary Hugging Face folder with the names that transformers 5 writes:
/// weights in `type` (in shards of 5 GB), config.json with that type, tokenizer, processor and chat
/// template as in `source`. A folder that is half written has no config.json.
/// @param source the folder that the model was read from
/// @param type   float, half or bfloat16
/// Errors: NotFound (no config.json in `source`), Invalid, Io.
[[nodiscard]] Result<void> writeModel(const std::filesystem::path& folder,
    const VisionLanguageModel& model, const std::filesystem::path& source, at::ScalarType type);

} // namespace slook::engine
