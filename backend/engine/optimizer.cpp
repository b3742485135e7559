#include "engine/optimizer.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <cmath>
#include <numbers>

namespace slook::engine {

Result<ScheduleOptions::Kind> scheduleFromName(std::string_view name)
{
    if (name == "constant")
        return ScheduleOptions::Kind::Constant;
    if (name == "linear")
        return ScheduleOptions::Kind::Linear;
    if (name == "cosine")
        return ScheduleOptions::Kind::Cosine;
    return fail(ErrorKind::Invalid,
        "The learning rate schedule '" + std::string(name)
            + "' is not known; choose constant, linear or cosine.");
}

std::string nameOf(ScheduleOptions::Kind kind)
{
    switch (kind) {
    case ScheduleOptions::Kind::Constant:
        return "constant";
    case ScheduleOptions::Kind::Linear:
        return "linear";
    case ScheduleOptions::Kind::Cosine:
        break;
    }
    return "cosine";
}

double scheduleFactor(const ScheduleOptions& schedule, std::int64_t step, std::int64_t total)
{
    const auto warmup = schedule.warmupSteps >= 0
        ? schedule.warmupSteps
        : static_cast<std::int64_t>(std::ceil(schedule.warmupRatio * static_cast<double>(total)));
    if (step < warmup)
        return static_cast<double>(step) / static_cast<double>(std::max<std::int64_t>(1, warmup));
    const double done = std::min(1.0,
        static_cast<double>(step - warmup)
            / static_cast<double>(std::max<std::int64_t>(1, total - warmup)));
    double factor = 1.0;
    if (schedule.kind == ScheduleOptions::Kind::Linear)
        factor = 1.0 - done;
    else if (schedule.kind == ScheduleOptions::Kind::Cosine)
        factor = 0.5 * (1.0 + std::cos(std::numbers::pi * done));
    else
        return 1.0;
    return schedule.floor + (1.0 - schedule.floor) * std::max(0.0, factor);
}

std::vector<at::Tensor> tensorsOf(const std::vector<ParameterGroup>& groups)
{
    std::vector<at::Tensor> tensors;
    for (const ParameterGroup& group : groups)
        for (const auto& part : group.parameters.parts())
            tensors.push_back(part.tensor);
    return tensors;
}

AdamW::AdamW(std::vector<ParameterGroup> groups, const AdamOptions& options)
    : m_groups(std::move(groups))
    , m_options(options)
{
    std::erase_if(
        m_groups, [](const ParameterGroup& group) { return group.parameters.size() == 0; });
    for (const ParameterGroup& group : m_groups)
        m_moments.push_back(
            { at::zeros_like(group.parameters.values()), at::zeros_like(group.parameters.values()),
                at::zeros({}, group.parameters.values().options()) });
}

void AdamW::zeroGradients()
{
    for (ParameterGroup& group : m_groups)
        group.parameters.zeroGradients();
}

double AdamW::clip()
{
    double squares = 0.0;
    for (const ParameterGroup& group : m_groups) {
        const double norm = at::linalg_vector_norm(group.parameters.gradients()).item<double>();
        squares += norm * norm;
    }
    const double norm = std::sqrt(squares);
    const double factor =
        m_options.maxGradNorm / (norm + 1e-6); // the small number as in torch's clip_grad_norm_
    if (m_options.maxGradNorm > 0.0 && factor < 1.0)
        for (const ParameterGroup& group : m_groups)
            group.parameters.gradients().mul_(factor);
    return norm;
}

at::Tensor orthogonalised(const at::Tensor& matrix)
{
    const bool tall = matrix.size(0) > matrix.size(1);
    auto x = tall ? matrix.t() : matrix;
    x = x / (x.norm() + 1e-7);
    for (int i = 0; i < 5; ++i) { // x <- a x + b (x x^T) x + c (x x^T)^2 x
        const auto square = at::mm(x, x.t());
        const auto factor = at::addmm(square, square, square, -4.7750, 2.0315);
        x = at::addmm(x, factor, x, 3.4445, 1.0);
    }
    return tall ? x.t() : x;
}

void AdamW::stepAdam(const ParameterGroup& group, const Moments& moments, double rate) const
{
    std::vector<at::Tensor> values { group.parameters.values() };
    std::vector<at::Tensor> first { moments.first };
    std::vector<at::Tensor> second { moments.second };
    at::_fused_adamw_(values, { group.parameters.gradients() }, first, second, {}, { moments.step },
        rate, m_options.beta1, m_options.beta2, group.weightDecay, m_options.epsilon,
        /*amsgrad=*/false, /*maximize=*/false);
}

void AdamW::stepOrthogonal(const ParameterGroup& group, const Moments& moments, double rate)
{
    constexpr double momentum = 0.95;
    const auto& gradients = group.parameters.gradients();
    moments.first.lerp_(gradients, 1.0 - momentum);
    const auto ahead = gradients.lerp(moments.first, momentum); // Nesterov's look ahead
    for (const FlatParameters::Part& part : group.parameters.parts()) {
        const auto& sizes = part.tensor.sizes();
        const auto mine = [&](const at::Tensor& all) {
            return all.narrow(0, part.begin, part.tensor.numel());
        };
        if (!gradients[part.begin].is_nonzero() && !mine(gradients).any().item<bool>())
            continue; // nothing was asked of it: its old momentum would move it as far as ever
        const auto step = orthogonalised(mine(ahead).view(sizes));
        const double length = 0.2 * std::sqrt(static_cast<double>(std::max(sizes[0], sizes[1])));
        part.tensor.mul_(1.0 - rate * group.weightDecay).add_(step, -rate * length);
    }
}

void AdamW::step(double rate)
{
    const c10::NoGradGuard noGradients;
    for (std::size_t i = 0; i < m_groups.size(); ++i) {
        const ParameterGroup& group = m_groups[i];
        m_moments[i].step.add_(1);
        if (group.rule == UpdateRule::Orthogonal)
            stepOrthogonal(group, m_moments[i], rate * group.rateScale);
        else
            stepAdam(group, m_moments[i], rate * group.rateScale);
    }
}

std::map<std::string, at::Tensor> AdamW::state() const
{
    std::map<std::string, at::Tensor> state;
    for (std::size_t i = 0; i < m_groups.size(); ++i) {
        const std::string& name = m_groups[i].name;
        state[name + "/values"] = m_groups[i].parameters.values();
        state[name + "/m"] = m_moments[i].first;
        state[name + "/v"] = m_moments[i].second;
        state[name + "/step"] = m_moments[i].step.reshape({ 1 });
    }
    return state;
}

Result<void> AdamW::restore(const std::map<std::string, at::Tensor>& state)
{
    const c10::NoGradGuard noGradients;
    for (const auto& [name, target] : this->state()) {
        const auto found = state.find(name);
        if (found == state.end() || found->second.sizes() != target.sizes()
            || found->second.scalar_type() != at::kFloat)
            return fail(ErrorKind::Invalid,
                "The checkpoint has no fitting tensor '" + name
                    + "': it belongs to a training with other options.");
        target.copy_(found->second); // state() gives views of our own tensors
    }
    return {};
}

} // namespace slook::engine
