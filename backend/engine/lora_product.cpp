#include "engine/lora_product.h"
#include <ATen/ATen.h>
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
        const std::optional<at::Tensor>& bias, double scale)
    {
        context->save_for_backward({ x, a, b, weight });
        context->saved_data["scale"] = scale;
        return at::linear(x, summed(weight, a, b, scale), bias);
    }

    static autograd::variable_list backward(
        autograd::AutogradContext* context, const autograd::variable_list& gradients)
    {
        const auto saved = context->get_saved_variables();
        const auto &x = saved[0], &a = saved[1], &b = saved[2], &weight = saved[3];
        const double scale = context->saved_data["scale"].toDouble();
        const auto rows = x.reshape({ -1, x.size(-1) });
        const auto back = gradients[0].reshape({ -1, gradients[0].size(-1) });
        autograd::variable_list all(6);
        if (context->needs_input_grad(0))
            all[0] = at::mm(back, summed(weight, a, b, scale)).view(x.sizes());
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
    return !c10::InferenceMode::is_enabled() && isFloat(x) && isFloat(layer.weight)
        && isFloat(lora.a) && !layer.weight.requires_grad()
        && !(lora.training && lora.dropout > 0.0) && x.numel() / in >= in * out / (in + out);
}

at::Tensor loraProduct(const Linear& layer, const at::Tensor& x)
{
    const auto& lora = *layer.lora;
    const auto bias = layer.bias.defined() ? std::optional(layer.bias) : std::nullopt;
    return Product::apply(x, lora.a, lora.b, layer.weight, bias, lora.scale);
}

} // namespace slook::engine
