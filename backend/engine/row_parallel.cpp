#include "engine/row_parallel.h"
#include "engine/shortcuts.h"
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <exception>
#include <omp.h>
#include <vector>

/// The math library's own count of threads, which it prefers to OpenMP's; absent where LibTorch was
/// built with another one. 0 goes back to the count of all threads.
extern "C" [[gnu::weak]] int MKL_Set_Num_Threads_Local(int count); // NOLINT: the library's name

namespace slook::engine {
namespace {

constexpr std::int64_t partTokens = 512; ///< full speed of a matrix product, and little memory

thread_local int threadsOfParts = 0; ///< 0: as many as an operation has

std::int64_t partsOf(std::int64_t rows, std::int64_t rowTokens, bool heavy)
{
    const std::int64_t threads = threadsForParts();
    if (!shortcuts().parts || (heavy && rows * rowTokens < threads * partTokens / 2))
        return 1;
    const auto wanted = std::max<std::int64_t>(1, rows * rowTokens / partTokens);
    return std::min(rows, (wanted + threads - 1) / threads * threads); // all threads end together
}

} // namespace

OneThreadEach::OneThreadEach(bool wanted)
    : m_outer(threadsOfParts)
    , m_operations(
          wanted && shortcuts().parts && !at::in_parallel_region() ? at::get_num_threads() : 0)
{
    if (m_operations == 0)
        return;
    threadsOfParts = threadsForParts();
    ::omp_set_num_threads(1); // of this thread alone, unlike at::set_num_threads()
    if (MKL_Set_Num_Threads_Local)
        m_products = MKL_Set_Num_Threads_Local(1);
}

OneThreadEach::~OneThreadEach()
{
    if (m_operations == 0)
        return;
    ::omp_set_num_threads(m_operations);
    if (MKL_Set_Num_Threads_Local)
        MKL_Set_Num_Threads_Local(m_products);
    threadsOfParts = m_outer;
}

int threadsForParts()
{
    if (at::in_parallel_region())
        return 1;
    return threadsOfParts > 0 ? threadsOfParts : at::get_num_threads();
}

void onThreads(std::int64_t parts, const std::function<void(std::int64_t)>& part)
{
    const auto threads = std::min<std::int64_t>(threadsForParts(), parts);
    if (threads < 2) {
        for (std::int64_t i = 0; i < parts; ++i)
            part(i);
        return;
    }
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(parts));
#pragma omp parallel for num_threads(static_cast <int>(threads)) schedule(static)
    for (std::int64_t i = 0; i < parts; ++i) {
        try {
            part(i);
        } catch (...) { // none may leave a thread of OpenMP's
            failures[static_cast<std::size_t>(i)] = std::current_exception();
        }
    }
    for (const auto& failure : failures)
        if (failure)
            std::rethrow_exception(failure);
}

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
    onThreads(parts, [&](std::int64_t i) {
        const c10::InferenceMode mode(inference); // threads of the pool have settings of their own
        const c10::NoGradGuard noGradients;
        const auto first = i * rows / parts;
        done[static_cast<std::size_t>(i)] = part(first, (i + 1) * rows / parts - first);
    });
    return at::cat(done);
}

} // namespace slook::engine
