#pragma once
#include "analysis/text_similarity.h"
#include "core/result.h"
#include "image/corruption.h"
#include "runs/event.h"
#include "runs/job.h"
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// What a method needs of a model. The worker implements it with the engine; tests give a scripted
/// one.
namespace slook::methods {

/// What a step may do besides compute.
class StepContext {
public:
    virtual ~StepContext() = default;
    [[nodiscard]] virtual bool stopRequested() = 0;
    virtual Result<void> report(runs::EventBody event) = 0; ///< Io: the step must end
};

/// A conversation to be held: the user's texts in order; the model answers after each.
struct Conversation {
    std::vector<std::filesystem::path> images; ///< shown before the first text
    std::vector<std::string> imageSha256; ///< of the decoded pixels, checked
    std::vector<std::string> userTexts;
    bool repeatImages =
        false; ///< as released by SCL: the pictures once more, in front of the first text
    std::optional<image::Corruption>
        corruption; ///< done to every picture before it is shown, see image::drawn()
    std::uint64_t seed = 0; ///< of this conversation's random numbers, whatever else is in the call
};

/// One answer with what made it.
struct Answer {
    std::string prompt; ///< everything that the model had read, as text
    std::string text;
    std::vector<std::int64_t> tokenIds;
    std::string finish; ///< "eos", "length", "stop"
    double logprob = 0;
    std::string pixelsSha256;
    std::vector<CorruptionRow> corruptions; ///< one a picture where the conversation has one
    double seconds = 0; ///< the batch's time shared out
    std::vector<float> tokenLogprobs {}; ///< of each of tokenIds, nats
};

/// A pair (or, with an empty `rejected`, a supervised example) in the form that is trained on.
struct Preference {
    std::int64_t id = 0; ///< for messages: the item's id
    std::vector<std::filesystem::path> images;
    std::vector<std::string> imageSha256;
    std::string userText;
    std::string chosen;
    std::string rejected;
};

/// One training as a method asks for it.
struct Training {
    std::span<const Preference> preferences;
    const runs::TrainOptions& options;
    std::string name; ///< of its metrics
    std::filesystem::path checkpoints; ///< a second call goes on from the newest one
    std::filesystem::path artifact; ///< where the result goes: PEFT layout, or a whole model folder
    std::filesystem::path from; ///< an artifact to go on from; empty: the start weights
};

/// What an encoder makes of a text.
struct TextStates {
    analysis::TokenStates tokens; ///< one state a token, without special tokens
    analysis::TokenStates sentence; ///< one state: the text as a whole
};

/// What of a model tells pictures and questions apart, as numbers.
struct FeatureWish {
    /// "vision": the tower's patches, before the projector; "projected": the rows that the language
    /// model reads of the pictures; "states": the language model's states on pictures and question.
    std::string of = "vision";
    int layer = -1; ///< of "states": 0 the embedded tokens, n behind layer n; below 0 from the end,
                    ///< -1 the last behind the final norm
    std::string pool = "mean"; ///< of "states": over all tokens of the prompt, or its "last" one
};
struct Feature {
    std::vector<float> values; ///< as many for each; empty where it was refused
    std::string refused; ///< why there is none
};

class Model {
public:
    virtual ~Model() = default;

    /// Holds all conversations, many at once. `onAnswer(conversation, turn counted from 1, answer)`
    /// is called as answers come; all turns of one conversation come before the call returns. The
    /// order among conversations is free. Errors: Stopped (what was reported stays valid), Invalid
    /// for a conversation that cannot be held (too long, bad picture): those are reported through
    /// `onRefused(conversation, reason)` and the others go on.
    [[nodiscard]] virtual Result<void> converse(std::span<const Conversation> conversations,
        const runs::Decoding& decoding,
        const std::function<Result<void>(std::size_t, int, Answer)>& onAnswer,
        const std::function<Result<void>(std::size_t, std::string)>& onRefused,
        StepContext& context) = 0;

    /// Trains an adapter (or all parameters) and leaves it in `training.artifact`. Reports
    /// runs::Measured under `training.name`. Errors: Stopped, Invalid (NaN with the ids of the
    /// batch).
    [[nodiscard]] virtual Result<void> train(const Training& training, StepContext& context) = 0;

    /// Answers with this trained artifact from now on; an empty path goes back to the start
    /// weights.
    [[nodiscard]] virtual Result<void> use(const std::filesystem::path& artifact) = 0;

    /// The states of texts, in their order.
    /// @param encoder  folder of a text encoder; empty: the language model in use reads them
    /// Errors: NotFound or Invalid for the encoder's folder, Stopped.
    [[nodiscard]] virtual Result<std::vector<TextStates>> textStates(
        std::span<const std::string> texts, const std::filesystem::path& encoder,
        StepContext& context) = 0;

    /// One feature of each conversation, in their order: of its pictures and its first text. Means
    /// are over all patches of all pictures. Errors: Invalid (no such layer), Stopped.
    [[nodiscard]] virtual Result<std::vector<Feature>> features(
        std::span<const Conversation> conversations, const FeatureWish& wish,
        StepContext& context) = 0;

    /// How many conversations make a block: those of one call of converse(), and what is computed
    /// again when a worker dies half-way. The same for the same model and machine.
    [[nodiscard]] virtual std::size_t block() const { return 128; }

    /// Number of tokens of a text, for length statistics and length-matched pairs.
    [[nodiscard]] virtual std::size_t countTokens(const std::string& text) const = 0;
};

} // namespace slook::methods
