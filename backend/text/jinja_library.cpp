#include "text/jinja_run.h"
#include "text/utf8.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <utf8proc.h>

/// Filters, tests and members: what Jinja and Python offer on values.
namespace slook::text::jinja {
namespace {

const Value& need(const Arguments& arguments, std::size_t at, std::string_view name)
{
    if (const Value* value = arguments.find(at, name))
        return *value;
    throw TemplateError("the chat template leaves out the argument '" + std::string(name) + "'");
}

std::string textArgument(
    const Arguments& arguments, std::size_t at, std::string_view name, std::string fallback)
{
    const Value* value = arguments.find(at, name);
    return value && !value->is<None>() ? textOf(*value, name) : fallback;
}

std::int64_t wholeArgument(
    const Arguments& arguments, std::size_t at, std::string_view name, std::int64_t fallback)
{
    const Value* value = arguments.find(at, name);
    const auto* whole = value ? value->as<std::int64_t>() : nullptr;
    return whole ? *whole : fallback;
}

std::string asText(const Value& value)
{
    std::string out;
    writeText(value, out, maximumText);
    return out;
}

/// Takes characters of `set` (blanks where empty) from the ends.
std::string stripped(std::string_view text, std::string_view set, bool left, bool right)
{
    const auto drops = [&](char32_t c) {
        if (set.empty())
            return isWhiteSpace(c) || (c >= 0x1C && c <= 0x1F);
        for (std::size_t at = 0; at < set.size();
             at += characterBytes(static_cast<unsigned char>(set[at])))
            if (characterAt(set, at) == c)
                return true;
        return false;
    };
    while (left && !text.empty() && drops(characterAt(text, 0)))
        text.remove_prefix(characterBytes(static_cast<unsigned char>(text[0])));
    while (right && !text.empty() && drops(characterAt(text, characterBefore(text, text.size()))))
        text = text.substr(0, characterBefore(text, text.size()));
    return std::string(text);
}

std::string recased(const std::string& text, bool upper)
{
    std::string out;
    for (std::size_t at = 0; at < text.size();
         at += characterBytes(static_cast<unsigned char>(text[at]))) {
        const char32_t c = characterAt(text, at);
        const auto code = static_cast<utf8proc_int32_t>(c);
        if (upper && c == 0xDF)
            out += "SS";
        else
            appendUtf8(out,
                static_cast<char32_t>(upper ? utf8proc_toupper(code) : utf8proc_tolower(code)));
    }
    return out;
}

std::string capitalized(const std::string& text)
{
    const auto first = bytePlace(text, 1);
    return recased(text.substr(0, first), true) + recased(text.substr(first), false);
}

std::string titled(const std::string& text)
{
    std::string out;
    bool inWord = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = characterBytes(static_cast<unsigned char>(text[at]));
        const std::string one = text.substr(at, length);
        out += recased(one, !inWord);
        inWord = recased(one, true) != recased(one, false)
            || (isWordCharacter(characterAt(text, at)) && one != "_");
        at += length;
    }
    return out;
}

std::string replaced(
    const std::string& text, const std::string& from, const std::string& to, std::int64_t count)
{
    std::string out;
    std::size_t at = 0;
    for (; count != 0; --count) {
        const auto found = from.empty() ? std::string::npos : text.find(from, at);
        if (found == std::string::npos)
            break;
        out.append(text, at, found - at).append(to);
        at = found + from.size();
        if (out.size() > maximumText)
            throw TemplateError("the chat template makes too long a text");
    }
    return out.append(text, at);
}

Value splitText(const std::string& text, const std::string& separator, std::int64_t count)
{
    std::vector<Value> parts;
    if (separator.empty()) { // at blanks, any number of them
        std::string_view rest = text;
        for (;;) {
            const auto begin = rest.find_first_not_of(" \t\n\r\f\v");
            if (begin == std::string_view::npos)
                return makeList(std::move(parts));
            rest.remove_prefix(begin);
            const auto end =
                count-- == 0 ? std::string_view::npos : rest.find_first_of(" \t\n\r\f\v");
            parts.emplace_back(std::string(rest.substr(0, end)));
            rest.remove_prefix(std::min(end, rest.size()));
        }
    }
    std::size_t at = 0;
    for (auto found = text.find(separator); found != std::string::npos && count != 0;
         found = text.find(separator, at)) {
        parts.emplace_back(text.substr(at, found - at));
        at = found + separator.size();
        --count;
    }
    parts.emplace_back(text.substr(at));
    return makeList(std::move(parts));
}

std::string joinedText(
    const std::vector<Value>& items, const std::string& separator, bool onlyTexts)
{
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        writeText(i ? separator : std::string(), out, maximumText);
        writeText(onlyTexts ? Value(textOf(items[i], "join")) : items[i], out, maximumText);
    }
    return out;
}

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

