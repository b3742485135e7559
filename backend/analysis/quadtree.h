#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace slook::analysis {

using Point = std::array<double, 2>;

/// Points of the plane in nested squares, to sum over far ones at once (Barnes and Hut 1986).
class Quadtree {
public:
    explicit Quadtree(std::span<const Point> points);

    /// Sum over all points of 1/(1 + d^2), the point itself not counted, and of (point - other)/(1
    /// + d^2)^2.
    struct Repulsion {
        double mass = 0.0;
        Point force {};
    };
    /// @param angle  a square counts as one point where its side is less than so many distances
    [[nodiscard]] Repulsion repulsion(const Point& point, double angle) const;

private:
    struct Node {
        Point corner {}; ///< lower left
        double side = 0.0;
        Point sum {}; ///< of the points inside
        std::size_t count = 0;
        int child = -1; ///< the first of four, -1: a leaf
        Point only {}; ///< of a leaf: all its points lie here
    };
    void insert(const Point& point);
    void split(int node);
    [[nodiscard]] int childFor(int node, const Point& point) const;

    std::vector<Node> m_nodes;
};

} // namespace slook::analysis
