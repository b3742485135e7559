#pragma once
#include <cstddef>
#include <cstdint>

/// Loops over many numbers, compiled for processors with 256-bit registers and for all others.
/// Sums are taken in an order of their own: the same on each run of one machine. Private to this
/// folder's sources.
namespace slook::analysis::kernels {

/// out[i] = |a - row i|^2 of `count` rows of `width` numbers, one behind the other.
void squaredDistances(
    const float* a, const float* rows, std::size_t count, std::size_t width, float* out);
void squaredDistances(
    const double* a, const double* rows, std::size_t count, std::size_t width, double* out);

[[nodiscard]] double dot(const double* a, const double* b, std::size_t width);
void addScaled(double* y, const double* x, double scale, std::size_t width); ///< y += scale * x

/// Of a point and places of the plane that hold `counts` points each: sums of q = 1/(1 + d^2),
/// q^2 dx and q^2 dy.
struct Repelled {
    double mass, x, y;
};
[[nodiscard]] Repelled repelled(
    const double* xs, const double* ys, const double* counts, std::size_t size, double x, double y);

/// Of a point and `count` others by their numbers: sums of p q dx and p q dy.
struct Attracted {
    double x, y;
};
[[nodiscard]] Attracted attracted(const std::int32_t* others, const float* p, std::size_t count,
    const double* xs, const double* ys, double x, double y);

} // namespace slook::analysis::kernels
