#pragma once
#include "core/result.h"
#include "engine/tensor_file.h"
#include <map>
#include <string>
#include <string_view>

namespace slook::engine {

/// What the JSON header of a safetensors file says.
struct TensorHeader {
    std::map<std::string, TensorEntry> entries;
    std::map<std::string, std::string> metadata;
};

/// Parses and checks a header against the number of data bytes that follow it.
/// Errors: Invalid, naming the tensor and the reason.
[[nodiscard]] Result<TensorHeader> parseTensorHeader(
    std::string_view json, std::uint64_t dataBytes, const std::string& where);

/// The format's name of a type, null where it has none.
[[nodiscard]] const char* safetensorsName(at::ScalarType type);

} // namespace slook::engine
