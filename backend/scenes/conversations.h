#pragma once
#include "scenes/curriculum.h"
#include <optional>

namespace slook::scenes {

/// One conversation about a scene; nothing where the drawn kind does not fit the scene.
[[nodiscard]] std::optional<Conversation> sceneConversation(
    const Scene& scene, const CurriculumOptions& options, Random& random);
/// One conversation that needs no picture.
[[nodiscard]] Conversation textConversation(const CurriculumOptions& options, Random& random);
/// One conversation about a picture of easy-VQA.
[[nodiscard]] Conversation easyVqaConversation(
    const EasyVqaPicture& picture, const CurriculumOptions& options, Random& random);

} // namespace slook::scenes
