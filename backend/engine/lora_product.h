#pragma once
#include "engine/linear.h"

namespace slook::engine {

/// True where `loraProduct` is the same function as the layer's three products, and less work: a
/// float layer whose own weight is frozen, no dropout at the moment, no inference mode (a
/// training's reference takes the same way as its policy, to the last bit), and enough rows to pay
/// for adding the adapter to the weight.
[[nodiscard]] bool loraProductFits(const Linear& layer, const at::Tensor& x);

/// x (W + scale * b a)^T + bias, with gradients for x, a and b. The sum of the weights is made
/// anew for the backward pass and not kept: it would be a second model in memory.
/// @param x [..., in] @return [..., out]
[[nodiscard]] at::Tensor loraProduct(const Linear& layer, const at::Tensor& x);

} // namespace slook::engine
