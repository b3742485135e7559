#pragma once
#include "core/json.h"
#include "core/result.h"
#include "engine/config.h"
#include <cstdint>
#include <optional>
#include <string>

namespace slook::engine {

/// Reads members of one object of a config.json and remembers the first that cannot be: one
/// sentence with its key.
class ConfigReader {
public:
    /// @param prefix of the keys in that sentence: "text_config."
    ConfigReader(const Json& object, std::string prefix, std::optional<Error>& failure,
        const std::string& where);

    void size(const char* key, std::int64_t& value, std::int64_t most) const; ///< 1 .. most
    [[nodiscard]] std::int64_t wholeNumber(const char* key, std::int64_t fallback) const;
    void positive(const char* key, double& value) const;
    void flag(const char* key, bool& value) const;
    void activation(const char* key, Activation& value) const;
    /// The member, or null where it is absent or null.
    [[nodiscard]] const Json* find(const char* key) const;
    /// The member, or an empty object where it is none.
    [[nodiscard]] const Json& object(const char* key) const;
    void refuse(const std::string& key, const std::string& why) const;
    void requireMultiple(const char* key, std::int64_t value, std::int64_t of) const;

private:
    const Json& m_object;
    std::string m_prefix;
    std::optional<Error>& m_failure;
    const std::string& m_where;
};

/// Larger sizes are damage: they would overflow or take all memory.
constexpr std::int64_t mostWidth = 1 << 16, mostLayers = 1 << 10, mostVocabulary = 1 << 22,
                       mostContext = 1 << 21;

/// At most 60 bytes of a value, for an error message.
[[nodiscard]] std::string shortly(const Json& value);

} // namespace slook::engine
