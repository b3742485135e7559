#include "engine/weights.h"
#include "core/file.h"
#include "core/json.h"
#include "core/random.h"
#include "engine/runtime.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace slook::engine {
namespace {

/// Replaces `from` by `to` at the beginning of `name`.
bool replaceFront(std::string& name, std::string_view from, std::string_view to)
{
    if (!name.starts_with(from))
        return false;
    name.replace(0, from.size(), to);
    return true;
}

/// Buffers that old files hold although they follow from the config.
bool isBuffer(std::string_view name)
{
    return name.ends_with("rotary_emb.inv_freq") || name.ends_with("embeddings.position_ids");
}

/// By its name in memory: one of the language model's matrices.
bool isDecoderLayer(std::string_view name)
{
    return name.ends_with("_proj.weight") && name.find("vision") == std::string_view::npos
        && name.find(".layers.") != std::string_view::npos;
}

std::string shapeText(at::IntArrayRef shape)
{
    std::string text = "[";
    for (const auto size : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(size);
    return text + "]";
}

/// The shards' file names. Errors: Invalid where a name leads out of the folder.
Result<std::vector<std::string>> shardNames(const std::filesystem::path& index)
{
    auto text = readFile(index, 64u << 20);
    if (!text)
        return fail(std::move(text).error());
    const auto json = parseJson(*text, index.string());
    if (!json)
        return fail(json.error());
    const auto map = json->is_object() ? json->find("weight_map") : json->end();
    if (map == json->end() || !map->is_object())
        return fail(
            ErrorKind::Invalid, "has no \"weight_map\"; fetch the model again", index.string());
    std::set<std::string> names;
    for (const auto& file : *map) {
        const auto name = file.is_string() ? file.get<std::string>() : std::string();
        if (!name.ends_with(".safetensors") || std::filesystem::path(name).filename() != name)
            return fail(ErrorKind::Invalid,
                "names a shard \"" + name.substr(0, 100)
                    + "\" that is no safetensors file of this folder",
                index.string());
        names.insert(name);
    }
    if (names.empty())
        return fail(
            ErrorKind::Invalid, "maps no weight to a file; fetch the model again", index.string());
    return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<std::string>> weightFiles(const std::filesystem::path& folder)
{
    std::error_code ignored;
    if (std::filesystem::exists(folder / "model.safetensors", ignored))
        return std::vector<std::string> { "model.safetensors" };
    if (std::filesystem::exists(folder / "model.safetensors.index.json", ignored))
        return shardNames(folder / "model.safetensors.index.json");
    for (const char* pickle :
        { "pytorch_model.bin", "pytorch_model.bin.index.json", "pytorch_model.pt", "model.ckpt" })
        if (std::filesystem::exists(folder / pickle, ignored))
            return fail(ErrorKind::Invalid,
                "holds its weights only as a pickle (" + std::string(pickle)
                    + "), which can run code and is never loaded; convert it to model.safetensors",
                folder.string());
    return fail(ErrorKind::NotFound,
        "has neither model.safetensors nor model.safetensors.index.json; choose a model folder",
        folder.string());
}

/// The file that says which weights a folder has.
std::string listOfWeights(const std::filesystem::path& folder)
{
    std::error_code ignored;
    const auto one = folder / "model.safetensors";
    return (std::filesystem::exists(one, ignored) ? one : folder / "model.safetensors.index.json")
        .string();
}

/// The tensor whose numbers a fresh one gets. Keys of a language model begin as its queries, so
/// that a token looks at where it stood before: without that, a small model stays for long at a
/// plateau before it looks anything up. Source: Trockman & Kolter 2023, arXiv:2305.09828.
std::string startsAs(std::string name)
{
    const std::string_view keys = "k_proj.weight";
    if (name.ends_with(keys) && name.find("language_model") != std::string::npos)
        name.replace(name.size() - keys.size(), keys.size(), "q_proj.weight");
    return name;
}

/// Standard deviation of a fresh weight that is no norm and no bias. A language model starts small
/// but for queries and keys: in short trials it then learned to look things up in half the steps.
double startDeviation(std::string_view name, const std::vector<std::int64_t>& shape)
{
    if (name.ends_with("position_embedding.weight"))
        return 0.5;
    if (name.ends_with("embed_tokens.weight") || shape.size() < 2)
        return 0.02;
    double inputs = 1.0;
    for (std::size_t i = 1; i < shape.size(); ++i)
        inputs *= static_cast<double>(shape[i]);
    const auto endsWith = [&](std::initializer_list<std::string_view> ends) {
        return std::ranges::any_of(ends, [&](std::string_view end) { return name.ends_with(end); });
    };
    if (name.find("language_model.layers.") != name.npos)
        return endsWith({ "q_proj.weight", "k_proj.weight" }) ? 0.7 / std::sqrt(inputs) : 0.02;
    return (endsWith({ "out_proj.weight", "fc2.weight" }) ? 0.5 : 1.0) / std::sqrt(inputs);
}

} // namespace

std::string canonicalName(std::string_view nameInFile)
{
    std::string name(nameInFile);
    for (const char* part :
        { "language_model.", "vision_tower.", "multi_modal_projector.", "image_newline" })
        if (name.starts_with("model." + std::string(part)))
            name.erase(0, 6);
    if (replaceFront(name, "language_model.lm_head.", "lm_head."))
        return name;
    replaceFront(name, "language_model.model.", "language_model.");
    replaceFront(name, "vision_tower.vision_model.", "vision_tower.");
    for (const char* part :
        { "language_model.", "vision_tower.", "multi_modal_projector.", "image_newline" })
        if (name.starts_with(part))
            return "model." + name;
    return name;
}

Result<Weights> Weights::open(const std::filesystem::path& folder, at::Device device,
    at::ScalarType type, const NameRule& nameOf, bool int8)
{
    Weights weights;
    weights.m_int8 = int8;
    weights.m_device = device;
    weights.m_type = type;
    if (auto added = weights.add(folder, nameOf); !added)
        return fail(std::move(added).error());
    return weights;
}

Result<void> Weights::add(const std::filesystem::path& folder, const NameRule& nameOf)
{
    const auto names = weightFiles(folder);
    if (!names)
        return fail(names.error());
    std::uint64_t bytes = 0;
    for (const auto& name : *names) {
        auto file = TensorFile::open(folder / name);
        if (!file)
            return fail(std::move(file).error());
        for (const auto& [inFile, entry] : file->entries()) {
            if (isBuffer(inFile))
                continue;
            const auto [at, fresh] =
                m_where.emplace(nameOf(inFile), Place { m_files.size(), inFile });
            if (!fresh)
                return fail(ErrorKind::Invalid,
                    "holds the weight \"" + at->first + "\" twice; fetch the model again",
                    file->path().string());
            std::uint64_t count = 1;
            for (const auto size : entry.shape)
                count *= static_cast<std::uint64_t>(size);
            bytes += m_int8 && isDecoderLayer(at->first) ? count : count * c10::elementSize(m_type);
        }
        m_files.push_back(std::move(*file));
    }
    return roomFor(bytes, "the weights", memoryLeftOn(m_device), folder.string());
}

Weights Weights::random(std::uint64_t seed)
{
    Weights weights;
    weights.m_random = seed;
    return weights;
}

at::Tensor Weights::draw(const std::string& name, const std::vector<std::int64_t>& shape) const
{
    if (name.ends_with(".bias"))
        return at::zeros(shape);
    if (shape.size() == 1 && name.ends_with(".weight"))
        return at::ones(shape);
    auto tensor = at::empty(shape);
    Random random =
        Random::of(*m_random, startsAs(name), 0); // every tensor has a stream of its own
    const double deviation = startDeviation(name, shape);
    auto* values = tensor.data_ptr<float>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i)
        values[i] = static_cast<float>(deviation * random.normal());
    return tensor;
}

at::Tensor Weights::take(const std::string& name, const std::vector<std::int64_t>& shape)
{
    if (m_random)
        return draw(name, shape);
    if (m_failure)
        return {};
    const auto found = m_where.find(name);
    const auto refuse = [&](std::string what, std::string where) {
        m_failure = Error { ErrorKind::Invalid, std::move(what), std::move(where) };
        return at::Tensor();
    };
    if (found == m_where.end())
        return refuse("lacks the weight \"" + name
                + "\" that its config.json asks for; fetch the model again",
            m_files.empty() ? std::string() : listOfWeights(m_files.front().path().parent_path()));
    const TensorFile& file = m_files[found->second.file];
    const TensorEntry& entry = file.entries().at(found->second.name);
    if (entry.shape != shape)
        return refuse("holds the weight \"" + name + "\" with shape " + shapeText(entry.shape)
                + ", but its config.json says " + shapeText(shape) + "; fetch both from one model",
            file.path().string());
    if (!at::isFloatingType(entry.type))
        return refuse("holds the weight \"" + name
                + "\" in a whole-number type; quantised folders are not read, take the original",
            file.path().string());
    auto tensor = file.read(found->second.name);
    if (!tensor) {
        m_failure = std::move(tensor).error();
        return {};
    }
    return tensor->to(at::TensorOptions().device(m_device).dtype(m_type));
}

Linear Weights::takeLinear(const std::string& name, std::int64_t out, std::int64_t in, bool bias)
{
    Linear linear;
    linear.name = name;
    linear.weight = take(name + ".weight", { out, in });
    if (bias)
        linear.bias = take(name + ".bias", { out });
    return linear;
}

} // namespace slook::engine
