#pragma once
#include "core/result.h"
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slook::engine {

/// Where a tensor lies in a file.
struct TensorEntry {
    at::ScalarType type = at::kFloat;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0, end = 0; ///< bytes, counted from the end of the header
};

/// A safetensors file, checked in full when it is opened: header at most 100 MB, a JSON object
/// without repeated keys, known types, at most 8 dimensions, sizes that match, tensors without hole
/// or overlap, data that ends with the file. Tensors are read into memory of their own, so a file
/// that changes later cannot hurt.
class TensorFile {
public:
    /// Errors: NotFound; Io; Invalid (names file, tensor, reason). Pickles and archives are refused
    /// by their first bytes.
    [[nodiscard]] static Result<TensorFile> open(const std::filesystem::path& file);

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    [[nodiscard]] const std::map<std::string, TensorEntry>& entries() const { return m_entries; }
    [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return m_metadata; }
    [[nodiscard]] const std::string& headerSha256() const { return m_headerSha256; }
    /// Errors: NotFound (no such tensor); Io (cannot be read, or the file shrank).
    [[nodiscard]] Result<at::Tensor> read(const std::string& name) const;
    /// All tensors by name.
    [[nodiscard]] Result<std::map<std::string, at::Tensor>> readAll() const;
    /// SHA-256 of the whole file. Errors: Io.
    [[nodiscard]] Result<std::string> contentSha256() const;

private:
    struct Descriptor;
    std::filesystem::path m_path;
    std::shared_ptr<Descriptor> m_descriptor;
    std::uint64_t m_dataBegin = 0;
    std::map<std::string, TensorEntry> m_entries;
    std::map<std::string, std::string> m_metadata;
    std::string m_headerSha256;
};

/// Writes tensors as safetensors, sorted by name, under a temporary name that then replaces `file`.
/// @param metadata "format": "pt" is added, as the Hugging Face libraries want it
/// Errors: Io; Invalid (a type that the format does not have).
[[nodiscard]] Result<void> writeTensorFile(const std::filesystem::path& file,
    const std::map<std::string, at::Tensor>& tensors,
    const std::map<std::string, std::string>& metadata = {});

} // namespace slook::engine
