#pragma once
#include "core/result.h"
#include <ATen/core/Tensor.h>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace slook::replay {

/// Names and shapes of the tensors that a fixture wants: NAME.wanted.json of a copy, else
/// NAME.safetensors itself, of which nothing but the header is looked at.
[[nodiscard]] Result<std::map<std::string, std::vector<std::int64_t>>> wantedTensors(
    const std::filesystem::path& fixture, const std::string& name);

} // namespace slook::replay
