#pragma once
#include "core/result.h"
#include "engine/checkpoint.h"
#include "engine/learner.h"
#include "engine/reference_cache.h"
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace slook::engine {

/// What the reference of a preference loss is.
enum class Reference {
    Base, ///< the model with its adapter off
    Initial ///< the weights, adapter included, as they are when the training starts
};

/// A whole training over a fixed set of examples.
struct TrainerOptions {
    LearnerOptions learner;
    ScheduleOptions schedule;
    Reference reference = Reference::Base; ///< with full training always Initial
    int epochs = 3;
    std::int64_t maxSteps = -1; ///< where not negative: this many steps, whatever the epochs
    int batch = 16; ///< examples per optimizer step
    bool shuffle = true; ///< a new order every epoch, from `seed`; off: as given
    std::uint64_t seed = 0; ///< of the order and of dropout
    std::int64_t maxLength =
        2048; ///< positions of prompt and answer; the model's context bounds it too
    std::filesystem::path checkpoints; ///< folder; empty: none are written
    std::int64_t checkpointEvery = 50; ///< steps; 0: only where a stop is asked for
    std::string fingerprint; ///< of the start weights, for the checkpoint's configuration hash
    std::filesystem::path references; ///< folder of the ReferenceCache; empty: nothing is kept
    std::string weights; ///< SHA-256 of the model without its adapter; needed with `references`
};

/// Where the reference's log-probabilities came from, in pairs of this process.
struct ReferenceUse {
    std::int64_t kept = 0; ///< taken from the cache of an earlier training
    std::int64_t computed = 0;
    std::string problem; ///< a damaged cache, or one that cannot be written; empty: none
};

struct TrainCallbacks {
    std::function<bool()> stopRequested; ///< asked before every step
    std::function<void(const StepMetrics&)> onStep;
    std::function<void(std::int64_t done, std::int64_t all)>
        onReference; ///< reference scores computed before the start
};

/// An example that cannot be trained on, and why.
struct ExcludedExample {
    std::int64_t id = 0;
    std::string reason;
};

struct TrainOutcome {
    std::int64_t steps = 0; ///< done, those before a resume included
    std::int64_t allSteps = 0;
    bool stopped = false; ///< by request; a checkpoint was written where there is a folder
};

/// Preference or supervised training with checkpoints. The same options, data, start weights and
/// number of threads give the same bits on a CPU, whether or not the training was stopped and
/// resumed.
class Trainer {
public:
    /// @param adapter null: full training
    /// Errors: Invalid (options, or no example is left).
    [[nodiscard]] static Result<Trainer> create(VisionLanguageModel& model, LoraAdapter* adapter,
        const TrainerOptions& options, std::vector<TrainExample> examples, PictureSource pictures);

    /// Goes on from the newest whole checkpoint of the options' folder. True where there was one.
    /// Errors: Conflict (of another training), Invalid (does not fit).
    [[nodiscard]] Result<bool> resume();

    /// Trains to the end, or to a stop. Errors: Invalid (no finite number, with ids), Io (a
    /// checkpoint), those of the pictures.
    [[nodiscard]] Result<TrainOutcome> run(const TrainCallbacks& callbacks);

    [[nodiscard]] const std::vector<ExcludedExample>& excluded() const { return m_excluded; }
    [[nodiscard]] std::int64_t steps() const { return m_allSteps; }
    [[nodiscard]] std::int64_t stepsDone() const { return m_step; }
    /// True where the checkpoint was made with another number of threads, so that last bits may
    /// differ.
    [[nodiscard]] bool threadsChanged() const { return m_threadsChanged; }
    [[nodiscard]] const Learner& learner() const { return m_learner; }
    [[nodiscard]] const ReferenceUse& referenceUse() const { return m_use; }

    /// The places of the examples in epoch `epoch`, from 0.
    [[nodiscard]] static std::vector<std::size_t> order(
        std::size_t count, std::uint64_t seed, std::int64_t epoch, bool shuffle);

private:
    Trainer(Learner learner, TrainerOptions options)
        : m_learner(std::move(learner))
        , m_options(std::move(options))
    {
    }
    [[nodiscard]] std::vector<std::size_t> batchAt(std::int64_t step) const;
    [[nodiscard]] bool needsScores() const;
    Result<void> scoreAll(const TrainCallbacks& callbacks);
    Result<void> scoreMissing(const std::vector<std::size_t>& places, bool base);
    Result<void> takeKept(const std::vector<std::size_t>& places);
    void keepReferences();
    void openCache();
    Result<StepMetrics> oneStep(const std::vector<std::size_t>& places);
    Result<void> save();
    [[nodiscard]] std::string configSha256() const;

    Learner m_learner;
    TrainerOptions m_options;
    std::vector<TrainExample> m_examples;
    std::vector<ExcludedExample> m_excluded;
    std::vector<ReferenceScores> m_references; ///< by example
    std::vector<std::uint8_t> m_scored; ///< by example: the reference is known
    std::optional<ReferenceCache> m_cache;
    std::vector<std::string> m_pairs; ///< by example: Learner::sha256Of(), where it was asked for
    ReferenceUse m_use;
    std::int64_t m_stepsPerEpoch = 0;
    std::int64_t m_allSteps = 0;
    std::int64_t m_step = 0;
    std::int64_t m_savedStep = -1;
    bool m_threadsChanged = false;
};

} // namespace slook::engine
