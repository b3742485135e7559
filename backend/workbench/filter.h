#pragma once
#include "core/marks.h"
#include "core/result.h"
#include "core/rows.h"
#include "workbench/packed_texts.h"
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slook::workbench {

/// Texts of a row besides question and options, by their names in a filter.
enum class RowText { First, Refined, Chosen, Rejected, Said };
constexpr std::array<std::string_view, 5> rowTextNames { "first", "refined", "chosen", "rejected",
    "said" };

/// The texts of a question in which a filter looks anywhere, in this order; behind the hint come
/// its options' texts.
enum class ItemText { Answer, Key, Question, Hint };
/// Adds the question's texts as the next row.
void addItemTexts(const Item& item, PackedTexts& texts);

/// What a row offers to a filter, whatever kind of row it is. Members that it has none of stay
/// empty: words about them do not hold. It only points: a filter looks at a million of them.
struct FilterSubject {
    SearchText item; ///< by ItemText
    std::string_view source;
    std::string_view category;
    std::string_view split;
    std::string_view stage;
    int turn = 0;
    int type = 0;
    std::array<std::string_view, 3> answers = {}; ///< the key's and, where there are some, the
                                                  ///< model's first and last
    std::array<SearchText, rowTextNames.size()> texts = {}; ///< by RowText; null: it has none
    SearchText& text(RowText which) { return texts[static_cast<std::size_t>(which)]; }
    std::optional<double> score = {}; ///< of a triplet
    std::optional<bool> correct = {};
    bool disagree = false;
    std::span<const MarkRow> marks = {}; ///< of the item
    std::span<const MarkRow> pairMarks = {}; ///< of the pair itself, where the row is one
};

/// A stretch of a filter's text: one word with its sign, quotes and value, [begin, end) in bytes.
struct FilterWord {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// Where a filter's text is not understood, and why.
struct FilterFault {
    Error error;
    FilterWord place;
};

/// A small filter over rows, as typed by a person: words, all of which must hold.
///   type:wrong-right  type:2       the kind of transition, or of the pair's origin
///   stage:before  turn:2           of a response
///   category:colour   source:NAME  split:test  key:17  answer:B  correct:yes  disagree:yes
///   flag:red  flag:any  star:yes  tag:NAME    a person's marks; a pair has its question's too
///   first:WORD  refined:WORD  chosen:WORD  rejected:WORD    in that text
///   len(chosen)>len(rejected)  len(question)<80  score>=0.9 numbers; lengths are in characters
///   text:"red square"  or just  red  anywhere in question, options and answers, any letter case
/// Several values stand with commas between them: type:2,3. A value with blanks or commas stands in
/// double quotes; a leading '-' turns a word around.
class Filter {
public:
    /// Errors: Invalid, naming the word that is not understood and the names that are.
    [[nodiscard]] static Result<Filter> parse(std::string_view text);
    /// The same with the place of the fault.
    [[nodiscard]] static tl::expected<Filter, FilterFault> parseAt(std::string_view text);
    [[nodiscard]] static std::vector<std::string> fields(); ///< names before a colon

    [[nodiscard]] bool empty() const { return m_terms.empty(); }
    [[nodiscard]] std::size_t size() const { return m_terms.size(); } ///< words
    [[nodiscard]] Filter without(std::string_view field) const; ///< its other words
    [[nodiscard]] Filter only(std::string_view field) const; ///< its words about this field
    /// Needs to know what a run's answers, pairs or triplets are.
    [[nodiscard]] bool asksForRun() const;
    [[nodiscard]] bool matches(const FilterSubject& subject) const;
    [[nodiscard]] bool matches(const TransitionRow& row) const;
    /// `sourceName` since Item has only the number of its source.
    [[nodiscard]] bool matches(const Item& item, const std::string& sourceName) const;
    /// `correct` as an extractor found it; empty where nobody knows.
    [[nodiscard]] bool matches(const ResponseRow& response, const Item& item,
        const std::string& sourceName, std::optional<bool> correct) const;
    [[nodiscard]] bool matches(
        const PairRow& pair, const Item& item, const std::string& sourceName) const;

private:
    enum class Field { // in the order of fields(), and a comparison of two numbers
        Type,
        Category,
        Source,
        Split,
        Key,
        Text,
        Answer,
        Correct,
        Disagree,
        Stage,
        Turn,
        Flag,
        Star,
        Tag,
        First,
        Refined,
        Chosen,
        Rejected,
        Said,
        Comparison
    };
    struct Number { ///< a constant, the length of a text, or the score
        double value = 0;
        std::string what; ///< "first", ... or "score"; empty: the constant
    };
    struct Value {
        std::string text; ///< case folded
        int number = 0; ///< a type; 1 for yes, 0 for no
    };
    struct Term {
        Field field = Field::Text;
        std::vector<Value> values; ///< one of them must fit
        std::string how; ///< "<", "<=", ">", ">=" or "=" between two numbers
        Number left, right;
        bool negated = false;
    };
    [[nodiscard]] static Result<Term> termOf(std::string_view word);
    [[nodiscard]] static std::optional<Field> fieldNamed(std::string_view name);
    [[nodiscard]] static std::string whyNot(Field field, const std::string& value);
    [[nodiscard]] static Value valueOf(Field field, const std::string& text);
    [[nodiscard]] static bool fits(const FilterSubject& subject, Field field, const Value& value);
    [[nodiscard]] static bool holds(const Term& term, const FilterSubject& subject);
    std::vector<Term> m_terms;
};

/// Cuts at blanks outside of quotes, whether the words are understood or not.
[[nodiscard]] std::vector<FilterWord> filterWords(std::string_view text);

/// `text` as a value of a filter word: in quotes where it needs them.
[[nodiscard]] std::string filterValue(const std::string& text);

/// "right-right", "wrong-right", "right-wrong", "wrong-wrong" for types 1 to 4; "" for others.
[[nodiscard]] std::string typeName(int type);

} // namespace slook::workbench
