#pragma once
#include "core/json.h"
#include "core/result.h"
#include "image/processor.h"
#include <filesystem>
#include <string>

/// Model folders as the original LLaVA code writes them: all settings at the top of config.json,
/// other tensor names, and a CLIP tower that may lie in a folder of its own.
/// Source: github.com/haotian-liu/LLaVA, llava/model.
namespace slook::engine {

[[nodiscard]] bool isOriginalLlava(const Json& config);

/// The same config as transformers writes it ("llava", or "llava_next" where image_aspect_ratio is
/// "anyres"). The placeholder's id is the first behind the vocabulary.
/// Errors: Invalid for a projector or merge that is not known; NotFound where the tower's own
/// config is needed and not there.
[[nodiscard]] Result<Json> translatedOriginalLlava(
    const std::filesystem::path& folder, const Json& config);

/// The folder of the CLIP tower: "vision_tower" inside the model folder, or beside the model folder
/// under the last part of mm_vision_tower. Absolute paths of other machines are not followed.
/// Errors: NotFound, with what to do.
[[nodiscard]] Result<std::filesystem::path> towerOfOriginalLlava(
    const std::filesystem::path& folder, const Json& config);

/// Picture settings: the folder's own or the tower's, with image_aspect_ratio of config.json.
/// Errors: as image::readProcessorSettings.
[[nodiscard]] Result<image::ProcessorSettings> processorOfOriginalLlava(
    const std::filesystem::path& folder, const Json& config);

/// "model.mm_projector.0.weight" -> "model.multi_modal_projector.linear_1.weight" and so on.
[[nodiscard]] std::string originalLlavaName(const std::string& nameInFile);
[[nodiscard]] std::string originalLlavaSavedName(const std::string& nameInMemory);
/// A weight of a CLIP folder as one of the tower; those of CLIP's text model get a name that nobody
/// asks for.
[[nodiscard]] std::string clipTowerName(const std::string& nameInFile);

} // namespace slook::engine
