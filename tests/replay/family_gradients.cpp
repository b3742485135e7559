#include "engine/feature_cache.h"
#include "family_case.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace slook::replay {
namespace {

/// Where a parameter comes in the order of modules in memory, in which the fixtures list them: by
/// part, layer, and place within a layer. CLIP's attention lists key and value before query.
std::array<std::size_t, 3> moduleOrder(const std::string& name)
{
    static const std::vector<std::string> parts { "image_newline", ".embeddings.", ".pre_layrnorm",
        ".encoder.", ".post_layernorm", "multi_modal_projector.linear_1",
        "multi_modal_projector.linear_2", "connector", "embed_tokens", ".layers.", ".norm",
        "lm_head" };
    static const std::vector<std::string> clip { "self_attn.k_proj", "self_attn.v_proj",
        "self_attn.q_proj", "self_attn.out_proj", "layer_norm1", "mlp.fc1", "mlp.fc2",
        "layer_norm2" };
    static const std::vector<std::string> llama { "self_attn.q_proj", "self_attn.k_proj",
        "self_attn.v_proj", "self_attn.o_proj", "mlp.gate", "mlp.up", "mlp.down", "input_layernorm",
        "post_attention" };
    const auto rank = [&](const std::vector<std::string>& list) {
        return static_cast<std::size_t>(std::ranges::find_if(list, [&](const auto& one) {
            return name.find(one) != std::string::npos;
        }) - list.begin());
    };
    const auto at = name.find("layers.");
    const std::size_t layer = at == std::string::npos ? 0 : std::stoul(name.substr(at + 7));
    const bool vision = name.find("vision_") != std::string::npos;
    return { rank(parts), layer,
        2 * rank(vision ? clip : llama) + (name.ends_with(".bias") ? 1 : 0) };
}

} // namespace

Result<void> runGradients(FamilyRun& run, const CaseRows& rows, Json& json)
{
    auto& model = run.session.model();
    const auto completion = json.at("completion_ids").get<std::vector<std::int64_t>>();
    auto ids = rows.prompts[0].opening.ids;
    const auto promptLength = static_cast<std::int64_t>(ids.size());
    ids.insert(ids.end(), completion.begin(), completion.end() - 1);
    auto parameters = model.parameters();
    for (auto& [name, parameter] : parameters)
        parameter.requires_grad_(true);
    std::vector<engine::Picture> pictures;
    for (const auto& picture : rows.pictures)
        pictures.push_back({ run.session.pixelValues(std::span(&picture, 1)), picture.layout() });
    const auto features =
        pictures.empty() ? at::Tensor() : at::cat(engine::encodePictures(model, pictures));
    const auto hidden =
        model.hidden(model.embed(at::tensor(ids, at::kLong).unsqueeze(0), features));
    const auto logits = model
                            .logits(hidden.narrow(
                                1, promptLength - 1, static_cast<std::int64_t>(completion.size())))
                            .squeeze(0);
    const auto loss = at::cross_entropy_loss(logits, at::tensor(completion, at::kLong));
    loss.backward();
    double squares = 0;
    std::vector<std::string> stored;
    for (auto& [name, parameter] : parameters) {
        const auto gradient = parameter.grad();
        parameter.requires_grad_(false);
        if (!gradient.defined())
            continue;
        squares += gradient.to(at::kDouble).square().sum().item<double>();
        if (run.wanted.contains("grad/" + name)) {
            run.tensors["grad/" + name] = gradient;
            stored.push_back(name);
        }
        parameter.mutable_grad() = at::Tensor();
    }
    std::ranges::stable_sort(stored, {}, moduleOrder);
    json["expected"] = { { "loss", loss.item<double>() },
        { "grad_norm_all_params", std::sqrt(squares) }, { "stored", stored } };
    return {};
}

} // namespace slook::replay
