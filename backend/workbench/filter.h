#pragma once
#include "core/rows.h"
#include "store/project.h"
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slook::workbench {

/// A small filter over rows, as typed by a person: words, all of which must hold.
///   type:wrong-right  type:2      the kind of transition, or of the pair's origin
///   stage:before  turn:2           of a response
///   category:colour   source:NAME  split:test  key:17  answer:B  correct:yes  correct:no
///   disagree:yes                   two extractors disagree
///   text:"red square"  or just  red  anywhere in question, options and answers, any letter case
/// A value with blanks stands in double quotes; a leading '-' turns a word around.
class Filter {
public:
    /// Errors: Invalid, naming the word that is not understood and the names that are.
    [[nodiscard]] static Result<Filter> parse(std::string_view text);

    [[nodiscard]] bool empty() const { return m_terms.empty(); }
    [[nodiscard]] bool matches(const TransitionRow& row) const;
    /// `sourceName` since Item has only the number of its source.
    [[nodiscard]] bool matches(const Item& item, const std::string& sourceName) const;
    /// `correct` as an extractor found it; empty where nobody knows.
    [[nodiscard]] bool matches(const ResponseRow& response, const Item& item,
        const std::string& sourceName, std::optional<bool> correct) const;
    [[nodiscard]] bool matches(
        const PairRow& pair, const Item& item, const std::string& sourceName) const;

private:
    struct Term {
        std::string field; ///< empty: anywhere
        std::string value; ///< lower case
        bool negated = false;
    };
    struct View;
    [[nodiscard]] bool holds(const View& row) const;
    std::vector<Term> m_terms;
};

/// "right-right", "wrong-right", "right-wrong", "wrong-wrong" for types 1 to 4; "" for others.
[[nodiscard]] std::string typeName(int type);

} // namespace slook::workbench