Value pairs(const Value& value)
{
    std::vector<Value> out;
    if (const auto* dict = value.as<Dict>())
        for (const auto& [key, entry] : (*dict)->entries)
            out.push_back(makeList({ key, entry }));
    else if (!value.is<Undefined>())
        throw TemplateError("the chat template asks for the items of a " + typeName(value));
    return makeList(std::move(out));
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

bool isWhole(V v)
{
    return v.is<std::int64_t>();
}

const std::map<std::string, Test, std::less<>>& tests()
{
    constexpr Test isEqual = [](V v, A a) { return equal(v, need(a, 0, "other")); };
    constexpr Test isUnequal = [](V v, A a) { return !equal(v, need(a, 0, "other")); };
    constexpr Test isLess = [](V v, A a) { return compare(v, need(a, 0, "other")) < 0; };
    constexpr Test isMore = [](V v, A a) { return compare(v, need(a, 0, "other")) > 0; };
    constexpr Test isAtMost = [](V v, A a) { return compare(v, need(a, 0, "other")) <= 0; };
    constexpr Test isAtLeast = [](V v, A a) { return compare(v, need(a, 0, "other")) >= 0; };
    static const std::map<std::string, Test, std::less<>> table {
        { "defined", [](V v, A) { return !v.is<Undefined>(); } },
        { "undefined", [](V v, A) { return v.is<Undefined>(); } },
        { "none", [](V v, A) { return v.is<None>(); } },
        { "string", [](V v, A) { return v.is<std::string>(); } },
        { "number", [](V v, A) { return isNumber(v); } },
        { "integer", [](V v, A) { return isWhole(v); } },
        { "float", [](V v, A) { return v.is<double>(); } },
        { "boolean", [](V v, A) { return v.is<bool>(); } },
        { "true", [](V v, A) { return v.is<bool>() && isTrue(v); } },
        { "false", [](V v, A) { return v.is<bool>() && !isTrue(v); } },
        { "mapping", [](V v, A) { return v.is<Dict>(); } },
        { "sequence", [](V v, A) { return v.is<std::string>() || v.is<List>() || v.is<Dict>(); } },
        { "iterable",
            [](V v, A) {
                return v.is<std::string>() || v.is<List>() || v.is<Dict>() || v.is<Undefined>();
            } },
        { "callable", [](V v, A) { return v.is<Function>(); } },
        { "equalto", isEqual },
        { "eq", isEqual },
        { "==", isEqual },
        { "sameas", isEqual },
        { "ne", isUnequal },
        { "!=", isUnequal },
        { "lt", isLess },
        { "lessthan", isLess },
        { "<", isLess },
        { "gt", isMore },
        { "greaterthan", isMore },
        { ">", isMore },
        { "le", isAtMost },
        { "<=", isAtMost },
        { "ge", isAtLeast },
        { ">=", isAtLeast },
        { "in", [](V v, A a) { return contains(need(a, 0, "seq"), v); } },
        { "odd", [](V v, A) { return isWhole(v) && *v.as<std::int64_t>() % 2 != 0; } },
        { "even", [](V v, A) { return isWhole(v) && *v.as<std::int64_t>() % 2 == 0; } },
        { "divisibleby",
            [](V v, A a) {
                const auto by = wholeArgument(a, 0, "num", 0);
                return isWhole(v) && by > 0 && *v.as<std::int64_t>() % by == 0;
            } },
        { "lower",
            [](V v, A) {
                return recased(asText(v), false) == asText(v)
                    && recased(asText(v), true) != asText(v);
            } },
        { "upper",
            [](V v, A) {
                return recased(asText(v), true) == asText(v)
                    && recased(asText(v), false) != asText(v);
            } },
    };
    return table;
}

using TextMethod = Value (*)(const std::string& text, const Arguments& arguments);

/// startswith and endswith take one text or a list of them.
Value fits(const std::string& text, const Arguments& arguments, bool start)
{
    const Value& wanted = need(arguments, 0, "prefix");
    const auto one = [&](const Value& value) {
        const auto& part = textOf(value, "startswith");
        return start ? text.starts_with(part) : text.ends_with(part);
    };
    if (const auto* list = wanted.as<List>())
        return std::any_of((*list)->begin(), (*list)->end(), one);
    return one(wanted);
}

Value splitLines(const std::string& text)
{
    std::vector<Value> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find_first_of("\r\n", at), text.size());
        lines.emplace_back(text.substr(at, end - at));
        at = end + 1 + (text.compare(end, 2, "\r\n") == 0);
    }
    return makeList(std::move(lines));
}

