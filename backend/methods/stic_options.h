#pragma once
#include "core/result.h"
#include "methods/prompts.h"
#include "methods/recipe.h"
#include "runs/job.h"
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Self-Training on Image Comprehension (STIC, Deng et al. 2024, arXiv:2405.19716): a model learns
/// to prefer its own careful descriptions to those of a bad prompt or a corrupted picture, then to
/// answer with a description of its own at hand. Where paper and published code differ, both are
/// offered by name.
namespace slook::methods {

/// Every switch of a STIC run, by the member's name.
struct SticOptions {
    std::string fidelity = "ours"; ///< the preset that the rest was taken from
    // Stage 1: descriptions
    std::string goodPrompt = "good"; ///< good: the long prompt; caption: as the rejected ones
    std::string rejectedBy = "both"; ///< both (a coin for each picture), bad-prompt, corruption
    std::string corruption = "stic"; ///< an operator of image::operators(), or none
    int severity = 0; ///< 1 to 5 of the operator; 0: its standard parameters
    std::string trainingPrompt = "caption"; ///< caption: the picture's draw of the 8; good
    bool trainingPicture = true; ///< as released false: pairs are trained on as text alone
    runs::Decoding description; ///< of stage 1's and stage 2's descriptions
    // Stage 1: loss
    std::string rejectedScore = "label"; ///< label; as released best-competitor
    std::string regulariser = "sum"; ///< of the chosen log-probability: sum, per-token, none
    double alpha = 1.0 / 1024; ///< its weight
    runs::LoraOptions lora;
    runs::TrainOptions stage1; ///< its `lora` and weights are set by the switches above
    // Stage 2
    bool secondStage = true;
    runs::TrainOptions stage2;
    // Measuring
    std::string testDescription =
        "caption-5"; ///< good, caption-1 ... caption-8; of the released describe and respond
    std::string answerPrompt = "letter"; ///< letter, reasoned
    std::string respond = "picture"; ///< describe and respond: off, picture, blind
    runs::Decoding test;
    // Splitting
    std::string split = "by-picture"; ///< by-picture, by-field, leaky
    double holdOut = 0.5; ///< below 1 a share of each source, from 1 on a number of its items
    int limit = 0; ///< use at most this many items; 0 is all
    std::vector<std::string> controls; ///< see sticControls()
    std::uint64_t seed = 0; ///< of the split, the draws, sampling and training
};

/// What "ours", "as_published" or "as_released" stands for. Errors: Invalid.
[[nodiscard]] Result<SticOptions> sticPreset(std::string_view fidelity);
/// With the values of this preset. Errors: Invalid (no such preset).
[[nodiscard]] Result<std::vector<Switch>> sticSwitches(std::string_view fidelity);
/// The controls: stage 1 with its preference replaced, and stage 2 without descriptions.
/// "random"          a coin decides which description is chosen
/// "reversed"        the description of the bad prompt or the corrupted picture is chosen
/// "sft"             the chosen descriptions are learned, nothing is rejected
/// "length-matched"  only pairs whose difference in length has a counterpart of the opposite sign
/// "plain-sft"       stage 2 on the same questions without descriptions
/// "no-corruption"   only pairs whose rejected description a bad prompt made
/// "no-bad-prompt"   only pairs whose rejected description is of a corrupted picture
/// "no-alpha"        the same pairs without the regulariser
/// "half", "quarter", "eighth"  that share of the pairs, each within the next larger one: what
///                   amount alone does, and what the two kinds above are to be held against
[[nodiscard]] std::span<const NamedText> sticControls();

/// Errors: Invalid, naming the switch, the value and what is allowed.
[[nodiscard]] Result<SticOptions> sticOptionsFrom(const Wishes& wishes);
[[nodiscard]] std::string toJsonText(const SticOptions& options);
[[nodiscard]] Result<SticOptions> sticOptionsFromJsonText(
    std::string_view text, const std::string& where);

/// The share of stage 1's pairs that a control of amounts learns from; 1 for all others.
[[nodiscard]] double shareOfPairs(std::string_view control);

/// The options of one training: "stage1", "stage2", or a control.
[[nodiscard]] runs::TrainOptions trainingOf(const SticOptions& options, const std::string& name);

} // namespace slook::methods
