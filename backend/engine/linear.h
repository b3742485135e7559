#pragma once
#include <ATen/core/Tensor.h>
#include <memory>
#include <string>
#include <vector>

namespace slook::engine {

/// A low-rank addition to a linear layer: y += scale * b(a(dropout(x))).
/// Source: Hu et al. 2021, arXiv:2106.09685, section 4.1; `scale` is alpha / r.
struct Lora {
    at::Tensor a; ///< [r, in] float
    at::Tensor b; ///< [out, r] float
    double scale = 1.0;
    double dropout = 0.0; ///< probability, applied to the adapter's input only while `training`
    bool enabled = true; ///< off: the layer is the base model's, as the reference needs it
    bool training = false; ///< switches dropout on
    at::Tensor sum; ///< layer's weight + scale b a, [out, in], while LoraSums holds it
};

/// y = x W^T + bias, plus the adapter when there is one. Copies share the tensors.
struct Linear {
    std::string
        name; ///< module path in memory, as "model.language_model.layers.0.self_attn.q_proj"
    at::Tensor weight; ///< [out, in]; int8 where there are `scales`
    at::Tensor bias; ///< [out], undefined where the layer has none
    std::shared_ptr<Lora> lora; ///< null: no adapter
    at::Tensor scales; ///< [out] float: row o of the weight is scales[o] times its whole numbers;
                       ///< undefined: the weight is what it says

    /// @param x [..., in]
    /// @return  [..., out] in the type of `x`
    [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;
};

/// Keeps a layer's weight as whole numbers from -127 to 127 and one factor a row: a quarter of the
/// memory of float, to answer with and not to train. A row's largest number becomes 127 or -127.
/// @param layer with a float weight on the CPU
void quantise(Linear& layer);

/// Switches the adapters of `layers` off while it lives: what the reference of a preference loss
/// needs.
class LoraOff {
public:
    explicit LoraOff(const std::vector<Linear*>& layers);
    ~LoraOff();
    LoraOff(const LoraOff&) = delete;
    LoraOff& operator=(const LoraOff&) = delete;

private:
    std::vector<std::shared_ptr<Lora>> m_switchedOff;
};

} // namespace slook::engine