Value splitFromRight(const std::string& text, const Arguments& arguments)
{
    const std::string separator = textArgument(arguments, 0, "sep", "");
    auto count = wholeArgument(arguments, 1, "maxsplit", -1);
    if (count < 0 || separator.empty())
        return splitText(text, separator, -1);
    std::vector<Value> parts;
    std::string rest = text;
    for (auto found = rest.rfind(separator); count-- > 0 && found != std::string::npos;
         found = rest.rfind(separator)) {
        parts.emplace_back(rest.substr(found + separator.size()));
        rest.resize(found);
    }
    parts.emplace_back(rest);
    std::reverse(parts.begin(), parts.end());
    return makeList(std::move(parts));
}

Value placeOf(const std::string& text, std::size_t found)
{
    return found == std::string::npos
        ? std::int64_t(-1)
        : static_cast<std::int64_t>(characters(std::string_view(text).substr(0, found)));
}

Value timesFound(const std::string& text, const std::string& part)
{
    std::int64_t count = 0;
    if (part.empty())
        return static_cast<std::int64_t>(characters(text)) + 1;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size()))
        ++count;
    return count;
}

bool allDigits(const std::string& text)
{
    return !text.empty()
        && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

using S = const std::string&;

const std::map<std::string, TextMethod, std::less<>>& textMethods()
{
    static const std::map<std::string, TextMethod, std::less<>> table {
        { "strip",
            [](S s, A a) -> Value {
                return stripped(s, textArgument(a, 0, "chars", ""), true, true);
            } },
        { "lstrip",
            [](S s, A a) -> Value {
                return stripped(s, textArgument(a, 0, "chars", ""), true, false);
            } },
        { "rstrip",
            [](S s, A a) -> Value {
                return stripped(s, textArgument(a, 0, "chars", ""), false, true);
            } },
        { "upper", [](S s, A) -> Value { return recased(s, true); } },
        { "lower", [](S s, A) -> Value { return recased(s, false); } },
        { "capitalize", [](S s, A) -> Value { return capitalized(s); } },
        { "title", [](S s, A) -> Value { return titled(s); } },
        { "startswith", [](S s, A a) { return fits(s, a, true); } },
        { "endswith", [](S s, A a) { return fits(s, a, false); } },
        { "replace",
            [](S s, A a) -> Value {
                return replaced(s, textOf(need(a, 0, "old"), "replace"),
                    textOf(need(a, 1, "new"), "replace"), wholeArgument(a, 2, "count", -1));
            } },
        { "split",
            [](S s, A a) {
                return splitText(
                    s, textArgument(a, 0, "sep", ""), wholeArgument(a, 1, "maxsplit", -1));
            } },
        { "rsplit", splitFromRight },
        { "splitlines", [](S s, A) { return splitLines(s); } },
        { "join",
            [](S s, A a) -> Value {
                return joinedText(itemsOf(need(a, 0, "iterable")), s, true);
            } },
        { "find", [](S s, A a) { return placeOf(s, s.find(textOf(need(a, 0, "sub"), "find"))); } },
        { "rfind",
            [](S s, A a) { return placeOf(s, s.rfind(textOf(need(a, 0, "sub"), "rfind"))); } },
        { "count", [](S s, A a) { return timesFound(s, textOf(need(a, 0, "sub"), "count")); } },
        { "isdigit", [](S s, A) -> Value { return allDigits(s); } },
        { "removeprefix",
            [](S s, A a) -> Value {
                const auto& part = textOf(need(a, 0, "prefix"), "removeprefix");
                return s.starts_with(part) ? s.substr(part.size()) : s;
            } },
        { "removesuffix",
            [](S s, A a) -> Value {
                const auto& part = textOf(need(a, 0, "suffix"), "removesuffix");
                return s.ends_with(part) ? s.substr(0, s.size() - part.size()) : s;
            } },
    };
    return table;
}

Value dictMethod(const Dict& dict, const std::string& name)
{
    if (name == "items")
        return makeFunction([dict](const Arguments&) { return pairs(dict); });
    if (name == "keys")
        return makeFunction([dict](const Arguments&) { return makeList(itemsOf(dict)); });
    if (name == "values")
        return makeFunction([dict](const Arguments&) {
            std::vector<Value> values;
            for (const auto& [key, value] : dict->entries)
                values.push_back(value);
            return makeList(std::move(values));
        });
    if (name == "get")
        return makeFunction([dict](const Arguments& arguments) -> Value {
            const Value& key = need(arguments, 0, "key");
            const Value* found =
                key.is<std::string>() ? dict->find(*key.as<std::string>()) : nullptr;
            const Value* fallback = arguments.find(1, "default");
            return found ? *found : fallback ? *fallback : Value(None {});
        });
    return Undefined { name };
}

} // namespace

