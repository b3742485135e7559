#include "analysis/wide_kernels.h"

#if defined(__x86_64__) && defined(__GNUC__) && defined(__gnu_linux__)
#define SLOOK_WIDE __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define SLOOK_WIDE
#endif

namespace slook::analysis::kernels {
namespace {

/// Four rows side by side: each number of `a` is loaded once for them.
template <class T>
inline __attribute__((always_inline)) void distances(
    const T* a, const T* rows, std::size_t count, std::size_t width, T* out)
{
    std::size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        const T *r0 = rows + i * width, *r1 = r0 + width, *r2 = r1 + width, *r3 = r2 + width;
        T s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        for (std::size_t j = 0; j < width; ++j) {
            const T x = a[j];
            s0 += (x - r0[j]) * (x - r0[j]);
            s1 += (x - r1[j]) * (x - r1[j]);
            s2 += (x - r2[j]) * (x - r2[j]);
            s3 += (x - r3[j]) * (x - r3[j]);
        }
        out[i] = s0;
        out[i + 1] = s1;
        out[i + 2] = s2;
        out[i + 3] = s3;
    }
    for (; i < count; ++i) {
        const T* row = rows + i * width;
        T sum = 0;
        for (std::size_t j = 0; j < width; ++j)
            sum += (a[j] - row[j]) * (a[j] - row[j]);
        out[i] = sum;
    }
}

} // namespace

SLOOK_WIDE void squaredDistances(
    const float* a, const float* rows, std::size_t count, std::size_t width, float* out)
{
    distances(a, rows, count, width, out);
}

SLOOK_WIDE void squaredDistances(
    const double* a, const double* rows, std::size_t count, std::size_t width, double* out)
{
    distances(a, rows, count, width, out);
}

SLOOK_WIDE double dot(const double* a, const double* b, std::size_t width)
{
    double sum = 0;
    for (std::size_t i = 0; i < width; ++i)
        sum += a[i] * b[i];
    return sum;
}

SLOOK_WIDE void addScaled(double* y, const double* x, double scale, std::size_t width)
{
    for (std::size_t i = 0; i < width; ++i)
        y[i] += scale * x[i];
}

SLOOK_WIDE Repelled repelled(
    const double* xs, const double* ys, const double* counts, std::size_t size, double x, double y)
{
    double mass = 0, sumX = 0, sumY = 0;
    for (std::size_t i = 0; i < size; ++i) {
        const double dx = x - xs[i], dy = y - ys[i];
        const double q = 1.0 / (1.0 + dx * dx + dy * dy);
        const double all = counts[i] * q;
        mass += all;
        sumX += all * q * dx;
        sumY += all * q * dy;
    }
    return { mass, sumX, sumY };
}

SLOOK_WIDE Attracted attracted(const std::int32_t* others, const float* p, std::size_t count,
    const double* xs, const double* ys, double x, double y)
{
    double sumX = 0, sumY = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const double dx = x - xs[others[i]], dy = y - ys[others[i]];
        const double force = static_cast<double>(p[i]) / (1.0 + dx * dx + dy * dy);
        sumX += force * dx;
        sumY += force * dy;
    }
    return { sumX, sumY };
}

} // namespace slook::analysis::kernels
