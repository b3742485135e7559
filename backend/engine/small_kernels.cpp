#include "engine/small_kernels.h"
#include "engine/shortcuts.h"
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <bit>
#include <c10/core/InferenceMode.h>
#include <cmath>
#include <vector>

// One loop compiled for processors with 256-bit registers and for all others; chosen at start.
// Not "haswell": that name is chosen on its maker's processors alone.
#if defined(__x86_64__) && defined(__GNUC__) && defined(__gnu_linux__)
#define SLOOK_WIDE __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define SLOOK_WIDE
#endif

namespace slook::engine::kernels {
namespace {

constexpr std::int64_t grain = 16'384; ///< numbers that are worth a thread

SLOOK_WIDE void normRow(
    const float* x, const float* weight, float* y, std::int64_t width, double eps)
{
    float squares = 0.0F;
    for (std::int64_t i = 0; i < width; ++i)
        squares += x[i] * x[i];
    const float scale =
        1.0F / std::sqrt(squares / static_cast<float>(width) + static_cast<float>(eps));
    for (std::int64_t i = 0; i < width; ++i)
        y[i] = x[i] * scale * weight[i];
}

SLOOK_WIDE void rotateHeads(
    float* x, const float* cosine, const float* sine, std::int64_t heads, std::int64_t half)
{
    for (std::int64_t h = 0; h < heads; ++h, x += 2 * half)
        for (std::int64_t i = 0; i < half; ++i) {
            const float first = x[i], second = x[i + half];
            x[i] = first * cosine[i] - second * sine[i];
            x[i + half] = second * cosine[i] + first * sine[i];
        }
}

/// e^x for x <= 0, to a few units in the last place; unlike the library's, eight at once.
inline float expOf(float x)
{
    x = std::max(x, -87.0F);
    const int power = static_cast<int>(x * 1.44269504F - 0.5F); // to the nearest
    const float r = x - static_cast<float>(power) * 0.693147181F;
    float sum = 1.0F / 720;
    for (const float coefficient : { 1.0F / 120, 1.0F / 24, 1.0F / 6, 0.5F, 1.0F, 1.0F })
        sum = sum * r + coefficient;
    return sum * std::bit_cast<float>((power + 127) << 23);
}

/// x / (1 + e^-x) times `up`.
SLOOK_WIDE void gateNumbers(float* gate, const float* up, std::int64_t count)
{
    for (std::int64_t i = 0; i < count; ++i) {
        const float e = expOf(-std::abs(gate[i]));
        gate[i] *= (gate[i] < 0.0F ? e : 1.0F) / (1.0F + e) * up[i];
    }
}

constexpr std::int64_t lanes = 16; ///< numbers that are summed side by side

inline float dot(const float* a, const float* b, std::int64_t count)
{
    float part[lanes] = {};
    std::int64_t i = 0;
    for (; i + lanes <= count; i += lanes)
        for (std::int64_t j = 0; j < lanes; ++j)
            part[j] += a[i + j] * b[i + j];
    float sum = 0.0F;
    for (; i < count; ++i)
        sum += a[i] * b[i];
    for (std::int64_t j = 0; j < lanes; ++j)
        sum += part[j];
    return sum;
}

/// out = the rows of `value` weighed with `weights`, `width` columns of them.
template <std::int64_t width>
inline void weighed(
    const float* value, std::int64_t step, std::int64_t slots, const float* weights, float* out)
{
    float sum[width] = {};
    for (std::int64_t s = 0; s < slots; ++s)
        for (std::int64_t j = 0; j < width; ++j)
            sum[j] += weights[s] * value[s * step + j];
    std::copy_n(sum, width, out);
}

/// One head of one row. @param step from one slot to the next @param scores room for `slots`
SLOOK_WIDE void attendHead(const float* query, const float* key, const float* value,
    std::int64_t step, std::int64_t slots, std::int64_t size, float* scores, float* out)
{
    const float scale = 1.0F / std::sqrt(static_cast<float>(size));
    for (std::int64_t s = 0; s < slots; ++s)
        scores[s] = scale * dot(query, key + s * step, size);
    const float largest = *std::max_element(scores, scores + slots);
    float sum = 0.0F;
    for (std::int64_t s = 0; s < slots; ++s) {
        scores[s] = expOf(scores[s] - largest);
        sum += scores[s];
    }
    const float share = 1.0F / sum;
    for (std::int64_t s = 0; s < slots; ++s)
        scores[s] *= share;
    std::int64_t i = 0;
    for (; i + 32 <= size; i += 32)
        weighed<32>(value + i, step, slots, scores, out + i);
    for (; i < size; ++i)
        weighed<1>(value + i, step, slots, scores, out + i);
}

} // namespace

bool fit(const at::Tensor& x)
{
    return shortcuts().kernels && c10::InferenceMode::is_enabled() && x.is_cpu()
        && x.scalar_type() == at::kFloat && x.is_contiguous();
}

at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps)
{
    const auto width = x.size(-1);
    auto y = at::empty_like(x);
    const float* from = x.const_data_ptr<float>();
    const float* scale = weight.const_data_ptr<float>();
    float* to = y.mutable_data_ptr<float>();
    at::parallel_for(
        0, x.numel() / width, grain / width + 1, [&](std::int64_t begin, std::int64_t end) {
            for (auto row = begin; row < end; ++row)
                normRow(from + row * width, scale, to + row * width, width, eps);
        });
    return y;
}

