#include "analysis/quadtree.h"
#include "analysis/wide_kernels.h"
#include <algorithm>
#include <numeric>
#include <utility>

namespace slook::analysis {
namespace {

constexpr int levels = 32; ///< points that share a square of the deepest count as one place

/// The bits of a number with a zero behind each.
std::uint64_t spread(std::uint64_t bits)
{
    bits = (bits | (bits << 16)) & 0x0000FFFF0000FFFFu;
    bits = (bits | (bits << 8)) & 0x00FF00FF00FF00FFu;
    bits = (bits | (bits << 4)) & 0x0F0F0F0F0F0F0F0Fu;
    bits = (bits | (bits << 2)) & 0x3333333333333333u;
    return (bits | (bits << 1)) & 0x5555555555555555u;
}

std::uint64_t cell(double offset, double side)
{
    constexpr double cells = 4294967296.0;
    return side > 0.0 ? static_cast<std::uint64_t>(std::min(offset / side * cells, cells - 1.0))
                      : 0;
}

} // namespace

Quadtree::Quadtree(std::span<const Point> points)
{
    if (points.empty())
        return;
    Point low = points.front(), high = points.front();
    for (const Point& p : points)
        for (std::size_t axis = 0; axis < 2; ++axis) {
            low[axis] = std::min(low[axis], p[axis]);
            high[axis] = std::max(high[axis], p[axis]);
        }
    const double side = std::max(high[0] - low[0], high[1] - low[1]);
    std::vector<std::pair<std::uint64_t, std::uint32_t>> sorted(points.size());
    for (std::uint32_t i = 0; i < points.size(); ++i)
        sorted[i] = { spread(cell(points[i][0] - low[0], side))
                | spread(cell(points[i][1] - low[1], side)) << 1,
            i };
    std::ranges::sort(sorted);
    for (const auto& [code, point] : sorted) {
        m_codes.push_back(code);
        m_order.push_back(point);
    }
    m_nodes.reserve(points.size() * 2 + 1);
    build(points, 0, points.size(), 0, side);
}

/// Adds the square that holds the points [first, last) of the order, and what is inside.
/// @return its number
std::size_t Quadtree::build(
    std::span<const Point> points, std::size_t first, std::size_t last, int level, double side)
{
    const auto at = m_nodes.size();
    m_nodes.emplace_back();
    Node node;
    node.count = static_cast<double>(last - first);
    if (m_codes[first] == m_codes[last - 1]) {
        for (std::size_t i = first; i < last; ++i)
            for (std::size_t axis = 0; axis < 2; ++axis)
                node.centre[axis] += points[m_order[i]][axis] / node.count;
    } else {
        // Squares with a single square inside are passed over.
        int shift = 2 * (levels - 1 - level);
        while (m_codes[first] >> shift == m_codes[last - 1] >> shift) {
            shift -= 2;
            ++level;
            side /= 2.0;
        }
        node.squaredSide = side * side;
        for (auto from = first; from < last;) {
            const auto quarter = m_codes[from] >> shift;
            const auto end =
                std::partition_point(m_codes.begin() + static_cast<std::ptrdiff_t>(from),
                    m_codes.begin() + static_cast<std::ptrdiff_t>(last),
                    [&](std::uint64_t code) { return code >> shift == quarter; });
            const auto to = static_cast<std::size_t>(end - m_codes.begin());
            const Node& inside = m_nodes[build(points, from, to, level + 1, side / 2.0)];
            for (std::size_t axis = 0; axis < 2; ++axis)
                node.centre[axis] += inside.centre[axis] * inside.count / node.count;
            from = to;
        }
    }
    node.next = m_nodes.size();
    m_nodes[at] = node;
    return at;
}

void Quadtree::repulsions(std::span<const Point> points, double angle, std::size_t first,
    std::size_t last, std::span<Repulsion> result) const
{
    constexpr std::size_t together = 16;
    const double squaredAngle = angle * angle;
    std::vector<double> xs, ys, counts;
    for (auto from = first; from < last; from += together) {
        const auto to = std::min(last, from + together);
        Point low = points[m_order[from]], high = low;
        for (auto i = from; i < to; ++i)
            for (std::size_t axis = 0; axis < 2; ++axis) {
                low[axis] = std::min(low[axis], points[m_order[i]][axis]);
                high[axis] = std::max(high[axis], points[m_order[i]][axis]);
            }
        xs.clear();
        ys.clear();
        counts.clear();
        for (std::size_t i = 0; i < m_nodes.size();) {
            const Node& node = m_nodes[i];
            double squared = 0;
            for (std::size_t axis = 0; axis < 2; ++axis) {
                const double off = std::max(
                    { 0.0, low[axis] - node.centre[axis], node.centre[axis] - high[axis] });
                squared += off * off;
            }
            if (node.squaredSide > 0.0 && node.squaredSide >= squaredAngle * squared) {
                ++i;
                continue;
            }
            xs.push_back(node.centre[0]);
            ys.push_back(node.centre[1]);
            counts.push_back(node.count);
            i = node.next;
        }
        for (auto i = from; i < to; ++i) {
            const Point& point = points[m_order[i]];
            const auto sums = kernels::repelled(
                xs.data(), ys.data(), counts.data(), xs.size(), point[0], point[1]);
            result[m_order[i]] = { sums.mass - 1.0, { sums.x, sums.y } }; // not by itself
        }
    }
}

} // namespace slook::analysis
