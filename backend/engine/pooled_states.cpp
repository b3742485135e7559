#include "engine/pooled_states.h"
#include "engine/text_states.h"
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <stdexcept>

namespace slook::engine {
namespace {

/// Keeps one intermediate result of the model while it lives.
class Tap {
public:
    Tap(VisionLanguageModel& model, std::string name)
        : m_model(model)
    {
        model.setObserver([this, name = std::move(name)](const auto& told, const auto& value) {
            if (told == name)
                m_value = value;
        });
    }
    ~Tap() { m_model.setObserver({}); }
    Tap(const Tap&) = delete;
    Tap& operator=(const Tap&) = delete;
    [[nodiscard]] const at::Tensor& value() const
    {
        if (!m_value.defined())
            throw std::invalid_argument("[Tap] this family does not tell its features");
        return m_value;
    }

private:
    VisionLanguageModel& m_model;
    at::Tensor m_value;
};

/// Under which name the observer is told the states of a layer; empty: there is no such layer.
std::string nameOfLayer(int layer, std::int64_t layers)
{
    const auto at = layer < 0 ? layers + 1 + layer : layer;
    if (at < 0 || at > layers)
        return {};
    return at == 0     ? "lm_input"
        : at == layers ? "lm_final_norm"
                       : "lm_layer_" + std::to_string(at - 1);
}

} // namespace

std::vector<at::Tensor> pooledPatches(
    VisionLanguageModel& model, const at::Tensor& pixels, std::span<const std::int64_t> tiles)
{
    const c10::InferenceMode noGradients;
    const Tap tap(model, "vision_features");
    (void)model.encodeImages(pixels.to(model.device()));
    const auto patches = tap.value().to(at::kCPU, at::kFloat);
    std::vector<at::Tensor> means;
    std::int64_t first = 0;
    for (const auto count : tiles) {
        means.push_back(patches.narrow(0, first, count).flatten(0, 1).mean(0));
        first += count;
    }
    return means;
}

Result<std::vector<at::Tensor>> pooledStates(
    VisionLanguageModel& model, std::span<const Opening> prompts, const StatesWish& wish)
{
    const auto layers = model.shape().layers;
    const auto name = nameOfLayer(wish.layer, layers);
    if (name.empty())
        return fail(ErrorKind::Invalid,
            "has no layer " + std::to_string(wish.layer) + "; choose one from 0 to "
                + std::to_string(layers) + ", or count from the end, from -1 to "
                + std::to_string(-layers - 1),
            "the model");
    std::vector<at::Tensor> pooled;
    if (prompts.empty())
        return pooled;
    const c10::InferenceMode noGradients;
    std::vector<std::vector<std::int64_t>> ids;
    std::vector<at::Tensor> pictures;
    for (const auto& prompt : prompts) {
        if (prompt.ids.empty())
            throw std::invalid_argument("[pooledStates] a prompt without a token");
        ids.push_back(prompt.ids);
        if (prompt.features.defined())
            pictures.push_back(prompt.features);
    }
    const Tap tap(model, name);
    // What stands behind a prompt's end is seen by nothing before it.
    const auto tokens = padded(ids).ids.to(model.device());
    (void)model.hidden(model.embed(tokens, pictures.empty() ? at::Tensor() : at::cat(pictures)));
    const auto states = tap.value().to(at::kCPU, at::kFloat);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto length = static_cast<std::int64_t>(ids[i].size());
        const auto rows = states[static_cast<std::int64_t>(i)].narrow(0, 0, length);
        pooled.push_back(wish.last ? rows[length - 1].clone() : rows.mean(0));
    }
    return pooled;
}

} // namespace slook::engine
