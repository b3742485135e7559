#include "workbench/filter.h"
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <utf8proc.h>

namespace slook::workbench {
namespace {

constexpr std::array fieldNames = { "type", "category", "source", "split", "key", "text", "answer",
    "correct", "disagree", "stage", "turn", "flag", "star", "tag", "first", "refined", "chosen",
    "rejected", "said" };
constexpr std::array comparisons = { "<=", ">=", "<", ">", "=" };

bool isTextName(std::string_view name)
{
    return std::ranges::find(rowTextNames, name) != rowTextNames.end();
}

/// Null where the row has no such text, or nothing has this name.
const std::string* textOf(const FilterSubject& subject, std::string_view name)
{
    const auto found = std::ranges::find(rowTextNames, name);
    return found == rowTextNames.end()
        ? nullptr
        : subject.texts[static_cast<std::size_t>(found - rowTextNames.begin())];
}

bool isAscii(std::string_view text)
{
    return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) > 127; });
}

char asciiLower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// Case folded as Unicode says; text that is no UTF-8 is folded in ASCII only.
std::string foldedCase(std::string_view text)
{
    if (!isAscii(text)) {
        utf8proc_uint8_t* out = nullptr;
        const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
            static_cast<utf8proc_ssize_t>(text.size()), &out,
            static_cast<utf8proc_option_t>(UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE | UTF8PROC_STABLE));
        if (length >= 0) {
            std::string result(reinterpret_cast<char*>(out), static_cast<std::size_t>(length));
            std::free(out); // NOLINT(cppcoreguidelines-no-malloc): as utf8proc asks
            return result;
        }
    }
    std::string result(text);
    std::ranges::transform(result, result.begin(), asciiLower);
    return result;
}

/// `folded` is case folded already. No copy of plain ASCII: a filter reads a million rows.
bool contains(std::string_view text, const std::string& folded)
{
    if (!isAscii(text))
        return foldedCase(text).find(folded) != std::string::npos;
    thread_local std::string lower; // one search in plain bytes is many times faster than folding
    lower.resize(text.size()); // each character where it is compared
    std::ranges::transform(text, lower.begin(), asciiLower);
    return lower.find(folded) != std::string::npos;
}

bool same(std::string_view text, const std::string& folded)
{
    return isAscii(text) ? std::ranges::equal(text, folded, {}, asciiLower)
                         : foldedCase(text) == folded;
}

Error notUnderstood(std::string_view word, const std::string& why)
{
    return { ErrorKind::Invalid, why, "the filter word \"" + std::string(word) + "\"" };
}

template <class Names> std::string listOf(const Names& names)
{
    std::string text;
    for (const std::string_view name : names)
        text += (text.empty() ? "" : ", ") + std::string(name);
    return text;
}

std::optional<bool> yesOrNo(const std::string& value)
{
    if (value == "yes" || value == "true" || value == "1" || value == "right")
        return true;
    if (value == "no" || value == "false" || value == "0" || value == "wrong")
        return false;
    return std::nullopt;
}

int typeOf(const std::string& value)
{
    for (int type = 1; type <= 4; ++type)
        if (value == typeName(type) || value == std::to_string(type))
            return type;
    return 0;
}

/// The values between commas outside of quotes, without their quotes.
Result<std::vector<std::string>> valuesOf(std::string_view word, std::string_view text)
{
    std::vector<std::string> values(1);
    bool quoted = false;
    for (const char c : text) {
        if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            values.emplace_back();
        else
            values.back() += c;
    }
    if (quoted)
        return fail(notUnderstood(word, "has no closing quote; add one"));
    for (std::string& value : values)
        value = foldedCase(value);
    return values;
}

/// What a value of this field must be; empty where it is.
std::string whyNot(const std::string& field, const std::string& value)
{
    if (field == "type" && typeOf(value) == 0)
        return "is no type; use right-right, wrong-right, right-wrong, wrong-wrong or 1 to 4";
    if ((field == "correct" || field == "disagree" || field == "star") && !yesOrNo(value))
        return "needs yes or no";
    const auto flags = flagNames();
    if (field == "flag" && value != "any" && std::ranges::find(flags, value) == flags.end())
        return "is no flag; use red, yellow, green, blue, purple or any";
    return {};
}

bool anywhere(const FilterSubject& subject, const std::string& value)
{
    const Item& item = *subject.item;
    const auto has = [&](const std::string& text) { return contains(text, value); };
    return has(item.question) || has(item.hint) || has(item.answer) || has(item.key)
        || std::ranges::any_of(item.options, [&](const Option& o) { return has(o.text); })
        || std::ranges::any_of(
            subject.texts, [&](const std::string* text) { return text && has(*text); });
}

