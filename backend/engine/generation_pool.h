#pragma once
#include "engine/generate.h"

namespace slook::engine {

/// Holds conversations in the rows of one cache, with the threads that operations have; the part of
/// converse() that knows nothing of lanes.
[[nodiscard]] Result<void> holdInPool(const VisionLanguageModel& model,
    const GenerationOptions& options, Conversations& conversations);

} // namespace slook::engine
