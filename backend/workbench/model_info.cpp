#include "workbench/model_info.h"
#include "core/file.h"
#include "core/json.h"
#include "core/json_file.h"
#include "image/processor.h"
#include "text/chat_template.h"
#include "workbench/safetensors_header.h"
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

constexpr std::uint64_t jsonLimit = 64u << 20;

bool isThere(const fs::path& file)
{
    std::error_code ignored;
    return fs::exists(file, ignored);
}

Result<Json> readObject(const fs::path& file)
{
    auto json = readJson(file);
    if (json && !json->is_object())
        return fail(
            ErrorKind::Invalid, "is no JSON object; get the model folder again", file.string());
    return json;
}

/// Files that only a Python unpickler could read.
std::vector<std::string> pickles(const fs::path& folder)
{
    constexpr std::array endings = { ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle" };
    std::vector<std::string> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (std::ranges::find(endings, entry.path().extension().string()) != endings.end())
            found.push_back(entry.path().filename().string());
    std::ranges::sort(found);
    return found;
}

/// The weight files' names: the shards of the index, or the one file.
Result<std::vector<std::string>> weightFiles(const fs::path& folder)
{
    const fs::path index = folder / "model.safetensors.index.json";
    if (isThere(index)) {
        const auto json = readObject(index);
        if (!json)
            return fail(json.error());
        std::set<std::string> names;
        const Json map = json->value("weight_map", Json::object());
        for (const auto& [tensor, file] : map.items())
            if (file.is_string())
                names.insert(file.get<std::string>());
        for (const std::string& name : names)
            if (name != fs::path(name).filename().string())
                return fail(ErrorKind::Invalid,
                    "names a weight file outside the folder (" + name + "); use another copy",
                    index.string());
        if (!names.empty())
            return std::vector(names.begin(), names.end());
        return fail(ErrorKind::Invalid, "names no weight file; get it again", index.string());
    }
    if (isThere(folder / "model.safetensors"))
        return std::vector<std::string> { "model.safetensors" };
    const auto others = pickles(folder);
    if (!others.empty())
        return fail(ErrorKind::Invalid,
            "has its weights only as a pickle (" + others.front()
                + "), which can run any code and is never opened; convert it to safetensors first",
            folder.string());
    return fail(ErrorKind::NotFound,
        "has no model.safetensors and no model.safetensors.index.json; get the whole model folder",
        folder.string());
}

Result<void> addWeights(ModelInfo& info)
{
    auto files = weightFiles(info.folder);
    if (!files)
        return fail(files.error());
    info.weightFiles = std::move(*files);
    for (const std::string& name : info.weightFiles) {
        const auto file = readWeightHeader(info.folder / name);
        if (!file)
            return fail(file.error());
        info.weightBytes += file->bytes;
        for (const auto& [type, count] : file->parametersByType) {
            info.parametersByType[type] += count;
            info.parameters += count;
        }
    }
    return {};
}

/// Whether config.json names something that sees: the original LLaVA code keeps its tower apart.
bool hasEyes(const Json& config)
{
    return config.contains("vision_config") || config.contains("mm_vision_tower")
        || stringOr(config, "model_type").starts_with("llava");
}

void addConfig(ModelInfo& info, const Json& config)
{
    // Text models and the original LLaVA code write the language model's settings at the top.
    const Json text = config.value("text_config", config);
    const Json vision = config.value("vision_config", Json::object());
    info.type = stringOr(config, "model_type");
    info.languageModel = stringOr(text, "model_type");
    info.visionModel = stringOr(vision, "model_type", stringOr(config, "mm_vision_tower"));
    info.layers = integerOr(text, "num_hidden_layers", 0);
    info.hiddenSize = integerOr(text, "hidden_size", 0);
    info.heads = integerOr(text, "num_attention_heads", 0);
    info.keyValueHeads = integerOr(text, "num_key_value_heads", info.heads);
    info.headSize = integerOr(text, "head_dim", info.heads > 0 ? info.hiddenSize / info.heads : 0);
    info.vocabularySize = integerOr(text, "vocab_size", 0);
    info.contextLength = integerOr(text, "max_position_embeddings", 0);
    info.imageSize = integerOr(vision, "image_size", 0);
    info.patchSize = integerOr(vision, "patch_size", 0);
}

/// Only sizes that a model can have are multiplied: config.json is foreign text.
void addMemory(ModelInfo& info)
{
    constexpr std::uint64_t bytesPerNumber = 4;
    constexpr std::int64_t most = 1 << 16;
    info.loadedBytes = static_cast<std::uint64_t>(info.parameters) * bytesPerNumber;
    const auto sane = [](std::int64_t size) { return size > 0 && size <= most; };
    if (sane(info.layers) && sane(info.keyValueHeads) && sane(info.headSize))
        info.bytesPerToken = 2 * bytesPerNumber * static_cast<std::uint64_t>(info.layers)
            * static_cast<std::uint64_t>(info.keyValueHeads)
            * static_cast<std::uint64_t>(info.headSize);
}

std::string sizeText(const image::Size& size)
{
    return std::to_string(size.width) + " x " + std::to_string(size.height);
}

/// How the pictures of `settings` come to their size, in words.
std::vector<std::string> sizeWords(const image::ProcessorSettings& settings)
{
    std::vector<std::string> words;
    if (settings.kind == image::ProcessorKind::Anyres)
        return { "an overview and the tiles of the best of "
            + std::to_string(settings.pinpoints.size()) + " resolutions, each tile "
            + sizeText(settings.cropSize) };
    if (settings.kind == image::ProcessorKind::Split) {
        if (settings.resize)
            words.push_back(settings.size ? "resized to " + sizeText(*settings.size)
                                          : "resized, the longer side to "
                        + std::to_string(settings.longestEdge.value_or(0)));
        words.push_back((settings.split ? "tiles and an overview of " : "one tile of ")
            + sizeText({ settings.tileSide, settings.tileSide }));
        return words;
    }
    if (settings.padToSquare)
        words.emplace_back("padded to a square");
    if (settings.resize)
        words.push_back(settings.size
                ? "resized to " + sizeText(*settings.size)
                : "resized, the shorter side to " + std::to_string(settings.shortestEdge));
    if (settings.crop)
        words.push_back("the middle " + sizeText(settings.cropSize) + " cut out");
    return words;
}

Result<void> addProcessor(ModelInfo& info, const Json& config)
{
    if (!hasEyes(config))
        return {};
    const auto settings = image::readProcessorSettings(info.folder);
    if (!settings && settings.error().kind == ErrorKind::NotFound
        && config.contains("mm_vision_tower")) {
        info.imageProcessor = "that of " + info.visionModel;
        return {};
    }
    if (!settings)
        return fail(settings.error());
    info.imageProcessor = settings->type;
    info.seenSize = sizeWords(*settings);
    return {};
}

/// That the file is there and no larger than the tokenizer will read.
Result<void> checkTokenizer(const fs::path& folder)
{
    const fs::path file = folder / "tokenizer.json";
    if (!isThere(file))
        return fail(ErrorKind::NotFound,
            "has no tokenizer.json; save the tokenizer in its fast form into the folder",
            folder.string());
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    if (error)
        return fail(ErrorKind::Io,
            "cannot be read (" + error.message() + "); get the model folder again", file.string());
    if (bytes > jsonLimit)
        return fail(ErrorKind::Invalid,
            "has " + std::to_string(bytes) + " bytes and at most " + std::to_string(jsonLimit)
                + " are read; get the model folder again",
            file.string());
    return {};
}

} // namespace

Result<ModelInfo> inspectModel(const fs::path& folder)
{
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored))
        return fail(ErrorKind::NotFound,
            "is no folder; name a Hugging Face model folder with config.json and safetensors files",
            folder.string());
    ModelInfo info;
    info.folder = fs::absolute(folder).lexically_normal();
    if (!isThere(folder / "config.json"))
        return fail(ErrorKind::NotFound,
            "has no config.json; name a whole Hugging Face model folder", folder.string());
    const auto config = readObject(folder / "config.json");
    if (!config)
        return fail(config.error());
    addConfig(info, *config);
    if (auto weights = addWeights(info); !weights)
        return fail(weights.error());
    addMemory(info);
    if (auto tokenizer = checkTokenizer(folder); !tokenizer)
        return fail(tokenizer.error());
    if (auto processor = addProcessor(info, *config); !processor)
        return fail(processor.error());
    const auto own = text::ChatTemplate::load(folder);
    if (!own && own.error().kind != ErrorKind::NotFound)
        info.chatTemplateProblem = message(own.error());
    if (own) {
        info.chatTemplate = own->source();
        info.chatTemplateFile = own->origin();
    }
    return info;
}

} // namespace slook::workbench
