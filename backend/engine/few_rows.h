#pragma once
#include <ATen/core/Tensor.h>
#include <cstdint>

/// Matrix products of few tokens on CPUs: what decoding is made of. The weights go through memory
/// once, which is all the time that one token takes, and the math library reads them at half of
/// that speed. In inference mode only.
namespace slook::engine::kernels {

/// Rows up to which `product` is the faster one (measured from 1 to 64 rows on matrices of 192 to
/// 8192 on an AVX2 processor; at 64 both reach what the processor can).
constexpr std::int64_t fewRows = 64;

/// True where `product` can run: AVX2 with fused multiply-add, and Shortcuts::kernels.
[[nodiscard]] bool canMultiply();

/// True where `product` can take the place of the library: few rows, contiguous float on the CPU,
/// a weight in float or int8, inference mode.
[[nodiscard]] bool productFits(const at::Tensor& x, const at::Tensor& weight);

/// x W^T. Every sum is taken in the same order whatever the number of rows and threads, so that a
/// row has the same bits alone and among others.
/// @param x      [..., in], fits
/// @param weight [out, in] float, or int8 with `scales`
/// @param scales [out] float: what a weight's whole numbers are multiplied with; undefined: 1
/// @return       [..., out]
[[nodiscard]] at::Tensor product(
    const at::Tensor& x, const at::Tensor& weight, const at::Tensor& scales = {});

} // namespace slook::engine::kernels
