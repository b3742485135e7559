#pragma once
#include <ATen/core/Tensor.h>

namespace slook::engine {

/// Softmax attention, scaled by 1 / sqrt(headSize). Key heads are shared by groups of query heads
/// where there are fewer.
/// @param query        [B, T, heads, headSize]
/// @param key, value   [B, S, keyValueHeads, headSize]
/// @param mask         bool, true = may see, [T, S] or [B, 1, T, S]; undefined: all, or causal
/// (needs T = S)
/// @return             [B, T, heads * headSize]
[[nodiscard]] at::Tensor attend(const at::Tensor& query, const at::Tensor& key,
    const at::Tensor& value, const at::Tensor& mask, bool causal);

} // namespace slook::engine
