#pragma once
#include "core/result.h"
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace slook::engine {

/// Everything that the steps after `step` depend on.
struct TrainState {
    std::int64_t step = 0; ///< optimizer steps done
    std::string configSha256; ///< of options, data and start weights: only an equal training may go
                              ///< on from here
    int threads = 0; ///< sums are grouped by it: another number gives other last bits
    std::map<std::string, at::Tensor> tensors; ///< weights, moments, order, reference scores
};

/// A checkpoint is a folder "step-000012" with state.safetensors and a manifest.json of sizes and
/// SHA-256 that is written last. It is built under another name, synced and then renamed: it is
/// complete, or it is not there. The newest two are kept, so that one whose disk block went bad
/// does not cost the run. Errors: Io, with the system's reason; what was there before stays.
[[nodiscard]] Result<void> writeCheckpoint(
    const std::filesystem::path& folder, const TrainState& state);

/// The newest checkpoint in `folder` that is whole; damaged ones are passed over. Empty where there
/// is none. Errors: Conflict where the newest whole one belongs to a training with another
/// configuration.
[[nodiscard]] Result<std::optional<TrainState>> readNewestCheckpoint(
    const std::filesystem::path& folder, const std::string& configSha256);

} // namespace slook::engine
