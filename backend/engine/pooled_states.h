#pragma once
#include "core/result.h"
#include "engine/generate.h"
#include "engine/vlm.h"
#include <ATen/core/Tensor.h>
#include <span>
#include <vector>

namespace slook::engine {

/// The vision tower's output before the projector, its mean over all patches of all tiles of a
/// picture; a class token is left out where the projector leaves it out.
/// @param pixels [all tiles, 3, H, W] float, as for encodeImages
/// @param tiles  of each picture, in this order
/// @return one [width] float on the CPU per picture
[[nodiscard]] std::vector<at::Tensor> pooledPatches(
    VisionLanguageModel& model, const at::Tensor& pixels, std::span<const std::int64_t> tiles);

struct StatesWish {
    int layer = -1; ///< 0 the embedded tokens, n behind layer n; below 0 from the end, -1 the last
    bool last = false; ///< the last token's state alone, else the mean over all tokens
};
/// States of the language model on prompts, pooled over their tokens, those of pictures included.
/// Layers are counted as in transformers' `hidden_states`: the last one stands behind the final
/// norm.
/// @return one [hiddenSize] float on the CPU per prompt
/// Errors: Invalid for a layer that the model does not have.
/// @throws std::invalid_argument for a prompt without a token, or longer than the model's context
[[nodiscard]] Result<std::vector<at::Tensor>> pooledStates(
    VisionLanguageModel& model, std::span<const Opening> prompts, const StatesWish& wish);

} // namespace slook::engine
