#pragma once
#include "core/result.h"
#include "image/picture.h"
#include "scenes/easy_vqa.h"
#include "scenes/scene.h"
#include "scenes/texts.h"
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace slook::scenes {

/// One user text and the reply to it.
struct Turn {
    std::string user;
    Reply reply; ///< its letters may be weighted
    bool trained = true; ///< false: only read, such as the first answer before a review
};
using Conversation = std::vector<Turn>;

/// What each patch of the picture shows: targets of the vision tower's warm-up. 8 x 8 patches, row
/// by row.
struct PatchLabels {
    static constexpr std::size_t kPatches = 64;
    std::array<std::int8_t, kPatches> shape {}; ///< 0 for background, else 1 + shape
    std::array<std::int8_t, kPatches> colour {}; ///< 0 for background, else 1 + colour
    std::array<std::int8_t, kPatches> cell {}; ///< of the object, -1 for background
    std::array<std::int8_t, kPatches> big {}; ///< 0 or 1, -1 for background
};
[[nodiscard]] PatchLabels patchLabels(const Scene& scene);

/// A picture with some conversations that have nothing to do with each other.
struct TrainingRow {
    image::Picture picture;
    std::vector<Conversation> conversations;
    std::optional<PatchLabels> labels; ///< for rendered scenes
};

/// A text without a picture whose letters alone are trained: which letter belongs to which option.
struct BindingRow {
    std::string user;
    Reply reply;
};

/// The order in which a model with random weights learns.
enum class Stage {
    Look, ///< few objects; short questions, descriptions, yes or no: the model learns to look at
          ///< all
    Full, ///< everything
};
enum class BindingStage {
    Dense, ///< every option with its letter: the form that is learned first
    All, ///< answers that say the option and then its letter, as multiple choice needs it
};

/// Shares are relative: they need not sum to 1.
struct Mix {
    double first = .31; ///< multiple choice, first turn
    double review = .15; ///< two turns; the first answer is right or wrong and not trained
    double shortAnswer = .15;
    double yesNo = .18; ///< learned last, so often
    double told = .03; ///< the question already says the answer: only the letter is asked
    double description = .10;
    double described = .03; ///< a description stands before the question (STIC)
    double reverse = .06; ///< questions to answers, and questions with answers (SRF)
};

struct CurriculumOptions {
    std::uint64_t seed = 0;
    PromptTexts prompts;
    Mix mix;
    double hardShare = .15; ///< of the rendered scenes
    double easyVqaShare = .15; ///< of the rows, where easy-VQA is given
    double letterOnly = .10; ///< first answers without a reason: more would make "answer longer"
                             ///< the lesson of a review
    double wrongFirst = .50; ///< first answers before a review
    double neutralInvents = .40; ///< neutral descriptions with one or two invented objects
    std::size_t rowLength = 300; ///< a row is full after so many units of `measure`
    /// Length of a text, tokens if the caller can count them; empty: a quarter of its bytes.
    std::function<std::size_t(const std::string&)> measure;
};

/// Training rows by number: row 7 is always the same, so that training can go on where it stopped.
class Curriculum {
public:
    /// @param easyVqa  pictures of the training split, may be empty
    Curriculum(CurriculumOptions options, std::vector<EasyVqaPicture> easyVqa);

    /// Errors: those of reading an easy-VQA picture.
    [[nodiscard]] Result<TrainingRow> row(Stage stage, std::uint64_t number) const;
    [[nodiscard]] BindingRow binding(BindingStage stage, std::uint64_t number) const;

private:
    [[nodiscard]] std::vector<Conversation> filled(
        const std::function<std::optional<Conversation>()>& next) const;
    [[nodiscard]] std::size_t lengthOf(const Conversation& conversation) const;

    CurriculumOptions m_options;
    std::vector<EasyVqaPicture> m_easyVqa;
};

} // namespace slook::scenes
