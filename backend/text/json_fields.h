#pragma once
#include "core/result.h"
#include "text/pattern.h"
#include <nlohmann/json_fwd.hpp>
#include <string>

/// Fields of a tokenizer.json. Its vocabularies have 100,000 keys and more, so it is read into
/// nlohmann::json, whose objects are search trees; core's ordered Json looks through all keys for
/// each.
namespace slook::text {

[[nodiscard]] std::string stringField(
    const nlohmann::json& object, const char* key, std::string fallback = {});
[[nodiscard]] bool boolField(const nlohmann::json& object, const char* key, bool fallback);
/// The member where it is an array, else an empty one.
[[nodiscard]] const nlohmann::json& listField(const nlohmann::json& object, const char* key);
/// The member, or null.
[[nodiscard]] const nlohmann::json& field(const nlohmann::json& object, const char* key);
/// Errors: Invalid where a member that these functions would pass over, at any depth, is there and
/// of another type: "merges" that are a text, "special" that is a number. Null counts as absent.
[[nodiscard]] Result<void> checkTypes(const nlohmann::json& value, const std::string& where);
/// "pattern": {"String": ...} or {"Regex": ...}.
[[nodiscard]] Result<Pattern> patternField(const nlohmann::json& object, const std::string& where);

} // namespace slook::text
