#include "workbench/overlap.h"
#include "analysis/correlation.h"
#include "analysis/neighbours.h"
#include "core/random.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <numeric>
#include <set>
#include <stdexcept>

namespace slook::workbench {
namespace {

/// Different rows, at most so many, drawn by the seed.
std::vector<std::size_t> someOf(
    const analysis::Matrix& rows, std::size_t most, std::uint64_t seed, const char* purpose)
{
    std::set<std::string> seen;
    std::vector<std::size_t> different;
    for (std::size_t i = 0; i < rows.rows; ++i) {
        const auto row = rows.row(i);
        if (seen.emplace(reinterpret_cast<const char*>(row.data()), row.size_bytes()).second)
            different.push_back(i);
    }
    if (different.size() > most) {
        Random random = Random::of(seed, purpose, 0);
        random.shuffle(different);
        different.resize(most);
        std::ranges::sort(different);
    }
    return different;
}

void append(analysis::Matrix& all, const analysis::Matrix& from, std::size_t row)
{
    const auto values = from.row(row);
    all.values.insert(all.values.end(), values.begin(), values.end());
    ++all.rows;
}

constexpr std::size_t jackknifeGroups = 20;

/// The overlap of n points and n others without those of one group; all where there is no such
/// group.
double overlapWithout(const std::vector<std::vector<analysis::Neighbour>>& neighbours,
    std::size_t n, std::size_t k, std::size_t group)
{
    const auto isOut = [&](std::size_t i) { return i % n % jackknifeGroups == group; };
    double sum = 0, count = 0;
    for (std::size_t i = 0; i < 2 * n; ++i) {
        if (isOut(i))
            continue;
        std::size_t seen = 0, across = 0;
        for (const auto& one : neighbours[i]) {
            if (seen == k)
                break;
            if (isOut(one.row))
                continue;
            ++seen;
            across += (one.row < n) != (i < n) ? 1 : 0;
        }
        sum += static_cast<double>(across) / static_cast<double>(seen);
        ++count;
    }
    const double chance = count / 2.0 / (count - 1.0);
    return sum / count / chance;
}

/// Whether each question's first answer in a stage is right.
Result<Verdicts> firstAnswers(const store::Project& project, const RunRow& run,
    const std::string& stage, const std::string& extractor)
{
    const auto responses = project.responses(run.id, stage);
    if (!responses)
        return fail(responses.error());
    const auto marks = project.extractionsOf(run.id, extractor);
    if (!marks)
        return fail(marks.error());
    std::map<ResponseId, bool> right;
    for (const ExtractionRow& one : *marks)
        if (one.correct)
            right[one.response] = *one.correct;
    Verdicts verdicts;
    for (const ResponseRow& one : *responses)
        if (const auto found = right.find(one.id); one.turn == 1 && found != right.end())
            verdicts[one.item] = found->second;
    return verdicts;
}

/// The stage that shows what a method came to: its last training's that is no control.
std::string lastStage(const std::vector<std::string>& stages)
{
    std::string last;
    for (const std::string& one : stages) {
        const auto name = one.starts_with("after:") ? one.substr(6) : one;
        if (name == "after" || name == "correctness" || name.starts_with("stage")
            || name.starts_with("round"))
            last = one;
    }
    return last;
}

struct Gains {
    std::string stage;
    std::map<SourceId, SourceGain> bySource;
};

Result<Gains> gainsOf(const store::Project& project, const RunRow& run, const std::string& stage,
    const std::string& extractor, const std::map<ItemId, SourceId>& sourceOf)
{
    const auto stages = project.stages(run.id);
    if (!stages)
        return fail(stages.error());
    Gains gains;
    gains.stage = stage.empty() ? lastStage(*stages) : stage;
    const auto has = [&](const std::string& name) {
        return std::ranges::find(*stages, name) != stages->end();
    };
    if (!has("before") || !has(gains.stage))
        return fail(ErrorKind::NotFound,
            "has no answers before and after its training; choose another run or stage", run.name);
    const auto before = firstAnswers(project, run, "before", extractor);
    if (!before)
        return fail(before.error());
    const auto after = firstAnswers(project, run, gains.stage, extractor);
    if (!after)
        return fail(after.error());
    std::map<SourceId, std::pair<Verdicts, Verdicts>> parts;
    for (const auto& [item, right] : *before)
        if (const auto later = after->find(item);
            later != after->end() && sourceOf.contains(item)) {
            auto& [old, now] = parts[sourceOf.at(item)];
            old[item] = right;
            now[item] = later->second;
        }
    for (const auto& [source, verdicts] : parts)
        gains.bySource[source] = { accuracyOf(verdicts.first, 0), accuracyOf(verdicts.second, 0),
            compared(verdicts.first, verdicts.second) };
    return gains;
}

std::string inText(const char* form, double value)
{
    char text[64];
    std::snprintf(text, sizeof text, form, value);
    return text;
}

std::string sentenceOf(const OverlapReport& report)
{
    std::size_t measured = 0;
    for (const SourceOverlap& one : report.sources)
        measured += one.gain ? 1 : 0;
    if (report.run.empty())
        return "No run was chosen, so overlap stands alone: choose a run to see its gain.";
    const std::string about = "Overlap with " + report.pool + " and gain of " + report.run + " ("
        + report.stage + ") on " + std::to_string(measured) + " benchmarks";
    if (!report.spearman)
        return about + ": a correlation needs three benchmarks with different values at least.";
    std::string text = about + ": Spearman's rho " + inText("%.2f", *report.spearman);
    if (!report.p)
        return text + ".";
    text += ", exact p = " + inText("%.2g", *report.p);
    return text + (*report.p < 0.05 ? ": they go together." : ": not shown.");
}

} // namespace

std::optional<Mixing> mixingOf(
    const analysis::Matrix& a, const analysis::Matrix& b, const OverlapOptions& options)
{
    if (a.columns != b.columns || options.neighbours < 1 || options.most < 1)
        throw std::invalid_argument("[mixingOf] needs rows of one width and a neighbour");
    const auto most = static_cast<std::size_t>(options.most);
    auto ofA = someOf(a, most, options.seed, "pool of an overlap");
    auto ofB = someOf(b, most, options.seed, "benchmark of an overlap");
    const auto n = std::min(ofA.size(), ofB.size());
    const auto k = static_cast<std::size_t>(options.neighbours);
    if (n <= k)
        return std::nullopt;
    for (auto* one : { &ofA, &ofB }) { // as many of both
        Random random = Random::of(options.seed, "halves of an overlap", one == &ofA ? 0 : 1);
        random.shuffle(*one);
        one->resize(n);
    }
    analysis::Matrix all { 0, a.columns, {} };
    for (std::size_t i = 0; i < n; ++i)
        append(all, a, ofA[i]);
    for (std::size_t i = 0; i < n; ++i)
        append(all, b, ofB[i]);
    // Some more than k, since a group of points is left out in turn.
    const auto neighbours = analysis::nearest(all, std::min(2 * n - 1, 2 * k + 10));
    const double overlap = overlapWithout(neighbours, n, k, jackknifeGroups);
    double mean = 0, squares = 0;
    for (std::size_t group = 0; group < jackknifeGroups; ++group) {
        const double one = overlapWithout(neighbours, n, k, group);
        mean += one / jackknifeGroups;
        squares += one * one / jackknifeGroups;
    }
    constexpr double t19 = 2.093; // 97.5 % of Student's t with 19 degrees of freedom
    const double deviation =
        std::sqrt(std::max(0.0, squares - mean * mean) * (jackknifeGroups - 1));
    return Mixing { n, overlap, std::max(0.0, overlap - t19 * deviation),
        overlap + t19 * deviation };
}

std::optional<ExactRank> exactRank(const std::vector<double>& a, const std::vector<double>& b)
{
    constexpr std::size_t most = 9; // 362,880 orders
    if (a.size() != b.size() || a.size() < 3 || a.size() > most)
        return std::nullopt;
    const double rho = analysis::spearman(a, b);
    if (std::isnan(rho))
        return std::nullopt;
    std::vector<std::size_t> order(b.size());
    std::iota(order.begin(), order.end(), 0);
    std::int64_t all = 0, asFar = 0;
    do {
        std::vector<double> turned;
        for (const auto place : order)
            turned.push_back(b[place]);
        ++all;
        asFar += std::abs(analysis::spearman(a, turned)) >= std::abs(rho) - 1e-12 ? 1 : 0;
    } while (std::next_permutation(order.begin(), order.end()));
    return ExactRank { rho, static_cast<double>(asFar) / static_cast<double>(all) };
}

Result<OverlapReport> overlapOf(const store::Project& project, const std::vector<FeatureSet>& sets,
    const std::string& pool, const std::optional<RunRow>& run, const std::string& stage,
    const OverlapOptions& options, const std::string& extractor)
{
    const auto sources = project.sources();
    if (!sources)
        return fail(sources.error());
    const auto items = project.items();
    if (!items)
        return fail(items.error());
    std::map<ItemId, SourceId> sourceOf;
    for (const Item& one : *items)
        sourceOf[one.id] = one.source;
    OverlapReport report;
    report.pool = pool;
    report.options = options;
    std::map<SourceId, analysis::Matrix> rows;
    for (const FeatureSet& set : sets) {
        auto features = readFeatures(set);
        if (!features)
            return fail(features.error());
        report.feature +=
            (report.feature.empty() ? "" : " and ") + set.name + " of " + set.run.name;
        for (std::size_t i = 0; i < features->items.size(); ++i) {
            const auto source = sourceOf.find(features->items[i]);
            if (source == sourceOf.end())
                continue;
            auto& matrix = rows[source->second];
            if (matrix.rows > 0 && matrix.columns != features->rows.columns)
                return fail(ErrorKind::Invalid,
                    "has features of another width; take those of one model and one kind",
                    set.run.name);
            matrix.columns = features->rows.columns;
            append(matrix, features->rows, i);
        }
    }
    const auto poolSource = std::ranges::find(*sources, pool, &SourceRow::name);
    if (poolSource == sources->end() || !rows.contains(poolSource->id))
        return fail(ErrorKind::NotFound,
            "is no source with these features; compute them for the pool too", pool);
    Gains gains;
    if (run) {
        auto found = gainsOf(project, *run, stage, extractor, sourceOf);
        if (!found)
            return fail(found.error());
        gains = std::move(*found);
        report.run = run->name;
        report.stage = gains.stage;
    }
    std::vector<double> overlaps, differences;
    for (const SourceRow& source : *sources) {
        if (source.id == poolSource->id || !rows.contains(source.id))
            continue;
        const auto mixing = mixingOf(rows.at(poolSource->id), rows.at(source.id), options);
        if (!mixing)
            continue;
        SourceOverlap one { source.name, *mixing, std::nullopt };
        if (const auto gain = gains.bySource.find(source.id); gain != gains.bySource.end()) {
            one.gain = gain->second;
            overlaps.push_back(mixing->overlap);
            differences.push_back(gain->second.gain());
        }
        report.sources.push_back(std::move(one));
    }
    if (report.sources.empty())
        return fail(ErrorKind::NotFound,
            "has no benchmark with more than " + std::to_string(options.neighbours)
                + " different features beside it; compute features of all sources in one run",
            pool);
    std::ranges::stable_sort(report.sources, std::ranges::greater(),
        [](const SourceOverlap& one) { return one.mixing.overlap; });
    if (const auto rank = exactRank(overlaps, differences)) {
        report.spearman = rank->rho;
        report.p = rank->p;
    }
    report.sentence = sentenceOf(report);
    return report;
}

} // namespace slook::workbench
