#pragma once
#include "core/random.h"
#include "scenes/scene.h"
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slook::scenes {

enum class QuestionKind { Colour, Shape, Count, Relation, Exist, Position };
inline constexpr int kQuestionKinds = 6;
[[nodiscard]] std::string_view kindWord(QuestionKind kind); ///< "color", "shape", "count", ...

/// A multiple-choice question. Exactly one option is true of the scene.
struct Question {
    QuestionKind kind = QuestionKind::Colour;
    std::string text;
    std::vector<std::string> options; ///< in the order in which they are asked
    /// What somebody says who believes in that option: true for the right one, false for the
    /// others.
    std::vector<std::string> reasons;
    int right = 0; ///< index into options

    [[nodiscard]] const std::string& answer() const
    {
        return options[static_cast<std::size_t>(right)];
    }
};

/// A question of one kind about a scene, with four options in random order; wrong options are drawn
/// from what the scene shows elsewhere before they are drawn from the rest. Nothing where the scene
/// does not allow the kind (no two objects in one row or column, no object that is named without
/// doubt).
[[nodiscard]] std::optional<Question> makeQuestion(
    const Scene& scene, QuestionKind kind, Random& random);

} // namespace slook::scenes
