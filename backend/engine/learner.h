#pragma once
#include "core/result.h"
#include "engine/feature_cache.h"
#include "engine/lora.h"
#include "engine/losses.h"
#include "engine/optimizer.h"
#include "engine/packing.h"
#include "engine/patch_task.h"
#include "engine/vlm.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace slook::engine {

enum class Objective {
    Preference, ///< examples have two segments: chosen, rejected
    Supervised ///< every weighted token is learned; the loss is the weighted mean over the whole
               ///< step
};

/// Which weights learn when there is no adapter.
struct FullOptions {
    bool languageModel = true; ///< with the output layer
    bool projector = true;
    bool vision = false;
    double visionRateScale = 1.0; ///< of the learning rate, for the vision tower
    bool orthogonal = false; ///< UpdateRule::Orthogonal for the matrices inside the layers
};

/// What one optimizer step does. The data and their order are the trainer's matter.
struct LearnerOptions {
    Objective objective = Objective::Preference;
    LossOptions loss; ///< Preference only
    AdamOptions adam;
    double weightDecay = 0.0; ///< full training: of matrices only, not of norms and biases
    FullOptions full;
    std::optional<PatchTask> patches; ///< Supervised full training only
    int microBatch = 4; ///< examples whose loss is taken together
    int atOnce = 0; ///< of these, computed in one pass where memory is short; 0: all. The same
                    ///< numbers only where the loss does not compare pairs (comparesPairs())
    std::size_t featureBytes = std::size_t { 2 } << 30; ///< memory for picture features
    std::int64_t recomputeLayers = 0; ///< of the language model, from the first: keep only their
                                      ///< input and compute them again for the gradient; less
                                      ///< memory, up to +30 % time
    bool sideBySide = true; ///< a small model's examples on several threads; off: one after another
};

/// What one example's answers were rewarded with: beta * (policy - reference), summed over tokens.
struct ExampleReward {
    std::int64_t id = 0; ///< TrainExample::id
    double chosen = 0.0, rejected = 0.0;
};

/// One optimizer step as measured.
struct StepMetrics {
    std::int64_t step = 0; ///< counted from 1, as done
    std::int64_t steps = 0; ///< of the whole training
    double epoch = 0.0; ///< passes through the data, as done
    double loss = 0.0;
    std::vector<double>
        lossTerms; ///< as LossOptions::terms, without their weights; Preference only
    std::vector<double> microLosses;
    double sure = 0.0; ///< Supervised: share of the trained tokens, by weight, that were given more
                       ///< than half of the probability
    double patchLoss = 0.0; ///< of the patch task, before its weight
    std::vector<double> patchAccuracy; ///< by question of the patch task
    double gradNorm = 0.0; ///< before clipping
    double rate = 0.0; ///< learning rate of this step
    double rewardChosen = 0.0, rewardRejected = 0.0; ///< means of beta * (policy - reference)
    double rewardMargin = 0.0,
           rewardAccuracy = 0.0; ///< mean difference; share of pairs with chosen above rejected
    double logpChosen = 0.0,
           logpRejected = 0.0; ///< means of the policy's summed log-probabilities, nats
    std::vector<ExampleReward> rewards; ///< of each example, before the step; Preference only
    std::int64_t examples = 0;
    std::int64_t tokens = 0; ///< without padding; a prompt counts once for all its answers
    double seconds = 0.0;
};

/// Log-probabilities of a pair under the reference.
struct ReferenceScores {
    float chosen = 0.0F, rejected = 0.0F;
};

/// Turns examples into weight updates. With an adapter the base weights stay as they are. Examples
/// of a small model are computed side by side on a CPU, in parts that do not depend on the number
/// of threads: nor do the bits of the result.
class Learner {
public:
    /// @param adapter null: full training
    /// Errors: Invalid (options out of range; full training of a model that is not in float).
    [[nodiscard]] static Result<Learner> create(VisionLanguageModel& model, LoraAdapter* adapter,
        const LearnerOptions& options, PictureSource pictures,
        std::vector<std::size_t> pictureKeys);
    Learner(Learner&&) noexcept;
    Learner& operator=(Learner&&) = delete;
    ~Learner(); ///< switches gradients off; the weights stay

