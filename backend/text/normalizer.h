#pragma once
#include "core/result.h"
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace slook::text {

/// One step that changes a text; the text is and stays valid UTF-8.
using TextStep = std::function<Result<std::string>(std::string)>;

/// The steps of a tokenizer.json's "normalizer"; none for null. Errors: Invalid naming a component
/// that is not known.
[[nodiscard]] Result<std::vector<TextStep>> makeNormalizer(
    const nlohmann::json& json, const std::string& where);

[[nodiscard]] Result<std::string> applyAll(const std::vector<TextStep>& steps, std::string text);

/// "has a normalizer of the unknown type ..."; for every kind of component.
[[nodiscard]] tl::unexpected<Error> unknownComponent(
    const char* kind, const nlohmann::json& json, const std::string& where);

} // namespace slook::text
