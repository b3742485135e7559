#include "workbench/diagnosis.h"
#include "methods/scl_options.h"
#include "methods/stic_options.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>

namespace slook::workbench {
namespace {

struct Point {
    int step = 0;
    double value = 0;
};
using Points = std::vector<Point>;

Points curveOf(std::span<const MetricRow> rows, const std::string& name)
{
    Points points;
    for (const MetricRow& row : rows)
        if (const auto found = row.values.find(name); found != row.values.end())
            points.push_back({ row.step, found->second });
    return points;
}

Points finite(Points points)
{
    std::erase_if(points, [](const Point& p) { return !std::isfinite(p.value); });
    return points;
}

double mean(std::span<const Point> points)
{
    double sum = 0;
    for (const Point& p : points)
        sum += p.value;
    return points.empty() ? 0 : sum / static_cast<double>(points.size());
}

/// A tenth of a curve, at least five points: its beginning and its end without the noise of steps.
std::size_t tenth(const Points& points)
{
    constexpr std::size_t least = 5;
    return std::min(points.size(), std::max(least, points.size() / 10));
}
double atBegin(const Points& points)
{
    return mean(std::span(points).first(tenth(points)));
}
double atEnd(const Points& points)
{
    return mean(std::span(points).last(tenth(points)));
}

std::string number(double value, int digits)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

constexpr double log2 = std::numbers::ln2; // the loss of a policy that is its reference
constexpr double noReward = 0.05; // nats: rewards below it have not moved

using Findings = std::vector<Finding>;

/// Rule 7: values that are no numbers, or a gradient far above the others.
void addJumps(std::span<const MetricRow> rows, const CurveContext& context, Findings& findings)
{
    for (const char* name : { "loss", "grad_norm" })
        for (const Point& point : curveOf(rows, name))
            if (!std::isfinite(point.value)) {
                findings.push_back({ "not-finite", true,
                    "At step " + std::to_string(point.step) + " " + name
                        + " is no number: the training is lost from there on.",
                    "Lower training.learningRate, or resume from the last checkpoint before that "
                    "step; "
                    "look at the pairs of that batch.",
                    name, point.step, point.step });
                return;
            }
    const Points norms = curveOf(rows, "grad_norm");
    if (norms.size() < fewestSteps)
        return;
    std::vector<double> sorted;
    for (const Point& p : norms)
        sorted.push_back(p.value);
    std::ranges::nth_element(
        sorted, sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2));
    const double median = sorted[sorted.size() / 2];
    constexpr double far = 10;
    const auto highest = std::ranges::max_element(norms, {}, &Point::value);
    if (highest->value > far * median && median > 0)
        findings.push_back({ "jump", true,
            "The gradient norm of step " + std::to_string(highest->step) + " is "
                + number(highest->value / median, 0)
                + " times the median: a few pairs of that batch pull hard.",
            "Look at the pairs of that batch; gradients are clipped at maxGradNorm "
                + number(context.options.maxGradNorm, 1) + ".",
            "grad_norm", highest->step, highest->step });
}

/// Rule 2: before the first step policy and reference are one model.
void addStart(const Points& loss, const CurveContext& context, Findings& findings)
{
    constexpr double tolerance = 0.02;
    if (context.options.bestCompetitor || loss.front().step > 1
        || std::abs(loss.front().value - log2) <= tolerance)
        return;
    findings.push_back({ "start", true,
        "The first DPO loss is " + number(loss.front().value, 4)
            + " and not 0.6931 (log 2): policy and reference differ before anything was learned, "
              "or "
              "one side of the pairs is masked wrongly.",
        "Check that the run starts from the model that is its reference, and look at the tokens of "
        "a pair.",
        "loss", loss.front().step, loss.front().step });
}

/// Rule 3.
bool addStuck(const Points& loss, const Points& margins, Findings& findings)
{
    constexpr double tolerance = 0.005;
    constexpr std::size_t patience = 20;
    if (loss.size() < patience || margins.empty())
        return false;
    const auto last = std::span(loss).last(patience);
    const bool still = std::ranges::all_of(
        last, [](const Point& p) { return std::abs(p.value - log2) < tolerance; });
    if (!still || std::abs(atEnd(margins)) > noReward)
        return false;
    findings.push_back({ "stuck", true,
        "The loss has stayed at 0.693 (log 2) for " + std::to_string(patience)
            + " steps: the policy does not move away from its reference.",
        "Raise learningRate, or check that the adapter's targets name layers of this model.",
        "loss", last.front().step, last.back().step });
    return true;
}

/// Rule 4: pairs that anything tells apart.
void addSeparable(
    const Points& loss, const Points& accuracy, const CurveContext& context, Findings& findings)
{
    constexpr int early = 20; // steps
    constexpr std::size_t inARow = 5;
    std::size_t perfect = 0;
    for (const Point& p : accuracy) {
        if (p.step > early)
            break;
        perfect = p.value >= 1.0 ? perfect + 1 : 0;
        if (perfect < inARow)
            continue;
        std::string why = "Within " + std::to_string(p.step)
            + " steps every pair is told apart: the two sides differ in something easy, such as "
              "length or format.";
        if (context.chosenLength && context.rejectedLength)
            why += " Chosen answers have " + number(*context.chosenLength, 0)
                + " characters on average, rejected ones " + number(*context.rejectedLength, 0)
                + ".";
        findings.push_back({ "separable", true, why,
            "Run the control length-matched beside it, and look at ten pairs.", "accuracy",
            loss.empty() ? p.step : loss.front().step, p.step });
        return;
    }
}

/// Rule 1: what makes people ask most, and is no fault.
void addFallingRewards(std::span<const MetricRow> rows, const Points& margins,
    const CurveContext& context, Findings& findings)
{
    const Points chosen = finite(curveOf(rows, "rewards/chosen"));
    const Points rejected = finite(curveOf(rows, "rewards/rejected"));
    if (chosen.size() < fewestSteps || rejected.size() < fewestSteps)
        return;
    const double fallen = atEnd(chosen) - atBegin(chosen);
    const bool both = fallen < -noReward && atEnd(rejected) - atBegin(rejected) < -noReward;
    if (!both || atEnd(margins) - atBegin(margins) <= noReward)
        return;
    Finding finding { "rewards-fall", false,
        "Both rewards fall while the margin grows by "
            + number(atEnd(margins) - atBegin(margins), 2)
            + ": normal for DPO, which trains the margin alone.",
        {}, "rewards", chosen.front().step, chosen.back().step };
    const Points logps = finite(curveOf(rows, "logps/chosen"));
    constexpr double much = 0.1; // of its own size
    if (logps.size() >= fewestSteps
        && atEnd(logps) - atBegin(logps) < -much * std::abs(atBegin(logps))) {
        finding.alarming = true;
        finding.sentence += " But the chosen answers themselves become unlikelier, from "
            + number(atBegin(logps), 1) + " to " + number(atEnd(logps), 1) + " nats.";
        finding.advice = context.options.sftWeight > 0
            ? "Raise sftWeight (now " + number(context.options.sftWeight, 2)
                + ") or beta, or lower learningRate."
            : "Set sftWeight to 0.1 (an SFT term on the chosen answers), or raise beta.";
    }
    findings.push_back(finding);
}

/// Rule 5: by type, where the worker tells it.
void addSwapped(std::span<const MetricRow> rows, Findings& findings)
{
    constexpr std::array types { std::pair("rewards/accuracies/wrong-right", "wrong→right"),
        std::pair("rewards/accuracies/right-wrong", "right→wrong") };
    for (const auto& [name, title] : types) {
        const Points points = finite(curveOf(rows, name));
        if (points.size() < fewestSteps || atEnd(points) >= 0.5)
            continue;
        findings.push_back({ "swapped", true,
            std::string("At the end only ") + number(100 * atEnd(points), 0) + " % of the pairs of "
                + title + " are on the right side: their labels may be the wrong way round.",
            std::string("Audit the pairs of ") + title + " before training on them again.",
            "accuracy", points.front().step, points.back().step });
    }
}

/// Rule 6, where held-out pairs are measured.
void addOverfit(std::span<const MetricRow> rows, const Points& margins, Findings& findings)
{
    const Points held = finite(curveOf(rows, "eval_rewards/margins"));
    constexpr std::size_t least = 4;
    if (held.size() < least)
        return;
    const auto best = std::ranges::max_element(held, {}, &Point::value);
    const double fallen = best->value - held.back().value;
    constexpr double share = 0.1;
    if (best == held.end() - 1 || fallen <= share * std::abs(best->value)
        || atEnd(margins) <= atBegin(margins))
        return;
    findings.push_back({ "overfit", true,
        "The margin of held-out pairs was best at step " + std::to_string(best->step) + " ("
            + number(best->value, 2) + ") and fell to " + number(held.back().value, 2)
            + " while that of the training pairs rose: it learns them by heart.",
        "Use the checkpoint of step " + std::to_string(best->step) + ", or fewer epochs.", "margin",
        best->step, held.back().step });
}

} // namespace