bool marked(std::span<const MarkRow> marks, const std::string& field, const std::string& value)
{
    return std::ranges::any_of(marks, [&](const MarkRow& mark) {
        if (field == "flag")
            return mark.name == "flag" && (value == "any" || mark.value == value);
        return mark.name.starts_with(kTagPrefix)
            && same(std::string_view(mark.name).substr(kTagPrefix.size()), value);
    });
}

bool hasStar(std::span<const MarkRow> marks)
{
    return std::ranges::any_of(marks, [](const MarkRow& mark) { return mark.name == "star"; });
}

bool fits(const FilterSubject& subject, const std::string& field, const std::string& value)
{
    const Item& item = *subject.item;
    if (field == "type")
        return subject.type == typeOf(value);
    if (field == "category")
        return same(item.category, value);
    if (field == "source")
        return same(subject.source, value);
    if (field == "split")
        return same(item.split, value);
    if (field == "key")
        return same(item.key, value);
    if (field == "stage")
        return same(subject.stage, value);
    if (field == "turn")
        return std::to_string(subject.turn) == value;
    if (field == "answer")
        return std::ranges::any_of(
            subject.answers, [&](std::string_view a) { return !a.empty() && same(a, value); });
    if (field == "correct")
        return subject.correct.has_value() && subject.correct == yesOrNo(value);
    if (field == "disagree")
        return subject.disagree == yesOrNo(value);
    if (field == "star")
        return hasStar(subject.marks) == yesOrNo(value);
    if (field == "flag" || field == "tag")
        return marked(subject.marks, field, value);
    if (isTextName(field)) {
        const std::string* text = textOf(subject, field);
        return text && contains(*text, value);
    }
    return anywhere(subject, value);
}

/// Of UTF-8 text: the bytes that begin a character.
double characters(std::string_view text)
{
    constexpr unsigned char highBits = 0xC0, continuation = 0x80;
    return static_cast<double>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & highBits) != continuation; }));
}

std::optional<double> lengthOf(const FilterSubject& subject, const std::string& what)
{
    if (what == "question")
        return characters(subject.item->question);
    const std::string* text = textOf(subject, what);
    return text ? std::optional(characters(*text)) : std::nullopt;
}

bool compared(double left, const std::string& how, double right)
{
    if (how == "<")
        return left < right;
    if (how == "<=")
        return left <= right;
    if (how == ">")
        return left > right;
    return how == ">=" ? left >= right : left == right;
}

} // namespace

std::string typeName(int type)
{
    switch (type) {
    case 1:
        return "right-right";
    case 2:
        return "wrong-right";
    case 3:
        return "right-wrong";
    case 4:
        return "wrong-wrong";
    default:
        return {};
    }
}

std::string filterValue(const std::string& text)
{
    std::string plain = text;
    std::erase(plain, '"');
    return plain.empty() || plain.find_first_of(" ,") != std::string::npos ? '"' + plain + '"'
                                                                           : plain;
}

std::vector<FilterWord> filterWords(std::string_view text)
{
    std::vector<FilterWord> words;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == ' ') {
            ++at;
            continue;
        }
        FilterWord word { at, at };
        for (bool quoted = false; at < text.size() && (quoted || text[at] != ' '); ++at)
            if (text[at] == '"')
                quoted = !quoted;
        word.end = at;
        words.push_back(word);
    }
    return words;
}

std::vector<std::string> Filter::fields()
{
    return { fieldNames.begin(), fieldNames.end() };
}

tl::expected<Filter, FilterFault> Filter::parseAt(std::string_view text)
{
    Filter filter;
    for (const FilterWord& word : filterWords(text)) {
        auto term = termOf(text.substr(word.begin, word.end - word.begin));
        if (!term)
            return tl::unexpected(FilterFault { term.error(), word });
        filter.m_terms.push_back(std::move(*term));
    }
    return filter;
}

Result<Filter> Filter::parse(std::string_view text)
{
    auto filter = parseAt(text);
    if (!filter)
        return fail(filter.error().error);
    return std::move(*filter);
}

