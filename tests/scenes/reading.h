#pragma once
#include "core/json.h"
#include <optional>
#include <string>
#include <vector>

namespace slook::scenes::testing {

/// Whether `option` answers `question` truly, read from the truth as JSON by rules of its own that
/// share nothing with the code that writes questions. Nothing where the question is not understood.
[[nodiscard]] std::optional<bool> isTrue(
    const Json& truth, const std::string& question, const std::string& option);

/// Whether a thing such as "red circle" or "circle" is in the picture.
[[nodiscard]] bool shows(const Json& truth, const std::string& thing);

} // namespace slook::scenes::testing
