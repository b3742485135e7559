#pragma once
#include "core/result.h"
#include "methods/model.h"
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace slook::worker {

/// A question to compare a model and its int8 form with.
struct Int8Question {
    std::string image; ///< file
    std::string text;
    std::vector<std::string> letters; ///< of its options; empty: it has none
};

/// What one of the two forms of a model took.
struct Int8Side {
    std::int64_t weightBytes = 0; ///< of all weights in memory
    double seconds = 0; ///< for all answers, pictures included
    std::int64_t tokens = 0; ///< that were said
};

/// How far weights in int8 lead from the weights that they were rounded from.
struct Int8Report {
    std::int64_t questions = 0;
    double meanDifference = 0; ///< of the log-probabilities of every token as the answer's first,
                               ///< absolute, nats
    double largestDifference = 0; ///< the same
    double meanDivergence = 0; ///< Kullback-Leibler divergence of the first token's distribution
                               ///< in int8 from the plain one, nats
    std::int64_t sameAnswers = 0; ///< greedy, token for token
    std::int64_t withLetters = 0; ///< questions that have options
    std::int64_t sameLetters = 0; ///< of those: the likeliest letter as the answer's first token
    Int8Side plain, int8;
};

/// Asks `folder`'s model everything twice: with its weights and with them in int8; one after the
/// other, so that memory holds one. On the CPU, greedy.
/// Errors: those of EngineModel::load(); Invalid (no questions, a refused question); Stopped.
[[nodiscard]] Result<Int8Report> compareInt8(const std::filesystem::path& folder,
    const std::vector<Int8Question>& questions, int maxNewTokens, methods::StepContext& context);

} // namespace slook::worker
