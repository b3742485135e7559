#pragma once
#include "text/chat_template.h"

namespace slook::text {

/// The template of a model folder: its own, else the one that its family was published with.
/// @param config  config.json; with "original_layout": true where it was translated from that of
///                the original LLaVA code
/// Errors: as ChatTemplate::load(); NotFound where there is neither.
[[nodiscard]] Result<ChatTemplate> templateOf(
    const std::filesystem::path& folder, const Json& config);

} // namespace slook::text
