#include "text/jinja_texts.h"
#include "text/utf8.h"
#include <algorithm>
#include <map>

/// Members of values: what Python offers on texts and dictionaries.
namespace slook::text::jinja {
namespace {

using A = const Arguments&;

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
