#pragma once
#include <optional>
#include <string_view>

namespace slook::scenes {

/// Whether an answer to a question is true of a picture. It understands questions in the words in
/// which scenes ask (question.h, yes_no.h), with or without options behind them, and requests for a
/// description, which is right where it names something and invents nothing.
///
/// A question about something that is not there has no right answer. Where several objects fit, an
/// answer is right that is true of one of them.
/// @param truth  a true description of the picture, as describe() writes it
/// @return empty where the question is another one, or asks which side of each other two objects
///         lie that share neither row nor column
[[nodiscard]] std::optional<bool> checkAnswer(
    std::string_view truth, std::string_view question, std::string_view answer);

} // namespace slook::scenes
