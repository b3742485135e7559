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
    double weight = 1.0; ///< of its tokens in training; 0: only read, such as the first answer
                         ///< before a review
};
using Conversation = std::vector<Turn>;

/// What each cell of the picture shows: targets for the vision tower. Every patch of a cell has
/// the same ones, so a patch learns to know its whole cell.
struct CellLabels {
    std::array<std::int8_t, kCells> shape {}; ///< 0 for an empty cell, else 1 + shape
    std::array<std::int8_t, kCells> colour {}; ///< 0 for an empty cell, else 1 + colour
    std::array<std::int8_t, kCells> size {}; ///< 0 for an empty cell, 1 small, 2 big
};
[[nodiscard]] CellLabels cellLabels(const Scene& scene);

/// A picture with some conversations that have nothing to do with each other.
struct TrainingRow {
    image::Picture picture;
    std::vector<Conversation> conversations;
    std::optional<CellLabels> labels; ///< for rendered scenes
};

/// Kinds of drills; shares are relative.
struct DrillMix {
    double places = .16; ///< place -> what lies there
    double objects = .22; ///< object -> its place
    double presence = .16; ///< kind -> yes or no
    double sides = .12; ///< two objects -> where one lies as seen from the other
    double counts = .10;
    double questions = .10; ///< as they are asked elsewhere
    double letters = .14; ///< option -> its letter
    double options = 0.0; ///< letter -> its option
};

/// Kinds of texts that need no picture; shares are relative.
struct TextMix {
    double strings = 0.0; ///< a few words said over and over, or forwards and backwards
    double pairs = 0.0; ///< word -> its letter, where letters are not in order
    double letters = 0.0; ///< option of a list -> its letter
    double options = 0.0; ///< letter -> its option
    double said = 0.0; ///< as letters, but with words between an option and its letter
    double binding = 1.0; ///< answers that say their option; only the letter is trained
    int longestString = 12; ///< words, at least 3
    int farthest = 4; ///< 1 to 4: in `said`, how many ways there are of going on behind an option
};

/// Shares are relative: they need not sum to 1.
struct Mix {
    double drill = 0.0; ///< many facts in few words: how a model with random weights learns to look
    double binding = .06; ///< nothing to see: only which letter belongs to which option is trained
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
    DrillMix drills;
    TextMix texts;
    double hardShare = .15; ///< of the rendered scenes
    double easyVqaShare = .15; ///< of the rows, where easy-VQA is given
    double letterOnly = .10; ///< first answers without a reason: more would make "answer longer"
                             ///< the lesson of a review
    double wrongFirst = .50; ///< first answers before a review
    double neutralInvents = .40; ///< neutral descriptions with one or two invented objects
    std::size_t rowLength = 300; ///< a row is full after so many units of `measure`
    std::size_t textLength = 100; ///< likewise a row without a picture
    /// Length of a text, tokens if the caller can count them; empty: a quarter of its bytes.
    std::function<std::size_t(const std::string&)> measure;
};

/// Training rows by number: row 7 is always the same, so that training can go on where it stopped.
class Curriculum {
public:
    /// @param easyVqa  pictures of the training split, may be empty
    Curriculum(CurriculumOptions options, std::vector<EasyVqaPicture> easyVqa);

    /// Errors: those of reading an easy-VQA picture.
    [[nodiscard]] Result<TrainingRow> row(std::uint64_t number) const;
    /// A rendered scene with its labels and nothing said, for the vision tower alone.
    [[nodiscard]] TrainingRow picture(std::uint64_t number) const;
    /// Conversations that need no picture: how letters belong to options is learned from many short
    /// texts, and lost again without them.
    [[nodiscard]] std::vector<Conversation> texts(std::uint64_t number) const;

private:
    [[nodiscard]] Scene scene(std::uint64_t number, Random& random) const;
    [[nodiscard]] std::vector<Conversation> filled(
        std::size_t rowLength, const std::function<std::optional<Conversation>()>& next) const;
    [[nodiscard]] std::size_t lengthOf(const Conversation& conversation) const;

    CurriculumOptions m_options;
    std::vector<EasyVqaPicture> m_easyVqa;
};

} // namespace slook::scenes