void rotate(const at::Tensor& x, const at::Tensor& cosine, const at::Tensor& sine)
{
    const auto tokens = x.size(1), heads = x.size(2), size = x.size(3);
    const auto angleRows = cosine.size(0) * tokens;
    const float* c = cosine.const_data_ptr<float>();
    const float* s = sine.const_data_ptr<float>();
    float* all = x.mutable_data_ptr<float>();
    at::parallel_for(0, x.size(0) * tokens, grain / (heads * size) + 1,
        [&](std::int64_t begin, std::int64_t end) {
            for (auto row = begin; row < end; ++row) {
                const auto angles = row % angleRows * (size / 2);
                rotateHeads(all + row * heads * size, c + angles, s + angles, heads, size / 2);
            }
        });
}

void gateBySilu(at::Tensor& gate, const at::Tensor& up)
{
    float* numbers = gate.mutable_data_ptr<float>();
    const float* other = up.const_data_ptr<float>();
    at::parallel_for(0, gate.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
        gateNumbers(numbers + begin, other + begin, end - begin);
    });
}

at::Tensor attendOne(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
    const at::Tensor& lengths, const at::Tensor& cacheRows)
{
    const auto rows = query.size(0), heads = query.size(2), size = query.size(3);
    const auto shared = heads / key.size(2); // query heads of one key head
    auto out = at::empty({ rows, 1, heads * size }, query.options());
    const float* q = query.const_data_ptr<float>();
    const float* k = key.const_data_ptr<float>();
    const float* v = value.const_data_ptr<float>();
    const auto* slots = lengths.const_data_ptr<std::int64_t>();
    const auto* others = cacheRows.defined() ? cacheRows.const_data_ptr<std::int64_t>() : nullptr;
    float* to = out.mutable_data_ptr<float>();
    at::parallel_for(0, rows * heads, grain / (key.size(1) * size) + 1,
        [&](std::int64_t begin, std::int64_t end) {
            std::vector<float> scores(static_cast<std::size_t>(key.size(1)));
            for (auto i = begin; i < end; ++i) {
                const auto token = i / heads, head = i % heads / shared * size;
                const auto row = others == nullptr ? token : others[token];
                attendHead(q + i * size, k + row * key.stride(0) + head,
                    v + row * value.stride(0) + head, key.stride(1), slots[token], size,
                    scores.data(), to + i * size);
            }
        });
    return out;
}

} // namespace slook::engine::kernels
