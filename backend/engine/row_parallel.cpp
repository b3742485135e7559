#include "engine/row_parallel.h"
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <vector>

namespace slook::engine {
namespace {

constexpr std::int64_t partTokens = 512; ///< full speed of a matrix product, and little memory

std::int64_t partsOf(std::int64_t rows, std::int64_t rowTokens, bool heavy)
{
    const std::int64_t threads = at::get_num_threads();
    if (heavy && rows * rowTokens < threads * partTokens / 2)
        return 1;
    const auto wanted = std::max<std::int64_t>(1, rows * rowTokens / partTokens);
    return std::min(rows, (wanted + threads - 1) / threads * threads); // all threads end together
}

} // namespace

at::Tensor inParts(const at::Tensor& input, std::int64_t rowTokens, bool heavy,
    const std::function<at::Tensor(std::int64_t first, std::int64_t count)>& part)
{
    const auto rows = input.size(0);
    const bool alone =
        !input.is_cpu() || c10::GradMode::is_enabled() || at::in_parallel_region() || rows == 0;
    const auto parts = alone ? 1 : partsOf(rows, rowTokens, heavy);
    if (parts < 2)
        return part(0, rows);
    std::vector<at::Tensor> done(static_cast<std::size_t>(parts));
    const bool inference = c10::InferenceMode::is_enabled();
    at::parallel_for(0, parts, 1, [&](std::int64_t begin, std::int64_t end) {
        const c10::InferenceMode mode(inference); // threads of the pool have settings of their own
        const c10::NoGradGuard noGradients;
        for (auto i = begin; i < end; ++i) {
            const auto first = i * rows / parts;
            done[static_cast<std::size_t>(i)] = part(first, (i + 1) * rows / parts - first);
        }
    });
    return at::cat(done);
}

} // namespace slook::engine
