#include "engine/lora.h"
#include "engine/pattern.h"
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <cmath>

namespace slook::engine {
namespace {

bool endsWithPart(std::string_view path, std::string_view last)
{
    return path == last
        || (path.size() > last.size() && path.ends_with(last)
            && path[path.size() - last.size() - 1] == '.');
}

bool inScope(ModelPart part, const LoraSettings& settings)
{
    switch (part) {
    case ModelPart::LanguageModel:
        return settings.languageModel;
    case ModelPart::Projector:
        return settings.projector;
    case ModelPart::Vision:
        return settings.vision;
    case ModelPart::Head:
        break;
    }
    return true; // only where a target names it
}

bool isNamed(const Linear& layer, const LoraSettings& settings)
{
    return std::any_of(
        settings.targets.begin(), settings.targets.end(), [&](const std::string& target) {
            if (target == "all-linear")
                return partOf(layer.name) != ModelPart::Head; // as PEFT: not the output layer
            return endsWithPart(layer.name, target);
        });
}

/// PEFT's rule for rank_pattern and alpha_pattern: the key is the path or an end of it.
template <class T>
T fromPattern(const std::map<std::string, T>& pattern, const std::string& path, T fallback)
{
    for (const auto& [key, value] : pattern) {
        if (endsWithPart(path, key))
            return value;
        if (const auto compiled = Pattern::compile("(.*\\.)?(" + key + ")");
            compiled && compiled->matchesWhole(path))
            return value;
    }
    return fallback;
}

Result<void> checkSettings(const LoraSettings& settings)
{
    const auto bad = [](std::string what) { return fail(ErrorKind::Invalid, std::move(what)); };
    if (settings.rank < 1 || settings.rank > 4096)
        return bad("The adapter's rank is " + std::to_string(settings.rank)
            + "; it must lie between 1 and 4096.");
    if (!(settings.dropout >= 0.0 && settings.dropout < 1.0))
        return bad("The adapter's dropout is " + std::to_string(settings.dropout)
            + "; it must lie in [0, 1).");
    if (!std::isfinite(settings.alpha))
        return bad("The adapter's alpha is no finite number.");
    return {};
}

std::string examples(const std::vector<Linear*>& linears)
{
    std::vector<std::string> lasts;
    for (const Linear* layer : linears) {
        const auto last = layer->name.substr(layer->name.rfind('.') + 1);
        if (std::find(lasts.begin(), lasts.end(), last) == lasts.end() && lasts.size() < 12)
            lasts.push_back(last);
    }
    std::string text;
    for (const std::string& last : lasts)
        text += (text.empty() ? "" : ", ") + last;
    return text;
}

} // namespace

ModelPart partOf(std::string_view modulePath)
{
    const auto has = [&](std::string_view part) {
        return modulePath.find(part) != std::string_view::npos;
    };
    if (endsWithPart(modulePath, "lm_head"))
        return ModelPart::Head;
    if (has("vision_tower") || has("vision_model"))
        return ModelPart::Vision;
    if (has("projector") || has("connector") || has("image_newline"))
        return ModelPart::Projector;
    return ModelPart::LanguageModel;
}

Result<std::vector<std::string>> chooseTargets(
    const std::vector<Linear*>& linears, const LoraSettings& settings)
{
    std::optional<Pattern> pattern;
    if (!settings.pattern.empty()) {
        auto compiled = Pattern::compile(settings.pattern);
        if (!compiled)
            return fail(compiled.error());
        pattern = std::move(*compiled);
    }
    std::vector<std::string> chosen;
    for (const Linear* layer : linears)
        if (inScope(partOf(layer->name), settings)
            && (pattern ? pattern->matchesWhole(layer->name) : isNamed(*layer, settings)))
            chosen.push_back(layer->name);
    if (chosen.empty())
        return fail(ErrorKind::Invalid,
            "No layer of the model is chosen for the adapter; name some of these: "
                + examples(linears) + ".");
    return chosen;
}

Result<LoraAdapter> LoraAdapter::build(
    VisionLanguageModel& model, const LoraSettings& settings, const std::vector<std::string>& names)
{
    if (const auto good = checkSettings(settings); !good)
        return fail(good.error());
    LoraAdapter adapter;
    adapter.m_settings = settings;
    for (Linear* layer : model.linears()) {
        adapter.m_allLayers.push_back(layer->name);
        if (std::find(names.begin(), names.end(), layer->name) == names.end())
            continue;
        if (layer->lora)
            return fail(ErrorKind::Conflict,
                "The layer " + layer->name
                    + " has an adapter already; detach or merge that one first.");
        Module module { layer->name, layer, std::make_shared<Lora>(), 0, 0.0 };
        module.rank = fromPattern(settings.rankPattern, layer->name, settings.rank);
        module.alpha = fromPattern(settings.alphaPattern, layer->name, settings.alpha);
        const auto rank = static_cast<double>(module.rank);
        module.lora->scale = module.alpha / (settings.rankStabilised ? std::sqrt(rank) : rank);
        module.lora->dropout = settings.dropout;
        adapter.m_modules.push_back(std::move(module));
    }
    return adapter;
}

Result<LoraAdapter> LoraAdapter::create(
    VisionLanguageModel& model, const LoraSettings& settings, std::uint64_t seed)
{
    const auto names = chooseTargets(model.linears(), settings);
    if (!names)
        return fail(names.error());
    auto adapter = build(model, settings, *names);
    if (!adapter)
        return adapter;
    auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
    for (Module& module : adapter->m_modules) {
        const auto& weight = module.layer->weight;
        const double bound = 1.0 / std::sqrt(static_cast<double>(weight.size(1)));
        module.lora->a = at::empty({ module.rank, weight.size(1) }, at::kFloat)
                             .uniform_(-bound, bound, generator);
        module.lora->a = module.lora->a.to(weight.device());
        module.lora->b = at::zeros({ weight.size(0), module.rank }, module.lora->a.options());
    }
    adapter->flatten();
    adapter->attach();
    return adapter;
}

Result<LoraAdapter> LoraAdapter::fromTensors(VisionLanguageModel& model,
    const LoraSettings& settings,
    const std::map<std::string, std::pair<at::Tensor, at::Tensor>>& matrices)
{
    std::vector<std::string> names;
    for (const auto& [name, both] : matrices)
        names.push_back(name);
    auto adapter = build(model, settings, names);
    if (!adapter)
        return adapter;
    if (adapter->m_modules.size() != names.size())
        return fail(ErrorKind::Invalid,
            "The adapter is for another model: a layer that it changes is not there.");
    for (Module& module : adapter->m_modules) {
        const auto& [a, b] = matrices.at(module.name);
        const auto& weight = module.layer->weight;
        const bool fits = a.dim() == 2 && b.dim() == 2 && a.size(0) == module.rank
            && a.size(1) == weight.size(1) && b.size(0) == weight.size(0)
            && b.size(1) == module.rank;
        if (!fits)
            return fail(ErrorKind::Invalid,
                "The adapter's matrices for " + module.name + " do not fit the model's layer.");
        module.lora->a = a.to(weight.device(), at::kFloat).clone();
        module.lora->b = b.to(weight.device(), at::kFloat).clone();
    }
    adapter->flatten();
    adapter->attach();
    return adapter;
}

LoraAdapter& LoraAdapter::operator=(LoraAdapter&& other) noexcept
{
    if (this != &other) {
        detach();
        m_settings = std::move(other.m_settings);
        m_modules = std::move(other.m_modules);
        m_allLayers = std::move(other.m_allLayers);
        m_flat = std::move(other.m_flat);
        other.m_modules.clear();
    }
    return *this;
}

void LoraAdapter::flatten()
{
    std::vector<std::pair<std::string, at::Tensor>> tensors;
    for (const Module& module : m_modules) {
        tensors.emplace_back(module.name + ".lora_A.weight", module.lora->a);
        tensors.emplace_back(module.name + ".lora_B.weight", module.lora->b);
    }
    m_flat = FlatParameters(tensors);
}

bool LoraAdapter::touches(ModelPart part) const
{
    return std::any_of(m_modules.begin(), m_modules.end(),
        [&](const Module& module) { return partOf(module.name) == part; });
}

void LoraAdapter::setEnabled(bool enabled)
{
    for (Module& module : m_modules)
        module.lora->enabled = enabled;
}

void LoraAdapter::setTraining(bool training)
{
    for (Module& module : m_modules)
        module.lora->training = training;
}

void LoraAdapter::attach()
{
    for (Module& module : m_modules)
        module.layer->lora = module.lora;
}

void LoraAdapter::detach()
{
    for (Module& module : m_modules)
        if (module.layer->lora == module.lora)
            module.layer->lora = nullptr;
}

void LoraAdapter::merge()
{
    const c10::NoGradGuard noGradients;
    for (Module& module : m_modules) {
        const auto change = at::matmul(module.lora->b, module.lora->a) * module.lora->scale;
        module.layer->weight.add_(change.to(module.layer->weight.scalar_type()));
    }
    detach();
}

} // namespace slook::engine
