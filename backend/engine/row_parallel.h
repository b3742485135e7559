#pragma once
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <functional>

namespace slook::engine {

/// Computes neighbouring rows of a batch in parts, each by one thread from beginning to end, and
/// joins the results: threads meet once and not after every operation, and what a part works on
/// stays in its processor's memory. Without gradients on a CPU; elsewhere all rows in one part.
/// @param rows      independent of each other
/// @param rowTokens of each row
/// @param heavy     the weights are too many to be read once per thread: parts of few tokens are
///                  not worth it
/// @param part      (first, count) -> [count, ...]
[[nodiscard]] at::Tensor inParts(const at::Tensor& input, std::int64_t rowTokens, bool heavy,
    const std::function<at::Tensor(std::int64_t first, std::int64_t count)>& part);

} // namespace slook::engine
