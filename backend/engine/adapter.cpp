#include "engine/adapter.h"
#include "core/file.h"
#include "core/json.h"
#include "engine/pattern.h"
#include "engine/tensor_file.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::engine {
namespace {

namespace fs = std::filesystem;
constexpr auto configName = "adapter_config.json";
constexpr auto tensorsName = "adapter_model.safetensors";
constexpr std::string_view peftPrefix = "base_model.model.";
using Matrices = std::map<std::string, std::pair<at::Tensor, at::Tensor>>;

tl::unexpected<Error> invalid(std::string what, const fs::path& where)
{
    return fail(ErrorKind::Invalid, std::move(what), where.string());
}

/// The first setting that asks for more than plain LoRA; empty where there is none.
std::string unsupported(const Json& config)
{
    for (const char* key :
        { "use_dora", "lora_bias", "fan_in_fan_out", "use_qalora", "use_bdlora" })
        if (boolOr(config, key, false))
            return key;
    if (const auto bias = stringOr(config, "bias", "none"); bias != "none")
        return "bias = " + bias;
    for (const char* key :
        { "modules_to_save", "layer_replication", "trainable_token_indices", "target_parameters" })
        if (config.contains(key) && !config[key].is_null() && !config[key].empty())
            return key;
    return {};
}

template <class T> std::map<std::string, T> patternOr(const Json& config, const char* key)
{
    std::map<std::string, T> pattern;
    if (config.contains(key) && config[key].is_object())
        for (const auto& [name, value] : config[key].items())
            if (value.is_number())
                pattern[name] = value.template get<T>();
    return pattern;
}

Result<LoraSettings> parseSettings(const Json& config, const fs::path& file)
{
    if (!config.is_object() || stringOr(config, "peft_type") != "LORA")
        return invalid("The adapter is no LoRA adapter, so it cannot be used here.", file);
    if (const auto feature = unsupported(config); !feature.empty())
        return invalid("The adapter uses " + feature
                + ", which is not supported; merge it into its base model with PEFT and open that "
                  "folder.",
            file);
    LoraSettings settings;
    settings.rank = integerOr(config, "r", -1);
    settings.alpha = numberOr(config, "lora_alpha", std::nan(""));
    settings.dropout = numberOr(config, "lora_dropout", 0.0);
    settings.rankStabilised = boolOr(config, "use_rslora", false);
    settings.rankPattern = patternOr<std::int64_t>(config, "rank_pattern");
    settings.alphaPattern = patternOr<double>(config, "alpha_pattern");
    if (config.contains("target_modules") && config["target_modules"].is_string()
        && config["target_modules"] != "all-linear")
        settings.pattern = config["target_modules"].get<std::string>();
    else
        settings.targets = stringsOr(config, "target_modules", { "all-linear" });
    if (settings.rank < 1 || settings.rank > 4096 || !std::isfinite(settings.alpha))
        return invalid("The adapter's r or lora_alpha is missing or out of range.", file);
    return settings;
}

/// "base_model.model.<path>.lora_A.weight" -> path in memory and which of the two; empty where it
/// is neither.
std::pair<std::string, char> parseName(const std::string& name, const VisionLanguageModel& model)
{
    for (const char which : { 'A', 'B' })
        for (const char* middle : { "", ".default" }) { // some files keep the adapter's own name
            const std::string end = std::string(".lora_") + which + middle + ".weight";
            if (name.starts_with(peftPrefix) && name.ends_with(end)) {
                const auto path =
                    name.substr(peftPrefix.size(), name.size() - peftPrefix.size() - end.size());
                return { model.nameInMemory(path), which };
            }
        }
    return { "", ' ' };
}

Result<Matrices> readMatrices(const fs::path& path, const VisionLanguageModel& model)
{
    const auto file = TensorFile::open(path);
    if (!file)
        return fail(file.error());
    Matrices matrices;
    for (const auto& [name, entry] : file->entries()) {
        const auto [module, which] = parseName(name, model);
        if (module.empty())
            return invalid("The adapter holds the tensor '" + name.substr(0, 120)
                    + "', which is no part of a LoRA.",
                path);
        auto tensor = file->read(name);
        if (!tensor)
            return fail(tensor.error());
        auto& target = which == 'A' ? matrices[module].first : matrices[module].second;
        if (target.defined())
            return invalid(
                "The adapter holds the layer " + module + " twice, under two names.", path);
        target = std::move(*tensor);
    }
    for (const auto& [module, both] : matrices)
        if (!both.first.defined() || !both.second.defined())
            return invalid(
                "The adapter has only one of its two matrices for " + module.substr(0, 120) + ".",
                path);
    if (matrices.empty())
        return invalid("The adapter's file holds no tensor.", path);
    return matrices;
}

std::string shapeText(const at::Tensor& tensor)
{
    std::string text;
    for (const auto size : tensor.sizes())
        text += (text.empty() ? "" : " x ") + std::to_string(size);
    return text;
}

Result<void> checkFit(const Matrices& matrices, VisionLanguageModel& model, const fs::path& where)
{
    std::map<std::string, const Linear*> layers;
    for (const Linear* layer : model.linears())
        layers[layer->name] = layer;
    for (const auto& [module, both] : matrices) {
        const auto& [a, b] = both;
        const auto found = layers.find(module);
        if (found == layers.end())
            return invalid("The adapter is for another model: it changes the layer "
                    + module.substr(0, 120)
                    + ", which this model does not have; open the model that it was trained on.",
                where);
        const auto& weight = found->second->weight;
        if (a.dim() != 2 || b.dim() != 2 || a.size(1) != weight.size(1)
            || b.size(0) != weight.size(0) || a.size(0) != b.size(1))
            return invalid("The adapter is for another model: its matrices for " + module + " are "
                    + shapeText(a) + " and " + shapeText(b) + ", but the layer is "
                    + shapeText(weight) + "; open the model that it was trained on.",
                where);
    }
    return {};
}

/// PEFT's module path of a layer in the wanted generation. Only LLaVA's names ever changed.
std::string peftPath(const std::string& module, AdapterNames names, bool isLlava)
{
    if (names == AdapterNames::Current || !isLlava)
        return module;
    if (module == "lm_head")
        return "language_model.lm_head";
    const std::string inner = module.starts_with("model.") ? module.substr(6) : module;
    constexpr std::string_view language = "language_model.";
    constexpr std::string_view vision = "vision_tower.";
    if (inner.starts_with(language))
        return "language_model.model." + inner.substr(language.size());
    if (inner.starts_with(vision))
        return "vision_tower.vision_model." + inner.substr(vision.size());
    return inner;
}

/// Whether the adapter's model has LLaVA's modules.
bool isLlava(const LoraAdapter& adapter)
{
    return std::ranges::any_of(adapter.allLayers(),
        [](const std::string& layer) { return layer.starts_with("model.language_model."); });
}

std::string escaped(const std::string& text)
{
    std::string out;
    for (const char c : text)
        out += c == '.' ? "\\." : std::string(1, c);
    return out;
}

/// ".*language_model.*\\.(q_proj|v_proj)" over the parts and last names that `adapter` has.
std::string shortExpression(const LoraAdapter& adapter)
{
    std::set<std::string> parts, lasts;
    for (const auto& module : adapter.modules()) {
        const auto inner = module.name.starts_with("model.") ? module.name.substr(6) : module.name;
        parts.insert(inner.substr(0, inner.find('.')));
        lasts.insert(module.name.substr(module.name.rfind('.') + 1));
    }
    const auto joined = [](const std::set<std::string>& names) {
        std::string all;
        for (const std::string& name : names)
            all += (all.empty() ? "" : "|") + escaped(name);
        return all;
    };
    return ".*(" + joined(parts) + ").*\\.(" + joined(lasts) + ")";
}

/// target_modules: an expression that chooses exactly our layers in PEFT. The short one holds for
/// both generations of names; where it would choose more, the layers are listed.
std::string targetExpression(const LoraAdapter& adapter, AdapterNames names)
{
    const std::string brief = shortExpression(adapter);
    std::set<std::string> ours, chosen;
    for (const auto& module : adapter.modules())
        ours.insert(module.name);
    if (const auto pattern = Pattern::compile(brief))
        for (const std::string& layer : adapter.allLayers())
            if (pattern->matchesWhole(layer))
                chosen.insert(layer);
    if (chosen == ours)
        return brief;
    std::string all;
    for (const std::string& module : ours)
        all += (all.empty() ? "" : "|") + escaped(peftPath(module, names, isLlava(adapter)));
    return "(" + all + ")";
}

Json number(double value)
{
    return value == std::floor(value) && std::abs(value) < 1e15
        ? Json(static_cast<std::int64_t>(value))
        : Json(value);
}

Json configOf(const LoraAdapter& adapter, const std::string& baseModel, AdapterNames names)
{
    const LoraSettings& settings = adapter.settings();
    Json config;
    config["peft_type"] = "LORA";
    config["task_type"] = "CAUSAL_LM";
    config["base_model_name_or_path"] = baseModel.empty() ? Json() : Json(baseModel);
    config["r"] = settings.rank;
    config["lora_alpha"] = number(settings.alpha);
    config["lora_dropout"] = settings.dropout;
    config["target_modules"] = targetExpression(adapter, names);
    config["bias"] = "none";
    config["fan_in_fan_out"] = false;
    config["inference_mode"] = true;
    config["init_lora_weights"] = true;
    config["use_rslora"] = settings.rankStabilised;
    config["use_dora"] = false;
    config["modules_to_save"] = Json();
    config["rank_pattern"] = Json::object();
    config["alpha_pattern"] = Json::object();
    for (const auto& module : adapter.modules()) {
        const auto key = escaped(peftPath(module.name, names, isLlava(adapter)));
        if (module.rank != settings.rank)
            config["rank_pattern"][key] = module.rank;
        if (module.alpha != settings.alpha)
            config["alpha_pattern"][key] = number(module.alpha);
    }
    return config;
}

} // namespace

