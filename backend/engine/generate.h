#pragma once
#include "core/result.h"
#include "engine/sampling.h"
#include "engine/vlm.h"
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slook::engine {

/// Limits and choices of one call of `converse`.
struct GenerationOptions {
    Sampling sampling;
    std::int64_t maxNewTokens = 256; ///< per turn
    std::vector<std::int64_t> eosTokenIds; ///< any of them ends a turn
    std::vector<std::string>
        stopStrings; ///< a turn ends when its text contains one; the text is not cut
    std::int64_t rows = 32; ///< conversations decoded together, at most
    std::uint64_t cacheBytes = 8ull
        << 30; ///< for keys and values: fewer rows where they would need more
    bool drafts = true; ///< from the second turn on, guess what follows from what was said before
                        ///< and read the guesses beside the last token. The tokens are the same:
                        ///< each is chosen from the scores that it would have had alone, and a
                        ///< wrong guess is forgotten. Where ModelShape::readsDrafts only
};

enum class Finish { Eos, Length, Stop };
[[nodiscard]] const char* finishName(Finish finish); ///< "eos", "length", "stop"

/// The beginning of a conversation.
struct Opening {
    std::vector<std::int64_t> ids; ///< the prompt, placeholders expanded
    at::Tensor features; ///< [K, hiddenSize] of its pictures; undefined: none
    std::uint64_t seed = 0; ///< of its own random numbers
};

/// What the model said in one turn.
struct Turn {
    std::vector<std::int64_t> ids; ///< an end token included
    std::vector<float> logprobs; ///< of each id under the unprocessed distribution, nats
    Finish finish = Finish::Length;
    double seconds = 0; ///< this turn's share of the time of the steps it was part of
    std::int64_t drafted = 0; ///< ids that were guessed
    std::int64_t accepted = 0; ///< of them, those that came true
};

/// What goes on after a turn.
struct NextTurn {
    std::vector<std::int64_t> ids; ///< appended behind what the model said
    at::Tensor features; ///< of pictures among them
};

/// The two sides of a conversation, as `converse` asks for them.
class Conversations {
public:
    virtual ~Conversations() = default;
    /// The next conversation to hold, nothing when there are no more; numbered 0, 1, ... in the
    /// order of the calls.
    virtual std::optional<Opening> next() = 0;
    /// A turn is complete. Returns what is said next, or nothing: the conversation ends.
    virtual std::optional<NextTurn> said(std::size_t conversation, int turn, const Turn& said) = 0;
    /// A conversation cannot be held, or not further: it passes the context, or its picture's rows
    /// do not match.
    virtual void refused(std::size_t conversation, const Error& reason) = 0;
    virtual bool stopRequested() { return false; }
    /// The text of ids, for stop strings; special tokens left out.
    virtual std::string text(std::span<const std::int64_t> ids) = 0;
};

/// Holds all conversations, up to options.rows at once: a row that has finished takes its next
/// turn, or a new conversation, while the others go on. Keys and values of earlier turns are kept,
/// only new ids are computed. Where the weights fit into the processor's cache, each thread holds
/// conversations of its own, options.rows at once: then all are opened before the first is held.
/// `conversations` is called by one thread at a time. Errors: Stopped; Invalid for options that
/// cannot be.
[[nodiscard]] Result<void> converse(const VisionLanguageModel& model,
    const GenerationOptions& options, Conversations& conversations);

/// One turn for each of `openings`, in their order. Errors: those of converse, and the first
/// refusal.
[[nodiscard]] Result<std::vector<Turn>> generate(const VisionLanguageModel& model,
    const GenerationOptions& options, std::span<const Opening> openings,
    const std::function<std::string(std::span<const std::int64_t>)>& text = {});

} // namespace slook::engine
