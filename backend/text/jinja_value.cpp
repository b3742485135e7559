#include "text/jinja_value.h"
#include "text/utf8.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace slook::text::jinja {
namespace {

constexpr int maximumDepth =
    64; // of a value that is written or compared; lists may contain each other

void append(std::string& out, std::string_view text, std::size_t limit)
{
    if (text.size() > limit || out.size() > limit - text.size())
        throw TemplateError(
            "the chat template makes more than " + std::to_string(limit >> 20) + " MiB of text");
    out += text;
}

std::string numberText(double value)
{
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    char buffer[40];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    std::string text(buffer, end);
    if (text.find_first_of(".e") == std::string::npos)
        text += ".0";
    return text;
}

/// Python's repr() of a string.
void writeQuoted(std::string_view text, std::string& out, std::size_t limit)
{
    const bool both = text.find('"') != std::string_view::npos;
    const char quote = text.find('\'') != std::string_view::npos && !both ? '"' : '\'';
    std::string quoted(1, quote);
    for (const char c : text) {
        char escaped[8];
        if (c == '\n')
            quoted += "\\n";
        else if (c == '\t')
            quoted += "\\t";
        else if (c == '\r')
            quoted += "\\r";
        else if (c == '\\' || c == quote)
            (quoted += '\\') += c;
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(c));
            quoted += escaped;
        } else
            quoted += c;
    }
    append(out, quoted + quote, limit);
}

void writeValue(const Value& value, std::string& out, std::size_t limit, bool quoted, int depth)
{
    if (depth > maximumDepth)
        throw TemplateError("the chat template writes a list that is nested too deep");
    if (const auto* text = value.as<std::string>()) {
        quoted ? writeQuoted(*text, out, limit) : append(out, *text, limit);
    } else if (const auto* flag = value.as<bool>()) {
        append(out, *flag ? "True" : "False", limit);
    } else if (const auto* whole = value.as<std::int64_t>()) {
        append(out, std::to_string(*whole), limit);
    } else if (const auto* number = value.as<double>()) {
        append(out, numberText(*number), limit);
    } else if (value.is<None>()) {
        append(out, "None", limit);
    } else if (const auto* list = value.as<List>()) {
        append(out, "[", limit);
        for (std::size_t i = 0; i < (*list)->size(); ++i) {
            append(out, i ? ", " : "", limit);
            writeValue((**list)[i], out, limit, true, depth + 1);
        }
        append(out, "]", limit);
    } else if (const auto* dict = value.as<Dict>()) {
        append(out, "{", limit);
        bool first = true;
        for (const auto& [key, entry] : (*dict)->entries) {
            append(out, first ? "" : ", ", limit);
            first = false;
            writeQuoted(key, out, limit);
            append(out, ": ", limit);
            writeValue(entry, out, limit, true, depth + 1);
        }
        append(out, "}", limit);
    } else if (value.is<Function>()) {
        throw TemplateError("the chat template prints a function; it lacks parentheses");
    }
}

void newLine(std::string& out, std::size_t limit, int indent, int depth)
{
    if (indent >= 0)
        append(out, "\n" + std::string(std::size_t(indent) * depth, ' '), limit);
}

} // namespace

const Value* Arguments::find(std::size_t at, std::string_view name) const
{
    if (at < values.size())
        return &values[at];
    for (const auto& [key, value] : named)
        if (key == name)
            return &value;
    return nullptr;
}

const Value* DictData::find(std::string_view key) const
{
    for (const auto& [name, value] : entries)
        if (name == key)
            return &value;
    return nullptr;
}

void DictData::set(const std::string& key, Value value)
{
    for (auto& [name, old] : entries)
        if (name == key) {
            old = std::move(value);
            return;
        }
    entries.emplace_back(key, std::move(value));
}

Value makeList(std::vector<Value> values)
{
    return std::make_shared<std::vector<Value>>(std::move(values));
}

Value makeDict(std::vector<std::pair<std::string, Value>> entries)
{
    auto dict = std::make_shared<DictData>();
    dict->entries = std::move(entries);
    return dict;
}

Value makeFunction(std::function<Value(const Arguments&)> function)
{
    return std::make_shared<const std::function<Value(const Arguments&)>>(std::move(function));
}

Value fromJson(const Json& json)
{
    if (json.is_string())
        return json.get<std::string>();
    if (json.is_boolean())
        return json.get<bool>();
    if (json.is_number_integer())
        return json.get<std::int64_t>();
    if (json.is_number())
        return json.get<double>();
    if (json.is_array()) {
        std::vector<Value> values;
        for (const Json& one : json)
            values.push_back(fromJson(one));
        return makeList(std::move(values));
    }
    if (json.is_object()) {
        std::vector<std::pair<std::string, Value>> entries;
        for (const auto& [key, one] : json.items())
            entries.emplace_back(key, fromJson(one));
        return makeDict(std::move(entries));
    }
    return None {};
}

bool isTrue(const Value& value)
{
    if (const auto* flag = value.as<bool>())
        return *flag;
    if (const auto* text = value.as<std::string>())
        return !text->empty();
    if (const auto* list = value.as<List>())
        return !(*list)->empty();
    if (const auto* dict = value.as<Dict>())
        return (*dict)->isNamespace || !(*dict)->entries.empty();
    if (isNumber(value))
        return toDouble(value) != 0;
    return value.is<Function>();
}

bool isNumber(const Value& value)
{
    return value.is<std::int64_t>() || value.is<double>() || value.is<bool>();
}

