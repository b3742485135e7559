#pragma once
#include "core/result.h"
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace slook::workbench {

/// What a safetensors file holds, by its header alone.
struct WeightFile {
    std::uint64_t bytes = 0; ///< of the whole file
    std::map<std::string, std::int64_t> parametersByType; ///< elements; "F16", "F32", ...
};

/// Reads a safetensors header and compares it with the file's size; no tensor is read.
/// Errors: NotFound, Io; Invalid where the file is truncated, longer than it says, or its header is
/// no such header.
/// Source: the safetensors format, github.com/huggingface/safetensors, README, "Format".
[[nodiscard]] Result<WeightFile> readWeightHeader(const std::filesystem::path& file);

} // namespace slook::workbench
