#pragma once
#include "core/result.h"
#include "engine/linear.h"
#include "engine/tensor_file.h"
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slook::engine {

/// A weight's name in memory from any of the names that folders use for it: published 2023 folders,
/// those saved by transformers 5, raw state dicts. "language_model.model.norm.weight" ->
/// "model.language_model.norm.weight".
[[nodiscard]] std::string canonicalName(std::string_view nameInFile);

/// The weights of a model folder, handed out by canonical name; or random ones to start a training
/// from.
class Weights {
public:
    /// Weights that nothing has learned yet, the same ones for the same seed: norms 1, biases 0,
    /// matrices normal with variance 1 / inputs (a quarter of it where they write into the residual
    /// stream), position embeddings of standard deviation 0.5, so that patches know where they are
    /// from the first step on, token embeddings and the class token of 0.02.
    [[nodiscard]] static Weights random(std::uint64_t seed);

    /// From a name in a file to the name in memory.
    using NameRule = std::function<std::string(const std::string& nameInFile)>;

    /// Opens model.safetensors, or all shards of model.safetensors.index.json.
    /// Errors: NotFound; Invalid (a malformed file, a pickle, a name twice).
    [[nodiscard]] static Result<Weights> open(const std::filesystem::path& folder,
        at::Device device, at::ScalarType type, const NameRule& nameOf = canonicalName,
        bool int8 = false);
    /// Adds the weights of another folder: a vision tower that is kept apart. Errors: as open.
    [[nodiscard]] Result<void> add(const std::filesystem::path& folder, const NameRule& nameOf);

    [[nodiscard]] bool has(const std::string& name) const
    {
        return m_random || m_where.contains(name);
    }
    /// Reads a tensor, converted and on the device. After the first failure gives undefined
    /// tensors; see `failure`.
    [[nodiscard]] at::Tensor take(const std::string& name, const std::vector<std::int64_t>& shape);
    [[nodiscard]] Linear takeLinear(
        const std::string& name, std::int64_t out, std::int64_t in, bool bias);
    [[nodiscard]] const std::optional<Error>& failure() const { return m_failure; }
    [[nodiscard]] at::Device device() const { return m_device; }
    /// Linear layers of the language model are to be kept as whole numbers: see quantise().
    [[nodiscard]] bool int8() const { return m_int8; }

private:
    struct Place {
        std::size_t file;
        std::string name;
    };
    [[nodiscard]] at::Tensor draw(
        const std::string& name, const std::vector<std::int64_t>& shape) const;

    std::vector<TensorFile> m_files;
    std::map<std::string, Place> m_where; ///< by canonical name
    std::optional<std::uint64_t> m_random; ///< the seed where nothing is read
    std::optional<Error> m_failure;
    at::Device m_device = at::kCPU;
    at::ScalarType m_type = at::kFloat;
    bool m_int8 = false;
};

} // namespace slook::engine
