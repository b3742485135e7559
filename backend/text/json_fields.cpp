#include "text/json_fields.h"
#include <nlohmann/json.hpp>

namespace slook::text {

using nlohmann::json;

const json& field(const json& object, const char* key)
{
    static const json null;
    if (!object.is_object())
        return null;
    const auto found = object.find(key);
    return found == object.end() ? null : *found;
}

std::string stringField(const json& object, const char* key, std::string fallback)
{
    const json& value = field(object, key);
    return value.is_string() ? value.get<std::string>() : fallback;
}

bool boolField(const json& object, const char* key, bool fallback)
{
    const json& value = field(object, key);
    return value.is_boolean() ? value.get<bool>() : fallback;
}

const json& listField(const json& object, const char* key)
{
    static const json empty = json::array();
    const json& value = field(object, key);
    return value.is_array() ? value : empty;
}

Result<Pattern> patternField(const json& object, const std::string& where)
{
    const json& pattern = field(object, "pattern");
    const std::string literal =
        pattern.is_string() ? pattern.get<std::string>() : stringField(pattern, "String");
    if (!literal.empty())
        return Pattern::literal(literal);
    const std::string regex = stringField(pattern, "Regex");
    if (regex.empty())
        return fail(
            ErrorKind::Invalid, "has an empty pattern; take the model's own tokenizer.json", where);
    return Pattern::compile(regex, where);
}

} // namespace slook::text
