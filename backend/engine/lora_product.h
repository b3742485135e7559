#pragma once
#include "engine/linear.h"

namespace slook::engine {

/// True where `loraProduct` is the same function as the layer's three products, and less work: a
/// float layer whose own weight is frozen, no dropout at the moment, no inference mode (a
/// training's reference takes the same way as its policy, to the last bit), and enough rows to pay
/// for adding the adapter to the weight, unless LoraSums has done so.
[[nodiscard]] bool loraProductFits(const Linear& layer, const at::Tensor& x);

/// x (W + scale * b a)^T + bias, with gradients for x, a and b. Without LoraSums the sum of the
/// weights is made anew for the backward pass and not kept.
/// @param x [..., in] @return [..., out]
[[nodiscard]] at::Tensor loraProduct(const Linear& layer, const at::Tensor& x);

/// While it lives, the sums of weights and adapters are there for all passes: made once for many
/// examples of a small model. A second copy of the adapted weights in memory. The adapter must not
/// change meanwhile.
class LoraSums {
public:
    /// @param wanted false: does nothing
    LoraSums(const std::vector<Linear*>& layers, bool wanted);
    ~LoraSums();
    LoraSums(const LoraSums&) = delete;
    LoraSums& operator=(const LoraSums&) = delete;

private:
    std::vector<std::shared_ptr<Lora>> m_held;
};

} // namespace slook::engine
