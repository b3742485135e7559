#include "workbench/sweep_report.h"
#include "core/json.h"
#include "methods/extract.h"
#include "methods/sweep.h"
#include "runs/job.h"
#include "workbench/verdict.h"
#include <algorithm>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::workbench {
namespace {

/// One answer of one stage.
struct Said {
    std::string answer; ///< normalised, to be compared
    std::optional<bool> correct;
    std::string pixels;
    std::size_t tokens = 0;
};
using SweepStage = std::map<ItemId, Said>;

std::string levelTitle(const std::string& stage)
{
    if (stage == methods::cleanStage)
        return "as they are";
    const auto level = stage.substr(stage.find(' ') + 1);
    const bool severity = level.find_first_not_of("0123456789") == std::string::npos;
    return severity ? "severity " + level : level;
}

Result<std::map<std::string, SweepStage>> readStages(
    const store::Project& project, const RunRow& run, const std::string& extractor)
{
    const auto responses = project.responses(run.id);
    if (!responses)
        return fail(responses.error());
    const auto marks = project.extractionsOf(run.id, extractor);
    if (!marks)
        return fail(marks.error());
    std::map<ResponseId, const ExtractionRow*> byResponse;
    for (const ExtractionRow& one : *marks)
        byResponse.emplace(one.response, &one);
    std::map<std::string, SweepStage> stages;
    for (const ResponseRow& one : *responses) {
        const auto mark = byResponse.find(one.id);
        const bool read = mark != byResponse.end() && !mark->second->answer.empty();
        stages[one.stage][one.item] = { methods::normalizedAnswer(
                                            read ? mark->second->answer : one.text),
            mark == byResponse.end() ? std::nullopt : mark->second->correct, one.pixelsSha256,
            one.tokenIds.size() };
    }
    return stages;
}

Verdicts verdictsOf(const SweepStage& stage)
{
    Verdicts verdicts;
    for (const auto& [item, said] : stage)
        if (said.correct)
            verdicts[item] = *said.correct;
    return verdicts;
}

double meanTokensOf(const SweepStage& stage)
{
    std::size_t tokens = 0;
    for (const auto& [item, said] : stage)
        tokens += said.tokens;
    return stage.empty() ? 0 : static_cast<double>(tokens) / static_cast<double>(stage.size());
}

SweepLevel levelOf(const std::string& name, const SweepStage& clean, const SweepStage& stage)
{
    SweepLevel level;
    level.stage = name;
    level.title = levelTitle(name);
    level.asked = static_cast<std::int64_t>(stage.size());
    level.accuracy = accuracyOf(verdictsOf(stage), meanTokensOf(stage));
    if (name == methods::cleanStage)
        return level;
    Verdicts changed;
    for (const auto& [item, before] : clean) {
        const auto after = stage.find(item);
        if (after == stage.end()) {
            ++level.missing;
            continue;
        }
        changed[item] = after->second.answer != before.answer;
        level.samePixels += after->second.pixels == before.pixels ? 1 : 0;
    }
    level.changed = accuracyOf(changed, 0);
    level.againstClean = compared(verdictsOf(clean), verdictsOf(stage));
    return level;
}

/// Levels at which fewer answers were right than about the clean pictures.
std::string harmed(const SweepReport& report)
{
    constexpr double shown = 0.05;
    std::string text;
    for (const SweepLevel& level : report.levels)
        if (const auto& one = level.againstClean; one && one->p < shown && one->broken > one->fixed)
            text += (text.empty() ? "" : ", ") + level.title + " (" + pText(one->p) + ")";
    return text.empty() ? " At no level is a loss shown."
                        : " Fewer are shown to be right at: " + text + ".";
}

std::string sentenceOf(const SweepReport& report)
{
    if (report.levels.size() < 2)
        return "No level is answered yet, so nothing can be said about the corruption.";
    const SweepLevel& clean = report.levels.front();
    const SweepLevel& last = report.levels.back();
    std::string text = "With " + report.op + " at " + last.title + ", "
        + percentText(last.changed.share) + " of " + std::to_string(last.changed.n)
        + " answers differ from those about the clean pictures";
    if (last.againstClean && last.againstClean->n > 0)
        text += ", and right answers went from " + percentText(clean.accuracy.share) + " to "
            + percentText(last.accuracy.share) + " (" + pText(last.againstClean->p) + ")";
    text += ".";
    if (last.againstClean && last.againstClean->n > 0)
        text += harmed(report) + " Every p is for one comparison, not corrected for several.";
    std::int64_t same = 0, missing = 0;
    for (const SweepLevel& level : report.levels) {
        same += level.samePixels;
        missing += level.missing;
    }
    if (same > 0)
        text += " " + std::to_string(same)
            + " corrupted pictures came to the model with the very pixels of the clean one, since "
              "its resize took the corruption away.";
    if (missing > 0)
        text += " " + std::to_string(missing)
            + " corrupted pictures were refused, mostly since not a pixel had changed; they count "
              "nowhere.";
    if (report.pictures < clean.asked)
        text += " The " + std::to_string(clean.asked) + " questions are about "
            + std::to_string(report.pictures)
            + " pictures, and the intervals take them for independent.";
    return text;
}

Result<std::int64_t> picturesOf(const store::Project& project, const SweepStage& clean)
{
    std::vector<ItemId> ids;
    for (const auto& [item, said] : clean)
        ids.push_back(item);
    if (ids.empty())
        return std::int64_t { 0 };
    const auto items = project.items({ .ids = std::move(ids) });
    if (!items)
        return fail(items.error());
    std::set<std::vector<ImageId>> pictures;
    for (const Item& item : *items)
        pictures.insert(item.images);
    return static_cast<std::int64_t>(pictures.size());
}

} // namespace

bool isSweep(const RunRow& run)
{
    return run.recipe == "sweep";
}

Result<SweepReport> sweepReportOf(
    const store::Project& project, const RunRow& run, const std::string& extractor)
{
    if (!isSweep(run))
        return fail(ErrorKind::Invalid,
            "is of the recipe " + run.recipe + " and no sweep; see show accuracy", run.name);
    const auto job = runs::jobFromText(run.job, run.name);
    if (!job)
        return fail(job.error());
    const auto options = methods::sweepOptionsFromJsonText(job->options, run.name);
    if (!options)
        return fail(options.error());
    auto stages = readStages(project, run, extractor);
    if (!stages)
        return fail(stages.error());
    const SweepStage& clean = (*stages)[std::string(methods::cleanStage)];
    if (clean.empty())
        return fail(ErrorKind::NotFound, "has no answer yet; wait for it, or resume it", run.name);
    SweepReport report { run.name, options->op, extractor, 0, {}, {} };
    report.levels.push_back(levelOf(std::string(methods::cleanStage), clean, clean));
    for (const std::string& level : options->levels)
        if (const auto found = stages->find(methods::stageOfLevel(level)); found != stages->end())
            report.levels.push_back(levelOf(found->first, clean, found->second));
    const auto pictures = picturesOf(project, clean);
    if (!pictures)
        return fail(pictures.error());
    report.pictures = *pictures;
    report.sentence = sentenceOf(report);
    return report;
}

} // namespace slook::workbench
