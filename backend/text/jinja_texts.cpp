#include "text/jinja_texts.h"
#include "text/utf8.h"
#include <algorithm>
#include <utf8proc.h>

namespace slook::text::jinja {

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

} // namespace slook::text::jinja
