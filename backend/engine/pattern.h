#pragma once
#include "core/result.h"
#include <memory>
#include <string>
#include <string_view>

namespace slook::engine {

/// A regular expression over module names. Foreign patterns are bounded in work, so none can hang
/// the program.
class Pattern {
public:
    /// Errors: Invalid (no regular expression, with the place).
    [[nodiscard]] static Result<Pattern> compile(const std::string& text);
    /// True where the whole of `text` matches; false too where the work limit is passed.
    [[nodiscard]] bool matchesWhole(std::string_view text) const;

private:
    struct Code;
    std::shared_ptr<const Code> m_code;
};

} // namespace slook::engine
