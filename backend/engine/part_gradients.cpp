#include "engine/part_gradients.h"
#include "engine/row_parallel.h"
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

namespace slook::engine {

PartGradients::PartGradients(const std::vector<ParameterGroup>& groups, std::size_t parts)
    : m_parameters(tensorsOf(groups))
    , m_found(parts)
{
}

void PartGradients::backward(
    std::size_t part, std::vector<at::Tensor> roots, std::vector<at::Tensor> gradients)
{
    std::size_t kept = 0;
    for (std::size_t i = 0; i < roots.size(); ++i)
        if (roots[i].requires_grad() && gradients[i].defined()) {
            roots[kept] = roots[i];
            gradients[kept++] = gradients[i];
        }
    if (kept == 0)
        return;
    roots.resize(kept);
    gradients.resize(kept);
    if (m_found.size() == 1)
        torch::autograd::backward(roots, gradients);
    else
        m_found[part] = torch::autograd::grad(roots, m_parameters, gradients,
            /*retain_graph=*/false, /*create_graph=*/false, /*allow_unused=*/true);
}

void PartGradients::add()
{
    onThreads(static_cast<std::int64_t>(m_parameters.size()), [&](std::int64_t i) {
        const c10::NoGradGuard noGradients;
        const auto at = static_cast<std::size_t>(i);
        auto& sum = m_parameters[at].mutable_grad();
        for (const auto& found : m_found)
            if (!found.empty() && found[at].defined())
                sum.add_(found[at]);
    });
    for (auto& found : m_found)
        found.clear();
}

} // namespace slook::engine