std::vector<Finding> diagnose(std::span<const MetricRow> rows, const CurveContext& context)
{
    Findings findings;
    addJumps(rows, context, findings);
    const Points margins = finite(curveOf(rows, "rewards/margins"));
    const runs::TrainOptions& o = context.options;
    Points loss = finite(curveOf(rows, "loss/" + (o.loss == "sigmoid" ? "dpo" : o.loss)));
    if (loss.empty() && o.dpoWeight == 1 && o.sftWeight == 0)
        loss = finite(curveOf(rows, "loss"));
    if (!loss.empty() && !margins.empty()) {
        const bool fromLog2 = o.loss == "sigmoid" && !o.referenceFree;
        if (fromLog2)
            addStart(loss, context, findings);
        if (!fromLog2 || !addStuck(loss, margins, findings))
            addSeparable(loss, finite(curveOf(rows, "rewards/accuracies")), context, findings);
        addFallingRewards(rows, margins, context, findings);
        addSwapped(rows, findings);
        addOverfit(rows, margins, findings);
    }
    std::ranges::stable_sort(findings, std::greater {}, &Finding::alarming);
    return findings;
}

namespace {

double meanLength(std::span<const PairRow> pairs, std::string PairRow::*side)
{
    double sum = 0;
    for (const PairRow& pair : pairs)
        sum += static_cast<double>((pair.*side).size());
    return sum / static_cast<double>(pairs.size());
}

bool has(std::span<const Finding> findings, std::string_view rule)
{
    return std::ranges::any_of(findings, [&](const Finding& f) { return f.rule == rule; });
}

} // namespace

