#pragma once
#include "core/rows.h"
#include <string_view>

namespace slook::methods {

/// The rule set "ours" of extract(): see there.
[[nodiscard]] ExtractionRow extractOurs(
    std::string_view text, const Item& item, std::string_view optionStyle);

} // namespace slook::methods
