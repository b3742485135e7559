#include "engine/load_model.h"
#include "core/file.h"
#include "engine/idefics3.h"
#include "engine/llava_next.h"
#include "engine/original_llava.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <nlohmann/json.hpp>

namespace slook::engine {
namespace {

/// A family: how to make its model from its config and weights.
struct Family {
    const char* modelType;
    Result<std::unique_ptr<VisionLanguageModel>> (*create)(
        const Json& config, const std::string& where, Weights& weights);
};

constexpr Family families[] = {
    { "llava", Llava::create },
    { "llava_next", LlavaNext::create },
    { "idefics3", Idefics3::create },
    { "smolvlm", Idefics3::create },
    { "llama", LlamaText::create },
    { "mistral", LlamaText::create },
};

Result<const Family*> familyOf(const Json& config, const std::string& where)
{
    const auto type = stringOr(config, "model_type", "(none)");
    const auto found = std::ranges::find(families, type, &Family::modelType);
    if (found != std::end(families))
        return found;
    std::string known;
    for (const auto& name : knownFamilies())
        known += (known.empty() ? "" : ", ") + name;
    return fail(ErrorKind::Invalid,
        "is for the model type \"" + type.substr(0, 60) + "\"; the types that can be read are "
            + known,
        where);
}

Result<Json> readConfigFile(const std::filesystem::path& folder)
{
    const auto file = folder / "config.json";
    const auto text = readFile(file, 16u << 20);
    if (!text)
        return fail(text.error().kind,
            "cannot be read, so this is no model folder; choose one with config.json, "
            "tokenizer.json and model.safetensors",
            file.string());
    return parseJson(*text, file.string());
}

Result<Weights> openWeights(const std::filesystem::path& folder, const Json& config,
    at::Device device, at::ScalarType type, bool int8)
{
    if (!isOriginalLlava(config))
        return Weights::open(folder, device, type, canonicalName, int8);
    auto weights = Weights::open(folder, device, type, originalLlavaName, int8);
    if (!weights || weights->has("model.vision_tower.embeddings.patch_embedding.weight"))
        return weights;
    const auto tower = towerOfOriginalLlava(folder, config);
    if (!tower)
        return fail(tower.error());
    if (auto added = weights->add(*tower, clipTowerName); !added)
        return fail(std::move(added).error());
    return weights;
}

} // namespace

std::vector<std::string> knownFamilies()
{
    std::vector<std::string> names;
    for (const Family& family : families)
        names.emplace_back(family.modelType);
    return names;
}

Result<Json> readModelConfig(const std::filesystem::path& folder)
{
    auto config = readConfigFile(folder);
    if (!config || !isOriginalLlava(*config))
        return config;
    return translatedOriginalLlava(folder, *config);
}

Result<std::unique_ptr<VisionLanguageModel>> loadModel(
    const std::filesystem::path& folder, at::Device device, at::ScalarType type, bool int8)
{
    if (int8 && (!device.is_cpu() || type != at::kFloat))
        return fail(ErrorKind::Invalid,
            "cannot be kept in int8 on " + device.str()
                + "; choose the device cpu, or leave int8 out",
            folder.string());
    const auto raw = readConfigFile(folder);
    if (!raw)
        return fail(raw.error());
    const auto config = readModelConfig(folder);
    if (!config)
        return fail(config.error());
    const auto where = (folder / "config.json").string();
    const auto family = familyOf(*config, where);
    if (!family)
        return fail(family.error());
    auto weights = openWeights(folder, *raw, device, type, int8);
    if (!weights)
        return fail(std::move(weights).error());
    return (*family)->create(*config, where, *weights);
}

Result<std::unique_ptr<VisionLanguageModel>> randomModel(
    const std::filesystem::path& folder, std::uint64_t seed)
{
    const auto config = readModelConfig(folder);
    if (!config)
        return fail(config.error());
    const auto where = (folder / "config.json").string();
    const auto family = familyOf(*config, where);
    if (!family)
        return fail(family.error());
    auto weights = Weights::random(seed);
    return (*family)->create(*config, where, weights);
}

} // namespace slook::engine
