#include "text/json_fields.h"
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string_view>

namespace slook::text {

using nlohmann::json;

namespace {

constexpr std::array<std::string_view, 9> lists { "added_tokens", "cls", "decoders", "merges",
    "normalizers", "pretokenizers", "processors", "sep", "single" };
constexpr std::array<std::string_view, 15> flags { "add_prefix_space", "byte_fallback", "fuse_unk",
    "ignore_merges", "individual_digits", "invert", "lstrip", "normalized", "rstrip", "single_word",
    "special", "split", "strip_left", "strip_right", "use_regex" };
constexpr std::array<std::string_view, 10> texts { "behavior", "content",
    "continuing_subword_prefix", "end_of_word_suffix", "prepend", "prepend_scheme", "replacement",
    "type", "unk_token", "Regex" };
/// What lies in them is named by tokens, or read one by one.
constexpr std::array<std::string_view, 3> tables { "vocab", "special_tokens", "merges" };

template <std::size_t N>
bool isIn(const std::array<std::string_view, N>& names, std::string_view key)
{
    return std::ranges::find(names, key) != names.end();
}

/// What the member should be; empty where it may be what it is.
std::string_view wanted(std::string_view key, const json& value)
{
    if (value.is_null())
        return {};
    if (isIn(lists, key) && !value.is_array())
        return "a list";
    if (isIn(flags, key) && !value.is_boolean())
        return "true or false";
    return isIn(texts, key) && !value.is_string() ? "a text" : "";
}

} // namespace

Result<void> checkTypes(const json& value, const std::string& where)
{
    if (value.is_array())
        for (const json& one : value)
            if (auto checked = checkTypes(one, where); !checked)
                return checked;
    if (!value.is_object())
        return {};
    for (const auto& [key, member] : value.items()) {
        if (const auto type = wanted(key, member); !type.empty())
            return fail(ErrorKind::Invalid,
                "has \"" + key + "\", which is not " + std::string(type)
                    + "; take the model's own tokenizer.json",
                where);
        if (!isIn(tables, key))
            if (auto checked = checkTypes(member, where); !checked)
                return checked;
    }
    return {};
}

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
