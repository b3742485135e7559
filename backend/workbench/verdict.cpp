#include "workbench/verdict.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace slook::workbench {
namespace {

constexpr double significant = 0.05;
constexpr double noticeableLength = 1.5; ///< times as long or as short

std::string formatted(const char* form, double value)
{
    std::array<char, 32> buffer {};
    std::snprintf(buffer.data(), buffer.size(), form, value);
    return buffer.data();
}

} // namespace

std::string pText(double p)
{
    return "p = " + formatted(p < 0.001 ? "%.0e" : "%.3f", p);
}

std::string percentText(double share)
{
    constexpr double hundred = 100;
    return formatted("%.1f", share * hundred) + " %";
}

namespace {

/// "The first answer was right in 33.0 % of 600 questions before training on correctness and in
/// 53.3 % after it (p = 1e-15)".
std::string change(const StageReport& start, const StageReport& after)
{
    constexpr double hundred = 100;
    return "The first answer was right in " + formatted("%.1f", start.first.share * hundred)
        + " % of " + std::to_string(start.first.n) + " questions before training on "
        + after.preference + " and in " + formatted("%.1f", after.first.share * hundred)
        + " % after it (" + pText(after.firstAgainstStart->p) + ")";
}

std::string direction(const StageReport& after)
{
    const Comparison& compared = *after.firstAgainstStart;
    if (compared.p >= significant)
        return ": this many questions do not show a change.";
    return compared.fixed > compared.broken ? ": it rose." : ": it fell.";
}

std::string aboutLength(const StageReport& start, const StageReport& after)
{
    const double before = start.first.meanTokens;
    const double now = after.first.meanTokens;
    if (before <= 0 || now <= 0)
        return {};
    const double times = now / before;
    if (times < noticeableLength && times > 1 / noticeableLength)
        return {};
    return " First answers went from " + formatted("%.1f", before) + " to " + formatted("%.1f", now)
        + " tokens, so part of it may be style.";
}

std::string aboutControls(const Report& report)
{
    std::string without; // controls that correctness did not beat
    std::string beaten;
    for (const StageReport& stage : report.stages) {
        if (!stage.correctnessAgainstThis)
            continue;
        const Comparison& compared = *stage.correctnessAgainstThis;
        const bool better = compared.p < significant && compared.fixed > compared.broken;
        std::string& list = better ? beaten : without;
        list += (list.empty() ? "" : ", ") + stage.preference + " (" + pText(compared.p) + ")";
    }
    if (without.empty() && beaten.empty())
        return " No control was trained, so nothing says whether the labels did it; repeat it with "
               "controls.";
    std::string text;
    if (!beaten.empty())
        text += " Correctness did better than " + beaten + ".";
    if (!without.empty())
        text += " It is not shown to be better than " + without
            + ", so those results cannot be put down to the labels.";
    return text + " Every p is for one comparison, not corrected for several.";
}

/// "25.0 % after stage 1 (p = 0.2; fewer invented objects in 15 pictures and more in 2, p = 0.002:
/// it fell)"
std::string inventionAfter(const ModelScores& model)
{
    const Comparison& each = *model.inventedAgainstStart;
    const char* way = each.p >= significant ? "no change is shown"
        : each.fixed > each.broken          ? "fewer are invented"
                                            : "more are invented";
    return percentText(1 - model.descriptions.faithful.share) + " after " + model.title + " ("
        + pText(model.faithfulAgainstStart->p) + "; fewer invented objects in "
        + std::to_string(each.fixed) + " pictures and more in " + std::to_string(each.broken) + ", "
        + pText(each.p) + ": " + way + ")";
}

std::string lengthsOf(const DescriptionReport& report)
{
    std::string text;
    for (const ModelScores& model : report.models)
        if (!model.control && model.descriptions.faithful.n > 0)
            text += (text.empty() ? "" : ", ") + model.title + " "
                + formatted("%.1f", model.descriptions.meanMentioned) + " objects in "
                + formatted("%.1f", model.descriptions.faithful.meanTokens) + " tokens";
    return " A description named on average: " + text
        + ". A shorter text invents less and finds less, so read recall beside it.";
}

std::string aboutControls(const DescriptionReport& report)
{
    std::string without, beaten;
    for (const ModelScores& model : report.models) {
        if (!model.stageAgainstThis)
            continue;
        const Comparison& compared = *model.stageAgainstThis;
        const bool better = compared.p < significant && compared.fixed > compared.broken;
        std::string& list = better ? beaten : without;
        list += (list.empty() ? "" : ", ") + model.preference + " (" + pText(compared.p) + ")";
    }
    if (without.empty() && beaten.empty())
        return " No control was trained, so nothing says whether the preference did it; repeat it "
               "with controls.";
    std::string text;
    if (!beaten.empty())
        text += " By invented objects the method did better than " + beaten + ".";
    if (!without.empty())
        text += " It is not shown to be better than " + without
            + ", so those results cannot be put down to which description was chosen.";
    return text + " Every p is for one comparison, not corrected for several.";
}

/// "Answers of 84 questions were right in 40.5 % before, ..."
std::string aboutAnswers(const DescriptionReport& report)
{
    std::string text;
    for (const ModelScores& model : report.models) {
        if (model.control || model.answers.n == 0)
            continue;
        text += (text.empty() ? " Answers were right in " : ", ") + percentText(model.answers.share)
            + " (" + model.title;
        if (model.answersAgainstStart)
            text += ", " + pText(model.answersAgainstStart->p);
        text += ")";
    }
    return text.empty()
        ? text
        : text + " of " + std::to_string(report.models.front().answers.n) + " questions.";
}

/// "in 45.0 % after round 1 (p = 0.2: no change is shown)"
std::string answersAfter(const TripletModel& model)
{
    const Comparison& change = *model.againstStart;
    const char* way = change.p >= significant ? "no change is shown"
        : change.fixed > change.broken        ? "it rose"
                                              : "it fell";
    return "in " + percentText(model.answers.share) + " after " + model.title + " ("
        + pText(change.p) + ": " + way + ")";
}

std::string aboutControls(const TripletReport& report)
{
    std::string without, beaten;
    for (const TripletModel& model : report.models) {
        if (!model.methodAgainstThis)
            continue;
        const Comparison& compared = *model.methodAgainstThis;
        const bool better = compared.p < significant && compared.fixed > compared.broken;
        std::string& list = better ? beaten : without;
        list += (list.empty() ? "" : ", ") + model.preference + " (" + pText(compared.p) + ")";
    }
    if (without.empty() && beaten.empty())
        return " No control was trained, so nothing says whether the triplets did it; repeat it "
               "with controls.";
    std::string text;
    if (!beaten.empty())
        text += " The method did better than " + beaten + ".";
    if (!without.empty())
        text += " It is not shown to be better than " + without
            + ", so those results cannot be put down to which triplets were kept.";
    return text + " Every p is for one comparison, not corrected for several.";
}

std::string intervalText(double low, double high)
{
    constexpr double hundred = 100;
    return "[" + formatted("%.1f", low * hundred) + ", " + formatted("%.1f", high * hundred) + "]";
}

std::string shareText(const ClusteredShare& share)
{
    return percentText(share.share) + " " + intervalText(share.low, share.high);
}

/// The method's own question: are consistent triplets more often right?
std::string aboutTruth(const TripletReport& report)
{
    const auto& truth = report.truth;
    if (truth.kept.whole == 0 || truth.dropped.whole == 0)
        return " Too little is known of what the pictures show to say whether consistent triplets "
               "are more often right.";
    std::string text = " Of " + std::to_string(truth.kept.whole)
        + " kept triplets whose truth is known " + shareText(truth.kept) + " are right, of "
        + std::to_string(truth.dropped.whole) + " dropped ones " + shareText(truth.dropped);
    if (!truth.difference)
        return text + ".";
    const auto [low, high] = *truth.difference;
    text += ", a difference of " + intervalText(low, high) + " points: ";
    return text
        + (low > 0         ? "consistent triplets are more often right."
                : high < 0 ? "consistent triplets are less often right."
                           : "it is not shown that consistent triplets are more often right.");
}

} // namespace

