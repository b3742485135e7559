#pragma once
#include "scenes/outline.h"
#include <array>
#include <vector>

namespace slook::scenes {

/// A square picture in floating point, three numbers a pixel, before rounding to bytes.
class Canvas {
public:
    explicit Canvas(int side);

    [[nodiscard]] int side() const { return m_side; }
    [[nodiscard]] float& at(int x, int y, int channel);

    /// Covers the inside of a closed outline (even-odd rule). Pixels at the edge are mixed by the
    /// part that is covered: eight lines a pixel row, exact along each line.
    void fill(const std::vector<Point>& corners, const std::array<float, 3>& colour);
    void fillCircle(Point centre, double radius, const std::array<float, 3>& colour);
    /// A straight line with square ends.
    void line(Point from, Point to, double width, const std::array<float, 3>& colour);

private:
    template <class Crossings>
    void fillLines(
        double top, double bottom, const std::array<float, 3>& colour, Crossings crossings);

    int m_side;
    std::vector<float> m_pixels;
};

} // namespace slook::scenes
