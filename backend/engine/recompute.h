#pragma once
#include "engine/vlm.h"

namespace slook::engine {

/// Runs each block without keeping what is inside it and computes it again when the gradient comes:
/// memory for one block and one input per block. Values, gradients and the random numbers of
/// dropout are those of the plain run. Source: Chen et al. 2016, arXiv:1604.06174.
[[nodiscard]] BlockRunner recomputingRunner();

} // namespace slook::engine
