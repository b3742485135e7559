#pragma once
#include "engine/dropout.h"
#include "engine/learner.h"
#include <span>

/// What the sources of Learner share.
namespace slook::engine {

/// Sums over the micro-batches of one step.
struct Learner::Totals {
    double examples = 0.0; ///< of the whole step
    double weight = 0.0; ///< of the whole step's tokens
    StepMetrics metrics;
};

/// Pictures of neighbouring examples.
struct Learner::Seen {
    std::vector<std::size_t> keys; ///< of the examples, in reading order
    std::vector<at::Tensor> features; ///< [rows, hiddenSize], as keys
    std::vector<std::size_t> distinct; ///< keys of `pictures`, rising
    std::vector<Picture> pictures; ///< still to be encoded; empty where the features are known
};

/// Neighbouring examples of a micro-batch, computed by one thread from beginning to end. What it
/// gives is cut off its graph, so that losses may compare all examples of the micro-batch; then the
/// gradients of the cut values go back through each part's graph.
struct Learner::Part {
    std::vector<const TrainExample*> examples;
    Seen seen;
    DropoutSource dropout; ///< a seed per example; none without dropout
    std::optional<PackedBatch> packed; ///< empty where no example says anything
    AnswerTokens said;
    std::vector<at::Tensor> roots, leaves;

    /// `value` without its graph; its gradient will be asked for where `value` has one.
    at::Tensor cut(const at::Tensor& value)
    {
        roots.push_back(value);
        leaves.push_back(value.detach().requires_grad_(value.requires_grad()));
        return leaves.back();
    }
};

/// Errors: Invalid, naming the examples.
[[nodiscard]] tl::unexpected<Error> notANumber(
    const char* what, std::span<const TrainExample* const> examples);

} // namespace slook::engine
