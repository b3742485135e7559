#pragma once
#include "core/result.h"
#include "methods/prompts.h"
#include "methods/recipe.h"
#include "methods/triplet.h"
#include "runs/job.h"
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// Self-Refinement Framework (SRF, "triangular consistency"): a model tuned on a labelled seed asks
/// itself questions about pictures without labels, answers them, makes each corner of
/// picture, question and answer anew from the other two, and the original model learns from what
/// agrees. The paper's code, templates and decoding are not public; those here are ours.
namespace slook::methods {

/// Every switch of an SRF run, by the member's name.
struct SrfOptions {
    std::string fidelity = "ours"; ///< the preset that the rest was taken from
    // Stage 1: the generator, tuned on masked triplets of the seed
    double seedShare = 0.5; ///< of the labelled pictures that are not tested
    std::string seedForm = "both"; ///< options (a label answers), text, both: a coin for each
    MaskShares mask;
    // Stage 2: triplets of pictures without labels
    int rounds = 1;
    int samples = 4; ///< questions a picture
    runs::Decoding generation;
    runs::Decoding reconstruction; ///< greedy by default
    std::string encoder; ///< folder of a text encoder; empty: the start model reads the texts
    std::string similarity = "by-length"; ///< by-length, embedding, token-f1
    int longWords = 12; ///< a text of so many words is long
    double questionWeight = 0.5; ///< of the question's edge in the score
    double keep = 0.2; ///< the share that is learned
    int leastPerKind = 1;
    std::string balance = "per-kind"; ///< per-kind, seed, none
    // Stage 3: the original model on seed and kept triplets
    runs::LoraOptions lora; ///< of all trainings
    runs::TrainOptions generator; ///< its `lora` and weights are set by the switches
    runs::TrainOptions training; ///< the same
    // Measuring
    std::string answerPrompt = "letter"; ///< letter, reasoned, short
    std::string respond = "off"; ///< describe and respond: off, picture, blind
    runs::Decoding test;
    std::string split = "by-picture"; ///< by-picture, by-field
    double holdOut = 0.5; ///< below 1 a share of each source, from 1 on a number of its items
    int limit = 0; ///< use at most this many labelled items; 0 is all
    std::vector<std::string> controls; ///< see srfControls()
    std::uint64_t seed = 0; ///< of the splits, the masks, sampling and training
};

/// What "ours" or "as_published" stands for. Errors: Invalid.
[[nodiscard]] Result<SrfOptions> srfPreset(std::string_view fidelity);
/// With the values of this preset. Errors: Invalid (no such preset).
[[nodiscard]] Result<std::vector<Switch>> srfSwitches(std::string_view fidelity);
/// The last training with other triplets beside the seed:
/// "seed-only"  none, the seed alone
/// "random"     as many of each kind, drawn by chance
/// "least"      as many of each kind, the least consistent
/// "all"        all of them, without a filter
[[nodiscard]] std::span<const NamedText> srfControls();

/// Errors: Invalid, naming the switch, the value and what is allowed.
[[nodiscard]] Result<SrfOptions> srfOptionsFrom(const Wishes& wishes);
[[nodiscard]] std::string toJsonText(const SrfOptions& options);
[[nodiscard]] Result<SrfOptions> srfOptionsFromJsonText(
    std::string_view text, const std::string& where);

/// The options of a generator's training, or of a model's.
[[nodiscard]] runs::TrainOptions trainingOf(const SrfOptions& options, bool generator);

} // namespace slook::methods
