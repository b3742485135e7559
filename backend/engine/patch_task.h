#pragma once
#include <ATen/core/Tensor.h>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace slook::engine {

/// What the patches of a picture show, learned beside the texts: without it a vision tower with
/// random weights hears of the picture only through the few tokens that depend on it.
struct PatchTask {
    std::vector<std::int64_t> classes; ///< number of answers of each question about a patch
    double weight = 0.1; ///< of its loss beside that of the texts
    /// The answers for a picture: question by question, each for all patches in reading order; -1
    /// is not asked. Empty where nothing is known of the picture.
    std::function<std::vector<std::int8_t>(std::size_t key)> labels;
};

/// A linear classifier of each question on a picture's features, scaled to a mean square of 1. It
/// starts at zero and is no part of the model that is saved.
class PatchHead {
public:
    /// @param hiddenSize width of the features
    PatchHead(std::vector<std::int64_t> classes, std::int64_t hiddenSize);

    struct Outcome {
        at::Tensor loss; ///< sum over the questions of the mean cross-entropy of what was asked
        std::vector<double> accuracy; ///< by question; 0 where nothing was asked
    };
    /// @param features [N, hiddenSize]
    /// @param labels   [questions, N] int64, -1 where not asked
    [[nodiscard]] Outcome judge(const at::Tensor& features, const at::Tensor& labels) const;

    [[nodiscard]] const at::Tensor& weight() const
    {
        return m_weight;
    } ///< [all classes, hiddenSize]
    [[nodiscard]] const at::Tensor& bias() const { return m_bias; } ///< [all classes]

private:
    std::vector<std::int64_t> m_classes;
    at::Tensor m_weight, m_bias;
};

} // namespace slook::engine
