#pragma once
#include "core/memory.h"
#include "core/result.h"
#include "engine/learner.h"
#include "engine/lora.h"
#include "engine/vlm.h"
#include <cstdint>
#include <string>
#include <vector>

namespace slook::engine {

/// Bytes that a training takes beside the weights, as expected: what the tests count of its tensors
/// lies between 0.6 and 1.25 times as much.
struct TrainingNeed {
    std::uint64_t learned =
        0; ///< gradients and moments, those of parts computed side by side, sums
    std::uint64_t features = 0; ///< of pictures, kept from step to step
    std::uint64_t activations = 0; ///< of the largest pass: kept for its backward pass, and passing
    [[nodiscard]] std::uint64_t total() const { return learned + features + activations; }
};

/// Of the memory there is, for what a plan counts: a heap cannot reuse every piece. A model of 59
/// million weights took 1.4 times its plan of the system, the embedded one as much as planned.
constexpr double usableShare = 0.7;

/// How a training is computed in the memory there is. Each choice gives the same gradients.
struct TrainingPlan {
    int atOnce = 0; ///< examples in one pass
    std::int64_t recomputeLayers = 0; ///< see LearnerOptions
    std::int64_t layers = 0; ///< of the language model
    TrainingNeed need;
    MemoryHave have;

    [[nodiscard]] std::string text() const; ///< for people: need, have and what was chosen
};

/// @param adapter  null: full training
/// @param examples to train on; the longest count
[[nodiscard]] TrainingNeed trainingNeed(VisionLanguageModel& model, const LoraAdapter* adapter,
    const LearnerOptions& options, const std::vector<TrainExample>& examples);

/// True where a loss looks at all pairs of a micro-batch together, so that fewer at once would be
/// another loss.
[[nodiscard]] bool comparesPairs(const LossOptions& loss);

/// The fastest way that fits: all that `options` want at once and nothing computed again; else
/// fewer examples at once, while a pass keeps the tokens at which products are fast; then layers
/// computed again, as few as are enough; then still fewer examples.
/// Errors: Invalid where nothing fits, with numbers and what would help.
[[nodiscard]] Result<TrainingPlan> planTraining(VisionLanguageModel& model,
    const LoraAdapter* adapter, LearnerOptions options, const std::vector<TrainExample>& examples,
    const MemoryHave& have);

} // namespace slook::engine