double toDouble(const Value& value)
{
    if (const auto* whole = value.as<std::int64_t>())
        return static_cast<double>(*whole);
    if (const auto* flag = value.as<bool>())
        return *flag ? 1 : 0;
    const auto* number = value.as<double>();
    return number ? *number : 0;
}

namespace {

/// `budget` counts values, since lists may hold one another many times.
bool equalWithin(const Value& a, const Value& b, int& budget)
{
    if (--budget < 0)
        throw TemplateError("the chat template compares lists that are too large");
    if (isNumber(a) && isNumber(b))
        return toDouble(a) == toDouble(b);
    if (a.data.index() != b.data.index())
        return false;
    if (const auto* text = a.as<std::string>())
        return *text == *b.as<std::string>();
    if (const auto* list = a.as<List>()) {
        const auto& other = **b.as<List>();
        return std::equal((*list)->begin(), (*list)->end(), other.begin(), other.end(),
            [&](const Value& x, const Value& y) { return equalWithin(x, y, budget); });
    }
    if (const auto* dict = a.as<Dict>()) {
        const auto& other = **b.as<Dict>();
        if ((*dict)->entries.size() != other.entries.size())
            return false;
        for (const auto& [key, value] : (*dict)->entries)
            if (const auto* same = other.find(key); !same || !equalWithin(value, *same, budget))
                return false;
        return true;
    }
    if (const auto* function = a.as<Function>())
        return *function == *b.as<Function>();
    return true; // two None or two undefined
}

} // namespace

bool equal(const Value& a, const Value& b)
{
    int budget = 1'000'000;
    return equalWithin(a, b, budget);
}

int compare(const Value& a, const Value& b)
{
    if (isNumber(a) && isNumber(b))
        return toDouble(a) < toDouble(b) ? -1 : toDouble(a) > toDouble(b) ? 1 : 0;
    if (a.is<std::string>() && b.is<std::string>()) // bytes of UTF-8 sort as their characters do
        return a.as<std::string>()->compare(*b.as<std::string>());
    throw TemplateError("the chat template compares a " + typeName(a) + " with a " + typeName(b));
}

std::string typeName(const Value& value)
{
    constexpr const char* names[] = { "undefined value", "NoneType", "bool", "int", "float", "str",
        "list", "dict", "function" };
    return names[value.data.index()];
}

void writeText(const Value& value, std::string& out, std::size_t limit)
{
    writeValue(value, out, limit, false, 0);
}

void writeJson(const Value& value, std::string& out, std::size_t limit, int indent, int depth)
{
    if (depth > maximumDepth)
        throw TemplateError("the chat template writes a list that is nested too deep");
    const char* separator = indent >= 0 ? "," : ", ";
    if (const auto* list = value.as<List>()) {
        append(out, "[", limit);
        for (std::size_t i = 0; i < (*list)->size(); ++i) {
            append(out, i ? separator : "", limit);
            newLine(out, limit, indent, depth + 1);
            writeJson((**list)[i], out, limit, indent, depth + 1);
        }
        if (!(*list)->empty())
            newLine(out, limit, indent, depth);
        append(out, "]", limit);
    } else if (const auto* dict = value.as<Dict>()) {
        append(out, "{", limit);
        bool first = true;
        for (const auto& [key, entry] : (*dict)->entries) {
            append(out, first ? "" : separator, limit);
            first = false;
            newLine(out, limit, indent, depth + 1);
            append(
                out, Json(key).dump(-1, ' ', false, Json::error_handler_t::replace) + ": ", limit);
            writeJson(entry, out, limit, indent, depth + 1);
        }
        if (!first)
            newLine(out, limit, indent, depth);
        append(out, "}", limit);
    } else if (const auto* text = value.as<std::string>()) {
        append(out, Json(*text).dump(-1, ' ', false, Json::error_handler_t::replace), limit);
    } else if (const auto* flag = value.as<bool>()) {
        append(out, *flag ? "true" : "false", limit);
    } else if (value.is<None>()) {
        append(out, "null", limit);
    } else if (isNumber(value)) {
        writeText(value, out, limit);
    } else {
        throw TemplateError("the chat template writes a " + typeName(value) + " as JSON");
    }
}

const std::string& textOf(const Value& value, std::string_view what)
{
    if (const auto* text = value.as<std::string>())
        return *text;
    if (const auto* undefined = value.as<Undefined>())
        throw TemplateError(
            "the chat template uses '" + undefined->name + "', which is not defined");
    throw TemplateError("the chat template gives " + std::string(what) + " a " + typeName(value)
        + " instead of a text");
}

std::vector<Value> itemsOf(const Value& value)
{
    if (const auto* list = value.as<List>())
        return **list;
    std::vector<Value> items;
    if (const auto* dict = value.as<Dict>()) {
        for (const auto& [key, entry] : (*dict)->entries)
            items.emplace_back(key);
    } else if (const auto* text = value.as<std::string>()) {
        for (std::size_t at = 0; at < text->size();) {
            const std::size_t length = characterBytes(static_cast<unsigned char>((*text)[at]));
            items.emplace_back(text->substr(at, length));
            at += length;
        }
    } else if (!value.is<Undefined>()) {
        throw TemplateError(
            "the chat template goes through a " + typeName(value) + ", which is no list");
    }
    return items;
}

std::size_t characters(std::string_view text)
{
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(),
        [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::size_t bytePlace(std::string_view text, std::size_t index)
{
    std::size_t at = 0;
    for (; index > 0 && at < text.size(); --index)
        at += characterBytes(static_cast<unsigned char>(text[at]));
    return std::min(at, text.size());
}

} // namespace slook::text::jinja
