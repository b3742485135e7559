#pragma once
#include "core/json.h"
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

/// Reads members of a foreign JSON object and remembers the first one that is wrong. Private to
/// this folder's sources.
namespace slook::runs {

/// NaN and infinities have no JSON number; they are written as "nan", "inf", "-inf".
inline Json numberToJson(double value)
{
    if (std::isfinite(value))
        return value;
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

inline std::optional<double> numberFromJson(const Json& json)
{
    if (json.is_number())
        return json.get<double>();
    if (json == "nan")
        return std::numeric_limits<double>::quiet_NaN();
    if (json == "inf" || json == "-inf")
        return json == "inf" ? std::numeric_limits<double>::infinity()
                             : -std::numeric_limits<double>::infinity();
    return std::nullopt;
}

class Fields {
public:
    Fields(const Json& object, std::string where)
        : m_object(object)
        , m_where(std::move(where))
    {
        if (!object.is_object())
            complain("is no JSON object");
    }

    /// A member that must be there.
    void text(const char* key, std::string& value) { read(key, value, true); }
    /// A member that may be absent; of a wrong type it is still an error.
    void textIf(const char* key, std::string& value) { read(key, value, false); }

    template <class Int>
    void integer(
        const char* key, Int& value, std::int64_t least, std::int64_t most, bool must = true)
    {
        const auto* member = find(key, must);
        if (!member)
            return;
        // An unsigned number beyond int64 would wrap, so it is compared as unsigned.
        const bool fits = member->is_number_unsigned()
            ? member->get<std::uint64_t>() <= static_cast<std::uint64_t>(most)
                && (least <= 0 || member->get<std::uint64_t>() >= static_cast<std::uint64_t>(least))
            : member->is_number_integer() && member->get<std::int64_t>() >= least
                && member->get<std::int64_t>() <= most;
        if (!fits)
            return complain(std::string("has no whole number in range as \"") + key + "\"");
        value = static_cast<Int>(member->get<std::int64_t>());
    }
    void count(const char* key, int& value, bool must = true)
    {
        integer(key, value, 0, std::numeric_limits<int>::max(), must);
    }
    void bigCount(const char* key, std::int64_t& value, bool must = true)
    {
        integer(key, value, 0, std::numeric_limits<std::int64_t>::max(), must);
    }
    void seed(const char* key, std::uint64_t& value)
    {
        const auto* member = find(key, false);
        if (member && !member->is_number_unsigned())
            return complain(std::string("has no whole number as \"") + key + "\"");
        if (member)
            value = member->get<std::uint64_t>();
    }
    void number(const char* key, double& value)
    {
        const auto* member = find(key, false);
        if (!member)
            return;
        const auto read = numberFromJson(*member);
        if (!read)
            return complain(std::string("has no number as \"") + key + "\"");
        value = *read;
    }
    void flag(const char* key, bool& value)
    {
        const auto* member = find(key, false);
        if (member && !member->is_boolean())
            return complain(std::string("has neither true nor false as \"") + key + "\"");
        if (member)
            value = member->get<bool>();
    }
    void texts(const char* key, std::vector<std::string>& values)
    {
        const auto* member = array(key);
        if (!member)
            return;
        values.clear();
        for (const auto& one : *member) {
            if (!one.is_string())
                return complain(std::string("has no list of texts as \"") + key + "\"");
            values.push_back(one.get<std::string>());
        }
    }
    /// The list `key`, or nullptr where it is absent.
    const Json* array(const char* key)
    {
        const auto* member = find(key, false);
        if (member && !member->is_array()) {
            complain(std::string("has no list as \"") + key + "\"");
            return nullptr;
        }
        return member;
    }
    /// The object `key`, or nullptr where it is absent.
    const Json* object(const char* key, bool must = false)
    {
        const auto* member = find(key, must);
        if (member && !member->is_object()) {
            complain(std::string("has no object as \"") + key + "\"");
            return nullptr;
        }
        return member;
    }
    void complain(std::string what)
    {
        if (!m_error)
            m_error = Error { ErrorKind::Invalid, std::move(what), m_where };
    }
    template <class T> [[nodiscard]] Result<T> done(T value) const
    {
        if (m_error)
            return fail(*m_error);
        return value;
    }

private:
    void read(const char* key, std::string& value, bool must)
    {
        const auto* member = find(key, must);
        if (member && !member->is_string())
            return complain(std::string("has no text as \"") + key + "\"");
        if (member)
            value = member->get<std::string>();
    }
    const Json* find(const char* key, bool must)
    {
        if (!m_object.is_object())
            return nullptr;
        const auto found = m_object.find(key);
        if (found != m_object.end() && !found->is_null())
            return &*found;
        if (must)
            complain(std::string("lacks \"") + key + "\"");
        return nullptr;
    }

    const Json& m_object;
    std::string m_where;
    std::optional<Error> m_error;
};

} // namespace slook::runs
