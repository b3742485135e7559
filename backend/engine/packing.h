#pragma once
#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <cstdint>
#include <string>
#include <vector>

namespace slook::engine {

/// Tokens that follow a prompt, independent of the other segments of the same example.
struct Segment {
    std::vector<std::int64_t> ids;
    std::vector<float> weights; ///< of predicting each id; 0 is context only; empty: all 1
};

/// One training example: a prompt (with picture placeholders already repeated) and what may follow
/// it. A preference pair has two segments, chosen then rejected; a supervised example one; a
/// picture with six questions six.
struct TrainExample {
    std::int64_t id = 0; ///< for messages
    std::vector<std::size_t>
        images; ///< keys of the pictures behind the placeholders, in reading order
    std::vector<std::int64_t> prompt;
    std::vector<Segment> segments;

    [[nodiscard]] std::size_t tokens() const; ///< rows in the batch: the prompt counts once
    [[nodiscard]] std::size_t longest() const; ///< positions needed: prompt and the longest segment
    [[nodiscard]] double weight() const; ///< sum of the segments' weights
};

/// Examples laid out for one forward pass, one row each: [prompt | segment 1 | segment 2 | ... |
/// padding]. A segment sees the prompt and itself, and its positions go on where the prompt ends:
/// every number is what a separate sequence per segment would give. Source: Wang & Hegde 2024,
/// arXiv:2410.20305.
struct PackedBatch {
    at::Tensor ids; ///< [B, T] int64
    at::Tensor positions; ///< [B, T] int64
    at::Tensor mask; ///< [B, 1, T, T] bool, true = may see
    at::Tensor
        rows; ///< [N] int64: flat places b * T + t whose hidden state predicts a weighted token
    at::Tensor keep; ///< [B, W] int64: those places t of each example, filled up with 0
    at::Tensor kept; ///< [N] int64: as `rows`, in the last hidden states of `keep`: b * W + w
    at::Tensor targets; ///< [N] int64: the tokens predicted
    at::Tensor weights; ///< [N] float
    at::Tensor segment; ///< [N] int64: which segment of the batch, counted through
    at::Tensor place; ///< [N] int64: place of the token in its segment
    std::int64_t segments = 0;
    std::int64_t tokens = 0; ///< without padding
};

/// @param fillId a token for padding; no picture placeholder
/// @throws std::invalid_argument for no examples, an empty prompt, or weights that do not match the
/// ids
[[nodiscard]] PackedBatch pack(
    const std::vector<const TrainExample*>& examples, std::int64_t fillId, at::Device device);

/// Why an example cannot be trained on; empty where it can. Nothing is ever cut silently.
/// @param maxLength positions allowed, at most the model's context
/// @param imageTokenId the placeholder: allowed in prompts only, and it may lie behind the
/// vocabulary
[[nodiscard]] std::string refusal(const TrainExample& example, std::int64_t maxLength,
    std::int64_t vocabularySize, std::int64_t imageTokenId);

} // namespace slook::engine
