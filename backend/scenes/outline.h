#pragma once
#include "scenes/scene.h"
#include <vector>

namespace slook::scenes {

/// Pixels from the upper left corner of the picture.
struct Point {
    double x = 0.0;
    double y = 0.0;
};

struct Bounds {
    double left = 0.0;
    double top = 0.0;
    double right = 0.0;
    double bottom = 0.0;
};

/// The sine by a polynomial: the last bit of a C library's differs from machine to machine, ours
/// does not. Within 1e-9 for |x| < 1000.
[[nodiscard]] double sine(double x);
[[nodiscard]] double cosine(double x);

/// The corners of an object in order; empty for a circle.
[[nodiscard]] std::vector<Point> outline(const Object& object);
[[nodiscard]] Bounds boundsOf(const Object& object);

} // namespace slook::scenes
