#include "core/json.h"
#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace slook {
namespace {

/// Builds the document from the parser's events and refuses depth and repeated keys, which
/// nlohmann's own builder lets through. That one also looks through all earlier keys of an object
/// for every new one; here they are compared once, sorted, when the object is whole.
class Builder {
public:
    explicit Builder(int depth)
        : m_depth(depth)
    {
    }
    [[nodiscard]] Json take() { return std::move(m_document); }

    // The interface of nlohmann::json_sax.
    bool null() { return add(nullptr); }
    bool boolean(bool value) { return add(value); }
    bool number_integer(Json::number_integer_t value) { return add(value); }
    bool number_unsigned(Json::number_unsigned_t value) { return add(value); }
    bool number_float(Json::number_float_t value, const std::string&) { return add(value); }
    bool string(std::string& value) { return add(std::move(value)); }
    bool binary(Json::binary_t&) { return false; } // not in text
    bool start_object(std::size_t) { return open(); }
    bool start_array(std::size_t) { return open(); }
    bool key(std::string& name)
    {
        m_open.back().keys.push_back(std::move(name));
        return true;
    }
    bool end_object()
    {
        Level level = std::move(m_open.back());
        m_open.pop_back();
        refuseRepeated(level.keys);
        Json object = Json::object();
        // ordered_map's own emplace() compares with every earlier key.
        Json::object_t::Container& members = object.get_ref<Json::object_t&>();
        members.reserve(level.keys.size());
        for (std::size_t i = 0; i < level.keys.size(); ++i)
            members.emplace_back(std::move(level.keys[i]), std::move(level.values[i]));
        return add(std::move(object));
    }
    bool end_array()
    {
        Json array = std::move(m_open.back().values);
        m_open.pop_back();
        return add(std::move(array));
    }
    bool parse_error(std::size_t byte, const std::string&, const Json::exception&)
    {
        throw std::invalid_argument("is no valid JSON at byte " + std::to_string(byte));
    }

private:
    /// An object or array that is not whole yet.
    struct Level {
        std::vector<std::string> keys; ///< of an object
        Json::array_t values;
    };

    bool open()
    {
        m_open.emplace_back();
        if (static_cast<int>(m_open.size()) > m_depth)
            throw std::length_error("is nested deeper than " + std::to_string(m_depth) + " levels");
        return true;
    }
    bool add(Json value)
    {
        if (m_open.empty())
            m_document = std::move(value);
        else
            m_open.back().values.push_back(std::move(value));
        return true;
    }
    static void refuseRepeated(const std::vector<std::string>& keys)
    {
        std::vector<std::string_view> sorted(keys.begin(), keys.end());
        std::ranges::sort(sorted);
        const auto twice = std::ranges::adjacent_find(sorted);
        if (twice != sorted.end())
            throw std::length_error(
                "has the key \"" + std::string(*twice) + "\" twice in one object");
    }

    int m_depth;
    std::vector<Level> m_open;
    Json m_document;
};

const Json* member(const Json& object, std::string_view key)
{
    if (!object.is_object())
        return nullptr;
    const auto found = object.find(std::string(key));
    return found == object.end() ? nullptr : &*found;
}

} // namespace

Result<Json> parseJson(std::string_view text, const std::string& where, const JsonLimits& limits)
{
    if (text.size() > limits.bytes)
        return fail(ErrorKind::Invalid,
            "is larger than the " + std::to_string(limits.bytes >> 20)
                + " MiB that a JSON text may have",
            where);
    try {
        Builder builder(limits.depth);
        Json::sax_parse(text.begin(), text.end(), &builder);
        return builder.take();
    } catch (const std::exception& e) {
        return fail(ErrorKind::Invalid, e.what(), where);
    }
}

std::string dumpLine(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}
std::string dumpPretty(const Json& json)
{
    return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

std::string stringOr(const Json& object, std::string_view key, std::string fallback)
{
    const auto* value = member(object, key);
    return value && value->is_string() ? value->get<std::string>() : fallback;
}

double numberOr(const Json& object, std::string_view key, double fallback)
{
    const auto* value = member(object, key);
    return value && value->is_number() ? value->get<double>() : fallback;
}

std::int64_t integerOr(const Json& object, std::string_view key, std::int64_t fallback)
{
    const auto* value = member(object, key);
    return value && value->is_number_integer() ? value->get<std::int64_t>() : fallback;
}

bool boolOr(const Json& object, std::string_view key, bool fallback)
{
    const auto* value = member(object, key);
    return value && value->is_boolean() ? value->get<bool>() : fallback;
}

std::vector<std::string> stringsOr(
    const Json& object, std::string_view key, std::vector<std::string> fallback)
{
    const auto* value = member(object, key);
    if (!value || !value->is_array())
        return fallback;
    std::vector<std::string> strings;
    for (const auto& one : *value)
        if (one.is_string())
            strings.push_back(one.get<std::string>());
    return strings;
}

} // namespace slook
