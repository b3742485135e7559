#include "core/json.h"
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace slook {
namespace {

/// Builds the document and refuses depth and repeated keys, which nlohmann's own parser lets
/// through.
class Guard {
public:
    explicit Guard(int depth)
        : m_depth(depth)
    {
    }
    bool operator()(int, Json::parse_event_t event, Json& parsed)
    {
        using E = Json::parse_event_t;
        if (event == E::object_start || event == E::array_start) {
            m_keys.emplace_back();
            if (static_cast<int>(m_keys.size()) > m_depth)
                throw std::length_error(
                    "is nested deeper than " + std::to_string(m_depth) + " levels");
        } else if (event == E::object_end || event == E::array_end) {
            m_keys.pop_back();
        } else if (event == E::key && !m_keys.back().insert(parsed.get<std::string>()).second) {
            throw std::length_error(
                "has the key \"" + parsed.get<std::string>() + "\" twice in one object");
        }
        return true;
    }

private:
    int m_depth;
    std::vector<std::unordered_set<std::string>> m_keys;
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
        auto guard = std::make_shared<Guard>(limits.depth);
        return Json::parse(
            text.begin(), text.end(), [guard](int depth, Json::parse_event_t event, Json& parsed) {
                return (*guard)(depth, event, parsed);
            });
    } catch (const Json::parse_error& e) {
        return fail(
            ErrorKind::Invalid, "is no valid JSON at byte " + std::to_string(e.byte), where);
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
