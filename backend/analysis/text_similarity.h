#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace slook::analysis {

/// What an encoder makes of a text: one state per token, without special tokens.
struct TokenStates {
    std::int64_t width = 0; ///< of a state
    std::vector<float> values; ///< [tokens, width]
    [[nodiscard]] std::int64_t tokens() const
    {
        return width == 0 ? 0 : static_cast<std::int64_t>(values.size()) / width;
    }
};

/// Cosine of the mean states, within 0 and 1: what is worse than unrelated counts as unrelated. 0
/// where a text has no tokens. Source: mean pooling of Sentence-BERT, Reimers & Gurevych 2019,
/// arXiv:1908.10084, section 3.
/// @throws std::invalid_argument where the widths differ
[[nodiscard]] double sentenceSimilarity(const TokenStates& a, const TokenStates& b);

/// F1 of greedy matching: each token counts with its largest cosine in the other text, and recall
/// and precision are the means over the tokens of `reference` and `candidate`. No weights by
/// rareness and no rescaling by a baseline; negative values count as 0. Source: BERTScore, Zhang et
/// al. 2020, arXiv:1904.09675, section 3.
/// @throws std::invalid_argument where the widths differ
[[nodiscard]] double tokenMatchF1(const TokenStates& reference, const TokenStates& candidate);

/// Left, top, right, bottom.
using Box = std::array<double, 4>;
/// The first "[x1, y1, x2, y2]" of a text that is a box: x1 < x2 and y1 < y2.
[[nodiscard]] std::optional<Box> boxIn(std::string_view text);
/// Shared area by united area, 0 to 1.
[[nodiscard]] double intersectionOverUnion(const Box& a, const Box& b);

} // namespace slook::analysis
