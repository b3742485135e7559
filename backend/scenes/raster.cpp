#include "scenes/raster.h"
#include <algorithm>
#include <cmath>

namespace slook::scenes {
namespace {

constexpr int kLines = 8; // per pixel row

/// Adds the part of each pixel that lies in [left, right) on one of the lines.
void addSpan(std::vector<double>& cover, double left, double right)
{
    const double side = static_cast<double>(cover.size());
    left = std::clamp(left, 0.0, side);
    right = std::clamp(right, 0.0, side);
    for (int x = static_cast<int>(left); x < right; ++x) {
        const double part = std::min(right, x + 1.0) - std::max(left, static_cast<double>(x));
        cover[static_cast<std::size_t>(x)] += part / kLines;
    }
}

std::vector<double> crossingsAt(const std::vector<Point>& corners, double y)
{
    std::vector<double> at;
    for (std::size_t i = 0; i < corners.size(); ++i) {
        const Point& a = corners[i];
        const Point& b = corners[(i + 1) % corners.size()];
        if ((a.y <= y) != (b.y <= y))
            at.push_back(a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y));
    }
    std::sort(at.begin(), at.end());
    return at;
}

} // namespace

Canvas::Canvas(int side)
    : m_side(side)
    , m_pixels(static_cast<std::size_t>(side) * static_cast<std::size_t>(side) * 3)
{
}

float& Canvas::at(int x, int y, int channel)
{
    return m_pixels[static_cast<std::size_t>((y * m_side + x) * 3 + channel)];
}

template <class Crossings>
void Canvas::fillLines(
    double top, double bottom, const std::array<float, 3>& colour, Crossings crossings)
{
    const int first = std::max(0, static_cast<int>(std::floor(top)));
    const int last = std::min(m_side, static_cast<int>(std::ceil(bottom)));
    for (int y = first; y < last; ++y) {
        std::vector<double> cover(static_cast<std::size_t>(m_side), 0.0);
        for (int i = 0; i < kLines; ++i) {
            const std::vector<double> x = crossings(y + (i + .5) / kLines);
            for (std::size_t k = 0; k + 1 < x.size(); k += 2)
                addSpan(cover, x[k], x[k + 1]);
        }
        for (int x = 0; x < m_side; ++x) {
            const auto part = static_cast<float>(std::min(1.0, cover[static_cast<std::size_t>(x)]));
            if (part <= 0.0F)
                continue;
            for (int c = 0; c < 3; ++c)
                at(x, y, c) += part * (colour[static_cast<std::size_t>(c)] - at(x, y, c));
        }
    }
}

void Canvas::fill(const std::vector<Point>& corners, const std::array<float, 3>& colour)
{
    if (corners.size() < 3)
        return;
    const auto byY = [](const Point& a, const Point& b) { return a.y < b.y; };
    const auto [top, bottom] = std::minmax_element(corners.begin(), corners.end(), byY);
    fillLines(top->y, bottom->y, colour, [&](double y) { return crossingsAt(corners, y); });
}

void Canvas::fillCircle(Point centre, double radius, const std::array<float, 3>& colour)
{
    fillLines(centre.y - radius, centre.y + radius, colour, [&](double y) {
        const double square = radius * radius - (y - centre.y) * (y - centre.y);
        if (square <= 0.0)
            return std::vector<double> {};
        const double half = std::sqrt(square);
        return std::vector<double> { centre.x - half, centre.x + half };
    });
}

void Canvas::line(Point from, Point to, double width, const std::array<float, 3>& colour)
{
    const double dx = to.x - from.x;
    const double dy = to.y - from.y;
    const double length = std::sqrt(dx * dx + dy * dy);
    if (length <= 0.0)
        return;
    const double x = -dy / length * width / 2.0;
    const double y = dx / length * width / 2.0;
    fill({ { from.x + x, from.y + y }, { to.x + x, to.y + y }, { to.x - x, to.y - y },
             { from.x - x, from.y - y } },
        colour);
}

} // namespace slook::scenes