std::string verdictOn(const TripletReport& report)
{
    std::string text;
    for (const TripletModel& model : report.models)
        if (!model.control && model.againstStart)
            text += ", " + answersAfter(model);
    if (text.empty())
        return "Nothing is measured after training yet, so nothing can be said about it."
            + aboutTruth(report);
    const Accuracy& start = report.models.front().answers;
    return "Answers to " + std::to_string(start.n) + " questions were right in "
        + percentText(start.share) + " at the start" + text + "." + aboutControls(report)
        + aboutTruth(report);
}

std::string verdictOn(const Report& report)
{
    const auto after = std::ranges::find_if(report.stages, [](const StageReport& stage) {
        return !stage.control && stage.firstAgainstStart.has_value();
    });
    if (after == report.stages.end())
        return "Nothing is measured after training yet, so nothing can be said about it.";
    const StageReport& start = report.stages.front();
    return change(start, *after) + direction(*after) + aboutLength(start, *after)
        + aboutControls(report);
}

std::string verdictOn(const DescriptionReport& report)
{
    const ModelScores& start = report.models.front();
    const auto trained = [](const ModelScores& model) {
        return !model.control && model.faithfulAgainstStart.has_value();
    };
    std::string text;
    if (start.descriptions.faithful.n == 0) {
        text =
            "Nothing is known of what the pictures show, so inventions cannot be counted; import "
            "a column \"truth\", as secondlook-cli scenes writes it.";
    } else if (std::ranges::none_of(report.models, trained)) {
        return "Nothing is measured after training yet, so nothing can be said about it.";
    } else {
        text = "An object that is not there was named in "
            + percentText(1 - start.descriptions.faithful.share) + " of "
            + std::to_string(start.descriptions.faithful.n) + " descriptions at the start";
        for (const ModelScores& model : report.models)
            if (trained(model))
                text += ", " + inventionAfter(model);
        text += "." + lengthsOf(report) + aboutControls(report);
    }
    return text + aboutAnswers(report);
}

} // namespace slook::workbench