Filter filterNamed(const std::string& name)
{
    const auto found = filters().find(name);
    return found == filters().end() ? nullptr : found->second;
}

Test testNamed(const std::string& name)
{
    const auto found = tests().find(name);
    return found == tests().end() ? nullptr : found->second;
}

Value methodOf(const Value& value, const std::string& name)
{
    if (const auto* text = value.as<std::string>()) {
        const auto found = textMethods().find(name);
        if (found != textMethods().end())
            return makeFunction([text = *text, method = found->second](
                                    const Arguments& a) { return method(text, a); });
    }
    if (const auto* dict = value.as<Dict>(); dict && !(*dict)->isNamespace)
        return dictMethod(*dict, name);
    return Undefined { name };
}

Value member(const Value& value, const std::string& name, bool methodFirst)
{
    if (const auto* undefined = value.as<Undefined>())
        throw TemplateError(
            "the chat template uses '" + undefined->name + "', which is not defined");
    if (methodFirst)
        if (Value method = methodOf(value, name); !method.is<Undefined>())
            return method;
    if (const auto* dict = value.as<Dict>())
        if (const Value* found = (*dict)->find(name))
            return *found;
    return methodFirst ? Value(Undefined { name }) : methodOf(value, name);
}

Value item(const Value& value, const Value& key)
{
    if (const auto* name = key.as<std::string>())
        return member(value, *name, false);
    const auto* whole = key.as<std::int64_t>();
    if (const auto* undefined = value.as<Undefined>())
        throw TemplateError(
            "the chat template uses '" + undefined->name + "', which is not defined");
    if (!whole || (!value.is<List>() && !value.is<std::string>()))
        return Undefined { "a member of a " + typeName(value) };
    const auto* list = value.as<List>();
    const auto size =
        static_cast<std::int64_t>(list ? (*list)->size() : characters(*value.as<std::string>()));
    const std::int64_t at = *whole < 0 ? *whole + size : *whole;
    if (at < 0 || at >= size)
        return Undefined { "item " + std::to_string(*whole) + " of a " + typeName(value) };
    if (list)
        return (**list)[static_cast<std::size_t>(at)];
    const auto& text = *value.as<std::string>();
    const auto begin = bytePlace(text, static_cast<std::size_t>(at));
    return text.substr(begin, characterBytes(static_cast<unsigned char>(text[begin])));
}

bool contains(const Value& container, const Value& value)
{
    if (const auto* text = container.as<std::string>())
        return text->find(textOf(value, "in")) != std::string::npos;
    if (const auto* dict = container.as<Dict>())
        return value.is<std::string>() && (*dict)->find(*value.as<std::string>());
    const auto items = itemsOf(container);
    return std::any_of(
        items.begin(), items.end(), [&](const Value& one) { return equal(one, value); });
}

} // namespace slook::text::jinja
