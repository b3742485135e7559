#pragma once
#include "scenes/curriculum.h"
#include <optional>

namespace slook::scenes {

/// One conversation of the warm-up about a scene; nothing where the drawn kind does not fit the
/// scene.
[[nodiscard]] std::optional<Conversation> lookConversation(const Scene& scene, Random& random);
/// One conversation of the full mix.
[[nodiscard]] std::optional<Conversation> fullConversation(
    const Scene& scene, const CurriculumOptions& options, Random& random);
/// One conversation about a picture of easy-VQA.
[[nodiscard]] Conversation easyVqaConversation(
    const EasyVqaPicture& picture, const CurriculumOptions& options, Random& random);

/// An answer that says its option and then the letter, or every option with its letter.
[[nodiscard]] BindingRow bindingRow(
    BindingStage stage, const Scene& scene, const CurriculumOptions& options, Random& random);

} // namespace slook::scenes
