#include "engine/lora_product.h"
#include "engine/row_parallel.h"
#include "engine/shortcuts.h"
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/custom_function.h>

namespace slook::engine {
namespace {

namespace autograd = torch::autograd;

at::Tensor summed(const at::Tensor& weight, const at::Tensor& a, const at::Tensor& b, double scale)
{
    return at::addmm(weight, b, a, 1, scale);
}

struct Product : autograd::Function<Product> {
    static at::Tensor forward(autograd::AutogradContext* context, const at::Tensor& x,
        const at::Tensor& a, const at::Tensor& b, const at::Tensor& weight,
        const std::optional<at::Tensor>& bias, const std::optional<at::Tensor>& sum, double scale)
    {
        context->save_for_backward({ x, a, b, weight, sum.value_or(at::Tensor()) });
        context->saved_data["scale"] = scale;
        return at::linear(x, sum ? *sum : summed(weight, a, b, scale), bias);
    }

    static autograd::variable_list backward(
        autograd::AutogradContext* context, const autograd::variable_list& gradients)
    {
        const auto saved = context->get_saved_variables();
        const auto &x = saved[0], &a = saved[1], &b = saved[2], &weight = saved[3];
        const auto& sum = saved[4];
        const double scale = context->saved_data["scale"].toDouble();
        const auto rows = x.reshape({ -1, x.size(-1) });
        const auto back = gradients[0].reshape({ -1, gradients[0].size(-1) });
        autograd::variable_list all(7);
        if (context->needs_input_grad(0))
            all[0] =
                at::mm(back, sum.defined() ? sum : summed(weight, a, b, scale)).view(x.sizes());
        if (context->needs_input_grad(1))
            all[1] = at::mm((at::mm(back, b) * scale).t(), rows);
        if (context->needs_input_grad(2))
            all[2] = at::mm(back.t(), at::mm(rows, a.t()) * scale);
        return all;
    }
};

} // namespace

bool loraProductFits(const Linear& layer, const at::Tensor& x)
{
    const auto& lora = *layer.lora;
    const auto isFloat = [](const at::Tensor& t) { return t.scalar_type() == at::kFloat; };
    const auto in = layer.weight.size(1), out = layer.weight.size(0);
    return shortcuts().loraSums && !c10::InferenceMode::is_enabled() && isFloat(x)
        && isFloat(layer.weight) && isFloat(lora.a) && !layer.weight.requires_grad()
        && !(lora.training && lora.dropout > 0.0)
        && (lora.sum.defined() || x.numel() / in >= in * out / (in + out));
}

at::Tensor loraProduct(const Linear& layer, const at::Tensor& x)
{
    const auto& lora = *layer.lora;
    const auto given = [](const at::Tensor& t) {
        return t.defined() ? std::optional(t) : std::nullopt;
    };
    return Product::apply(
        x, lora.a, lora.b, layer.weight, given(layer.bias), given(lora.sum), lora.scale);
}

LoraSums::LoraSums(const std::vector<Linear*>& layers, bool wanted)
{
    std::vector<const Linear*> some;
    for (const Linear* layer : layers)
        if (wanted && shortcuts().loraSums && layer->lora && layer->lora->enabled
            && !layer->weight.requires_grad() && layer->weight.scalar_type() == at::kFloat
            && !(layer->lora->training && layer->lora->dropout > 0.0)) {
            some.push_back(layer);
            m_held.push_back(layer->lora);
        }
    onThreads(static_cast<std::int64_t>(some.size()), [&](std::int64_t i) {
        const c10::NoGradGuard noGradients;
        const Linear& layer = *some[static_cast<std::size_t>(i)];
        Lora& lora = *layer.lora;
        lora.sum = summed(layer.weight, lora.a, lora.b, lora.scale);
    });
}

LoraSums::~LoraSums()
{
    for (const auto& lora : m_held)
        lora->sum = at::Tensor();
}

} // namespace slook::engine
