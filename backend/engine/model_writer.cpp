#include "engine/model_writer.h"
#include "core/file.h"
#include "core/json.h"
#include "engine/tensor_file.h"
#include <ATen/ATen.h>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

namespace slook::engine {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, at::Tensor>;
constexpr std::size_t shardBytes = 5'000'000'000;

std::string typeName(at::ScalarType type)
{
    return type == at::kHalf ? "float16" : type == at::kBFloat16 ? "bfloat16" : "float32";
}

Result<void> writeConfig(const fs::path& folder, const fs::path& source, at::ScalarType type)
{
    const auto text = readFile(source / "config.json", 16u << 20);
    if (!text)
        return fail(text.error());
    auto config = parseJson(*text, (source / "config.json").string());
    if (!config)
        return fail(config.error());
    const char* key = config->contains("torch_dtype") ? "torch_dtype" : "dtype";
    (*config)[key] = typeName(type);
    return writeFileAtomically(folder / "config.json", dumpPretty(*config) + "\n");
}

/// Tokenizer, processor, template: whatever of them the source has.
Result<void> copyOthers(const fs::path& folder, const fs::path& source)
{
    constexpr std::array names { "generation_config.json", "tokenizer.json",
        "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.model",
        "processor_config.json", "preprocessor_config.json", "chat_template.jinja",
        "chat_template.json" };
    for (const char* name : names) {
        std::error_code ignored;
        if (!fs::exists(source / name, ignored))
            continue;
        const auto bytes = readFile(source / name);
        if (!bytes)
            return fail(bytes.error());
        if (const auto written = writeFileAtomically(folder / name, *bytes); !written)
            return written;
    }
    return {};
}

std::string shardName(std::size_t index, std::size_t count)
{
    std::array<char, 64> text {};
    std::snprintf(text.data(), text.size(), "model-%05zu-of-%05zu.safetensors", index + 1, count);
    return text.data();
}

Result<void> writeWeights(
    const fs::path& folder, const VisionLanguageModel& model, at::ScalarType type)
{
    const auto parameters = model.parameters();
    std::vector<std::vector<std::string>> shards(1);
    std::size_t bytes = 0, all = 0;
    for (const auto& [name, tensor] : parameters) {
        const std::size_t size = static_cast<std::size_t>(tensor.numel()) * c10::elementSize(type);
        if (bytes > 0 && bytes + size > shardBytes) {
            shards.emplace_back();
            bytes = 0;
        }
        shards.back().push_back(name);
        bytes += size;
        all += size;
    }
    Json index;
    index["metadata"]["total_size"] = all;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        const auto file =
            shards.size() == 1 ? std::string("model.safetensors") : shardName(i, shards.size());
        Tensors tensors; // one shard's copies at a time
        for (const std::string& name : shards[i]) {
            tensors[model.savedName(name)] = parameters.at(name).detach().to(at::kCPU, type);
            index["weight_map"][model.savedName(name)] = file;
        }
        if (const auto written = writeTensorFile(folder / file, tensors); !written)
            return written;
    }
    if (shards.size() == 1)
        return {};
    return writeFileAtomically(folder / "model.safetensors.index.json", dumpPretty(index) + "\n");
}

} // namespace

Result<void> writeModel(const fs::path& folder, const VisionLanguageModel& model,
    const fs::path& source, at::ScalarType type)
{
    if (type != at::kFloat && type != at::kHalf && type != at::kBFloat16)
        return fail(ErrorKind::Invalid, "A model is written as float32, float16 or bfloat16 only.",
            folder.string());
    std::error_code problem;
    fs::create_directories(folder, problem);
    if (problem)
        return fail(ErrorKind::Io, "The model cannot be written: " + problem.message() + ".",
            folder.string());
    if (fs::equivalent(folder, source, problem))
        return fail(ErrorKind::Invalid,
            "The model would overwrite the folder that it was read from; choose another.",
            folder.string());
    fs::remove(folder / "config.json", problem);
    if (const auto written = writeWeights(folder, model, type); !written)
        return written;
    if (const auto copied = copyOthers(folder, source); !copied)
        return copied;
    return writeConfig(folder, source, type);
}

} // namespace slook::engine
