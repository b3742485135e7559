#include "engine/learner.h"
#include "core/random.h"
#include "engine/learner_parts.h"
#include "engine/lora_product.h"
#include "engine/recompute.h"
#include "engine/row_parallel.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <chrono>
#include <cmath>
#include <stdexcept>

namespace slook::engine {
namespace {

using Names = std::vector<std::pair<std::string, at::Tensor>>;

bool isTrained(const std::string& name, const FullOptions& full)
{
    switch (partOf(name)) {
    case ModelPart::Vision:
        return full.vision;
    case ModelPart::Projector:
        return full.projector;
    default:
        return full.languageModel;
    }
}

/// True for the linear layers of blocks and projector; embeddings and the output layer are tables
/// whose rows are learned one by one.
bool isInner(const std::string& name, const at::Tensor& tensor)
{
    return tensor.dim() == 2
        && (name.find(".layers.") != std::string::npos || partOf(name) == ModelPart::Projector);
}

/// Matrices decay, norms and biases do not; the vision tower has a rate of its own.
std::vector<ParameterGroup> fullGroups(
    const VisionLanguageModel& model, const LearnerOptions& options)
{
    Names inner[2], matrices[2], vectors[2]; // language model with projector, vision tower
    for (const auto& [name, tensor] : model.parameters()) {
        if (!isTrained(name, options.full))
            continue;
        const auto part = partOf(name) == ModelPart::Vision ? 1 : 0;
        if (options.full.orthogonal && isInner(name, tensor))
            inner[part].emplace_back(name, tensor);
        else
            (tensor.dim() >= 2 ? matrices : vectors)[part].emplace_back(name, tensor);
    }
    std::vector<ParameterGroup> groups;
    for (const auto part : { 0, 1 }) {
        const std::string prefix = part == 1 ? "vision-" : "";
        const double scale = part == 1 ? options.full.visionRateScale : 1.0;
        const double decay = options.weightDecay;
        groups.push_back({ prefix + "inner", FlatParameters(inner[part]), scale, decay,
            UpdateRule::Orthogonal });
        groups.push_back({ prefix + "matrices", FlatParameters(matrices[part]), scale, decay });
        groups.push_back({ prefix + "vectors", FlatParameters(vectors[part]), scale, 0.0 });
    }
    return groups;
}

Result<void> checkLearnerOptions(const LearnerOptions& options)
{
    if (const auto good = check(options.loss); !good)
        return good;
    const AdamOptions& adam = options.adam;
    const auto isShare = [](double value) { return value >= 0.0 && value < 1.0; };
    if (!(adam.learningRate >= 0.0) || !std::isfinite(adam.learningRate)
        || !(options.weightDecay >= 0.0) || !std::isfinite(options.weightDecay)
        || !isShare(adam.beta1) || !isShare(adam.beta2) || !(adam.epsilon > 0.0)
        || !(adam.maxGradNorm >= 0.0))
        return fail(ErrorKind::Invalid,
            "An optimizer setting is out of range: rate, decay and largest norm are 0 or more, "
            "both betas lie in [0, 1), "
            "epsilon is above 0.");
    if (options.microBatch < 1)
        return fail(ErrorKind::Invalid, "The micro batch must hold at least one example.");
    return {};
}

/// Examples of one pass.
std::size_t passSize(const LearnerOptions& options)
{
    const auto most =
        options.atOnce > 0 ? std::min(options.atOnce, options.microBatch) : options.microBatch;
    return static_cast<std::size_t>(most);
}

} // namespace

Learner::Learner(VisionLanguageModel& model, LoraAdapter* adapter, const LearnerOptions& options)
    : m_model(&model)
    , m_adapter(adapter)
    , m_options(options)
{
    m_fillId = model.shape().imageTokenId == 0 ? 1 : 0;
}

Learner::Learner(Learner&& other) noexcept
    : m_model(std::exchange(other.m_model, nullptr))
    , m_adapter(other.m_adapter)
    , m_options(std::move(other.m_options))
    , m_optimizer(std::move(other.m_optimizer))
    , m_visionLearns(other.m_visionLearns)
    , m_fillId(other.m_fillId)
    , m_pictures(std::move(other.m_pictures))
    , m_features(std::move(other.m_features))
    , m_patchHead(std::move(other.m_patchHead))
{
}

Learner::~Learner()
{
    if (m_model == nullptr)
        return;
    for (ParameterGroup& group : m_optimizer.groups())
        group.parameters.release();
    m_model->setBlockRunner({});
}

Result<Learner> Learner::create(VisionLanguageModel& model, LoraAdapter* adapter,
    const LearnerOptions& options, PictureSource pictures, std::vector<std::size_t> pictureKeys)
{
    if (const auto good = checkLearnerOptions(options); !good)
        return fail(good.error());
    Learner learner(model, adapter, options);
    std::vector<ParameterGroup> groups;
    if (adapter != nullptr) {
        learner.m_visionLearns =
            adapter->touches(ModelPart::Vision) || adapter->touches(ModelPart::Projector);
        groups.push_back({ "adapter", adapter->parameters(), 1.0, options.weightDecay });
    } else {
        if (model.type() != at::kFloat)
            return fail(ErrorKind::Invalid,
                "All parameters can be trained in float only; load the model in float.");
        learner.m_visionLearns = options.full.vision || options.full.projector;
        groups = fullGroups(model, options);
    }
    if (options.patches && adapter == nullptr) {
        learner.m_patchHead.emplace(options.patches->classes, model.shape().hiddenSize);
        groups.push_back({ "patches",
            FlatParameters({ { "weight", learner.m_patchHead->weight() },
                { "bias", learner.m_patchHead->bias() } }) });
    }
    for (ParameterGroup& group : groups)
        group.parameters.track();
    learner.m_optimizer = AdamW(std::move(groups), options.adam);
    if (learner.m_optimizer.groups().empty())
        return fail(ErrorKind::Invalid, "No weight of the model is chosen for training.");
    if (options.recomputeLayers > 0)
        model.setBlockRunner(
            recomputingRunner(options.recomputeLayers, tensorsOf(learner.m_optimizer.groups())));
    learner.m_pictures = pictures;
    learner.m_features = std::make_unique<FeatureCache>(
        model, std::move(pictures), std::move(pictureKeys), options.featureBytes);
    return learner;
}

void Learner::setPatchWeight(double weight)
{
    if (m_options.patches)
        m_options.patches->weight = weight;
}

Result<StepMetrics> Learner::accumulate(const std::vector<const TrainExample*>& batch,
    const std::vector<ReferenceScores>& references, std::uint64_t draw)
{
    const bool pairs = m_options.objective == Objective::Preference;
    if (batch.empty() || (pairs && references.size() != batch.size()))
        throw std::invalid_argument("[Learner] " + std::to_string(batch.size()) + " examples with "
            + std::to_string(references.size()) + " references");
    m_optimizer.zeroGradients();
    const OneThreadEach each(!m_model->shape().heavy);
    Totals totals;
    totals.examples = static_cast<double>(batch.size());
    std::vector<std::uint64_t> seeds;
    for (std::size_t place = 0; place < batch.size(); ++place) {
        totals.weight += batch[place]->weight();
        seeds.push_back(Random::of(draw, "dropout", place).next());
    }
    if (m_adapter != nullptr)
        m_adapter->setTraining(true);
    const LoraSums sums(m_model->linears(), computesSideBySide());
    Result<void> done;
    const std::span all(batch);
    const auto micro = passSize(m_options);
    for (std::size_t begin = 0; done && begin < batch.size(); begin += micro) {
        const auto count = std::min(micro, batch.size() - begin);
        const auto part = all.subspan(begin, count);
        const auto drawn = std::span(std::as_const(seeds)).subspan(begin, count);
        const c10::AutoGradMode gradients(true);
        done = pairs ? preferenceMicro(part, references.data() + begin, drawn, totals)
                     : supervisedMicro(part, drawn, totals);
    }
    if (m_adapter != nullptr)
        m_adapter->setTraining(false);
    if (!done)
        return fail(done.error());
    totals.metrics.rewardMargin = totals.metrics.rewardChosen - totals.metrics.rewardRejected;
    totals.metrics.examples = static_cast<std::int64_t>(batch.size());
    return totals.metrics;
}

Result<StepMetrics> Learner::step(const std::vector<const TrainExample*>& batch,
    const std::vector<ReferenceScores>& references, double rate, std::uint64_t draw)
{
    const auto start = std::chrono::steady_clock::now();
    auto metrics = accumulate(batch, references, draw);
    if (!metrics)
        return metrics;
    metrics->gradNorm = m_optimizer.clip();
    if (!std::isfinite(metrics->gradNorm))
        return notANumber("gradient", batch);
    m_optimizer.step(rate);
    metrics->rate = rate;
    metrics->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return metrics;
}

Result<std::vector<ReferenceScores>> Learner::score(
    const std::vector<const TrainExample*>& batch, bool base)
{
    const c10::NoGradGuard noGradients;
    const OneThreadEach each(!m_model->shape().heavy);
    std::optional<LoraOff> off;
    if (base)
        off.emplace(m_model->linears());
    const LoraSums sums(m_model->linears(), computesSideBySide());
    std::vector<ReferenceScores> scored;
    const std::span all(batch);
    const auto micro = passSize(m_options);
    for (std::size_t begin = 0; begin < batch.size(); begin += micro) {
        auto parts = read(all.subspan(begin, std::min(micro, batch.size() - begin)), {}, true);
        if (!parts)
            return fail(parts.error());
        const PairScores scores = scorePairs(joined(*parts), m_options.loss);
        const auto chosen = scores.chosen.cpu().contiguous();
        const auto rejected = scores.rejected.cpu().contiguous();
        for (std::int64_t i = 0; i < chosen.numel(); ++i)
            scored.push_back({ chosen.data_ptr<float>()[i], rejected.data_ptr<float>()[i] });
    }
    return scored;
}

} // namespace slook::engine