runs::TrainOptions trainedWith(const RunRow& run, const std::string& training)
{
    const auto job = runs::jobFromText(run.job, run.name);
    if (!job)
        return {};
    if (run.recipe == "stic") {
        const auto options = methods::sticOptionsFromJsonText(job->options, run.name);
        return options ? methods::trainingOf(*options, training) : runs::TrainOptions {};
    }
    const auto options = methods::sclOptionsFromJsonText(job->options, run.name);
    return options ? options->training : runs::TrainOptions {};
}

Result<std::map<std::string, std::vector<Finding>>> findingsOf(
    const store::Project& project, const RunRow& run, std::span<const MetricRow> metrics)
{
    std::map<std::string, std::vector<MetricRow>> trainings;
    for (const MetricRow& row : metrics)
        trainings[row.training].push_back(row);
    std::map<std::string, std::vector<Finding>> all;
    for (auto& [training, rows] : trainings) {
        std::ranges::sort(rows, {}, &MetricRow::step);
        CurveContext context { trainedWith(run, training) };
        auto found = diagnose(rows, context);
        if (has(found, "separable")) { // the only rule that wants to read the pairs
            const auto pairs = project.pairs(run.id, training);
            if (!pairs)
                return fail(pairs.error());
            if (!pairs->empty()) {
                context.chosenLength = meanLength(*pairs, &PairRow::chosen);
                context.rejectedLength = meanLength(*pairs, &PairRow::rejected);
                found = diagnose(rows, context);
            }
        }
        all[training] = std::move(found);
    }
    return all;
}

} // namespace slook::workbench
