#include "workbench/rounds.h"
#include "core/json.h"
#include "methods/recipe.h"
#include "runs/directory.h"
#include "workbench/description_report.h"
#include "workbench/run.h"
#include "workbench/triplet_report.h"
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

bool isControl(const runs::Job& job, const std::string& preference)
{
    const auto* recipe = methods::recipeByName(job.recipe);
    return recipe
        && std::ranges::find(recipe->controls(), preference, &methods::NamedText::name)
        != recipe->controls().end();
}

/// The run under whose folder the job's start lies. The path is that of the day when the run was
/// made: the project may have been moved since, so its own folder's name decides, not where it
/// lies.
std::string startOf(const store::Project& project, const runs::Job& job)
{
    for (const fs::path start : { job.model.adapter, job.model.folder })
        for (auto part = start.begin(); part != start.end(); ++part) {
            if (*part != project.folder().filename())
                continue;
            const auto runs = std::next(part);
            const auto name = runs == start.end() ? runs : std::next(runs);
            if (name != start.end() && *runs == "runs")
                return name->string();
        }
    return {};
}

/// The type of each question's pair: which turn was chosen.
Result<std::map<ItemId, int>> pairsOf(
    const store::Project& project, const RunRow& run, const std::string& preference)
{
    const auto pairs = project.pairs(run.id, preference);
    if (!pairs)
        return fail(pairs.error());
    std::map<ItemId, int> chosen;
    for (const PairRow& pair : *pairs)
        chosen[pair.item] = pair.chosenTurn;
    return chosen;
}

PairsBetween between(const std::map<ItemId, int>& earlier, const std::map<ItemId, int>& later)
{
    PairsBetween result;
    for (const auto& [item, turn] : later) {
        const auto found = earlier.find(item);
        if (found == earlier.end())
            ++result.came;
        else
            ++(found->second == turn ? result.kept : result.turned);
    }
    for (const auto& [item, turn] : earlier)
        result.went += later.contains(item) ? 0 : 1;
    return result;
}

/// Fills in what was measured; a run that has measured nothing yet keeps its gaps.
void measure(const store::Project& project, Round& round)
{
    if (describesPictures(round.run)) {
        if (const auto report = descriptionReportOf(project, round.run))
            for (const ModelScores& model : report->models) {
                if (model.preference.empty())
                    round.before = model.answers;
                if (model.preference == round.training) {
                    round.after = model.answers;
                    round.change = model.answersAgainstStart;
                }
            }
        return;
    }
    if (learnsFromTriplets(round.run)) {
        if (const auto report = tripletReportOf(project, round.run))
            for (const auto& model : report->models) {
                if (model.preference.empty())
                    round.before = model.answers;
                if (model.preference == round.training) {
                    round.after = model.answers;
                    round.change = model.againstStart;
                    round.pairs = static_cast<int>(model.seed + model.generated);
                }
            }
        return;
    }
    if (const auto report = reportOf(project, round.run))
        for (const StageReport& stage : report->stages) {
            if (stage.preference.empty())
                round.before = stage.first;
            if (stage.preference == round.training) {
                round.after = stage.first;
                round.change = stage.firstAgainstStart;
            }
        }
}

void readData(const store::Project& project, Round& round)
{
    const auto inputs = runs::readInputs(runFolder(project, round.run.name));
    std::map<std::string, int> sources;
    if (inputs) // a run whose folder is gone shows no data
        for (const runs::InputItem& input : *inputs)
            ++sources[input.source];
    round.data.assign(sources.begin(), sources.end());
}

/// Behind the run that it goes on from; chains by their oldest run.
std::vector<Round> inOrder(std::vector<Round> rounds)
{
    std::map<std::string, std::vector<std::size_t>> next; ///< by the run that they go on from
    for (std::size_t i = rounds.size(); i-- > 0;) // so that the oldest is taken first
        next[rounds[i].from].push_back(i);
    std::vector<Round> ordered;
    std::vector<std::size_t> open = next[{}];
    while (!open.empty()) {
        const std::size_t at = open.back();
        open.pop_back();
        for (const std::size_t child : next[rounds[at].run.name]) {
            rounds[child].depth = rounds[at].depth + 1;
            open.push_back(child);
        }
        ordered.push_back(std::move(rounds[at]));
    }
    return ordered;
}

} // namespace

std::string resultOf(const runs::Job& job)
{
    std::string last;
    for (const runs::StepSpec& step : job.steps)
        if (step.kind == "train" && !isControl(job, step.preference))
            last = step.preference;
    return last;
}

Result<fs::path> artifactOf(const store::Project& project, const RunRow& run)
{
    const auto job = runs::jobFromText(run.job, run.name);
    if (!job)
        return fail(job.error());
    const std::string result = resultOf(*job);
    if (result.empty())
        return fail(ErrorKind::Invalid,
            "trains nothing, so no other run can go on from it; choose a run of scl, stic or srf",
            run.name);
    return runFolder(project, run.name) / "artifacts" / result;
}

Result<std::vector<Round>> roundsOf(const store::Project& project)
{
    auto runs = project.runs();
    if (!runs)
        return fail(runs.error());
    std::ranges::reverse(*runs); // the oldest first
    std::map<std::string, RunRow> byName;
    for (const RunRow& run : *runs)
        byName.emplace(run.name, run);
    std::vector<Round> rounds;
    for (const RunRow& run : *runs) {
        const auto job = runs::jobFromText(run.job, run.name);
        if (!job || resultOf(*job).empty())
            continue;
        Round round;
        round.run = run;
        round.training = resultOf(*job);
        round.from = startOf(project, *job);
        if (!byName.contains(round.from))
            round.from.clear();
        readData(project, round);
        const auto pairs = pairsOf(project, run, round.training);
        if (!pairs)
            return fail(pairs.error());
        round.pairs = static_cast<int>(pairs->size());
        if (!round.from.empty()) {
            const auto earlier = pairsOf(project, byName.at(round.from), round.training);
            if (!earlier)
                return fail(earlier.error());
            if (!earlier->empty() && !pairs->empty())
                round.against = between(*earlier, *pairs);
        }
        measure(project, round);
        rounds.push_back(std::move(round));
    }
    return inOrder(std::move(rounds));
}

} // namespace slook::workbench
