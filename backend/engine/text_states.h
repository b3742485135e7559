#pragma once
#include "core/result.h"
#include "engine/session.h"
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace slook::engine {

/// What a reader makes of a text.
struct TextState {
    at::Tensor tokens; ///< [tokens, width] float on the CPU, without special tokens
    at::Tensor pooled; ///< [width] float on the CPU; undefined where the text has no token
};

/// Final states of the language model on texts alone, without a template or pictures; pooled is
/// their mean. The first token of the tokenizer (<s>) is read too where it has one, since others
/// lean on it, but not told. What is longer than the model's context is cut off.
/// Errors: those of the tokenizer.
[[nodiscard]] Result<std::vector<TextState>> textStates(
    const Session& session, std::span<const std::string> texts);

/// Ids of several texts as one batch.
struct PaddedIds {
    at::Tensor ids; ///< [texts, longest] int64, 0 behind a text's end
    at::Tensor isText; ///< [texts, longest] bool
};
/// @throws std::invalid_argument without texts
[[nodiscard]] PaddedIds padded(std::span<const std::vector<std::int64_t>> texts);

} // namespace slook::engine
