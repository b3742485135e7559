#include "analysis/tsne.h"
#include "analysis/neighbours.h"
#include "analysis/quadtree.h"
#include "analysis/threads.h"
#include "analysis/wide_kernels.h"
#include "core/random.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace slook::analysis {
namespace {

/// Joint probabilities of close points; all of them sum to 1. Of all points, one behind the other.
struct Links {
    std::vector<std::int32_t> other;
    std::vector<float> p;
    std::vector<std::size_t> first; ///< of each point, and the end
};
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
    const auto n = neighbours.size();
    const double share = 0.5 / static_cast<double>(n);
    std::vector<std::vector<double>> p(n);
    inRanges(n, 64, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i)
            p[i] = conditional(neighbours[i], perplexity);
    });
    struct Half {
        std::uint32_t other;
        double p;
    };
    std::vector<std::vector<Half>> halves(n);
    for (std::uint32_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < p[i].size(); ++j) {
            halves[i].push_back({ neighbours[i][j].row, p[i][j] * share });
            halves[neighbours[i][j].row].push_back({ i, p[i][j] * share });
        }
    Links links;
    for (auto& row : halves) { // the same link from both sides becomes one
        std::ranges::sort(row, {}, &Half::other);
        links.first.push_back(links.other.size());
        for (std::size_t j = 0; j < row.size(); ++j) {
            double sum = row[j].p;
            while (j + 1 < row.size() && row[j + 1].other == row[j].other)
                sum += row[++j].p;
            links.other.push_back(static_cast<std::int32_t>(row[j].other));
            links.p.push_back(static_cast<float>(sum));
        }
        row = {};
    }
    links.first.push_back(links.other.size());
    return links;
}

struct Axes {
    std::vector<double> x, y;
};

Axes axesOf(const Points& points)
{
    Axes axes;
    for (const Point& one : points) {
        axes.x.push_back(one[0]);
        axes.y.push_back(one[1]);
    }
    return axes;
}

/// 1/(1 + d^2) sums and forces between all pairs.
std::vector<Quadtree::Repulsion> exactRepulsion(const Points& y)
{
    const auto [xs, ys] = axesOf(y);
    const std::vector<double> ones(y.size(), 1.0);
    std::vector<Quadtree::Repulsion> result(y.size());
    inRanges(y.size(), 256, [&, &xs = xs, &ys = ys](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            const auto sums =
                kernels::repelled(xs.data(), ys.data(), ones.data(), y.size(), xs[i], ys[i]);
            result[i] = { sums.mass - 1.0, { sums.x, sums.y } }; // not by itself
        }
    });
    return result;
}

std::vector<Quadtree::Repulsion> treeRepulsion(const Points& y, double angle)
{
    const Quadtree tree(y);
    std::vector<Quadtree::Repulsion> result(y.size());
    inRanges(y.size(), 256, [&](std::size_t first, std::size_t last) {
        tree.repulsions(y, angle, first, last, result);
    });
    return result;
}

struct Repulsions {
    std::vector<Quadtree::Repulsion> of;
    double all; ///< sum of masses: what makes them probabilities
};

Repulsions repulsionsOf(const Points& y, bool exact, double angle)
{
    Repulsions away { exact ? exactRepulsion(y) : treeRepulsion(y, angle), 0.0 };
    for (const auto& one : away.of)
        away.all += one.mass;
    away.all = std::max(away.all, kTiny);
    return away;
}

double closeness(const Point& a, const Point& b)
{
    const double dx = a[0] - b[0], dy = a[1] - b[1];
    return 1.0 / (1.0 + dx * dx + dy * dy);
}

Points gradient(const Links& links, const Points& y, double exaggeration, const Repulsions& away)
{
    const auto [xs, ys] = axesOf(y);
    Points result(y.size());
    inRanges(y.size(), 512, [&, &xs = xs, &ys = ys](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i) {
            const auto from = links.first[i];
            const auto pull = kernels::attracted(&links.other[from], &links.p[from],
                links.first[i + 1] - from, xs.data(), ys.data(), xs[i], ys[i]);
            const auto& force = away.of[i].force;
            result[i] = { 4.0 * (exaggeration * pull.x - force[0] / away.all),
                4.0 * (exaggeration * pull.y - force[1] / away.all) };
        }
    });
    return result;
}

/// KL of P, without exaggeration, and Q in nats.
double divergenceOf(const Links& links, const Points& y, const Repulsions& away)
{
    std::vector<double> parts(y.size(), 0.0);
    inRanges(y.size(), 512, [&](std::size_t first, std::size_t last) {
        for (std::size_t i = first; i < last; ++i)
            for (auto at = links.first[i]; at < links.first[i + 1]; ++at) {
                const double p = links.p[at];
                const auto other = static_cast<std::size_t>(links.other[at]);
                const double q = closeness(y[i], y[other]) / away.all;
                parts[i] += p * std::log(std::max(p, kTiny) / std::max(q, kTiny));
            }
    });
    return std::accumulate(parts.begin(), parts.end(), 0.0);
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

Result<void> checkTsne(const Matrix& rows, const TsneOptions& options, const Matrix& start)
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

Result<Tsne> tsne(const Matrix& rows, const TsneOptions& options, const Matrix& start,
    const std::function<bool(const TsneState&)>& watch)
{
    if (auto fine = checkTsne(rows, options, start); !fine)
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
        const auto away = repulsionsOf(descent.at(), exact, options.angle);
        const auto slope =
            gradient(links, descent.at(), i < early ? options.exaggeration : 1.0, away);
        if (i >= early && length(slope) < 1e-7)
            break;
        const bool tells = watch && (i + 1) % 50 == 0;
        const double divergence = tells ? divergenceOf(links, descent.at(), away) : 0.0;
        descent.step(slope, i < early ? 0.5 : 0.8);
        result.iterations = i + 1;
        if (!tells)
            continue;
        const Matrix now = matrixOf(descent.at());
        if (!watch({ i + 1, divergence, &now }))
            break;
    }
    result.divergence =
        divergenceOf(links, descent.at(), repulsionsOf(descent.at(), exact, options.angle));
    result.layout = matrixOf(descent.at());
    return result;
}

} // namespace slook::analysis
