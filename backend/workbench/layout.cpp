#include "workbench/layout.h"
#include "analysis/neighbours.h"
#include "core/random.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

namespace slook::workbench {
namespace {

constexpr std::size_t judgedNeighbours = 12;
constexpr std::size_t mostJudged = 1000; ///< points whose neighbours are compared
constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// So many of 0 .. n - 1, ascending, each as likely.
std::vector<std::size_t> drawn(std::size_t n, std::size_t most, std::uint64_t seed)
{
    std::vector<std::size_t> all(n);
    std::iota(all.begin(), all.end(), 0);
    if (most == 0 || n <= most)
        return all;
    Random random = Random::of(seed, "points of a layout", 0);
    random.shuffle(all);
    all.resize(most);
    std::ranges::sort(all);
    return all;
}

Result<void> addSet(LayoutInput& input, const FeatureSet& set)
{
    auto features = readFeatures(set);
    if (!features)
        return fail(features.error());
    if (!input.points.empty() && input.rows.columns != features->rows.columns)
        return fail(ErrorKind::Invalid,
            "has features of " + std::to_string(features->rows.columns)
                + " numbers, but others have " + std::to_string(input.rows.columns)
                + "; lay out features of one model and one kind together",
            set.run.name);
    if (features->refused > 0)
        input.notes.push_back(std::to_string(features->refused) + " questions of " + set.run.name
            + " have no feature and are left out.");
    for (const ItemId item : features->items)
        input.points.push_back({ set.run.id, item, 0, 0 });
    input.rows.columns = features->rows.columns;
    input.rows.rows += features->rows.rows;
    auto& values = input.rows.values;
    values.insert(values.end(), features->rows.values.begin(), features->rows.values.end());
    return {};
}

void keepSome(LayoutInput& input)
{
    const auto n = input.points.size();
    const auto kept =
        drawn(n, static_cast<std::size_t>(input.options.most), input.options.tsne.seed);
    if (kept.size() == n)
        return;
    std::vector<LayoutPoint> points;
    analysis::Matrix rows { kept.size(), input.rows.columns, {} };
    for (const auto i : kept) {
        points.push_back(input.points[i]);
        const auto row = input.rows.row(i);
        rows.values.insert(rows.values.end(), row.begin(), row.end());
    }
    input.points = std::move(points);
    input.rows = std::move(rows);
    input.notes.push_back(std::to_string(kept.size()) + " of " + std::to_string(n)
        + " points were drawn by the seed.");
}

/// The place of the nearest row that has one.
void placeByNeighbour(LayoutInput& input, const std::vector<bool>& known)
{
    for (std::size_t i = 0; i < known.size(); ++i) {
        if (known[i])
            continue;
        double nearest = std::numeric_limits<double>::infinity();
        for (std::size_t j = 0; j < known.size(); ++j) {
            double squared = 0;
            for (std::size_t c = 0; known[j] && squared < nearest && c < input.rows.columns; ++c) {
                const double off = input.rows.at(i, c) - input.rows.at(j, c);
                squared += off * off;
            }
            if (!known[j] || squared >= nearest)
                continue;
            nearest = squared;
            input.start.at(i, 0) = input.start.at(j, 0);
            input.start.at(i, 1) = input.start.at(j, 1);
        }
    }
}

Result<void> addStart(LayoutInput& input, const LayoutRow& earlier)
{
    std::map<std::pair<RunId, ItemId>, const LayoutPoint*> exactly;
    std::map<ItemId, const LayoutPoint*> byItem;
    for (const LayoutPoint& one : earlier.points) {
        exactly.emplace(std::pair(one.run, one.item), &one);
        byItem.emplace(one.item, &one);
    }
    const auto n = input.points.size();
    std::vector<bool> known(n, false);
    input.start = { n, 2, std::vector<double>(2 * n, 0.0) };
    for (std::size_t i = 0; i < n; ++i) {
        const LayoutPoint& point = input.points[i];
        const LayoutPoint* before = nullptr;
        if (const auto found = exactly.find({ point.run, point.item }); found != exactly.end())
            before = found->second;
        else if (const auto other = byItem.find(point.item); other != byItem.end())
            before = other->second;
        if (!before)
            continue;
        known[i] = true;
        input.start.at(i, 0) = before->x;
        input.start.at(i, 1) = before->y;
    }
    const auto fresh = static_cast<std::size_t>(std::ranges::count(known, false));
    if (2 * fresh > n)
        return fail(ErrorKind::Invalid,
            "has " + std::to_string(n - fresh) + " of the " + std::to_string(n)
                + " points; start from a layout of the same questions, or from none",
            "layout " + std::to_string(earlier.id.value));
    if (fresh > 0)
        input.notes.push_back(std::to_string(fresh)
            + " points are not in the earlier layout and start beside their nearest neighbour.");
    placeByNeighbour(input, known);
    input.startId = earlier.id;
    return {};
}

void judge(LayoutRow& row, const analysis::Matrix& rows, const analysis::Matrix& layout)
{
    const auto n = rows.rows;
    const auto k = n < 5 ? 0 : std::min(judgedNeighbours, (n - 1) / 2);
    row.trustworthiness = row.neighboursKept = none;
    if (k == 0)
        return;
    const auto some = drawn(n, mostJudged, 0);
    row.neighbours = static_cast<int>(k);
    row.judged = static_cast<std::int64_t>(some.size());
    row.trustworthiness = analysis::trustworthiness(rows, layout, k, some);
    row.neighboursKept = analysis::neighboursKept(rows, layout, k, some);
}

std::string rounded(double value, int digits)
{
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

std::string shortest(double value)
{
    char text[64];
    std::snprintf(text, sizeof text, "%g", value);
    return text;
}

} // namespace

Json toJson(const LayoutOptions& options)
{
    const auto& t = options.tsne;
    return { { "method", options.method }, { "perplexity", t.perplexity },
        { "iterations", t.iterations }, { "learningRate", t.rate },
        { "exaggeration", t.exaggeration }, { "seed", t.seed }, { "pcaStart", t.pcaStart },
        { "exactRows", t.exactRows }, { "angle", t.angle }, { "reduce", options.reduce },
        { "most", options.most } };
}

LayoutOptions layoutOptionsFromJson(const Json& json)
{
    LayoutOptions o;
    o.method = stringOr(json, "method", o.method);
    o.tsne.perplexity = numberOr(json, "perplexity", o.tsne.perplexity);
    o.tsne.iterations = static_cast<int>(integerOr(json, "iterations", o.tsne.iterations));
    o.tsne.rate = numberOr(json, "learningRate", o.tsne.rate);
    o.tsne.exaggeration = numberOr(json, "exaggeration", o.tsne.exaggeration);
    o.tsne.seed = static_cast<std::uint64_t>(integerOr(json, "seed", 0));
    o.tsne.pcaStart = boolOr(json, "pcaStart", o.tsne.pcaStart);
    o.tsne.exactRows = static_cast<std::size_t>(
        integerOr(json, "exactRows", static_cast<std::int64_t>(o.tsne.exactRows)));
    o.tsne.angle = numberOr(json, "angle", o.tsne.angle);
    o.reduce = static_cast<int>(integerOr(json, "reduce", o.reduce));
    o.most = static_cast<int>(integerOr(json, "most", o.most));
    return o;
}

Result<LayoutInput> layoutInput(const store::Project& project, const std::vector<FeatureSet>& sets,
    const LayoutOptions& options, LayoutId start)
{
    LayoutInput input;
    input.options = options;
    for (const FeatureSet& set : sets) {
        input.feature = set.name;
        if (auto added = addSet(input, set); !added)
            return fail(added.error());
    }
    if (input.points.size() < 2)
        return fail(ErrorKind::Invalid, "has fewer than two points; nothing can be laid out",
            input.feature.empty() ? "the layout" : input.feature);
    if (options.most < 0 || options.reduce < 0)
        return fail(ErrorKind::Invalid, "is negative; 0 means all", "reduce or most");
    keepSome(input);
    if (options.method == "tsne")
        if (auto fine = analysis::checkTsne(input.rows, options.tsne); !fine)
            return fail(fine.error());
    if (!start)
        return input;
    const auto earlier = project.layout(start);
    if (!earlier)
        return fail(earlier.error());
    if (auto added = addStart(input, *earlier); !added)
        return fail(added.error());
    return input;
}

Result<LayoutRow> computeLayout(const LayoutInput& input, const LayoutWatch& watch)
{
    const auto begin = std::chrono::steady_clock::now();
    const auto& options = input.options;
    LayoutRow row;
    row.feature = input.feature;
    row.method = options.method;
    row.start = input.startId;
    row.points = input.points;
    row.size = static_cast<std::int64_t>(input.points.size());
    row.divergence = none;
    auto settings = toJson(options);
    settings["columns"] = input.rows.columns;
    analysis::Matrix layout;
    const auto smaller = std::min(input.rows.rows, input.rows.columns);
    if (options.method == "pca") {
        if (smaller < 2)
            return fail(ErrorKind::Invalid, "has less than two numbers a row; choose another",
                "the feature");
        const auto found = analysis::pca(input.rows, 2);
        settings["explained"] = found.explained;
        layout = found.scores;
    } else if (options.method == "tsne") {
        const auto reduce = std::min(static_cast<std::size_t>(options.reduce), smaller);
        const auto few = reduce > 0 ? analysis::pca(input.rows, reduce).scores : analysis::Matrix();
        const auto& rows = reduce > 0 ? few : input.rows;
        auto found = analysis::tsne(rows, options.tsne, input.start, watch);
        if (!found)
            return fail(found.error());
        settings["exact"] = found->exact;
        row.iterations = found->iterations;
        row.divergence = found->divergence;
        layout = std::move(found->layout);
    } else
        return fail(ErrorKind::Invalid, "is no method of layouts; there are pca and tsne",
            "\"" + options.method.substr(0, 40) + "\"");
    for (std::size_t i = 0; i < row.points.size(); ++i) {
        row.points[i].x = layout.at(i, 0);
        row.points[i].y = layout.at(i, 1);
    }
    judge(row, input.rows, layout);
    row.options = dumpLine(settings);
    row.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return row;
}

std::string layoutText(const LayoutRow& row)
{
    const auto parsed = parseJson(row.options, {});
    const Json settings = parsed ? *parsed : Json::object();
    const auto o = layoutOptionsFromJson(settings);
    const bool tsne = row.method == "tsne";
    std::string text = (tsne ? "t-SNE of " : "PCA of ") + row.feature + " ("
        + std::to_string(integerOr(settings, "columns", 0)) + " numbers), "
        + std::to_string(row.size) + " points";
    if (o.most > 0 && row.size == o.most)
        text += " (drawn by the seed)";
    if (tsne) {
        text += ", perplexity " + shortest(o.tsne.perplexity) + ", "
            + std::to_string(row.iterations) + " of " + std::to_string(o.tsne.iterations)
            + " iterations, learning rate "
            + shortest(o.tsne.rate > 0
                    ? o.tsne.rate
                    : std::max(50.0, static_cast<double>(row.size) / o.tsne.exaggeration / 4))
            + ", exaggeration " + shortest(o.tsne.exaggeration) + ", "
            + (row.start              ? "start layout " + std::to_string(row.start.value)
                    : o.tsne.pcaStart ? std::string("PCA start")
                                      : std::string("random start"))
            + ", seed " + std::to_string(o.tsne.seed) + ", "
            + (boolOr(settings, "exact", true) ? std::string("exact")
                                               : "quadtree, angle " + shortest(o.tsne.angle));
        if (o.reduce > 0)
            text += ", from " + std::to_string(o.reduce) + " principal components";
        text += ". KL " + rounded(row.divergence, 3);
    } else if (settings.contains("explained") && settings["explained"].size() == 2) {
        text += ". Variance explained " + rounded(settings["explained"][0].get<double>(), 3) + " + "
            + rounded(settings["explained"][1].get<double>(), 3);
    }
    if (row.neighbours > 0)
        text += ", trustworthiness " + rounded(row.trustworthiness, 3) + ", neighbours kept "
            + rounded(row.neighboursKept, 3) + " (k = " + std::to_string(row.neighbours) + ", of "
            + std::to_string(row.judged) + " points)";
    return text + ".";
}

} // namespace slook::workbench
