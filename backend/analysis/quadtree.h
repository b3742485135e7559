#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace slook::analysis {

using Point = std::array<double, 2>;

/// Points of the plane in nested squares, to sum over far ones at once (Barnes and Hut 1986). Laid
/// out along Morton's curve, each square in front of those inside it, so that a sum reads forwards.
class Quadtree {
public:
    explicit Quadtree(std::span<const Point> points);

    /// Sum over all points of 1/(1 + d^2), the point itself not counted, and of (point - other)/(1
    /// + d^2)^2.
    struct Repulsion {
        double mass = 0.0;
        Point force {};
    };
    /// Of the points that the tree was made of, those at `first` to `last` of its order; neighbours
    /// share a list of squares.
    /// @param angle   a square counts as one point where its side is less than so many distances
    ///                from the nearest of them
    /// @param result  by the points' own numbers; the others stay as they are
    void repulsions(std::span<const Point> points, double angle, std::size_t first,
        std::size_t last, std::span<Repulsion> result) const;

private:
    struct Node {
        Point centre {}; ///< of the points inside
        double count = 0.0;
        double squaredSide = 0.0; ///< 0: a leaf; its points lie at one place
        std::size_t next = 0; ///< node behind all that are inside
    };
    std::size_t build(
        std::span<const Point> points, std::size_t first, std::size_t last, int level, double side);

    std::vector<Node> m_nodes;
    std::vector<std::uint32_t> m_order; ///< the points' numbers along the curve
    std::vector<std::uint64_t> m_codes; ///< in this order
};

} // namespace slook::analysis
