#include "engine/patch_task.h"
#include <ATen/ATen.h>
#include <numeric>

namespace slook::engine {

PatchHead::PatchHead(std::vector<std::int64_t> classes, std::int64_t hiddenSize)
    : m_classes(std::move(classes))
{
    const auto all = std::accumulate(m_classes.begin(), m_classes.end(), std::int64_t { 0 });
    m_weight = at::zeros({ all, hiddenSize });
    m_bias = at::zeros({ all });
}

PatchHead::Outcome PatchHead::judge(const at::Tensor& features, const at::Tensor& labels) const
{
    // Normalised as the language model's first layer does it: else the features grow without end.
    const auto normal = at::rms_norm(features, { features.size(1) }, {}, 1e-5);
    const auto logits = at::linear(normal, m_weight, m_bias).split_with_sizes(m_classes, 1);
    Outcome outcome { at::zeros({}), {} };
    for (std::size_t question = 0; question < m_classes.size(); ++question) {
        const auto wanted = labels.select(0, static_cast<std::int64_t>(question));
        const auto asked = wanted.ge(0);
        const auto count = asked.sum().item<std::int64_t>();
        outcome.accuracy.push_back(0.0);
        if (count == 0)
            continue; // the mean of nothing is no number
        outcome.loss = outcome.loss
            + at::cross_entropy_loss(logits[question], wanted, {}, at::Reduction::Mean, -1);
        const auto hits = logits[question].argmax(1).eq(wanted).logical_and(asked).sum();
        outcome.accuracy.back() = hits.item<double>() / static_cast<double>(count);
    }
    return outcome;
}

} // namespace slook::engine
