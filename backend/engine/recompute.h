#pragma once
#include "engine/vlm.h"
#include <vector>

namespace slook::engine {

/// Runs the first `layers` blocks without keeping what is inside them and computes it again when
/// the gradient comes: memory for one block and one input per block. Values, gradients and what
/// dropout draws are those of the plain run. Source: Chen et al. 2016, arXiv:1604.06174.
/// @param parameters all that learn; a block asks only for its own
[[nodiscard]] BlockRunner recomputingRunner(
    std::int64_t layers, std::vector<at::Tensor> parameters);

} // namespace slook::engine
