#include "text/jinja_texts.h"
#include "text/utf8.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

/// What stands behind a bar: `value | filter`.
namespace slook::text::jinja {
namespace {

Value lengthOf(const Value& value)
{
    if (const auto* text = value.as<std::string>())
        return static_cast<std::int64_t>(characters(*text));
    if (const auto* list = value.as<List>())
        return static_cast<std::int64_t>((*list)->size());
    if (const auto* dict = value.as<Dict>())
        return static_cast<std::int64_t>((*dict)->entries.size());
    if (value.is<Undefined>())
        return std::int64_t(0);
    throw TemplateError("the chat template asks for the length of a " + typeName(value));
}

/// select, reject, selectattr, rejectattr: the items that a test lets through.
Value chosen(const Value& value, const Arguments& arguments, bool byAttribute, bool keep)
{
    const std::size_t skip = byAttribute ? 1 : 0;
    const std::string attribute = byAttribute ? textArgument(arguments, 0, "attribute", "") : "";
    const Value* name = arguments.values.size() > skip ? &arguments.values[skip] : nullptr;
    const Test test = name ? testNamed(textOf(*name, "a test")) : nullptr;
    if (name && !test)
        throw TemplateError("the chat template uses the test '" + asText(*name).substr(0, 40)
            + "', which is not known here");
    Arguments rest;
    if (arguments.values.size() > skip + 1)
        rest.values.assign(arguments.values.begin() + static_cast<std::ptrdiff_t>(skip) + 1,
            arguments.values.end());
    std::vector<Value> out;
    for (const Value& one : itemsOf(value)) {
        const Value tested = byAttribute ? item(one, attribute) : one;
        if ((test ? test(tested, rest) : isTrue(tested)) == keep)
            out.push_back(one);
    }
    return makeList(std::move(out));
}

Value mapped(const Value& value, const Arguments& arguments)
{
    std::vector<Value> out;
    const Value* attribute = arguments.values.empty() ? arguments.find(0, "attribute") : nullptr;
    if (attribute) {
        const Value* fallback = arguments.find(1, "default");
        for (const Value& one : itemsOf(value)) {
            Value got = item(one, *attribute);
            out.push_back(got.is<Undefined>() && fallback ? *fallback : std::move(got));
        }
        return makeList(std::move(out));
    }
    const std::string name = textOf(need(arguments, 0, "filter"), "a filter");
    const Filter filter = filterNamed(name);
    if (!filter)
        throw TemplateError("the chat template uses the filter '" + name.substr(0, 40)
            + "', which is not known here");
    Arguments rest { std::vector<Value>(arguments.values.begin() + 1, arguments.values.end()),
        arguments.named };
    for (const Value& one : itemsOf(value))
        out.push_back(filter(one, rest));
    return makeList(std::move(out));
}

Value sorted(const Value& value, const Arguments& arguments)
{
    auto items = itemsOf(value);
    const Value* reverse = arguments.find(0, "reverse");
    const Value* attribute = arguments.find(2, "attribute");
    const auto key = [&](const Value& one) { return attribute ? item(one, *attribute) : one; };
    std::stable_sort(items.begin(), items.end(),
        [&](const Value& a, const Value& b) { return compare(key(a), key(b)) < 0; });
    if (reverse && isTrue(*reverse))
        std::reverse(items.begin(), items.end());
    return makeList(std::move(items));
}

Value unique(const Value& value)
{
    std::vector<Value> out;
    for (const Value& one : itemsOf(value)) {
        if (out.size() > 1'000)
            throw TemplateError("the chat template asks for too many unique values");
        if (std::none_of(
                out.begin(), out.end(), [&](const Value& seen) { return equal(seen, one); }))
            out.push_back(one);
    }
    return makeList(std::move(out));
}

Value reversed(const Value& value)
{
    auto items = itemsOf(value);
    std::reverse(items.begin(), items.end());
    return value.is<std::string>() ? Value(joinedText(items, "", true))
                                   : makeList(std::move(items));
}

Value wholeNumber(const Value& value, const Arguments& arguments)
{
    if (const auto* text = value.as<std::string>()) {
        const std::string digits = stripped(*text, "", true, true);
        std::int64_t whole = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), whole);
        return error == std::errc() && end == digits.data() + digits.size()
            ? whole
            : wholeArgument(arguments, 0, "default", 0);
    }
    if (const double number = toDouble(value); std::abs(number) < 9e18)
        return static_cast<std::int64_t>(number);
    return std::int64_t(0);
}

Value realNumber(const Value& value, const Arguments&)
{
    const auto* text = value.as<std::string>();
    double number = toDouble(value);
    if (text)
        std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
}

Value toJson(const Value& value, const Arguments& arguments)
{
    std::string out;
    const auto indent = wholeArgument(
        arguments, 1, "indent", wholeArgument({ {}, arguments.named }, 0, "indent", -1));
    writeJson(value, out, maximumText, static_cast<int>(std::clamp<std::int64_t>(indent, -1, 16)));
    return out;
}

Value indented(const Value& value, const Arguments& arguments)
{
    const auto width = std::clamp<std::int64_t>(wholeArgument(arguments, 0, "width", 4), 0, 64);
    const Value* first = arguments.find(1, "first");
    const std::string blanks(static_cast<std::size_t>(width), ' ');
    std::string out = first && isTrue(*first) ? blanks : "";
    const std::string text = asText(value);
    for (std::size_t i = 0; i < text.size(); ++i) {
        out += text[i];
        if (text[i] == '\n' && i + 1 < text.size() && text[i + 1] != '\n')
            out += blanks;
    }
    return out;
}

Value orDefault(const Value& value, const Arguments& arguments)
{
    const Value* fallback = arguments.find(0, "default_value");
    const Value* falsy = arguments.find(1, "boolean");
    if (value.is<Undefined>() || (falsy && isTrue(*falsy) && !isTrue(value)))
        return fallback ? *fallback : Value(std::string());
    return value;
}

Value edge(const Value& value, bool first)
{
    const auto items = itemsOf(value);
    return items.empty() ? Value(Undefined { first ? "first" : "last" })
        : first          ? items.front()
                         : items.back();
}

Value extreme(const Value& value, int sign)
{
    const auto items = itemsOf(value);
    if (items.empty())
        return Undefined { "min or max of nothing" };
    return *std::min_element(items.begin(), items.end(),
        [&](const Value& a, const Value& b) { return compare(a, b) * sign < 0; });
}

Value rounded(const Value& value, const Arguments& arguments)
{
    const double scale = std::pow(10.0,
        static_cast<double>(
            std::clamp<std::int64_t>(wholeArgument(arguments, 0, "precision", 0), 0, 12)));
    return std::nearbyint(toDouble(value) * scale) / scale;
}

Value escaped(const Value& value, const Arguments&)
{
    std::string out;
    for (const char c : asText(value))
        out += c == '&' ? "&amp;"
            : c == '<'  ? "&lt;"
            : c == '>'  ? "&gt;"
            : c == '"'  ? "&#34;"
            : c == '\'' ? "&#39;"
                        : std::string(1, c);
    return out;
}

using A = const Arguments&;
using V = const Value&;

const std::map<std::string, Filter, std::less<>>& filters()
{
    static const std::map<std::string, Filter, std::less<>> table {
        { "trim",
            [](V v, A a) -> Value {
                return stripped(asText(v), textArgument(a, 0, "chars", ""), true, true);
            } },
        { "upper", [](V v, A) -> Value { return recased(asText(v), true); } },
        { "lower", [](V v, A) -> Value { return recased(asText(v), false); } },
        { "capitalize", [](V v, A) -> Value { return capitalized(asText(v)); } },
        { "title", [](V v, A) -> Value { return titled(asText(v)); } },
        { "length", [](V v, A) -> Value { return lengthOf(v); } },
        { "count", [](V v, A) -> Value { return lengthOf(v); } },
        { "join",
            [](V v, A a) -> Value {
                const Value* attribute = a.find(1, "attribute");
                return joinedText(
                    itemsOf(attribute ? mapped(v, { {}, { { "attribute", *attribute } } }) : v),
                    textArgument(a, 0, "d", ""), false);
            } },
        { "replace",
            [](V v, A a) -> Value {
                return replaced(asText(v), textOf(need(a, 0, "old"), "replace"),
                    textOf(need(a, 1, "new"), "replace"), wholeArgument(a, 2, "count", -1));
            } },
        { "first", [](V v, A) { return edge(v, true); } },
        { "last", [](V v, A) { return edge(v, false); } },
        { "default", orDefault },
        { "d", orDefault },
        { "list", [](V v, A) { return makeList(itemsOf(v)); } },
        { "string", [](V v, A) -> Value { return asText(v); } },
        { "int", wholeNumber },
        { "float", realNumber },
        { "tojson", toJson },
        { "select", [](V v, A a) { return chosen(v, a, false, true); } },
        { "reject", [](V v, A a) { return chosen(v, a, false, false); } },
        { "selectattr", [](V v, A a) { return chosen(v, a, true, true); } },
        { "rejectattr", [](V v, A a) { return chosen(v, a, true, false); } },
        { "map", mapped },
        { "items", [](V v, A) { return pairs(v); } },
        { "dictsort",
            [](V v, A) {
                return sorted(pairs(v), { {}, { { "attribute", std::int64_t(0) } } });
            } },
        { "sort", sorted },
        { "reverse", [](V v, A) { return reversed(v); } },
        { "unique", [](V v, A) { return unique(v); } },
        { "min", [](V v, A) { return extreme(v, 1); } },
        { "max", [](V v, A) { return extreme(v, -1); } },
        { "abs",
            [](V v, A) -> Value {
                return v.is<double>() ? Value(std::abs(toDouble(v)))
                                      : Value(static_cast<std::int64_t>(std::abs(toDouble(v))));
            } },
        { "round", rounded },
        { "indent", indented },
        { "safe", [](V v, A) -> Value { return asText(v); } },
        { "escape", escaped },
        { "e", escaped },
    };
    return table;
}

} // namespace

Filter filterNamed(const std::string& name)
{
    const auto found = filters().find(name);
    return found == filters().end() ? nullptr : found->second;
}

} // namespace slook::text::jinja
