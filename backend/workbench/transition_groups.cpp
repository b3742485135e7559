#include "workbench/transition_groups.h"
#include "methods/scl_options.h"
#include "runs/job.h"
#include <algorithm>
#include <functional>
#include <unordered_map>

namespace slook::workbench {
namespace {

void countType(TransitionGroup& group, int type)
{
    ++group.counts[0];
    ++group.counts.at(static_cast<std::size_t>(type));
}

/// Nothing of it is kept but the counts.
Result<TransitionGroup> groupOfStage(const store::Project& project, RunId run,
    const std::string& stage, const std::string& extractor, const CountsItem& counts)
{
    TransitionGroup group;
    group.run = run;
    group.name = group.stage = stage;
    auto read = project.forEachTransition(run, stage, extractor, [&](const TransitionRow& row) {
        if (counts(row.item))
            countType(group, row.type());
    });
    return read ? Result<TransitionGroup>(std::move(group)) : fail(read.error());
}

/// "0003-scl · vp1": which review a run asked with.
std::string nameWithReview(const RunRow& run)
{
    const auto job = runs::jobFromText(run.job, run.name);
    if (!job || run.recipe != "scl")
        return run.name;
    const auto options = methods::sclOptionsFromJsonText(job->options, run.name);
    return options ? run.name + " · " + options->review : run.name;
}

} // namespace

std::vector<TransitionGroup> groupsOf(const AnswerFacts& answers, const ItemFacts& questions,
    TransitionsBy by, const CountsItem& counts)
{
    std::unordered_map<std::uint32_t, TransitionGroup> groups; // by the number of the name
    for (const AnswerFacts::Row& row : answers.rows()) {
        const int at = counts(row.item) ? questions.rowOf(row.item) : -1;
        if (at < 0)
            continue;
        const ItemFacts::Row& question = questions.rows()[static_cast<std::size_t>(at)];
        countType(groups[by == TransitionsBy::Benchmark ? question.sourceName : question.category],
            row.type());
    }
    std::vector<TransitionGroup> all;
    for (auto& [number, group] : groups) {
        group.name = questions.names().at(number);
        all.push_back(std::move(group));
    }
    std::ranges::sort(all, [](const TransitionGroup& a, const TransitionGroup& b) {
        return a.counts[0] != b.counts[0] ? a.counts[0] > b.counts[0] : a.name < b.name;
    });
    return all;
}

Result<std::vector<TransitionGroup>> groupsByStage(const store::Project& project, RunId run,
    const std::string& extractor, const CountsItem& counts)
{
    const auto stages = project.stages(run);
    if (!stages)
        return fail(stages.error());
    std::vector<TransitionGroup> all;
    for (const std::string& stage : *stages) {
        auto group = groupOfStage(project, run, stage, extractor, counts);
        if (!group)
            return fail(group.error());
        if (group->counts[0] > 0)
            all.push_back(std::move(*group));
    }
    return all;
}

Result<std::vector<TransitionGroup>> groupsByRun(const store::Project& project,
    const std::string& extractor, const CountsItem& counts, std::size_t most)
{
    const auto runs = project.runs();
    if (!runs)
        return fail(runs.error());
    std::vector<TransitionGroup> all;
    for (const RunRow& run : *runs) { // the newest first
        const auto stages = project.stages(run.id);
        if (!stages)
            return fail(stages.error());
        if (stages->empty() || all.size() == most)
            continue;
        auto group = groupOfStage(project, run.id, stages->front(), extractor, counts);
        if (!group)
            return fail(group.error());
        group->name = nameWithReview(run);
        if (group->counts[0] > 0)
            all.push_back(std::move(*group));
    }
    std::ranges::reverse(all);
    return all;
}

} // namespace slook::workbench
