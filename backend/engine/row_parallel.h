#pragma once
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <functional>

namespace slook::engine {

/// While it lives, each operation of this thread uses one thread; onThreads() and inParts() still
/// have all. Waking another thread for a matrix product of a small model takes longer than the
/// product: two threads were slower than one.
class OneThreadEach {
public:
    explicit OneThreadEach(bool wanted); ///< false: does nothing
    ~OneThreadEach();
    OneThreadEach(const OneThreadEach&) = delete;
    OneThreadEach& operator=(const OneThreadEach&) = delete;

private:
    int m_outer; ///< what onThreads() had before
    int m_operations; ///< what operations had before; 0: it does nothing
    int m_products = 0; ///< what matrix products had before
};

/// Threads that onThreads() would use here: 1 inside one of its parts.
[[nodiscard]] int threadsForParts();

/// Calls part(0) to part(parts - 1), each by one thread from beginning to end, and waits for all.
/// Which thread takes a part depends on the number of threads alone. The first exception is thrown
/// again. Settings of LibTorch that belong to a thread (gradients, inference mode) are the part's.
void onThreads(std::int64_t parts, const std::function<void(std::int64_t)>& part);

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
