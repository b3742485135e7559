#pragma once
#include "store/project.h"
#include "workbench/run_facts.h"
#include <array>
#include <functional>
#include <string>
#include <vector>

namespace slook::workbench {

/// Transitions that belong together, counted by their types.
struct TransitionGroup {
    std::string name; ///< of the benchmark, the category, the stage, or the run and its review
    std::array<int, 5> counts {}; ///< by type 1 to 4; [0] all
    RunId run = {}; ///< of a stage or a run
    std::string stage = {}; ///< of a stage
};

enum class TransitionsBy { Benchmark, Category };
using CountsItem = std::function<bool(ItemId)>; ///< whether a question is counted

/// Groups of one run's answers of one stage, the largest first. Questions without a name in this
/// field are one group without a name.
[[nodiscard]] std::vector<TransitionGroup> groupsOf(const AnswerFacts& answers,
    const ItemFacts& questions, TransitionsBy by, const CountsItem& counts);
/// One group for each stage of a run, in their order. Errors: those of the store.
[[nodiscard]] Result<std::vector<TransitionGroup>> groupsByStage(const store::Project& project,
    RunId run, const std::string& extractor, const CountsItem& counts);
/// One group for each run that asked twice, the oldest first, by its first stage: another round, or
/// another review prompt, which the name tells. Of many runs the newest `most`.
[[nodiscard]] Result<std::vector<TransitionGroup>> groupsByRun(const store::Project& project,
    const std::string& extractor, const CountsItem& counts, std::size_t most = 24);

} // namespace slook::workbench
