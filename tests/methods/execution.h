#pragma once
#include "methods/recipe.h"
#include "scripted_model.h"
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

/// Executions of any recipe by a scripted model, and what the events of two of them are compared
/// by.
namespace slook::test {

struct Execution {
    ScriptedModel model;
    RecordingContext context;
    Result<void> ended;
};

/// @param stopAfter number of events after which the context asks to stop; -1: never
inline Execution runScripted(const methods::Plan& plan, const std::filesystem::path& folder,
    decltype(ScriptedModel::say) say, const std::vector<runs::Event>& earlier = {},
    int stopAfter = -1)
{
    Execution execution;
    execution.model.say = std::move(say);
    execution.context.stopAfterEvents = stopAfter;
    execution.ended = methods::runRecipe(
        plan.job, plan.inputs, folder, earlier, execution.model, execution.context);
    return execution;
}

inline std::map<std::string, std::vector<runs::Answered>> byStage(
    const std::vector<runs::Event>& events)
{
    std::map<std::string, std::vector<runs::Answered>> stages;
    for (const auto& event : events)
        if (const auto* one = std::get_if<runs::Answered>(&event.body))
            stages[one->response.stage].push_back(*one);
    return stages;
}

/// Answers, pairs, metrics, artifacts and notes: what no clock decides.
inline std::multiset<std::string> content(const std::vector<runs::Event>& events)
{
    std::multiset<std::string> lines;
    for (const auto& event : events) {
        auto body = event.body;
        if (auto* ended = std::get_if<runs::StepEnded>(&body))
            ended->seconds = 0;
        if (!std::holds_alternative<runs::Progress>(body)
            && !std::holds_alternative<runs::StepBegan>(body))
            lines.insert(runs::toLine({ 0, 0, body }));
    }
    return lines;
}

} // namespace slook::test
