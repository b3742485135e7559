#pragma once
#include "core/rows.h"
#include "store/project.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slook::workbench {

/// A place of a training at which its pairs are looked over: a saved checkpoint, the end of an
/// epoch, or its last step. What is known of a pair there is its margin when the newest step up to
/// this one came by it, measured before that step.
struct MarginCheckpoint {
    int step = 0;
    double epoch = 0;
    int looked = 0; ///< pairs that a step has come by so far
    int negative = 0; ///< of these, with a margin below 0
    double median = 0, lowerQuartile = 0, upperQuartile = 0; ///< of their margins
};

/// One pair with its margin at each checkpoint; empty before the first step that came by it.
struct PairHistory {
    PairRow pair;
    std::string question;
    std::vector<ImageId> images;
    std::vector<std::optional<double>> margins;
};

struct PairMargins {
    std::string training;
    std::vector<MarginCheckpoint> checkpoints; ///< by step
    std::vector<PairHistory> pairs; ///< that the training came by, in the order in which they were
                                    ///< built
};
/// The margins of a training's pairs, checkpoint by checkpoint. Empty lists where no reward of a
/// pair is known: nothing was trained, or by an older program.
/// @param training  the preference of the pairs. Errors: those of the store.
[[nodiscard]] Result<PairMargins> pairMargins(
    const store::Project& project, const RunRow& run, const std::string& training);

/// Pairs by their places in PairMargins::pairs.
struct MarginPicks {
    std::vector<std::size_t> best; ///< the highest margins, the highest first
    std::vector<std::size_t> worst; ///< the lowest margins, the lowest first
    std::vector<std::size_t>
        random; ///< drawn once for all checkpoints, so that they can be followed
};
/// At most `count` of each kind among the pairs that are known at the checkpoint; the same ones
/// whenever they are asked for with the same seed.
/// @param checkpoint  a place in PairMargins::checkpoints, else throws std::invalid_argument
[[nodiscard]] MarginPicks picksAt(
    const PairMargins& margins, std::size_t checkpoint, std::size_t count, std::uint64_t seed = 1);

} // namespace slook::workbench
