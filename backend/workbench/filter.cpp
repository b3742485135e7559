#include "workbench/filter.h"
#include <algorithm>
#include <array>
#include <charconv>

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
SearchText textOf(const FilterSubject& subject, std::string_view name)
{
    const auto found = std::ranges::find(rowTextNames, name);
    return found == rowTextNames.end()
        ? SearchText {}
        : subject.texts[static_cast<std::size_t>(found - rowTextNames.begin())];
}

SearchText partOf(const FilterSubject& subject, ItemText which)
{
    return PackedTexts::part(subject.item, static_cast<std::size_t>(which));
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

bool anywhere(const FilterSubject& subject, const std::string& value)
{
    return subject.item.contains(value)
        || std::ranges::any_of(subject.texts, [&](const SearchText& text) {
               return text.text.data() != nullptr && text.contains(value);
           });
}

/// Of a question's marks and, where it is seen as one of its pairs, of the pair's.
template <class Fits> bool anyMark(const FilterSubject& subject, Fits fits)
{
    return std::ranges::any_of(subject.marks, fits) || std::ranges::any_of(subject.pairMarks, fits);
}

bool isFlagged(const FilterSubject& subject, const std::string& value)
{
    return anyMark(subject, [&](const MarkRow& mark) {
        return mark.name == "flag" && (value == "any" || mark.value == value);
    });
}

bool isTagged(const FilterSubject& subject, const std::string& value)
{
    return anyMark(subject, [&](const MarkRow& mark) {
        return mark.name.starts_with(kTagPrefix)
            && sameInAnyCase(std::string_view(mark.name).substr(kTagPrefix.size()), value);
    });
}

bool hasStar(const FilterSubject& subject)
{
    return anyMark(subject, [](const MarkRow& mark) { return mark.name == "star"; });
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
        return characters(partOf(subject, ItemText::Question).text);
    const auto text = textOf(subject, what).text;
    return text.data() != nullptr ? std::optional(characters(text)) : std::nullopt;
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

void addItemTexts(const Item& item, PackedTexts& texts)
{
    std::vector<std::string_view> all { item.answer, item.key, item.question, item.hint };
    for (const Option& option : item.options)
        all.emplace_back(option.text);
    texts.add(all);
}

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
                term.field = Field::Comparison;
                term.how = how;
                term.left = *left;
                term.right = *right;
                return term;
            }
    const auto colon = rest.find(':');
    const std::string name(colon == std::string_view::npos ? "" : rest.substr(0, colon));
    if (const auto field = fieldNamed(name)) {
        term.field = *field;
        rest.remove_prefix(colon + 1);
    } else if (!name.empty()
        && std::ranges::all_of(name, [](char c) { return c >= 'a' && c <= 'z'; }))
        return fail(notUnderstood(word, "names no field; the fields are " + listOf(fieldNames)));
    // A comma in a text that is looked for is a comma.
    auto values = valuesOf(word, rest);
    if (!values)
        return fail(values.error());
    if (term.field == Field::Text) {
        std::string plain(rest);
        std::erase(plain, '"');
        std::ranges::replace(plain, PackedTexts::textEnd, '\xFE');
        values = std::vector { foldedCase(plain) };
    }
    for (const std::string& value : *values) {
        if (const auto why = whyNot(term.field, value); !why.empty())
            return fail(notUnderstood(word, why));
        term.values.push_back(valueOf(term.field, value));
    }
    return term;
}

std::optional<Filter::Field> Filter::fieldNamed(std::string_view name)
{
    const auto found = std::ranges::find(fieldNames, name);
    return found == fieldNames.end()
        ? std::nullopt
        : std::optional(static_cast<Field>(found - fieldNames.begin()));
}

/// What a value of this field must be; empty where it is.
std::string Filter::whyNot(Field field, const std::string& value)
{
    if (field == Field::Type && typeOf(value) == 0)
        return "is no type; use right-right, wrong-right, right-wrong, wrong-wrong or 1 to 4";
    if ((field == Field::Correct || field == Field::Disagree || field == Field::Star)
        && !yesOrNo(value))
        return "needs yes or no";
    const auto flags = flagNames();
    if (field == Field::Flag && value != "any" && std::ranges::find(flags, value) == flags.end())
        return "is no flag; use red, yellow, green, blue, purple or any";
    return {};
}

Filter::Value Filter::valueOf(Field field, const std::string& text)
{
    return { text, field == Field::Type ? typeOf(text) : yesOrNo(text).value_or(false) ? 1 : 0 };
}

Filter Filter::without(std::string_view field) const
{
    Filter rest = *this;
    const auto named = fieldNamed(field);
    std::erase_if(rest.m_terms, [&](const Term& term) { return term.field == named; });
    return rest;
}

Filter Filter::only(std::string_view field) const
{
    Filter rest = *this;
    const auto named = fieldNamed(field);
    std::erase_if(rest.m_terms, [&](const Term& term) { return term.field != named; });
    return rest;
}

