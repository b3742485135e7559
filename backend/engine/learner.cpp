#include "engine/learner.h"
#include "engine/recompute.h"
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

/// Four groups: matrices decay, norms and biases do not; the vision tower has a rate of its own.
std::vector<ParameterGroup> fullGroups(
    const VisionLanguageModel& model, const LearnerOptions& options)
{
    Names parts[4];
    for (const auto& [name, tensor] : model.parameters())
        if (isTrained(name, options.full))
            parts[(partOf(name) == ModelPart::Vision ? 2 : 0) + (tensor.dim() >= 2 ? 0 : 1)]
                .emplace_back(name, tensor);
    const double scale = options.full.visionRateScale;
    std::vector<ParameterGroup> groups;
    groups.push_back({ "matrices", FlatParameters(parts[0]), 1.0, options.weightDecay });
    groups.push_back({ "vectors", FlatParameters(parts[1]), 1.0, 0.0 });
    groups.push_back({ "vision-matrices", FlatParameters(parts[2]), scale, options.weightDecay });
    groups.push_back({ "vision-vectors", FlatParameters(parts[3]), scale, 0.0 });
    return groups;
}

std::string idsOf(const std::vector<const TrainExample*>& examples)
{
    std::string text;
    for (std::size_t i = 0; i < examples.size() && i < 32; ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(examples[i]->id);
    return text + (examples.size() > 32 ? ", ..." : "");
}

tl::unexpected<Error> notANumber(const char* what, const std::vector<const TrainExample*>& examples)
{
    return fail(ErrorKind::Invalid,
        std::string("The ") + what + " is no finite number at example " + idsOf(examples)
            + "; the weights were left as they were before this step: look at these rows or lower "
              "the learning rate.");
}

bool finite(const at::Tensor& values)
{
    return at::isfinite(values).all().item<bool>();
}

double total(const at::Tensor& values)
{
    return values.detach().sum().to(at::kDouble).item<double>();
}

Result<void> checkOptions(const LearnerOptions& options)
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

} // namespace

/// Sums over the micro-batches of one step.
struct Learner::Totals {
    double examples = 0.0; ///< of the whole step
    double weight = 0.0; ///< of the whole step's tokens
    StepMetrics metrics;
};

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
    if (const auto good = checkOptions(options); !good)
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
    for (ParameterGroup& group : groups)
        group.parameters.track();
    learner.m_optimizer = AdamW(std::move(groups), options.adam);
    if (learner.m_optimizer.groups().empty())
        return fail(ErrorKind::Invalid, "No weight of the model is chosen for training.");
    if (options.recompute)
        model.setBlockRunner(recomputingRunner());
    learner.m_pictures = pictures;
    learner.m_features = std::make_unique<FeatureCache>(
        model, std::move(pictures), std::move(pictureKeys), options.featureBytes);
    return learner;
}

Result<at::Tensor> Learner::embeds(
    const std::vector<const TrainExample*>& micro, const PackedBatch& packed)
{
    std::vector<at::Tensor> features;
    std::vector<std::size_t> keys;
    for (const TrainExample* example : micro)
        keys.insert(keys.end(), example->images.begin(), example->images.end());
    if (!m_visionLearns) {
        for (const std::size_t key : keys) {
            auto one = m_features->features(key);
            if (!one)
                return one;
            features.push_back(std::move(*one));
        }
    } else if (!keys.empty()) {
        std::vector<std::size_t> distinct = keys;
        std::sort(distinct.begin(), distinct.end());
        distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
        std::vector<Picture> pictures;
        for (const std::size_t key : distinct) {
            auto picture = m_pictures(key);
            if (!picture)
                return fail(picture.error());
            pictures.push_back(std::move(*picture));
        }
        const auto encoded = encodePictures(*m_model, pictures);
        for (const std::size_t key : keys)
            features.push_back(encoded[static_cast<std::size_t>(
                std::lower_bound(distinct.begin(), distinct.end(), key) - distinct.begin())]);
    }
    return m_model->embed(packed.ids, features.empty() ? at::Tensor() : at::cat(features));
}

AnswerTokens Learner::answerTokens(const PackedBatch& packed, const at::Tensor& embeds) const
{
    const auto hidden =
        m_model->hidden(embeds, packed.positions, packed.mask, nullptr, packed.keep);
    const auto logits = m_model->logits(hidden.flatten(0, 1).index_select(0, packed.kept));
    AnswerTokens tokens;
    tokens.answer = packed.segment;
    tokens.place = packed.place;
    tokens.answers = packed.segments;
    if (!m_options.loss.bestCompetitor && !m_options.loss.weighting) {
        tokens.logProb = -at::cross_entropy_loss(logits, packed.targets, {}, at::Reduction::None);
        tokens.scored = tokens.logProb;
        return tokens;
    }
    const auto logProbs = at::log_softmax(logits, -1);
    const auto targets = packed.targets.unsqueeze(1);
    tokens.logProb = logProbs.gather(1, targets).squeeze(1);
    tokens.scored = tokens.logProb;
    if (m_options.loss.weighting)
        tokens.logSumSquares = at::logsumexp(2 * logProbs, -1);
    if (m_options.loss.bestCompetitor) {
        const auto others = logProbs.scatter(1, targets, -std::numeric_limits<float>::infinity());
        tokens.scored =
            at::where(packed.segment.remainder(2) == 1, std::get<0>(others.max(1)), tokens.logProb);
    }
    return tokens;
}

