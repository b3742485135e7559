#pragma once
#include "runs/job.h"
#include "store/project.h"
#include "workbench/report.h"
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Runs that go on from each other: data, run, model, evaluation, and the next round's data.
namespace slook::workbench {

/// The training that a recipe's run is about: "correctness", "stage2", "round3"; empty where
/// nothing is trained.
[[nodiscard]] std::string resultOf(const runs::Job& job);
/// Where that training leaves its adapter, or its model where all weights are trained. It needs not
/// be there yet. Errors: Invalid (a run that trains nothing, a damaged job).
[[nodiscard]] Result<std::filesystem::path> artifactOf(
    const store::Project& project, const RunRow& run);

/// How the pairs of a round differ from those of the run that it goes on from, by question.
struct PairsBetween {
    int kept = 0; ///< a pair in both, the same side chosen
    int turned = 0; ///< a pair in both, of the other type
    int came = 0; ///< only in the later one
    int went = 0; ///< only in the earlier one
};

struct Round {
    RunRow run;
    std::string
        from; ///< name of the run whose result it starts from; empty: the model's own weights
    int depth = 0; ///< how many runs stand before it in its chain
    std::vector<std::pair<std::string, int>> data; ///< sources and how many questions of each
    std::string training; ///< see resultOf()
    int pairs = 0; ///< or examples, that it learned from
    std::optional<PairsBetween> against; ///< those of `from`
    // On the first answers to its test questions; empty where nothing is measured yet.
    std::optional<Accuracy> before;
    std::optional<Accuracy> after;
    std::optional<Comparison> change;
};

/// All runs that train, chains in order: each directly behind the one that it goes on from, the
/// oldest first. Errors: those of the store.
[[nodiscard]] Result<std::vector<Round>> roundsOf(const store::Project& project);

} // namespace slook::workbench
