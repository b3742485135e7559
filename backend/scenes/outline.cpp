#include "scenes/outline.h"
#include <algorithm>
#include <cmath>
#include <numbers>

namespace slook::scenes {
namespace {

constexpr double pi = std::numbers::pi;

/// Corners on circles around the object: angle 0 is up, clockwise; radii alternate.
std::vector<Point> ring(const Object& object, int corners, double start, double outer, double inner)
{
    std::vector<Point> points;
    for (int i = 0; i < corners; ++i) {
        const double angle = start + object.angle + 2.0 * pi * i / corners;
        const double r = object.radius * (i % 2 == 0 ? outer : inner);
        points.push_back({ object.x + r * sine(angle), object.y - r * cosine(angle) });
    }
    return points;
}

std::vector<Point> cross(const Object& object)
{
    const double r = object.radius;
    const double w = .34 * r;
    const double at[12][2] = { { -w, -r }, { w, -r }, { w, -w }, { r, -w }, { r, w }, { w, w },
        { w, r }, { -w, r }, { -w, w }, { -r, w }, { -r, -w }, { -w, -w } };
    const double c = cosine(object.angle);
    const double s = sine(object.angle);
    std::vector<Point> points;
    for (const auto& p : at)
        points.push_back({ object.x + p[0] * c - p[1] * s, object.y + p[0] * s + p[1] * c });
    return points;
}

std::vector<Point> diamond(const Object& object)
{
    const double wide = .75 * object.radius;
    const double high = 1.15 * object.radius;
    return { { object.x, object.y - high }, { object.x - wide, object.y },
        { object.x, object.y + high }, { object.x + wide, object.y } };
}

} // namespace

double sine(double x)
{
    x -= 2.0 * pi * std::floor((x + pi) / (2.0 * pi)); // [-pi, pi)
    if (x > pi / 2.0)
        x = pi - x;
    if (x < -pi / 2.0)
        x = -pi - x;
    const double square = x * x;
    double term = x;
    double sum = x;
    for (int n = 2; n <= 16; n += 2) {
        term *= -square / (n * (n + 1.0));
        sum += term;
    }
    return sum;
}

double cosine(double x)
{
    return sine(x + pi / 2.0);
}

std::vector<Point> outline(const Object& object)
{
    switch (object.shape) {
    case Shape::Circle:
        return {};
    case Shape::Square:
        return ring(object, 4, pi / 4.0, 1.1, 1.1);
    case Shape::Triangle:
        return ring(object, 3, 0.0, 1.15, 1.15);
    case Shape::Star:
        return ring(object, 10, 0.0, 1.15, .5);
    case Shape::Diamond:
        return diamond(object);
    case Shape::Cross:
        return cross(object);
    }
    return {};
}

Bounds boundsOf(const Object& object)
{
    const auto points = outline(object);
    if (points.empty())
        return { object.x - object.radius, object.y - object.radius, object.x + object.radius,
            object.y + object.radius };
    Bounds bounds { points[0].x, points[0].y, points[0].x, points[0].y };
    for (const Point& p : points) {
        bounds.left = std::min(bounds.left, p.x);
        bounds.top = std::min(bounds.top, p.y);
        bounds.right = std::max(bounds.right, p.x);
        bounds.bottom = std::max(bounds.bottom, p.y);
    }
    return bounds;
}

} // namespace slook::scenes