Result<void> Learner::preferenceMicro(const std::vector<const TrainExample*>& micro,
    const ReferenceScores* references, Totals& totals)
{
    const PackedBatch packed = pack(micro, m_fillId, m_model->device());
    auto inputs = embeds(micro, packed);
    if (!inputs)
        return fail(inputs.error());
    PairScores scores = scorePairs(answerTokens(packed, *inputs), m_options.loss);
    const auto count = static_cast<std::int64_t>(micro.size());
    const auto reference =
        at::from_blob(const_cast<ReferenceScores*>(references), { count, 2 }, at::kFloat)
            .to(scores.chosen.device(), at::kFloat, false, /*copy=*/true);
    scores.referenceChosen = reference.select(1, 0);
    scores.referenceRejected = reference.select(1, 1);
    const auto terms = lossTerms(scores, m_options.loss);
    const auto loss = weighted(terms, m_options.loss);
    if (!finite(loss)) {
        const auto each =
            (scores.chosen + scores.rejected + scores.referenceChosen + scores.referenceRejected)
                .isfinite();
        std::vector<const TrainExample*> bad;
        for (std::int64_t i = 0; i < count; ++i)
            if (!each[i].item<bool>())
                bad.push_back(micro[static_cast<std::size_t>(i)]);
        return notANumber("loss", bad.empty() ? micro : bad);
    }
    const double share = static_cast<double>(count) / totals.examples;
    (loss * share).backward();
    const auto rewardChosen =
        m_options.loss.beta * (scores.chosen - scores.referenceChosen).detach();
    const auto rewardRejected =
        m_options.loss.beta * (scores.rejected - scores.referenceRejected).detach();
    StepMetrics& metrics = totals.metrics;
    metrics.microLosses.push_back(total(loss));
    metrics.loss += share * metrics.microLosses.back();
    metrics.lossTerms.resize(terms.size());
    for (std::size_t i = 0; i < terms.size(); ++i)
        metrics.lossTerms[i] += share * total(terms[i]);
    metrics.rewardChosen += total(rewardChosen) / totals.examples;
    metrics.rewardRejected += total(rewardRejected) / totals.examples;
    metrics.rewardAccuracy +=
        total((rewardChosen > rewardRejected).to(at::kFloat)) / totals.examples;
    metrics.logpChosen += total(scores.chosen) / totals.examples;
    metrics.logpRejected += total(scores.rejected) / totals.examples;
    metrics.tokens += packed.tokens;
    return {};
}

Result<void> Learner::supervisedMicro(const std::vector<const TrainExample*>& micro, Totals& totals)
{
    const PackedBatch packed = pack(micro, m_fillId, m_model->device());
    auto inputs = embeds(micro, packed);
    if (!inputs)
        return fail(inputs.error());
    const auto said = answerTokens(packed, *inputs);
    const auto loss = -(said.logProb * packed.weights).sum() / totals.weight;
    if (!finite(loss))
        return notANumber("loss", micro);
    loss.backward();
    totals.metrics.microLosses.push_back(total(loss));
    totals.metrics.loss += totals.metrics.microLosses.back();
    totals.metrics.logpChosen += total(said.logProb) / totals.examples;
    totals.metrics.tokens += packed.tokens;
    return {};
}

Result<StepMetrics> Learner::accumulate(
    const std::vector<const TrainExample*>& batch, const std::vector<ReferenceScores>& references)
{
    const bool pairs = m_options.objective == Objective::Preference;
    if (batch.empty() || (pairs && references.size() != batch.size()))
        throw std::invalid_argument("[Learner] " + std::to_string(batch.size()) + " examples with "
            + std::to_string(references.size()) + " references");
    m_optimizer.zeroGradients();
    Totals totals;
    totals.examples = static_cast<double>(batch.size());
    for (const TrainExample* example : batch)
        totals.weight += example->weight();
    if (m_adapter != nullptr)
        m_adapter->setTraining(true);
    Result<void> done;
    const auto micro = static_cast<std::size_t>(m_options.microBatch);
    for (std::size_t begin = 0; done && begin < batch.size(); begin += micro) {
        const std::vector<const TrainExample*> part(
            batch.begin() + static_cast<std::ptrdiff_t>(begin),
            batch.begin() + static_cast<std::ptrdiff_t>(std::min(batch.size(), begin + micro)));
        const c10::AutoGradMode gradients(true);
        done = pairs ? preferenceMicro(part, references.data() + begin, totals)
                     : supervisedMicro(part, totals);
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
    const std::vector<ReferenceScores>& references, double rate)
{
    const auto start = std::chrono::steady_clock::now();
    auto metrics = accumulate(batch, references);
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
    std::optional<LoraOff> off;
    if (base)
        off.emplace(m_model->linears());
    std::vector<ReferenceScores> all;
    const auto micro = static_cast<std::size_t>(m_options.microBatch);
    for (std::size_t begin = 0; begin < batch.size(); begin += micro) {
        const std::vector<const TrainExample*> part(
            batch.begin() + static_cast<std::ptrdiff_t>(begin),
            batch.begin() + static_cast<std::ptrdiff_t>(std::min(batch.size(), begin + micro)));
        const PackedBatch packed = pack(part, m_fillId, m_model->device());
        auto inputs = embeds(part, packed);
        if (!inputs)
            return fail(inputs.error());
        const PairScores scores = scorePairs(answerTokens(packed, *inputs), m_options.loss);
        const auto chosen = scores.chosen.cpu().contiguous();
        const auto rejected = scores.rejected.cpu().contiguous();
        for (std::int64_t i = 0; i < chosen.numel(); ++i)
            all.push_back({ chosen.data_ptr<float>()[i], rejected.data_ptr<float>()[i] });
    }
    return all;
}

} // namespace slook::engine
