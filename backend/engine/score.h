#pragma once
#include "core/result.h"
#include "engine/generate.h"
#include "engine/vlm.h"
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace slook::engine {

/// How likely the model finds a text that it did not write itself.
struct CompletionScore {
    std::vector<float> logprobs; ///< of each token, nats
    double sum = 0;
};

/// Log-probabilities of completions after one prompt, which is read once for all of them.
/// @param completions token ids, each at least one
/// Errors: Invalid (past the context, image tokens without features, an empty completion).
[[nodiscard]] Result<std::vector<CompletionScore>> scoreCompletions(
    const VisionLanguageModel& model, const Opening& prompt,
    std::span<const std::vector<std::int64_t>> completions);

/// Log-probabilities of every token as the next one, for many prompts.
/// @return [prompts, vocabularySize] float on the CPU, nats
/// Errors: as scoreCompletions.
[[nodiscard]] Result<at::Tensor> nextTokenLogProbs(
    const VisionLanguageModel& model, std::span<const Opening> prompts);

/// Why `ids` cannot be read behind `before` tokens that are already there: the context would end
/// before `room` more tokens, an unknown id, pictures that do not match. Nothing: they can be read.
[[nodiscard]] std::optional<Error> cannotRead(const ModelShape& shape, std::int64_t before,
    std::span<const std::int64_t> ids, const at::Tensor& features, std::int64_t room = 0);

} // namespace slook::engine
