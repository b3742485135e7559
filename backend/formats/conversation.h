#pragma once
#include "core/json.h"
#include <optional>
#include <string>
#include <vector>

namespace slook::formats {

enum class Speaker { System, Person, Model };

struct Turn {
    Speaker speaker = Speaker::Person;
    std::string text; ///< without picture marks
};

/// Turns as any trainer's file holds them: {from, value} or {role, content}, the content a text or
/// a list of parts.
struct Conversation {
    std::vector<Turn> turns;
    std::vector<std::string> pictures; ///< that its parts name
    std::size_t marks = 0; ///< picture marks in its texts, and parts that stand for a picture
};

/// One turn or a list of them. Empty where it is something else.
[[nodiscard]] std::optional<Conversation> readConversation(const Json& json);

/// The text without its "<image>" marks; a mark takes the line end beside it along.
/// @param marks  is told how many there were, where it is not null
[[nodiscard]] std::string withoutMarks(std::string text, std::size_t* marks = nullptr);

/// The names of the pictures that a member holds: a text, {"path": ...}, or a list of such. Empty
/// optional where it is something else; no name where it is absent or null.
[[nodiscard]] std::optional<std::vector<std::string>> pictureNames(
    const Json& object, const char* key);

} // namespace slook::formats
