#include "analysis/tsne.h"
#include "analysis/neighbours.h"
#include "analysis/quadtree.h"
#include "core/random.h"
#include <algorithm>
#include <cmath>
#include <limits>

namespace slook::analysis {
namespace {

struct Link {
    std::uint32_t other;
    double p; ///< joint probability; all of them sum to 1
};
using Links = std::vector<std::vector<Link>>;
using Points = std::vector<Point>;

constexpr double kTiny = std::numeric_limits<double>::epsilon();

/// Gaussian weights of the neighbours, as narrow as the perplexity wants: bisection on the
/// precision until the entropy is its logarithm.
std::vector<double> conditional(const std::vector<Neighbour>& neighbours, double perplexity)
{
    const double wanted = std::log(perplexity);
    double low = 0.0;
    double high = std::numeric_limits<double>::infinity();
    double precision = 1.0;
    std::vector<double> p(neighbours.size());
    for (int step = 0; step < 100; ++step) {
        double sum = 0.0;
        double weighted = 0.0;
        for (std::size_t j = 0; j < p.size(); ++j) {
            // Distances from the nearest one: the same weights, and no underflow of all at once.
            const double d = neighbours[j].squared - neighbours.front().squared;
            p[j] = std::exp(-precision * d);
            sum += p[j];
            weighted += precision * d * p[j];
        }
        for (double& one : p)
            one /= sum;
        const double entropy = std::log(sum) + weighted / sum;
        if (std::abs(entropy - wanted) < 1e-5)
            break;
        (entropy > wanted ? low : high) = precision;
        precision = std::isinf(high) ? precision * 2.0 : (low + high) / 2.0;
    }
    return p;
}

/// Joint probabilities: both conditional ones, halved, over the number of rows.
Links linksOf(const std::vector<std::vector<Neighbour>>& neighbours, double perplexity)
{
    Links links(neighbours.size());
    const double share = 0.5 / static_cast<double>(neighbours.size());
    for (std::uint32_t i = 0; i < neighbours.size(); ++i) {
        const auto p = conditional(neighbours[i], perplexity);
        for (std::size_t j = 0; j < p.size(); ++j) {
            links[i].push_back({ neighbours[i][j].row, p[j] * share });
            links[neighbours[i][j].row].push_back({ i, p[j] * share });
        }
    }
    for (auto& row : links) { // the same link from both sides becomes one
        std::ranges::sort(row, {}, &Link::other);
        std::vector<Link> merged;
        for (const Link& one : row)
            if (!merged.empty() && merged.back().other == one.other)
                merged.back().p += one.p;
            else
                merged.push_back(one);
        row = std::move(merged);
    }
    return links;
}

/// 1/(1 + d^2) sums and forces between all pairs.
std::vector<Quadtree::Repulsion> exactRepulsion(const Points& y)
{
    std::vector<Quadtree::Repulsion> result(y.size());
    for (std::size_t i = 0; i < y.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) {
            const double dx = y[i][0] - y[j][0];
            const double dy = y[i][1] - y[j][1];
            const double q = 1.0 / (1.0 + dx * dx + dy * dy);
            result[i].mass += q;
            result[j].mass += q;
            result[i].force[0] += q * q * dx;
            result[i].force[1] += q * q * dy;
            result[j].force[0] -= q * q * dx;
            result[j].force[1] -= q * q * dy;
        }
    return result;
}

struct Gradient {
    Points of;
    double divergence; ///< without exaggeration
};

Gradient gradient(
    const Links& links, const Points& y, double exaggeration, bool exact, double angle)
{
    std::vector<Quadtree::Repulsion> away;
    if (exact)
        away = exactRepulsion(y);
    else {
        const Quadtree tree(y);
        for (const Point& point : y)
            away.push_back(tree.repulsion(point, angle));
    }
    double all = 0.0;
    for (const auto& one : away)
        all += one.mass;
    all = std::max(all, kTiny);
    Gradient result { Points(y.size()), 0.0 };
    for (std::size_t i = 0; i < y.size(); ++i) {
        Point pull {};
        for (const Link& link : links[i]) {
            const double dx = y[i][0] - y[link.other][0];
            const double dy = y[i][1] - y[link.other][1];
            const double q = 1.0 / (1.0 + dx * dx + dy * dy);
            pull[0] += exaggeration * link.p * q * dx;
            pull[1] += exaggeration * link.p * q * dy;
            result.divergence +=
                link.p * std::log(std::max(link.p, kTiny) / std::max(q / all, kTiny));
        }
        for (std::size_t axis = 0; axis < 2; ++axis)
            result.of[i][axis] = 4.0 * (pull[axis] - away[i].force[axis] / all);
    }
    return result;
}

/// Momentum with a gain for every coordinate (Jacobs 1988), as in the authors' code.
class Descent {
public:
    Descent(Points start, double rate)
        : m_y(std::move(start))
        , m_speed(m_y.size())
        , m_gain(m_y.size(), Point { 1.0, 1.0 })
        , m_rate(rate)
    {
    }
    [[nodiscard]] const Points& at() const { return m_y; }

