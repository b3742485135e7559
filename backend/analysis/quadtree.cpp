#include "analysis/quadtree.h"
#include <algorithm>

namespace slook::analysis {
namespace {

constexpr int kDeepest = 48; ///< below it, points count as one place

} // namespace

Quadtree::Quadtree(std::span<const Point> points)
{
    Point low = points.empty() ? Point {} : points.front();
    Point high = low;
    for (const Point& p : points)
        for (std::size_t axis = 0; axis < 2; ++axis) {
            low[axis] = std::min(low[axis], p[axis]);
            high[axis] = std::max(high[axis], p[axis]);
        }
    const double side = std::max(high[0] - low[0], high[1] - low[1]);
    m_nodes.reserve(points.size() * 2 + 1);
    m_nodes.push_back({ low, side, {}, 0, -1, {} });
    for (const Point& p : points)
        insert(p);
}

int Quadtree::childFor(int node, const Point& point) const
{
    const Node& n = m_nodes[static_cast<std::size_t>(node)];
    const double half = n.side / 2.0;
    return n.child + (point[0] >= n.corner[0] + half ? 1 : 0)
        + (point[1] >= n.corner[1] + half ? 2 : 0);
}

void Quadtree::split(int node)
{
    const Node parent = m_nodes[static_cast<std::size_t>(node)];
    const double half = parent.side / 2.0;
    const int first = static_cast<int>(m_nodes.size());
    for (const int quarter : { 0, 1, 2, 3 })
        m_nodes.push_back({ { parent.corner[0] + (quarter & 1 ? half : 0.0),
                                parent.corner[1] + (quarter & 2 ? half : 0.0) },
            half, {}, 0, -1, {} });
    m_nodes[static_cast<std::size_t>(node)].child = first;
    Node& child = m_nodes[static_cast<std::size_t>(childFor(node, parent.only))];
    child.only = parent.only;
    child.sum = parent.sum;
    child.count = parent.count;
}

void Quadtree::insert(const Point& point)
{
    int node = 0;
    for (int depth = 0;; ++depth) {
        Node& n = m_nodes[static_cast<std::size_t>(node)];
        const bool empty = n.count == 0;
        ++n.count;
        n.sum[0] += point[0];
        n.sum[1] += point[1];
        if (n.child < 0) {
            if (empty)
                n.only = point;
            if (empty || n.only == point || depth >= kDeepest)
                return;
            // The newcomer was counted in already; the child gets the old points alone.
            --n.count;
            n.sum[0] -= point[0];
            n.sum[1] -= point[1];
            split(node);
            Node& grown = m_nodes[static_cast<std::size_t>(node)];
            ++grown.count;
            grown.sum[0] += point[0];
            grown.sum[1] += point[1];
        }
        node = childFor(node, point);
    }
}

Quadtree::Repulsion Quadtree::repulsion(const Point& point, double angle) const
{
    Repulsion result;
    std::array<int, 4 * (kDeepest + 2)> stack {};
    std::size_t top = 0;
    stack[top++] = 0;
    while (top > 0) {
        const Node& n = m_nodes[static_cast<std::size_t>(stack[--top])];
        if (n.count == 0)
            continue;
        const auto count = static_cast<double>(n.count);
        const double dx = point[0] - n.sum[0] / count;
        const double dy = point[1] - n.sum[1] / count;
        const double squared = dx * dx + dy * dy;
        if (n.child >= 0 && n.side * n.side >= angle * angle * squared) {
            for (const int quarter : { 0, 1, 2, 3 })
                stack[top++] = n.child + quarter;
            continue;
        }
        const double q = 1.0 / (1.0 + squared);
        result.mass += count * q;
        result.force[0] += count * q * q * dx;
        result.force[1] += count * q * q * dy;
    }
    result.mass -= 1.0; // the point itself, at distance 0
    return result;
}

} // namespace slook::analysis
