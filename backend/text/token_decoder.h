#pragma once
#include "core/result.h"
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace slook::text {

/// One step from tokens back to text.
using DecodeStep = std::function<std::vector<std::string>(std::vector<std::string>)>;

/// The steps of a tokenizer.json's "decoder"; what they leave is joined without blanks.
/// Errors: Invalid naming a component that is not known.
[[nodiscard]] Result<std::vector<DecodeStep>> makeDecoder(
    const nlohmann::json& json, const std::string& where);

} // namespace slook::text