    void step(const Points& gradient, double momentum)
    {
        for (std::size_t i = 0; i < m_y.size(); ++i)
            for (std::size_t axis = 0; axis < 2; ++axis) {
                double& gain = m_gain[i][axis];
                const bool onward = m_speed[i][axis] * gradient[i][axis] < 0.0;
                gain = std::max(onward ? gain + 0.2 : gain * 0.8, 0.01);
                m_speed[i][axis] = momentum * m_speed[i][axis] - m_rate * gain * gradient[i][axis];
                m_y[i][axis] += m_speed[i][axis];
            }
    }

    /// Speeds and gains of the exaggerated phase mean nothing for the next.
    void rest()
    {
        std::ranges::fill(m_speed, Point {});
        std::ranges::fill(m_gain, Point { 1.0, 1.0 });
    }

private:
    Points m_y;
    Points m_speed;
    Points m_gain;
    double m_rate;
};

double length(const Points& gradient)
{
    double sum = 0.0;
    for (const Point& one : gradient)
        sum += one[0] * one[0] + one[1] * one[1];
    return std::sqrt(sum);
}

Result<void> check(const Matrix& rows, const TsneOptions& options, const Matrix& start)
{
    const auto wrong = [](std::string what) { return fail(ErrorKind::Invalid, std::move(what)); };
    if (!std::ranges::all_of(rows.values, [](double v) { return std::isfinite(v); }))
        return wrong("a feature is not a finite number; compute the features again");
    if (!(options.perplexity >= 1.0)
        || options.perplexity * 3.0 > static_cast<double>(rows.rows) - 1.0)
        return wrong("the perplexity " + std::to_string(options.perplexity) + " does not fit "
            + std::to_string(rows.rows) + " points; take one from 1 to a third of their number");
    if (options.iterations < 1 || options.rate < 0.0 || !(options.exaggeration >= 1.0)
        || !(options.angle >= 0.0 && options.angle <= 0.7))
        return wrong("iterations, rate, exaggeration or angle of the layout is out of range");
    if (!start.values.empty() && (start.rows != rows.rows || start.columns != 2))
        return wrong("the layout to start from has " + std::to_string(start.rows)
            + " points and not " + std::to_string(rows.rows));
    return {};
}

Points startOf(const Matrix& rows, const TsneOptions& options, const Matrix& start)
{
    Points points(rows.rows);
    Random random = Random::of(options.seed, "t-SNE start", 0);
    if (start.values.empty() && (!options.pcaStart || rows.columns < 2)) {
        for (Point& point : points)
            point = { 1e-4 * random.normal(), 1e-4 * random.normal() };
        return points;
    }
    const Matrix from = start.values.empty() ? pca(rows, 2).scores : start;
    // A small start lets clusters form; an earlier layout keeps its own size.
    double scale = 1.0;
    if (start.values.empty()) {
        double sum = 0.0;
        for (std::size_t i = 0; i < rows.rows; ++i)
            sum += from.at(i, 0) * from.at(i, 0);
        const double deviation = std::sqrt(sum / static_cast<double>(rows.rows));
        scale = deviation > 0.0 ? 1e-4 / deviation : 0.0;
    }
    for (std::size_t i = 0; i < rows.rows; ++i)
        points[i] = { from.at(i, 0) * scale, from.at(i, 1) * scale };
    return points;
}

Matrix matrixOf(const Points& points)
{
    Matrix result { points.size(), 2, {} };
    for (const Point& point : points)
        result.values.insert(result.values.end(), point.begin(), point.end());
    return result;
}

} // namespace

Result<Tsne> tsne(const Matrix& rows, const TsneOptions& options, const Matrix& start,
    const std::function<bool(const TsneState&)>& watch)
{
    if (auto fine = check(rows, options, start); !fine)
        return fail(fine.error());
    const bool exact = rows.rows <= options.exactRows;
    const auto k = exact
        ? rows.rows - 1
        : std::min(rows.rows - 1, static_cast<std::size_t>(3.0 * options.perplexity));
    const auto goOn = [&] { return !watch || watch({}); };
    const auto neighbours = nearest(rows, k, goOn);
    if (neighbours.empty())
        return fail(ErrorKind::Stopped, "stopped before there was a layout");
    const Links links = linksOf(neighbours, options.perplexity);
    const double rate = options.rate > 0.0
        ? options.rate
        : std::max(50.0, static_cast<double>(rows.rows) / options.exaggeration / 4.0);
    const int early = start.values.empty() ? std::min(250, options.iterations / 4) : 0;
    Descent descent(startOf(rows, options, start), rate);
    Tsne result;
    result.exact = exact;
    for (int i = 0; i < options.iterations; ++i) {
        if (i == early)
            descent.rest();
        const auto slope = gradient(
            links, descent.at(), i < early ? options.exaggeration : 1.0, exact, options.angle);
        if (i >= early && length(slope.of) < 1e-7)
            break;
        descent.step(slope.of, i < early ? 0.5 : 0.8);
        result.iterations = i + 1;
        if (!watch || (i + 1) % 50 != 0)
            continue;
        const Matrix now = matrixOf(descent.at());
        if (!watch({ i + 1, slope.divergence, &now }))
            break;
    }
    result.divergence = gradient(links, descent.at(), 1.0, exact, options.angle).divergence;
    result.layout = matrixOf(descent.at());
    return result;
}

} // namespace slook::analysis
