#include "engine/flat_parameters.h"
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <stdexcept>

namespace slook::engine {

FlatParameters::FlatParameters(const std::vector<std::pair<std::string, at::Tensor>>& tensors)
{
    std::int64_t total = 0;
    for (const auto& [name, tensor] : tensors) {
        if (tensor.scalar_type() != at::kFloat
            || tensor.device() != tensors.front().second.device())
            throw std::invalid_argument(
                "[FlatParameters] " + name + " is not float on the first tensor's device");
        m_parts.push_back({ name, tensor, total }); // the handle that the model holds too
        total += tensor.numel();
    }
    if (total == 0)
        return;
    const c10::NoGradGuard noGradients;
    m_values = at::empty({ total }, tensors.front().second.options().requires_grad(false));
    for (Part& part : m_parts) {
        const auto view = slice(m_values, part);
        view.copy_(part.tensor);
        part.tensor.set_data(view);
    }
}

at::Tensor FlatParameters::slice(const at::Tensor& buffer, const Part& part) const
{
    return buffer.narrow(0, part.begin, part.tensor.numel()).view(part.tensor.sizes());
}

void FlatParameters::track()
{
    if (!m_values.defined())
        return;
    m_gradients = at::zeros_like(m_values);
    for (Part& part : m_parts) {
        part.tensor.requires_grad_(true);
        part.tensor.mutable_grad() = slice(m_gradients, part); // a backward pass adds in place
    }
}

void FlatParameters::release()
{
    for (Part& part : m_parts) {
        part.tensor.mutable_grad() = at::Tensor();
        part.tensor.requires_grad_(false);
    }
    m_gradients = at::Tensor();
}

void FlatParameters::zeroGradients()
{
    if (m_gradients.defined())
        m_gradients.zero_();
}

} // namespace slook::engine
