#include "formats/conversation.h"
#include <nlohmann/json.hpp>

namespace slook::formats {
namespace {

std::optional<Speaker> speakerNamed(const std::string& name)
{
    if (name == "system")
        return Speaker::System;
    if (name == "human" || name == "user" || name == "observation" || name == "tool")
        return Speaker::Person;
    if (name == "gpt" || name == "assistant" || name == "function_call")
        return Speaker::Model;
    return std::nullopt;
}

/// The name in a part such as {"type": "image_url", "image_url": {"url": NAME}}.
std::string pictureOfPart(const Json& part)
{
    for (const char* key : { "image", "path", "value", "url" })
        if (auto name = stringOr(part, key); !name.empty())
            return name;
    const auto address = part.find("image_url");
    if (address == part.end())
        return {};
    return address->is_string() ? address->get<std::string>() : stringOr(*address, "url");
}

bool addPart(const Json& part, std::string& text, Conversation& into)
{
    const auto type = stringOr(part, "type");
    if (type == "text") {
        text += stringOr(part, "text", stringOr(part, "value"));
        return true;
    }
    if (type != "image" && type != "image_url")
        return false;
    ++into.marks;
    if (auto name = pictureOfPart(part); !name.empty())
        into.pictures.push_back(std::move(name));
    return true;
}

bool addTurn(const Json& turn, Conversation& into)
{
    if (!turn.is_object())
        return false;
    const auto speaker = speakerNamed(stringOr(turn, "role", stringOr(turn, "from")));
    const auto content = turn.contains("content") ? turn.find("content") : turn.find("value");
    if (!speaker || content == turn.end())
        return false;
    std::string text;
    if (content->is_string())
        text = content->get<std::string>();
    else if (content->is_array())
        for (const auto& part : *content) {
            if (!addPart(part, text, into))
                return false;
        }
    else if (!content->is_null())
        return false;
    std::size_t marks = 0;
    into.turns.push_back({ *speaker, withoutMarks(std::move(text), &marks) });
    into.marks += marks;
    return true;
}

bool addName(const Json& one, std::vector<std::string>& names)
{
    if (one.is_string())
        names.push_back(one.get<std::string>());
    else if (auto path = stringOr(one, "path"); !path.empty())
        names.push_back(std::move(path));
    else
        return false;
    return true;
}

} // namespace

std::optional<Conversation> readConversation(const Json& json)
{
    Conversation conversation;
    if (json.is_object()) {
        if (!addTurn(json, conversation))
            return std::nullopt;
        return conversation;
    }
    if (!json.is_array())
        return std::nullopt;
    for (const auto& turn : json)
        if (!addTurn(turn, conversation))
            return std::nullopt;
    return conversation;
}

std::string withoutMarks(std::string text, std::size_t* marks)
{
    constexpr std::string_view mark = "<image>";
    std::size_t found = 0;
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
        ++found;
        auto length = mark.size();
        if (at + length < text.size() && text[at + length] == '\n')
            ++length;
        else if (at + length == text.size() && at > 0 && text[at - 1] == '\n')
            --at, ++length;
        text.erase(at, length);
    }
    if (marks)
        *marks = found;
    return text;
}

std::optional<std::vector<std::string>> pictureNames(const Json& object, const char* key)
{
    std::vector<std::string> names;
    const auto found = object.find(key);
    if (found == object.end() || found->is_null())
        return names;
    if (!found->is_array())
        return addName(*found, names) ? std::optional(names) : std::nullopt;
    for (const auto& one : *found)
        if (!addName(one, names))
            return std::nullopt;
    return names;
}

} // namespace slook::formats
