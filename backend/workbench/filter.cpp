#include "workbench/filter.h"
#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <utf8proc.h>

namespace slook::workbench {
namespace {

constexpr std::array fieldNames = { "type", "category", "source", "split", "key", "text", "answer",
    "correct", "disagree", "stage", "turn" };

/// Case folded as Unicode says; text that is no UTF-8 is folded in ASCII only.
std::string folded(std::string_view text)
{
    utf8proc_uint8_t* out = nullptr;
    const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
        static_cast<utf8proc_ssize_t>(text.size()), &out,
        static_cast<utf8proc_option_t>(UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE | UTF8PROC_STABLE));
    if (length >= 0) {
        std::string result(reinterpret_cast<char*>(out), static_cast<std::size_t>(length));
        std::free(out); // NOLINT(cppcoreguidelines-no-malloc): as utf8proc asks
        return result;
    }
    std::string result(text);
    std::ranges::transform(
        result, result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return result;
}

Error notUnderstood(const std::string& word, const std::string& why)
{
    return { ErrorKind::Invalid, why, "the filter word \"" + word + "\"" };
}

/// The next word; double quotes keep blanks together and are dropped.
Result<std::string> nextWord(std::string_view text, std::size_t& at)
{
    std::string word;
    bool quoted = false;
    for (; at < text.size() && (quoted || text[at] != ' '); ++at) {
        if (text[at] == '"')
            quoted = !quoted;
        else
            word += text[at];
    }
    if (quoted)
        return fail(notUnderstood(word, "has no closing quote; add one"));
    return word;
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

} // namespace

/// What a row offers to a filter, whatever kind of row it is.
struct Filter::View {
    const Item* item = nullptr;
    std::string source;
    std::string stage;
    int turn = 0;
    int type = 0;
    std::vector<std::string> answers; ///< the key's and, where there are some, the model's
    std::vector<std::string> texts; ///< besides question and options
    std::optional<bool> correct;
    bool disagree = false;
};

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

Result<Filter> Filter::parse(std::string_view text)
{
    Filter filter;
    std::size_t at = 0;
    while (at < text.size()) {
        if (text[at] == ' ') {
            ++at;
            continue;
        }
        auto word = nextWord(text, at);
        if (!word)
            return fail(word.error());
        Term term;
        std::string rest = *word;
        if (rest.size() > 1 && rest.front() == '-') {
            term.negated = true;
            rest.erase(0, 1);
        }
        const auto colon = rest.find(':');
        const std::string name = colon == std::string::npos ? "" : rest.substr(0, colon);
        if (!name.empty() && std::ranges::find(fieldNames, name) != fieldNames.end()) {
            term.field = name == "text" ? "" : name;
            rest.erase(0, colon + 1);
        } else if (!name.empty()
            && std::ranges::all_of(name, [](char c) { return c >= 'a' && c <= 'z'; }))
            return fail(notUnderstood(*word,
                "names no field; the fields are type, category, source, split, key, text, answer, "
                "correct, disagree, stage, turn"));
        term.value = folded(rest);
        if (term.field == "type" && typeOf(term.value) == 0)
            return fail(notUnderstood(*word,
                "is no type; use right-right, wrong-right, right-wrong, wrong-wrong or 1 to 4"));
        if ((term.field == "correct" || term.field == "disagree") && !yesOrNo(term.value))
            return fail(notUnderstood(*word, "needs yes or no"));
        filter.m_terms.push_back(std::move(term));
    }
    return filter;
}

namespace {

bool contains(const std::string& text, const std::string& value)
{
    return folded(text).find(value) != std::string::npos;
}

bool anywhere(const Item& item, const std::vector<std::string>& texts, const std::string& value)
{
    const auto has = [&](const std::string& text) { return contains(text, value); };
    return has(item.question) || has(item.hint) || has(item.answer) || has(item.key)
        || std::ranges::any_of(item.options, [&](const Option& o) { return has(o.text); })
        || std::ranges::any_of(texts, has);
}

} // namespace

bool Filter::holds(const View& row) const
{
    const auto one = [&](const Term& term) {
        const std::string& field = term.field;
        if (field == "type")
            return row.type == typeOf(term.value);
        if (field == "category")
            return folded(row.item->category) == term.value;
        if (field == "source")
            return folded(row.source) == term.value;
        if (field == "split")
            return folded(row.item->split) == term.value;
        if (field == "key")
            return folded(row.item->key) == term.value;
        if (field == "stage")
            return folded(row.stage) == term.value;
        if (field == "turn")
            return std::to_string(row.turn) == term.value;
        if (field == "answer")
            return std::ranges::any_of(
                row.answers, [&](const std::string& a) { return folded(a) == term.value; });
        if (field == "correct")
            return row.correct.has_value() && row.correct == yesOrNo(term.value);
        if (field == "disagree")
            return row.disagree == yesOrNo(term.value);
        return anywhere(*row.item, row.texts, term.value);
    };
    return std::ranges::all_of(
        m_terms, [&](const Term& term) { return one(term) != term.negated; });
}

bool Filter::matches(const TransitionRow& row) const
{
    Item item;
    item.key = row.key;
    item.question = row.question;
    item.options = row.options;
    item.answer = row.answer;
    item.category = row.category;
    View view;
    view.item = &item;
    view.source = row.source;
    view.type = row.type();
    view.answers = { row.firstAnswer, row.refinedAnswer };
    view.texts = { row.firstText, row.refinedText };
    view.correct = row.firstCorrect;
    view.disagree = row.extractorsDisagree;
    return holds(view);
}

bool Filter::matches(const Item& item, const std::string& sourceName) const
{
    View view;
    view.item = &item;
    view.source = sourceName;
    view.answers = { item.answer };
    return holds(view);
}

bool Filter::matches(const ResponseRow& response, const Item& item, const std::string& sourceName,
    std::optional<bool> correct) const
{
    View view;
    view.item = &item;
    view.source = sourceName;
    view.stage = response.stage;
    view.turn = response.turn;
    view.answers = { item.answer };
    view.texts = { response.text };
    view.correct = correct;
    return holds(view);
}

bool Filter::matches(const PairRow& pair, const Item& item, const std::string& sourceName) const
{
    View view;
    view.item = &item;
    view.source = sourceName;
    view.type = pair.type;
    view.answers = { item.answer };
    view.texts = { pair.chosen, pair.rejected };
    return holds(view);
}

} // namespace slook::workbench
