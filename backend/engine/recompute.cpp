#include "engine/recompute.h"
#include "engine/random_state.h"
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
    };

    static at::Tensor forward(
        autograd::AutogradContext* context, const at::Tensor& x, const Block& block)
    {
        context->save_for_backward({ x });
        context->saved_data["random"] = randomState(x.device());
        auto holder = c10::make_intrusive<Holder>();
        holder->block = block;
        context->saved_data["block"] = c10::IValue::make_capsule(holder);
        return block(x); // gradient mode is off in here
    }

    static autograd::variable_list backward(
        autograd::AutogradContext* context, autograd::variable_list gradients)
    {
        const auto x = context->get_saved_variables()[0].detach().requires_grad_(true);
        const auto holder =
            c10::static_intrusive_pointer_cast<Holder>(context->saved_data["block"].toCapsule());
        const auto now = randomState(x.device());
        setRandomState(x.device(), context->saved_data["random"].toTensor());
        at::Tensor y;
        {
            const c10::AutoGradMode on(true);
            y = holder->block(x);
        }
        setRandomState(x.device(), now);
        y.backward(gradients[0]); // the weights inside gather their gradients here
        return { x.grad(), at::Tensor() };
    }
};

} // namespace

BlockRunner recomputingRunner()
{
    return [](const Block& block, const at::Tensor& x) {
        if (!c10::GradMode::is_enabled())
            return block(x);
        // A node is recorded only where its input wants a gradient; the first layer's may not.
        return Recompute::apply(x.requires_grad() ? x : x.detach().requires_grad_(true), block);
    };
}

} // namespace slook::engine
