#pragma once
#include "core/result.h"
#include "engine/lora.h"
#include "engine/vlm.h"
#include <filesystem>
#include <string>

namespace slook::engine {

/// How module paths are written into an adapter's file.
enum class AdapterNames {
    Current, ///< transformers 4.52 and newer: "base_model.model.model.language_model.layers.0..."
    Old ///< before: "base_model.model.language_model.model.layers.0..."
};

/// Reads a PEFT folder (adapter_config.json, adapter_model.safetensors) and attaches it to `model`.
/// Which layers are adapted is decided by the tensors that are there; both generations of module
/// paths are understood. Errors: NotFound; Invalid with one sentence: no LoRA, a feature that is
/// not supported (DoRA, trained biases, extra modules), a layer that the model does not have,
/// shapes that do not fit; Conflict where an adapter is attached already.
[[nodiscard]] Result<LoraAdapter> readAdapter(
    const std::filesystem::path& folder, VisionLanguageModel& model);

/// Writes `adapter` as a PEFT folder. It can be loaded with PeftModel.from_pretrained.
/// @param baseModel for base_model_name_or_path; may be empty
/// Errors: Io.
[[nodiscard]] Result<void> writeAdapter(const std::filesystem::path& folder,
    const LoraAdapter& adapter, const std::string& baseModel,
    AdapterNames names = AdapterNames::Current);

} // namespace slook::engine
