#include "engine/learner.h"
#include "core/random.h"
#include "engine/dropout.h"
#include "engine/lora_product.h"
#include "engine/part_gradients.h"
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

std::string idsOf(std::span<const TrainExample* const> examples)
{
    std::string text;
    for (std::size_t i = 0; i < examples.size() && i < 32; ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(examples[i]->id);
    return text + (examples.size() > 32 ? ", ..." : "");
}

tl::unexpected<Error> notANumber(const char* what, std::span<const TrainExample* const> examples)
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

at::Tensor featuresOfAll(const std::vector<at::Tensor>& features)
{
    return features.empty() ? at::Tensor() : at::cat(features);
}

/// In how many parts a small model's examples are computed: four, so that as many processors have
/// something to do, or up to eight where each still has the tokens at which matrix products are
/// fast. (In full training each part has a gradient of its own in memory.)
std::size_t partCount(std::span<const TrainExample* const> examples)
{
    constexpr std::size_t fewest = 4, most = 8, partTokens = 512;
    std::size_t tokens = 0;
    for (const TrainExample* example : examples)
        tokens += example->tokens();
    return std::min(examples.size(), std::clamp(tokens / partTokens, fewest, most));
}

/// Examples of one pass.
std::size_t passSize(const LearnerOptions& options)
{
    const auto most =
        options.atOnce > 0 ? std::min(options.atOnce, options.microBatch) : options.microBatch;
    return static_cast<std::size_t>(most);
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

/// Pictures of neighbouring examples.
struct Learner::Seen {
    std::vector<std::size_t> keys; ///< of the examples, in reading order
    std::vector<at::Tensor> features; ///< [rows, hiddenSize], as keys
    std::vector<std::size_t> distinct; ///< keys of `pictures`, rising
    std::vector<Picture> pictures; ///< still to be encoded; empty where the features are known
};

Result<Learner::Seen> Learner::look(std::span<const TrainExample* const> examples)
{
    Seen seen;
    for (const TrainExample* example : examples)
        seen.keys.insert(seen.keys.end(), example->images.begin(), example->images.end());
    if (!m_visionLearns) {
        for (const std::size_t key : seen.keys) {
            auto one = m_features->features(key);
            if (!one)
                return fail(one.error());
            seen.features.push_back(std::move(*one));
        }
        return seen;
    }
    seen.distinct = seen.keys;
    std::sort(seen.distinct.begin(), seen.distinct.end());
    seen.distinct.erase(
        std::unique(seen.distinct.begin(), seen.distinct.end()), seen.distinct.end());
    for (const std::size_t key : seen.distinct) {
        auto picture = m_pictures(key);
        if (!picture)
            return fail(picture.error());
        seen.pictures.push_back(std::move(*picture));
    }
    return seen;
}

void Learner::encode(Seen& seen) const
{
    if (seen.pictures.empty())
        return;
    const auto encoded = encodePictures(*m_model, seen.pictures);
    for (const std::size_t key : seen.keys)
        seen.features.push_back(encoded[static_cast<std::size_t>(
            std::lower_bound(seen.distinct.begin(), seen.distinct.end(), key)
            - seen.distinct.begin())]);
}

/// Neighbouring examples of a micro-batch, computed by one thread from beginning to end. What it
/// gives is cut off its graph, so that losses may compare all examples of the micro-batch; then the
/// gradients of the cut values go back through each part's graph.
struct Learner::Part {
    std::vector<const TrainExample*> examples;
    Seen seen;
    DropoutSource dropout; ///< a seed per example; none without dropout
    std::optional<PackedBatch> packed; ///< empty where no example says anything
    AnswerTokens said;
    std::vector<at::Tensor> roots, leaves;

    /// `value` without its graph; its gradient will be asked for where `value` has one.
    at::Tensor cut(const at::Tensor& value)
    {
        roots.push_back(value);
        leaves.push_back(value.detach().requires_grad_(value.requires_grad()));
        return leaves.back();
    }
};

bool Learner::computesSideBySide() const
{
    return m_options.sideBySide && m_model->device().is_cpu() && !m_model->shape().heavy;
}

Result<std::vector<Learner::Part>> Learner::partsOf(std::span<const TrainExample* const> micro)
{
    const auto count = computesSideBySide() ? partCount(micro) : 1;
    std::vector<Part> parts(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto first = i * micro.size() / count, end = (i + 1) * micro.size() / count;
        const auto mine = micro.subspan(first, end - first);
        auto seen = look(mine);
        if (!seen)
            return fail(seen.error());
        parts[i].examples.assign(mine.begin(), mine.end());
        parts[i].seen = std::move(*seen);
    }
    return parts;
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

void Learner::readAnswers(Part& part) const
{
    encode(part.seen);
    std::vector<const TrainExample*> speaking; // the others are pictures alone, for their patches
    std::vector<at::Tensor> features;
    DropoutSource dropout;
    std::size_t picture = 0;
    for (std::size_t i = 0; i < part.examples.size(); ++i) {
        const TrainExample* example = part.examples[i];
        const auto end = picture + example->images.size();
        if (!example->segments.empty()) {
            speaking.push_back(example);
            if (i < part.dropout.rows.size())
                dropout.rows.push_back(part.dropout.rows[i]);
            for (auto at = picture; at < end; ++at)
                features.push_back(part.seen.features[at]);
        }
        picture = end;
    }
    if (speaking.empty())
        return;
    const DropFrom source(dropout);
    part.packed = pack(speaking, m_fillId, m_model->device());
    part.said =
        answerTokens(*part.packed, m_model->embed(part.packed->ids, featuresOfAll(features)));
}

Result<std::vector<Learner::Part>> Learner::read(
    std::span<const TrainExample* const> micro, std::span<const std::uint64_t> seeds)
{
    auto parts = partsOf(micro);
    if (!parts)
        return parts;
    std::size_t first = 0;
    for (Part& part : *parts) {
        if (!seeds.empty())
            part.dropout.rows.assign(seeds.begin() + static_cast<std::ptrdiff_t>(first),
                seeds.begin() + static_cast<std::ptrdiff_t>(first + part.examples.size()));
        first += part.examples.size();
    }
    const bool gradients = c10::GradMode::is_enabled();
    onThreads(static_cast<std::int64_t>(parts->size()), [&](std::int64_t i) {
        const c10::AutoGradMode mode(gradients); // threads of the pool have settings of their own
        readAnswers((*parts)[static_cast<std::size_t>(i)]);
    });
    return parts;
}

AnswerTokens Learner::joined(std::vector<Part>& parts)
{
    std::vector<at::Tensor> logProb, scored, logSumSquares, answer, place;
    AnswerTokens all;
    for (Part& part : parts) {
        if (!part.packed)
            continue;
        const AnswerTokens& said = part.said;
        logProb.push_back(part.cut(said.logProb));
        scored.push_back(
            said.scored.is_same(said.logProb) ? logProb.back() : part.cut(said.scored));
        if (said.logSumSquares.defined())
            logSumSquares.push_back(said.logSumSquares.detach());
        answer.push_back(said.answer + all.answers);
        place.push_back(said.place);
        all.answers += said.answers;
    }
    all.logProb = at::cat(logProb);
    all.scored = at::cat(scored);
    if (!logSumSquares.empty())
        all.logSumSquares = at::cat(logSumSquares);
    all.answer = at::cat(answer);
    all.place = at::cat(place);
    return all;
}

void Learner::goBack(std::vector<Part>& parts, const at::Tensor& loss)
{
    loss.backward(); // up to where the parts were cut off
    PartGradients gradients(m_optimizer.groups(), parts.size());
    onThreads(static_cast<std::int64_t>(parts.size()), [&](std::int64_t i) {
        Part& part = parts[static_cast<std::size_t>(i)];
        std::vector<at::Tensor> back;
        for (const at::Tensor& leaf : part.leaves)
            back.push_back(leaf.grad());
        gradients.backward(static_cast<std::size_t>(i), std::move(part.roots), std::move(back));
        part = {}; // its graph is no longer needed
    });
    gradients.add();
}

Result<void> Learner::preferenceMicro(std::span<const TrainExample* const> micro,
    const ReferenceScores* references, std::span<const std::uint64_t> seeds, Totals& totals)
{
    auto parts = read(micro, seeds);
    if (!parts)
        return fail(parts.error());
    PairScores scores = scorePairs(joined(*parts), m_options.loss);
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
        return notANumber("loss", bad.empty() ? micro : std::span<const TrainExample* const>(bad));
    }
    for (const Part& part : *parts)
        totals.metrics.tokens += part.packed->tokens;
    const double share = static_cast<double>(count) / totals.examples;
    goBack(*parts, loss * share);
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
    const auto chosenOnes = rewardChosen.cpu(), rejectedOnes = rewardRejected.cpu();
    for (std::int64_t i = 0; i < count; ++i)
        metrics.rewards.push_back({ micro[static_cast<std::size_t>(i)]->id,
            chosenOnes[i].item<float>(), rejectedOnes[i].item<float>() });
    metrics.rewardAccuracy +=
        total((rewardChosen > rewardRejected).to(at::kFloat)) / totals.examples;
    metrics.logpChosen += total(scores.chosen) / totals.examples;
    metrics.logpRejected += total(scores.rejected) / totals.examples;
    return {};
}

void Learner::setPatchWeight(double weight)
{
    if (m_options.patches)
        m_options.patches->weight = weight;
}

Result<at::Tensor> Learner::patchLoss(std::vector<Part>& parts, double share, Totals& totals) const
{
    std::vector<at::Tensor> features, labels;
    const auto questions = static_cast<std::int64_t>(m_options.patches->classes.size());
    for (Part& part : parts)
        for (std::size_t i = 0; i < part.seen.keys.size(); ++i) {
            const auto& rows = part.seen.features[i];
            auto known = m_options.patches->labels(part.seen.keys[i]);
            if (known.empty())
                continue;
            if (static_cast<std::int64_t>(known.size()) != questions * rows.size(0))
                return fail(ErrorKind::Invalid,
                    "The patch labels of picture " + std::to_string(part.seen.keys[i])
                        + " are not one per question and patch.");
            labels.push_back(at::tensor(std::vector<std::int64_t>(known.begin(), known.end()))
                                 .view({ questions, -1 }));
            features.push_back(part.cut(rows));
        }
    if (features.empty())
        return at::zeros({});
    const auto outcome = m_patchHead->judge(at::cat(features), at::cat(labels, 1));
    totals.metrics.patchLoss += share * total(outcome.loss);
    totals.metrics.patchAccuracy.resize(outcome.accuracy.size(), 0.0);
    for (std::size_t q = 0; q < outcome.accuracy.size(); ++q)
        totals.metrics.patchAccuracy[q] += share * outcome.accuracy[q];
    return outcome.loss * (share * m_options.patches->weight);
}

Result<void> Learner::supervisedMicro(std::span<const TrainExample* const> micro,
    std::span<const std::uint64_t> seeds, Totals& totals)
{
    auto parts = read(micro, seeds);
    if (!parts)
        return fail(parts.error());
    at::Tensor loss = at::zeros({}, m_model->device());
    std::vector<at::Tensor> weights;
    for (const Part& part : *parts)
        if (part.packed) {
            weights.push_back(part.packed->weights);
            totals.metrics.tokens += part.packed->tokens;
        }
    if (!weights.empty() && totals.weight > 0.0) {
        const auto said = joined(*parts);
        const auto weight = at::cat(weights);
        loss = -(said.logProb * weight).sum() / totals.weight;
        totals.metrics.sure +=
            total(weight * said.logProb.detach().gt(std::log(0.5))) / totals.weight;
        totals.metrics.logpChosen += total(said.logProb) / totals.examples;
    }
    totals.metrics.microLosses.push_back(total(loss));
    totals.metrics.loss += totals.metrics.microLosses.back();
    if (m_patchHead) {
        const auto patches =
            patchLoss(*parts, static_cast<double>(micro.size()) / totals.examples, totals);
        if (!patches)
            return fail(patches.error());
        loss = loss + *patches;
    }
    if (!finite(loss))
        return notANumber("loss", micro);
    if (loss.requires_grad())
        goBack(*parts, loss);
    return {};
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
        auto parts = read(all.subspan(begin, std::min(micro, batch.size() - begin)), {});
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
