#pragma once
#include "core/result.h"
#include "scenes/question.h"
#include <filesystem>
#include <string>
#include <vector>

namespace slook::scenes {

/// One picture of easy-VQA with the questions that were asked about it. It shows one coloured
/// shape.
struct EasyVqaPicture {
    int id = 0;
    std::filesystem::path file;
    std::string colour; ///< as the answers tell it; empty where they do not
    std::string shape; ///< likewise
    struct Asked {
        std::string question;
        std::string answer;
    };
    std::vector<Asked> asked; ///< never empty
};

/// Reads `folder`/questions.json, an array of [question, answer, picture id], with its pictures in
/// `folder`/images. Meant for training: refuses a folder that is called "test". Errors: NotFound,
/// Io, Invalid (no such JSON, with the number of the entry; an answer that is none of the 13).
[[nodiscard]] Result<std::vector<EasyVqaPicture>> readEasyVqa(const std::filesystem::path& folder);

/// A question of the picture as multiple choice: four or all eight colours, the three shapes, or
/// yes and no, in random order.
/// @throws std::invalid_argument where `asked` has no such index
[[nodiscard]] Question easyVqaQuestion(
    const EasyVqaPicture& picture, std::size_t asked, Random& random);

} // namespace slook::scenes
