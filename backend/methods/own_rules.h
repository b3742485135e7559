#pragma once
#include "core/result.h"
#include "core/rows.h"
#include "methods/pattern.h"
#include <string>
#include <string_view>
#include <vector>

namespace slook::methods {

/// A person's own way to read answers: regular expressions, tried in their order. Group 1 of the
/// first match is the answer, or the whole match where there is no group.
class OwnRules {
public:
    /// @param text  one expression a line in Perl's syntax; "last:" before it takes the last match;
    ///              empty lines and lines that begin with "# " are left out
    /// Errors: Invalid, naming the line and what is wrong with it; no rule at all.
    [[nodiscard]] static Result<OwnRules> parse(std::string_view text);

    /// `correct` where the answer is the known one: the label in any letter case, or the text of
    /// that option, or for an open question the same after normalizedAnswer().
    [[nodiscard]] ExtractionRow extract(std::string_view text, const Item& item) const;

private:
    struct Rule {
        std::string name; ///< the line
        Pattern pattern;
        bool last = false;
    };
    std::vector<Rule> m_rules;
};

} // namespace slook::methods
