#include "engine/recompute.h"
#include "engine/dropout.h"
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

namespace slook::engine {
namespace {

namespace autograd = torch::autograd;

struct Recompute : autograd::Function<Recompute> {
    struct Holder : torch::CustomClassHolder {
        Block block;
        DropoutSource dropout;
        std::vector<at::Tensor> parameters;
    };

    static at::Tensor forward(autograd::AutogradContext* context, const at::Tensor& x,
        at::TensorList parameters, const Block& block)
    {
        context->save_for_backward({ x });
        auto holder = c10::make_intrusive<Holder>();
        holder->block = block;
        holder->dropout = dropoutSource();
        holder->parameters = parameters.vec();
        context->saved_data["holder"] = c10::IValue::make_capsule(holder);
        return block(x); // gradient mode is off in here
    }

    static autograd::variable_list backward(
        autograd::AutogradContext* context, const autograd::variable_list& gradients)
    {
        const auto holder =
            c10::static_intrusive_pointer_cast<Holder>(context->saved_data["holder"].toCapsule());
        autograd::variable_list inputs { context->get_saved_variables()[0].detach().requires_grad_(
            true) };
        at::Tensor y;
        {
            const c10::AutoGradMode on(true);
            auto source = holder->dropout;
            const DropFrom dropout(source);
            y = holder->block(inputs[0]);
        }
        inputs.insert(inputs.end(), holder->parameters.begin(), holder->parameters.end());
        auto all = autograd::grad({ y }, inputs, { gradients[0] }, /*retain_graph=*/false,
            /*create_graph=*/false, /*allow_unused=*/true);
        all.emplace_back(); // of the block itself
        return all;
    }
};

} // namespace

BlockRunner recomputingRunner(std::int64_t layers, std::vector<at::Tensor> parameters)
{
    return [layers, parameters = std::move(parameters)](
               const Block& block, const at::Tensor& x, std::int64_t layer) {
        if (!c10::GradMode::is_enabled() || layer >= layers)
            return block(x);
        return Recompute::apply(x, at::TensorList(parameters), block);
    };
}

} // namespace slook::engine