    /// One update from `batch`. @param references as `batch`, for Preference with a reference
    /// @param draw seed of this step's dropout; each example draws for itself, by its place in
    /// `batch` Errors: Invalid where a loss or gradient is no number: names the examples, and no
    /// weight has changed.
    [[nodiscard]] Result<StepMetrics> step(const std::vector<const TrainExample*>& batch,
        const std::vector<ReferenceScores>& references, double rate, std::uint64_t draw = 0);

    /// Log-probabilities of pairs under the present weights, or the base's (adapter off). No
    /// gradient, no dropout. Each pair is computed for itself: its bits do not depend on the
    /// others.
    [[nodiscard]] Result<std::vector<ReferenceScores>> score(
        const std::vector<const TrainExample*>& batch, bool base);

    /// SHA-256 of what score() reads of a pair: the bits of its pictures' features (of their pixels
    /// where the tower or projector learns), and its tokens. Errors: those of the pictures.
    [[nodiscard]] Result<std::string> sha256Of(const TrainExample& pair);

    /// Loss and gradients without an update, for tests. Gradients lie in optimizer().groups().
    [[nodiscard]] Result<StepMetrics> accumulate(const std::vector<const TrainExample*>& batch,
        const std::vector<ReferenceScores>& references, std::uint64_t draw = 0);

    /// Of the patch task from the next step on.
    void setPatchWeight(double weight);

    [[nodiscard]] AdamW& optimizer() { return m_optimizer; }
    [[nodiscard]] const LoraAdapter* adapter() const
    {
        return m_adapter;
    } ///< null in full training
    [[nodiscard]] const VisionLanguageModel& model() const { return *m_model; }
    [[nodiscard]] at::Device device() const { return m_model->device(); }
    [[nodiscard]] const AdamW& optimizer() const { return m_optimizer; }
    [[nodiscard]] std::int64_t picturesEncoded() const { return m_features->encoded(); }

private:
    struct Totals;
    struct Seen;
    struct Part;
    Learner(VisionLanguageModel& model, LoraAdapter* adapter, const LearnerOptions& options);
    [[nodiscard]] bool computesSideBySide() const;
    Result<Seen> look(std::span<const TrainExample* const> examples);
    void encode(Seen& seen) const;
    /// @param apart a part for each example
    Result<std::vector<Part>> partsOf(std::span<const TrainExample* const> micro, bool apart);
    [[nodiscard]] AnswerTokens answerTokens(
        const PackedBatch& packed, const at::Tensor& embeds) const;
    void readAnswers(Part& part) const;
    /// The answers of `micro` as the model sees them; the parts' graphs where gradients are on.
    /// @param seeds of dropout, one per example; empty: none
    /// @param apart each example for itself
    Result<std::vector<Part>> read(std::span<const TrainExample* const> micro,
        std::span<const std::uint64_t> seeds, bool apart = false);
    static AnswerTokens joined(std::vector<Part>& parts);
    void goBack(std::vector<Part>& parts, const at::Tensor& loss);
    Result<at::Tensor> patchLoss(std::vector<Part>& parts, double share, Totals& totals) const;
    Result<void> preferenceMicro(std::span<const TrainExample* const> micro,
        const ReferenceScores* references, std::span<const std::uint64_t> seeds, Totals& totals);
    Result<void> supervisedMicro(std::span<const TrainExample* const> micro,
        std::span<const std::uint64_t> seeds, Totals& totals);

    VisionLanguageModel* m_model = nullptr;
    LoraAdapter* m_adapter = nullptr;
    LearnerOptions m_options;
    AdamW m_optimizer;
    bool m_visionLearns = false; ///< tower or projector: features change from step to step
    std::int64_t m_fillId = 0;
    PictureSource m_pictures;
    std::unique_ptr<FeatureCache> m_features;
    std::optional<PatchHead> m_patchHead;
};

} // namespace slook::engine
