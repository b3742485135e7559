#pragma once
#include "core/result.h"
#include "methods/prompts.h"
#include "methods/recipe.h"
#include "runs/job.h"
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Self-Correction Learning (SCL, He et al. 2024, arXiv:2410.04055): a model answers, reviews its
/// answer, and learns to prefer the right one of the two. Where paper and published code differ,
/// both are offered by name.
namespace slook::methods {

/// Every switch of an SCL run. A switch's name in job.json, in `--set` and in the window is the
/// member's name ("review", "training.beta", "pool.temperature").
struct SclOptions {
    std::string fidelity = "ours"; ///< the preset that the rest was taken from
    // Asking
    std::string review = "vp1"; ///< see reviewPrompts()
    int turns = 1; ///< reviews after the first answer, 1 to 3
    PromptStyle prompt;
    bool repeatImage = false; ///< as released: the pictures twice from the second turn on
    runs::Decoding pool; ///< for the answers that pairs are made from
    runs::Decoding test; ///< for the answers that are measured
    std::string respond = "off"; ///< test questions behind the model's own description: off,
                                 ///< picture, blind; STIC's describe and respond
    // Marking
    std::string poolExtractor = "ours";
    std::string testExtractor = "ours";
    // Splitting
    std::string split = "by-picture"; ///< by-picture, by-field, leaky
    double holdOut = 0.5; ///< below 1 a share of each source, from 1 on a number of its items
    int limit = 0; ///< use at most this many items; 0 is all
    // Pairs
    double fraction = 1; ///< of the pairs that are trained on, in steps of the paper: 0.2 ... 1
    std::string trainingPrompt = "full"; ///< full, question
    std::vector<std::string> controls; ///< see controlNames()
    runs::TrainOptions training;
    std::uint64_t seed = 0; ///< of the split, the fraction, sampling and training
};

/// "ours", "as_published", "as_released".
[[nodiscard]] std::span<const std::string_view> sclFidelities();
/// What a name of sclFidelities() stands for. Errors: Invalid.
[[nodiscard]] Result<SclOptions> sclPreset(std::string_view fidelity);

/// With the values of this preset. Errors: Invalid (no such preset).
[[nodiscard]] Result<std::vector<Switch>> sclSwitches(std::string_view fidelity);

/// The options that a person's wishes come to. Errors: as setSclSwitch().
[[nodiscard]] Result<SclOptions> sclOptionsFrom(const Wishes& wishes);

/// Sets one switch from text. "fidelity" replaces all others by that preset, so it comes first.
/// Errors: Invalid, naming the switch, the value and what is allowed.
[[nodiscard]] Result<void> setSclSwitch(
    SclOptions& options, std::string_view name, std::string_view value);
/// The value of a switch as text. @throws std::invalid_argument for an unknown name
[[nodiscard]] std::string sclSwitchValue(const SclOptions& options, std::string_view name);

/// A JSON object with every switch by name, and back. Errors: Invalid, as setSclSwitch().
[[nodiscard]] std::string toJsonText(const SclOptions& options);
[[nodiscard]] Result<SclOptions> sclOptionsFromJsonText(
    std::string_view text, const std::string& where);

/// The controls: the same run with its preference replaced.
/// "always-refined"  the later answer is chosen, no label is looked at
/// "random"          a coin decides
/// "reversed"        the wrong answer is chosen
/// "sft"             the chosen answers are learned, nothing is rejected
/// "length-matched"  only pairs whose difference in length has a counterpart of the opposite sign
[[nodiscard]] std::span<const NamedText> controlNames();

} // namespace slook::methods
