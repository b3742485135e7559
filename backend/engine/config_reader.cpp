#include "engine/config_reader.h"
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

namespace slook::engine {

std::string shortly(const Json& value)
{
    return value.dump(-1, ' ', true, Json::error_handler_t::replace).substr(0, 60);
}

ConfigReader::ConfigReader(
    const Json& object, std::string prefix, std::optional<Error>& failure, const std::string& where)
    : m_object(object)
    , m_prefix(std::move(prefix))
    , m_failure(failure)
    , m_where(where)
{
}

void ConfigReader::size(const char* key, std::int64_t& value, std::int64_t most) const
{
    value = wholeNumber(key, value);
    if (value < 1 || value > most)
        refuse(key, "is " + std::to_string(value) + ", outside 1 to " + std::to_string(most));
}

std::int64_t ConfigReader::wholeNumber(const char* key, std::int64_t fallback) const
{
    const Json* value = find(key);
    if (value == nullptr)
        return fallback;
    if (!value->is_number_integer())
        refuse(key, "is no whole number");
    return value->is_number_integer() ? value->get<std::int64_t>() : fallback;
}

void ConfigReader::positive(const char* key, double& value) const
{
    if (const Json* found = find(key)) {
        value = found->is_number() ? found->get<double>() : 0.0;
        if (!(value > 0.0) || !std::isfinite(value))
            refuse(key, "is no positive number");
    }
}

void ConfigReader::flag(const char* key, bool& value) const
{
    const Json* found = find(key);
    if (found == nullptr)
        return;
    if (!found->is_boolean())
        return refuse(key, "is neither true nor false");
    value = found->get<bool>();
}

void ConfigReader::activation(const char* key, Activation& value) const
{
    const Json* found = find(key);
    if (found == nullptr)
        return;
    static constexpr std::array<std::pair<const char*, Activation>, 8> known {
        { { "gelu", Activation::Gelu }, { "gelu_pytorch_tanh", Activation::GeluTanh },
            { "gelu_new", Activation::GeluTanh }, { "gelu_fast", Activation::GeluTanh },
            { "quick_gelu", Activation::QuickGelu }, { "silu", Activation::Silu },
            { "swish", Activation::Silu }, { "relu", Activation::Relu } }
    };
    for (const auto& [name, kind] : known)
        if (found->is_string() && found->get<std::string>() == name) {
            value = kind;
            return;
        }
    refuse(key, "names the activation " + shortly(*found) + ", which is not known here");
}

const Json* ConfigReader::find(const char* key) const
{
    if (!m_object.is_object())
        return nullptr;
    const auto found = m_object.find(key);
    return found == m_object.end() || found->is_null() ? nullptr : &*found;
}

const Json& ConfigReader::object(const char* key) const
{
    static const Json empty = Json::object();
    const Json* found = find(key);
    if (found != nullptr && !found->is_object())
        refuse(key, "is no object");
    return found != nullptr && found->is_object() ? *found : empty;
}

void ConfigReader::refuse(const std::string& key, const std::string& why) const
{
    if (!m_failure)
        m_failure = Error { ErrorKind::Invalid,
            "\"" + m_prefix + key + "\" " + why + "; correct it or fetch the model again",
            m_where };
}

void ConfigReader::requireMultiple(const char* key, std::int64_t value, std::int64_t of) const
{
    if (!m_failure && (of < 1 || value % of != 0))
        refuse(key, "is " + std::to_string(value) + ", no multiple of " + std::to_string(of));
}

} // namespace slook::engine
