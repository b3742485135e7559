#pragma once
#include <ATen/core/Tensor.h>

/// Float operations on CPUs that go through memory once, where composed tensor operations go five
/// times. In inference mode only, for answering and scoring:
/// a reference of a training must have the very bits of the policy that it is compared with.
namespace slook::engine::kernels {

/// True where these kernels can take the place of composed operations: a contiguous float tensor on
/// the CPU, inference mode.
[[nodiscard]] bool fit(const at::Tensor& x);

/// x / rms(x) * weight over the last axis. @param x [..., D], fits @param weight [D] float
[[nodiscard]] at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps);

/// Turns the two halves of every head by the angles of its token, in place.
/// @param x            [B, T, heads, headSize], fits
/// @param cosine, sine [B or 1, T, 1, headSize / 2] float, contiguous
void rotate(const at::Tensor& x, const at::Tensor& cosine, const at::Tensor& sine);

/// Softmax attention of one new token per row, scaled by 1 / sqrt(headSize). Reads what a row holds
/// and not the longest row's padding.
/// @param query       [B, 1, heads, headSize], fits
/// @param key, value  [B, S, keyValueHeads, headSize] float, the last two axes dense
/// @param lengths     [B] int64 on the CPU: slots of each row that it may see, the new token's too
/// @param cacheRows   [B] int64 on the CPU: the row of `key` and `value` that each sees, which then
///                    may have any number of rows; undefined: its own
/// @return            [B, 1, heads * headSize]
[[nodiscard]] at::Tensor attendOne(const at::Tensor& query, const at::Tensor& key,
    const at::Tensor& value, const at::Tensor& lengths, const at::Tensor& cacheRows = {});

/// gate = silu(gate) * up, in place. @param gate, up of one shape, both fit
void gateBySilu(at::Tensor& gate, const at::Tensor& up);

} // namespace slook::engine::kernels