Result<Filter::Term> Filter::termOf(std::string_view word)
{
    Term term;
    std::string_view rest = word;
    if (rest.size() > 1 && rest.front() == '-') {
        term.negated = true;
        rest.remove_prefix(1);
    }
    const auto number = [](std::string_view text) -> std::optional<Number> {
        Number found;
        if (text.starts_with("len(") && text.ends_with(")")) {
            found.what = text.substr(4, text.size() - 5);
            return found.what == "question" || isTextName(found.what) ? std::optional(found)
                                                                      : std::nullopt;
        }
        if (text == "score") {
            found.what = text;
            return found;
        }
        const auto [end, error] =
            std::from_chars(text.data(), text.data() + text.size(), found.value);
        return error == std::errc() && end == text.data() + text.size() ? std::optional(found)
                                                                        : std::nullopt;
    };
    if (rest.starts_with("len(") || rest.starts_with("score<") || rest.starts_with("score>")
        || rest.starts_with("score="))
        for (const std::string_view how : comparisons)
            if (const auto at = rest.find(how); at != std::string_view::npos) {
                const auto left = number(rest.substr(0, at));
                const auto right = number(rest.substr(at + how.size()));
                if (!left || !right)
                    return fail(notUnderstood(word,
                        "compares what is no number; use numbers, score, and len() of question, "
                            + listOf(rowTextNames)));
                term.field = how;
                term.left = *left;
                term.right = *right;
                return term;
            }
    const auto colon = rest.find(':');
    const std::string name(colon == std::string_view::npos ? "" : rest.substr(0, colon));
    if (!name.empty() && std::ranges::find(fieldNames, name) != fieldNames.end()) {
        term.field = name == "text" ? "" : name;
        rest.remove_prefix(colon + 1);
    } else if (!name.empty()
        && std::ranges::all_of(name, [](char c) { return c >= 'a' && c <= 'z'; }))
        return fail(notUnderstood(word, "names no field; the fields are " + listOf(fieldNames)));
    // A comma in a text that is looked for is a comma.
    auto values = valuesOf(word, rest);
    if (!values)
        return fail(values.error());
    if (term.field.empty()) {
        std::string plain(rest);
        std::erase(plain, '"');
        values = std::vector { foldedCase(plain) };
    }
    for (const std::string& value : *values)
        if (const auto why = whyNot(term.field, value); !why.empty())
            return fail(notUnderstood(word, why));
    term.values = std::move(*values);
    return term;
}

Filter Filter::without(std::string_view field) const
{
    Filter rest = *this;
    std::erase_if(rest.m_terms, [&](const Term& term) { return term.field == field; });
    return rest;
}

bool Filter::asksForRun() const
{
    const auto ofRun = [](const std::string& name) {
        return name == "type" || name == "stage" || name == "turn" || name == "correct"
            || name == "disagree" || name == "score" || isTextName(name);
    };
    return std::ranges::any_of(m_terms, [&](const Term& term) {
        return ofRun(term.field) || ofRun(term.left.what) || ofRun(term.right.what);
    });
}

bool Filter::holds(const Term& term, const FilterSubject& subject)
{
    if (std::ranges::find(comparisons, term.field) == comparisons.end())
        return std::ranges::any_of(term.values,
            [&](const std::string& value) { return fits(subject, term.field, value); });
    const auto valueOf = [&](const Number& number) -> std::optional<double> {
        if (number.what.empty())
            return number.value;
        return number.what == "score" ? subject.score : lengthOf(subject, number.what);
    };
    const auto left = valueOf(term.left), right = valueOf(term.right);
    return left && right && compared(*left, term.field, *right);
}

bool Filter::matches(const FilterSubject& subject) const
{
    return std::ranges::all_of(
        m_terms, [&](const Term& term) { return holds(term, subject) != term.negated; });
}

bool Filter::matches(const TransitionRow& row) const
{
    Item item;
    item.key = row.key;
    item.question = row.question;
    item.options = row.options;
    item.answer = row.answer;
    item.category = row.category;
    FilterSubject subject;
    subject.item = &item;
    subject.source = row.source;
    subject.type = row.type();
    subject.answers = { row.firstAnswer, row.refinedAnswer };
    subject.text(RowText::First) = &row.firstText;
    subject.text(RowText::Refined) = &row.refinedText;
    subject.correct = row.firstCorrect;
    subject.disagree = row.extractorsDisagree;
    return matches(subject);
}

bool Filter::matches(const Item& item, const std::string& sourceName) const
{
    FilterSubject subject;
    subject.item = &item;
    subject.source = sourceName;
    subject.answers = { item.answer };
    return matches(subject);
}

bool Filter::matches(const ResponseRow& response, const Item& item, const std::string& sourceName,
    std::optional<bool> correct) const
{
    FilterSubject subject;
    subject.item = &item;
    subject.source = sourceName;
    subject.stage = response.stage;
    subject.turn = response.turn;
    subject.answers = { item.answer };
    subject.text(RowText::Said) = &response.text;
    subject.correct = correct;
    return matches(subject);
}

bool Filter::matches(const PairRow& pair, const Item& item, const std::string& sourceName) const
{
    FilterSubject subject;
    subject.item = &item;
    subject.source = sourceName;
    subject.type = pair.type;
    subject.answers = { item.answer };
    subject.text(RowText::Chosen) = &pair.chosen;
    subject.text(RowText::Rejected) = &pair.rejected;
    return matches(subject);
}

} // namespace slook::workbench
