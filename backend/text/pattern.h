#pragma once
#include "core/result.h"
#include "text/word_diff.h" // Span
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace slook::text {

/// A regular expression of a foreign file, bounded in steps, memory and time.
class Pattern {
public:
    /// Errors: Invalid for bad or overlong patterns.
    [[nodiscard]] static Result<Pattern> compile(std::string_view source, const std::string& where);
    /// A pattern that stands for exactly this text, which is not empty.
    [[nodiscard]] static Pattern literal(std::string text);

    /// All matches in `text`, valid UTF-8, from left to right; empty ones are left out.
    /// Errors: Invalid where a limit is passed.
    [[nodiscard]] Result<std::vector<Span>> findAll(std::string_view text) const;
    /// `text` with every match replaced by `content` as it stands.
    [[nodiscard]] Result<std::string> replaceAll(
        std::string_view text, std::string_view content) const;

private:
    struct Code;
    std::shared_ptr<const Code> m_code; ///< null for a literal
    std::string m_text; ///< the pattern, or the literal
};

} // namespace slook::text
