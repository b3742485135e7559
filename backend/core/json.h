#pragma once
#include "core/result.h"
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace slook {

using Json = nlohmann::ordered_json; ///< keeps the order of keys, as people wrote them

/// What a foreign JSON text may be.
struct JsonLimits {
    std::size_t bytes = 512u << 20;
    int depth = 64; ///< nlohmann's dump() recurses, so depth is bounded on the way in
};

/// Parses one JSON document. Errors: Invalid for bad syntax (with the byte), a repeated key, bad
/// UTF-8 or a limit passed.
[[nodiscard]] Result<Json> parseJson(
    std::string_view text, const std::string& where, const JsonLimits& limits = {});

/// Writes `json` on one line; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string dumpLine(const Json& json);
/// Writes `json` indented by one blank.
[[nodiscard]] std::string dumpPretty(const Json& json);

/// The member `key` as a string, number, ...; `fallback` where it is absent, null or of another
/// type.
[[nodiscard]] std::string stringOr(
    const Json& object, std::string_view key, std::string fallback = {});
[[nodiscard]] double numberOr(const Json& object, std::string_view key, double fallback);
[[nodiscard]] std::int64_t integerOr(
    const Json& object, std::string_view key, std::int64_t fallback);
[[nodiscard]] bool boolOr(const Json& object, std::string_view key, bool fallback);
[[nodiscard]] std::vector<std::string> stringsOr(
    const Json& object, std::string_view key, std::vector<std::string> fallback = {});

} // namespace slook
