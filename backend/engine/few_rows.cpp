#include "engine/few_rows.h"
#include "engine/shortcuts.h"
#include "engine/small_kernels.h"
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <array>
#include <cstring>

// Intrinsics and not a plain loop: the order of each sum is a promise, and no option of the
// compiler may change it.
#if defined(__x86_64__) && defined(__GNUC__)
#define SLOOK_HAS_AVX2 1
#define SLOOK_AVX2 __attribute__((target("avx2,fma")))
#define SLOOK_AVX2_INLINE __attribute__((target("avx2,fma"), always_inline)) inline
#include <immintrin.h>
#endif

namespace slook::engine::kernels {

#ifdef SLOOK_HAS_AVX2
namespace {

constexpr std::int64_t lanes8 = 8; ///< numbers in a register
constexpr int weightRows = 4, inputRows = 3; ///< 12 sums, 3 inputs and 1 weight: 16 registers
constexpr std::int64_t worthAThread = 1 << 18; ///< products of two numbers

SLOOK_AVX2_INLINE __m256 load8(const float* from)
{
    return _mm256_loadu_ps(from);
}

SLOOK_AVX2_INLINE __m256 load8(const std::int8_t* from)
{
    const auto bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}

/// The last `count` < 8 numbers of a row, zeros behind them.
template <class Number> SLOOK_AVX2_INLINE __m256 loadRest(const Number* from, std::int64_t count)
{
    Number rest[lanes8] = {};
    std::memcpy(rest, from, static_cast<std::size_t>(count) * sizeof(Number));
    return load8(rest);
}

SLOOK_AVX2_INLINE float sumOf(__m256 v)
{
    auto sum = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
    sum = _mm_add_ss(sum, _mm_movehdup_ps(sum));
    return _mm_cvtss_f32(sum);
}

/// What one call multiplies.
template <class Number> struct Operands {
    const float* x;
    const Number* weight;
    const float* scales; ///< null: none
    float* y;
    std::int64_t in, out;
};

/// `W` rows of the weight with `R` rows of the input.
template <int W, int R, class Number>
SLOOK_AVX2_INLINE void tile(const Operands<Number>& o, std::int64_t weightRow, std::int64_t row)
{
    const float* x = o.x + row * o.in;
    const Number* weight = o.weight + weightRow * o.in;
    __m256 sums[W][R];
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w)
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r)
            sums[w][r] = _mm256_setzero_ps();
    std::int64_t i = 0;
    for (; i + lanes8 <= o.in; i += lanes8) {
        __m256 inputs[R];
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r)
            inputs[r] = load8(x + r * o.in + i);
#pragma GCC unroll 4
        for (int w = 0; w < W; ++w) {
            const __m256 numbers = load8(weight + w * o.in + i);
#pragma GCC unroll 4
            for (int r = 0; r < R; ++r)
                sums[w][r] = _mm256_fmadd_ps(numbers, inputs[r], sums[w][r]);
        }
    }
    if (i < o.in)
        for (int w = 0; w < W; ++w)
            for (int r = 0; r < R; ++r)
                sums[w][r] = _mm256_fmadd_ps(loadRest(weight + w * o.in + i, o.in - i),
                    loadRest(x + r * o.in + i, o.in - i), sums[w][r]);
#pragma GCC unroll 4
    for (int w = 0; w < W; ++w)
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
            const float sum = sumOf(sums[w][r]);
            o.y[(row + r) * o.out + weightRow + w] =
                o.scales == nullptr ? sum : sum * o.scales[weightRow + w];
        }
}

/// `W` rows of the weight with all rows of the input.
template <int W, class Number>
SLOOK_AVX2_INLINE void band(const Operands<Number>& o, std::int64_t weightRow, std::int64_t rows)
{
    std::int64_t row = 0;
    for (; row + inputRows <= rows; row += inputRows)
        tile<W, inputRows>(o, weightRow, row);
    if (rows - row == 2)
        tile<W, 2>(o, weightRow, row);
    else if (rows - row == 1)
        tile<W, 1>(o, weightRow, row);
}

template <class Number>
SLOOK_AVX2 void multiply(
    const Operands<Number>& o, std::int64_t rows, std::int64_t begin, std::int64_t end)
{
    for (; begin + weightRows <= end; begin += weightRows)
        band<weightRows>(o, begin, rows);
    for (; begin < end; ++begin)
        band<1>(o, begin, rows);
}

template <class Number>
void multiplyAll(const at::Tensor& x, const at::Tensor& weight, const float* scales, at::Tensor& y)
{
    const Operands<Number> operands { x.const_data_ptr<float>(), weight.const_data_ptr<Number>(),
        scales, y.mutable_data_ptr<float>(), weight.size(1), weight.size(0) };
    const auto rows = x.numel() / weight.size(1);
    const auto grain = worthAThread / std::max<std::int64_t>(1, weight.size(1) * rows) + 1;
    at::parallel_for(0, operands.out, grain,
        [&](std::int64_t begin, std::int64_t end) { multiply(operands, rows, begin, end); });
}

} // namespace

bool canMultiply()
{
    static const bool can = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    return can && shortcuts().kernels;
}

at::Tensor product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& scales)
{
    auto shape = x.sizes().vec();
    shape.back() = weight.size(0);
    auto y = at::empty(shape, x.options());
    const float* factors = scales.defined() ? scales.const_data_ptr<float>() : nullptr;
    if (weight.scalar_type() == at::kChar)
        multiplyAll<std::int8_t>(x, weight, factors, y);
    else
        multiplyAll<float>(x, weight, factors, y);
    return y;
}
#else
bool canMultiply()
{
    return false;
}

at::Tensor product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& scales)
{
    const auto y = at::linear(x, weight.to(at::kFloat));
    return scales.defined() ? y * scales : y;
}
#endif

bool productFits(const at::Tensor& x, const at::Tensor& weight)
{
    const auto type = weight.scalar_type();
    return canMultiply() && fit(x) && (type == at::kFloat || type == at::kChar)
        && weight.is_contiguous() && x.numel() > 0 && x.numel() / weight.size(1) <= fewRows;
}

} // namespace slook::engine::kernels
