#pragma once
#include "core/result.h"
#include <string>
#include <string_view>

namespace slook::engine {

/// Ways to the same result in fewer steps. All are on; a benchmark, or a person who doubts a
/// result, switches some off. Results are the same up to rounding.
struct Shortcuts {
    bool kernels = true; ///< operations of our own for few tokens on CPUs: few_rows, small_kernels
    bool drafts = true; ///< guessed tokens are read beside the last one
    bool wantedTokens = true; ///< the last layer computes the tokens that somebody asked for
    bool sharedPrompts = true; ///< what prompts about one picture begin with is read once
    bool pictures = true; ///< features of a picture are kept for its next question
    bool parts = true; ///< a thread takes rows from the first layer to the last
    bool loraSums = true; ///< an adapted layer is one product
    bool continuousBatching = true; ///< a row that has ended takes its next turn, or another
                                    ///< conversation, while the others go on
    bool sharedPairs = true; ///< the answers of a training example share its prompt's rows
    bool headRows = true; ///< the output layer computes the tokens that are trained on, no others
    bool fusedLogProbs = true; ///< of the labels alone, with a gradient of their own
    bool references = true; ///< a reference's log-probabilities are kept, from step to step and on
                            ///< the disk from training to training
};

/// Those of this process.
[[nodiscard]] const Shortcuts& shortcuts();

/// Switches off what `names` lists, "drafts,kernels", for this process; before its first tensor.
/// Errors: Invalid (an unknown name; says which there are).
[[nodiscard]] Result<void> switchOff(std::string_view names);

/// The names of all, "drafts,kernels".
[[nodiscard]] std::string allShortcuts();
/// The names of those that are off; empty: all are on.
[[nodiscard]] std::string switchedOff();

} // namespace slook::engine
