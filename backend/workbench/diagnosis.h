#pragma once
#include "core/rows.h"
#include "runs/job.h"
#include "store/project.h"
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slook::workbench {

/// What stands beside the curves of one training and is needed to read them.
struct CurveContext {
    runs::TrainOptions options;
    /// Mean length in characters; empty where there is no pair.
    std::optional<double> chosenLength = {}, rejectedLength = {};
};

/// One thing that curves show, in words.
struct Finding {
    std::string rule; ///< "start", "stuck", "separable", "rewards-fall", "swapped", "overfit",
                      ///< "jump", "not-finite"
    bool alarming = false; ///< else it only explains
    std::string sentence; ///< what is seen, and what it means
    std::string advice; ///< what to change, with the setting's name; empty where nothing is
    std::string metric; ///< whose curve shows it
    int firstStep = 0;
    int lastStep = 0;
};

constexpr std::size_t fewestSteps = 10; ///< fewer say nothing to most rules

/// Reads the curves of one training, alarming findings first. None where there are too few steps.
/// @param rows  of one training, by step
/// Sources: the author's answer in eric-mitchell/direct-preference-optimization#32 (both rewards
/// may fall); log 2 as the loss of equal models, Rafailov et al. 2023, equation 7; likelihoods that
/// fall on both sides, Pal et al. 2024 ("Smaug"), Pang et al. 2024 (an NLL term against it).
[[nodiscard]] std::vector<Finding> diagnose(
    std::span<const MetricRow> rows, const CurveContext& context);

/// Findings of every training of a run, by its name.
[[nodiscard]] Result<std::map<std::string, std::vector<Finding>>> findingsOf(
    const store::Project& project, const RunRow& run, std::span<const MetricRow> metrics);

/// The settings of a training, as the run's job has them; defaults where they cannot be read.
[[nodiscard]] runs::TrainOptions trainedWith(const RunRow& run, const std::string& training);

} // namespace slook::workbench
