#include "engine/vlm.h"
#include <ATen/ATen.h>

namespace slook::engine {

at::Tensor VisionLanguageModel::arrangeTiles(
    const at::Tensor& tiles, std::int64_t, std::int64_t) const
{
    return tiles.flatten(0, 1);
}

KvCache VisionLanguageModel::makeCache(std::int64_t rows, std::int64_t capacity) const
{
    const ModelShape& s = shape();
    return KvCache({ s.layers, rows, capacity, s.keyValueHeads, s.headSize }, type(), device());
}

} // namespace slook::engine
