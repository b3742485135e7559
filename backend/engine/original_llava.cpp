#include "engine/original_llava.h"
#include "core/file.h"
#include "engine/weights.h"
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace slook::engine {
namespace {

namespace fs = std::filesystem;

/// The tower of all published models; its config is what LLaVA's config class knows by itself.
constexpr const char* publishedTower = "clip-vit-large-patch14-336";

struct Renaming {
    std::string_view original, memory; ///< beginnings of names
};
/// The longest beginnings first. The first one of each name in memory is what is written.
constexpr std::array renamings {
    Renaming { "model.mm_projector.0.", "model.multi_modal_projector.linear_1." },
    Renaming { "model.mm_projector.2.", "model.multi_modal_projector.linear_2." },
    Renaming { "model.vision_tower.vision_tower.vision_model.", "model.vision_tower." },
    Renaming { "model.vision_tower.vision_tower.", "model.vision_tower." },
    Renaming { "model.embed_tokens.", "model.language_model.embed_tokens." },
    Renaming { "model.layers.", "model.language_model.layers." },
    Renaming { "model.norm.", "model.language_model.norm." },
};

std::string towerName(const Json& config)
{
    return fs::path(stringOr(config, "mm_vision_tower")).filename().string();
}

bool isThere(const fs::path& path)
{
    std::error_code ignored;
    return fs::exists(path, ignored);
}

/// "vision_config" of the tower's folder; null where the published defaults hold.
Result<Json> towerConfig(const fs::path& folder, const Json& config)
{
    const auto tower = towerOfOriginalLlava(folder, config);
    if (!tower && towerName(config) == publishedTower)
        return Json();
    if (!tower)
        return fail(tower.error());
    const auto file = *tower / "config.json";
    const auto text = readFile(file, 16u << 20);
    if (!text)
        return fail(text.error());
    auto json = parseJson(*text, file.string());
    if (json && json->is_object() && json->contains("vision_config"))
        return Json((*json)["vision_config"]);
    return json;
}

/// Resolutions in the original order [width, height] as [height, width].
Json turned(const Json& pinpoints)
{
    Json all = Json::array();
    for (const Json& one : pinpoints.is_array() ? pinpoints : Json::array())
        if (one.is_array() && one.size() == 2)
            all.push_back({ one[1], one[0] });
        else
            all.push_back(one); // refused later, with its place
    return all;
}

Result<bool> isAnyres(const Json& config, const std::string& where)
{
    const auto shape = stringOr(config, "image_aspect_ratio", "square");
    if (shape != "anyres")
        return false;
    if (const auto merge = stringOr(config, "mm_patch_merge_type", "flat");
        merge != "spatial_unpad")
        return fail(ErrorKind::Invalid,
            "\"mm_patch_merge_type\" is \"" + merge.substr(0, 40)
                + "\", but only \"spatial_unpad\" is read for tiles; take the model's conversion "
                  "to "
                  "Hugging Face's layout",
            where);
    return true;
}

} // namespace

bool isOriginalLlava(const Json& config)
{
    if (!config.is_object())
        return false;
    const auto type = stringOr(config, "model_type");
    return config.contains("mm_vision_tower") || type == "llava_llama" || type == "llava_mistral";
}

Result<Json> translatedOriginalLlava(const fs::path& folder, const Json& config)
{
    const auto where = (folder / "config.json").string();
    const auto projector = stringOr(config, "mm_projector_type", "linear");
    if (projector != "mlp2x_gelu")
        return fail(ErrorKind::Invalid,
            "\"mm_projector_type\" is \"" + projector.substr(0, 40)
                + "\", but only \"mlp2x_gelu\" (LLaVA-1.5 and later) is read",
            where);
    const auto anyres = isAnyres(config, where);
    if (!anyres)
        return fail(anyres.error());
    auto vision = towerConfig(folder, config);
    if (!vision)
        return fail(std::move(vision).error());
    Json text = config;
    const bool mistral = stringOr(config, "model_type") == "llava_mistral"
        || config.value("architectures", Json::array()).dump().find("Mistral") != std::string::npos;
    text["model_type"] = mistral ? "mistral" : "llama";
    Json json;
    json["model_type"] = *anyres ? "llava_next" : "llava";
    json["image_token_index"] = integerOr(config, "vocab_size", 32000);
    json["vision_feature_layer"] = integerOr(config, "mm_vision_select_layer", -2);
    json["vision_feature_select_strategy"] =
        stringOr(config, "mm_vision_select_feature", "patch") == "cls_patch" ? "full" : "default";
    json["projector_hidden_act"] = "gelu";
    json["text_config"] = std::move(text);
    if (vision->is_object())
        json["vision_config"] = std::move(*vision);
    if (*anyres && config.contains("image_grid_pinpoints"))
        json["image_grid_pinpoints"] = turned(config["image_grid_pinpoints"]);
    for (const char* key : { "bos_token_id", "eos_token_id", "pad_token_id" })
        if (config.contains(key))
            json[key] = config[key];
    json["original_layout"] = true;
    return json;
}

Result<fs::path> towerOfOriginalLlava(const fs::path& folder, const Json& config)
{
    const auto name = towerName(config);
    std::vector<fs::path> places { folder / "vision_tower" };
    if (!name.empty() && name != "." && name != "..") {
        places.push_back(folder / name);
        places.push_back(fs::absolute(folder).lexically_normal().parent_path() / name);
    }
    for (const auto& place : places)
        if (isThere(place / "config.json"))
            return place;
    return fail(ErrorKind::NotFound,
        "holds no vision tower; put the folder \"" + (name.empty() ? "vision_tower" : name)
            + "\" (config.json, model.safetensors, preprocessor_config.json) beside this one",
        folder.string());
}

Result<image::ProcessorSettings> processorOfOriginalLlava(
    const fs::path& folder, const Json& config)
{
    auto settings = image::readProcessorSettings(folder);
    if (!settings && settings.error().kind == ErrorKind::NotFound) {
        const auto tower = towerOfOriginalLlava(folder, config);
        if (!tower && towerName(config) == publishedTower) {
            image::ProcessorSettings published;
            published.shortestEdge = 336;
            published.cropSize = { 336, 336 };
            settings = published;
        } else if (!tower) {
            return fail(tower.error());
        } else {
            settings = image::readProcessorSettings(*tower);
        }
    }
    if (!settings)
        return settings;
    const auto shape = stringOr(config, "image_aspect_ratio", "square");
    settings->padToSquare = shape == "pad";
    if (shape == "anyres") {
        Json tiles;
        tiles["image_processor_type"] = "LlavaNextImageProcessor";
        if (config.contains("image_grid_pinpoints"))
            tiles["image_grid_pinpoints"] = turned(config["image_grid_pinpoints"]);
        const auto read = image::parseProcessorSettings(tiles, (folder / "config.json").string());
        if (!read)
            return fail(read.error());
        settings->kind = read->kind;
        settings->pinpoints = read->pinpoints;
    }
    return settings;
}

std::string originalLlavaName(const std::string& nameInFile)
{
    for (const auto& [original, memory] : renamings)
        if (nameInFile.starts_with(original))
            return std::string(memory) + nameInFile.substr(original.size());
    return canonicalName(nameInFile);
}

std::string originalLlavaSavedName(const std::string& nameInMemory)
{
    for (const auto& [original, memory] : renamings)
        if (nameInMemory.starts_with(memory))
            return std::string(original) + nameInMemory.substr(memory.size());
    return nameInMemory;
}

std::string clipTowerName(const std::string& nameInFile)
{
    constexpr std::string_view vision = "vision_model.";
    return nameInFile.starts_with(vision) ? "model.vision_tower." + nameInFile.substr(vision.size())
                                          : "unused." + nameInFile;
}

} // namespace slook::engine
