#pragma once
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <cstdint>

namespace slook::engine {

/// The random numbers that dropout draws on `device`.
void seedRandom(at::Device device, std::uint64_t seed);
[[nodiscard]] at::Tensor randomState(at::Device device); ///< [bytes] uint8
void setRandomState(at::Device device, const at::Tensor& state);

} // namespace slook::engine
