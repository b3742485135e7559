#pragma once
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <vector>

namespace slook::engine {

/// What the dropout of one pass draws from: a seed for each row of the batch. So an example loses
/// the same numbers whichever thread computes it, beside whichever others, and when it is computed
/// again.
struct DropoutSource {
    std::vector<std::uint64_t> rows; ///< a seed each
    std::uint64_t calls = 0; ///< of dropout() so far
};

/// While it lives, dropout() of this thread draws from `source`.
class DropFrom {
public:
    explicit DropFrom(DropoutSource& source);
    ~DropFrom();
    DropFrom(const DropFrom&) = delete;
    DropFrom& operator=(const DropFrom&) = delete;

private:
    DropoutSource* m_outer;
};

/// What this thread draws from at the moment, to draw the same once more.
[[nodiscard]] DropoutSource dropoutSource();

/// Zero with `probability`, else x / (1 - probability), each number for itself. A CPU draws row by
/// row; other devices, and tensors that are not [rows, ...], draw once for all rows.
/// @param probability in [0, 1)
[[nodiscard]] at::Tensor dropout(const at::Tensor& x, double probability);

} // namespace slook::engine
