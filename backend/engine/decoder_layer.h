#pragma once
#include "engine/llama.h"
#include <ATen/core/Tensor.h>
#include <cstdint>

namespace slook::engine {

/// What all layers of one pass of a language model share.
struct DecoderPass {
    at::Tensor cosine, sine; ///< [B or 1, T, 1, headSize / 2]
    at::Tensor mask; ///< [T, S] or [B or 1, 1, T, S]: bool, true = may see, or float, added to the
                     ///< scores; undefined: all, or causal
    at::Tensor lengths; ///< [B] int64 on the CPU: slots that a row's only new token may see, in
                        ///< place of a mask; undefined: see `mask`
    at::Tensor cacheRows; ///< [B] int64 on the CPU: with `lengths`, the cache's row of each;
                          ///< undefined: the pass's rows in their order
    at::Tensor keep; ///< [B, W] int64: tokens that the last layer computes; undefined: all
    KvCache* cache = nullptr;
    std::int64_t firstRow = 0; ///< of this part among the rows of the cache's pass
    bool causal = false;

    /// The pass of `count` rows from `first` on.
    [[nodiscard]] DecoderPass part(std::int64_t first, std::int64_t count) const;
};

/// Tokens `keep` of each row. @param x [B, T, ...] @param keep [B, W] int64 @return [B, W, ...]
[[nodiscard]] at::Tensor pickTokens(const at::Tensor& x, const at::Tensor& keep);

/// One decoder layer. @param x [B, T, hidden]
/// @param last the layer whose output is asked for: with `pass.keep` it computes these tokens only
/// (their keys and values are those of all tokens), [B, W, hidden]
[[nodiscard]] at::Tensor runDecoderLayer(const Llama& model, std::int64_t index, bool last,
    const at::Tensor& x, const DecoderPass& pass, const Observer& observer);

} // namespace slook::engine