bool Filter::asksForRun() const
{
    const auto isOfRun = [](Field field) {
        return field == Field::Type || field == Field::Stage || field == Field::Turn
            || field == Field::Correct || field == Field::Disagree
            || (field >= Field::First && field <= Field::Said);
    };
    const auto isNumberOfRun = [](const Number& number) {
        return number.what == "score" || isTextName(number.what);
    };
    return std::ranges::any_of(m_terms, [&](const Term& term) {
        return isOfRun(term.field) || isNumberOfRun(term.left) || isNumberOfRun(term.right);
    });
}

bool Filter::fits(const FilterSubject& subject, Field field, const Value& value)
{
    switch (field) {
    case Field::Type:
        return subject.type == value.number;
    case Field::Category:
        return sameInAnyCase(subject.category, value.text);
    case Field::Source:
        return sameInAnyCase(subject.source, value.text);
    case Field::Split:
        return sameInAnyCase(subject.split, value.text);
    case Field::Key:
        return sameInAnyCase(partOf(subject, ItemText::Key).text, value.text);
    case Field::Stage:
        return sameInAnyCase(subject.stage, value.text);
    case Field::Turn:
        return std::to_string(subject.turn) == value.text;
    case Field::Answer:
        return std::ranges::any_of(subject.answers,
            [&](std::string_view one) { return !one.empty() && sameInAnyCase(one, value.text); });
    case Field::Correct:
        return subject.correct && *subject.correct == (value.number != 0);
    case Field::Disagree:
        return subject.disagree == (value.number != 0);
    case Field::Star:
        return hasStar(subject) == (value.number != 0);
    case Field::Flag:
        return isFlagged(subject, value.text);
    case Field::Tag:
        return isTagged(subject, value.text);
    case Field::First:
    case Field::Refined:
    case Field::Chosen:
    case Field::Rejected:
    case Field::Said: {
        const auto which = static_cast<std::size_t>(field) - static_cast<std::size_t>(Field::First);
        const SearchText& text = subject.texts[which];
        return text.text.data() != nullptr && text.contains(value.text);
    }
    default:
        return anywhere(subject, value.text);
    }
}

bool Filter::holds(const Term& term, const FilterSubject& subject)
{
    if (term.field != Field::Comparison)
        return std::ranges::any_of(
            term.values, [&](const Value& value) { return fits(subject, term.field, value); });
    const auto valueOf = [&](const Number& number) -> std::optional<double> {
        if (number.what.empty())
            return number.value;
        return number.what == "score" ? subject.score : lengthOf(subject, number.what);
    };
    const auto left = valueOf(term.left), right = valueOf(term.right);
    return left && right && compared(*left, term.how, *right);
}

bool Filter::matches(const FilterSubject& subject) const
{
    return std::ranges::all_of(
        m_terms, [&](const Term& term) { return holds(term, subject) != term.negated; });
}

namespace {

/// A subject for one question that is not packed; it points to the texts that are kept here.
class ItemSubject {
public:
    ItemSubject(const Item& item, const std::string& sourceName)
    {
        addItemTexts(item, m_texts);
        subject.item = m_texts.row(0);
        subject.source = sourceName;
        subject.category = item.category;
        subject.split = item.split;
        subject.answers[0] = item.answer;
    }
    FilterSubject subject;

private:
    PackedTexts m_texts;
};

} // namespace

bool Filter::matches(const TransitionRow& row) const
{
    Item item;
    item.key = row.key;
    item.question = row.question;
    item.options = row.options;
    item.answer = row.answer;
    item.category = row.category;
    ItemSubject one(item, row.source);
    one.subject.type = row.type();
    one.subject.answers = { row.firstAnswer, row.refinedAnswer };
    one.subject.text(RowText::First) = { row.firstText };
    one.subject.text(RowText::Refined) = { row.refinedText };
    one.subject.correct = row.firstCorrect;
    one.subject.disagree = row.extractorsDisagree;
    return matches(one.subject);
}

bool Filter::matches(const Item& item, const std::string& sourceName) const
{
    return matches(ItemSubject(item, sourceName).subject);
}

bool Filter::matches(const ResponseRow& response, const Item& item, const std::string& sourceName,
    std::optional<bool> correct) const
{
    ItemSubject one(item, sourceName);
    one.subject.stage = response.stage;
    one.subject.turn = response.turn;
    one.subject.text(RowText::Said) = { response.text };
    one.subject.correct = correct;
    return matches(one.subject);
}

bool Filter::matches(const PairRow& pair, const Item& item, const std::string& sourceName) const
{
    ItemSubject one(item, sourceName);
    one.subject.type = pair.type;
    one.subject.text(RowText::Chosen) = { pair.chosen };
    one.subject.text(RowText::Rejected) = { pair.rejected };
    return matches(one.subject);
}

} // namespace slook::workbench
