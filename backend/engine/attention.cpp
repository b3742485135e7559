#include "engine/attention.h"
#include <ATen/ATen.h>

namespace slook::engine {

at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
    const at::Tensor& mask, bool causal)
{
    const std::optional<at::Tensor> given = mask.defined() ? std::optional(mask) : std::nullopt;
    const auto mixed = at::scaled_dot_product_attention(query.transpose(1, 2), key.transpose(1, 2),
        value.transpose(1, 2), given, 0.0, causal && !mask.defined(), std::nullopt,
        query.size(2) != key.size(2));
    return mixed.transpose(1, 2).flatten(2);
}

} // namespace slook::engine
