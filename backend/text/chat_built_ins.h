#pragma once
#include <span>
#include <string_view>

namespace slook::text {

struct BuiltInTemplate {
    std::string_view name;
    std::string_view source; ///< Jinja
};

/// Forms of conversation for model folders that bring no template of their own.
[[nodiscard]] std::span<const BuiltInTemplate> builtInTemplates();

} // namespace slook::text