Result<LoraAdapter> readAdapter(const fs::path& folder, VisionLanguageModel& model)
{
    const fs::path configFile = folder / configName;
    const auto text = readFile(configFile, 4u << 20);
    if (!text)
        return fail(text.error());
    const auto config = parseJson(*text, configFile.string());
    if (!config)
        return fail(config.error());
    auto settings = parseSettings(*config, configFile);
    if (!settings)
        return fail(settings.error());
    if (std::error_code ignored; !fs::exists(folder / tensorsName, ignored)
        && fs::exists(folder / "adapter_model.bin", ignored))
        return invalid("The adapter is stored as a pickle, which may run code and is never opened; "
                       "save it again with "
                       "safe_serialization.",
            folder / "adapter_model.bin");
    const auto matrices = readMatrices(folder / tensorsName, model);
    if (!matrices)
        return fail(matrices.error());
    if (const auto fits = checkFit(*matrices, model, folder / tensorsName); !fits)
        return fail(fits.error());
    for (const auto& [module, both] :
        *matrices) // the tensors say the rank; a config that says otherwise is refused below
        if (both.first.size(0) != settings->rank && settings->rankPattern.empty())
            return invalid("The adapter's config says rank " + std::to_string(settings->rank)
                    + ", but the matrices for " + module + " have rank "
                    + std::to_string(both.first.size(0)) + ".",
                configFile);
    auto adapter = LoraAdapter::fromTensors(model, *settings, *matrices);
    if (!adapter)
        return fail(adapter.error().kind, adapter.error().what, folder.string());
    return adapter;
}

Result<void> writeAdapter(const fs::path& folder, const LoraAdapter& adapter,
    const std::string& baseModel, AdapterNames names)
{
    std::error_code problem;
    fs::create_directories(folder, problem);
    if (problem)
        return fail(ErrorKind::Io, "The adapter cannot be written: " + problem.message() + ".",
            folder.string());
    std::map<std::string, at::Tensor> tensors;
    for (const auto& module : adapter.modules()) {
        const auto prefix =
            std::string(peftPrefix) + peftPath(module.name, names, isLlava(adapter));
        tensors[prefix + ".lora_A.weight"] = module.lora->a.detach();
        tensors[prefix + ".lora_B.weight"] = module.lora->b.detach();
    }
    if (const auto written = writeTensorFile(folder / tensorsName, tensors); !written)
        return written;
    return writeFileAtomically(
        folder / configName, dumpPretty(configOf(adapter, baseModel, names)) + "\n");
}

} // namespace slook::engine
