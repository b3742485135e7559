#include "engine/trainer.h"
#include "core/hash.h"
#include "core/json.h"
#include "core/random.h"
#include "engine/shortcuts.h"
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <span>

namespace slook::engine {
namespace {

std::int64_t contextOf(const VisionLanguageModel& model, std::int64_t wanted)
{
    const auto context = model.shape().contextLength;
    return context > 0 ? std::min(context, wanted) : wanted;
}

std::vector<std::size_t> pictureKeys(const std::vector<TrainExample>& examples)
{
    std::vector<std::size_t> keys;
    for (const TrainExample& example : examples)
        keys.insert(keys.end(), example.images.begin(), example.images.end());
    return keys;
}

template <class T> std::span<const std::uint8_t> bytesOf(const std::vector<T>& values)
{
    return { reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(T) };
}

std::string dataSha256(const std::vector<TrainExample>& examples)
{
    Sha256 sum;
    const auto add = [&](const auto& values) {
        const std::vector<std::uint64_t> size { values.size() };
        sum.add(bytesOf(size));
        sum.add(bytesOf(values));
    };
    for (const TrainExample& example : examples) {
        add(std::vector<std::int64_t> { example.id });
        add(example.images);
        add(example.prompt);
        for (const Segment& segment : example.segments) {
            add(segment.ids);
            add(segment.weights);
        }
    }
    return sum.hex();
}

Json lossJson(const LossOptions& loss)
{
    Json json;
    for (const LossTerm& term : loss.terms)
        json["terms"].push_back({ nameOf(term.kind), term.weight });
    json["beta"] = loss.beta;
    json["label_smoothing"] = loss.labelSmoothing;
    json["divergence"] = { nameOf(loss.divergence), loss.alphaCoefficient };
    json["length_alpha"] = loss.lengthAlpha ? Json(*loss.lengthAlpha) : Json();
    json["switches"] = { loss.weighting, loss.bestCompetitor, loss.discopopTau };
    if (loss.referenceFree)
        json["reference_free"] = true;
    return json;
}

Json learnerJson(const LearnerOptions& options)
{
    const AdamOptions& adam = options.adam;
    Json json;
    json["objective"] = options.objective == Objective::Preference ? "preference" : "supervised";
    json["loss"] = lossJson(options.loss);
    json["adam"] = { adam.learningRate, adam.beta1, adam.beta2, adam.epsilon, adam.maxGradNorm,
        options.weightDecay };
    json["full"] = { options.full.languageModel, options.full.projector, options.full.vision,
        options.full.visionRateScale };
    json["micro_batch"] = options.microBatch;
    return json;
}

/// Uniform in 0 .. bound - 1, the same on every platform, unlike the standard distributions.
std::uint64_t below(std::mt19937_64& random, std::uint64_t bound)
{
    const std::uint64_t limit = std::mt19937_64::max() - std::mt19937_64::max() % bound;
    std::uint64_t value = random();
    while (value >= limit)
        value = random();
    return value % bound;
}

} // namespace

std::vector<std::size_t> Trainer::order(
    std::size_t count, std::uint64_t seed, std::int64_t epoch, bool shuffle)
{
    std::vector<std::size_t> places(count);
    std::iota(places.begin(), places.end(), std::size_t { 0 });
    if (!shuffle)
        return places;
    std::seed_seq mixed { static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U),
        static_cast<std::uint32_t>(epoch) };
    std::mt19937_64 random(mixed);
    for (std::size_t i = count; i > 1; --i) // Fisher and Yates
        std::swap(places[i - 1], places[below(random, i)]);
    return places;
}

Result<Trainer> Trainer::create(VisionLanguageModel& model, LoraAdapter* adapter,
    const TrainerOptions& options, std::vector<TrainExample> examples, PictureSource pictures)
{
    if (options.batch < 1 || options.learner.microBatch < 1)
        return fail(
            ErrorKind::Invalid, "The batch and the micro batch must hold at least one example.");
    if (options.epochs < 1 && options.maxSteps < 0)
        return fail(ErrorKind::Invalid, "The number of epochs is 0; train for at least one.");
    const auto given = examples.size();
    const auto maxLength = contextOf(model, options.maxLength);
    const bool pairs = options.learner.objective == Objective::Preference;
    std::vector<ExcludedExample> excluded;
    std::erase_if(examples, [&](const TrainExample& example) {
        auto reason =
            refusal(example, maxLength, model.shape().vocabularySize, model.shape().imageTokenId);
        if (reason.empty() && pairs && example.segments.size() != 2)
            reason = "it is no pair of a chosen and a rejected answer";
        if (!reason.empty())
            excluded.push_back({ example.id, reason });
        return !reason.empty();
    });
    if (examples.empty())
        return fail(ErrorKind::Invalid,
            given == 0 ? "There is nothing to train on: the list of examples is empty."
                       : "None of the " + std::to_string(given)
                    + " examples can be trained on; the first: " + excluded.front().reason + ".");
    auto learner = Learner::create(
        model, adapter, options.learner, std::move(pictures), pictureKeys(examples));
    if (!learner)
        return fail(learner.error());
    Trainer trainer(std::move(*learner), options);
    if (adapter == nullptr)
        trainer.m_options.reference = Reference::Initial;
    const auto count = static_cast<std::int64_t>(examples.size());
    trainer.m_stepsPerEpoch = (count + options.batch - 1) / options.batch;
    trainer.m_allSteps =
        options.maxSteps >= 0 ? options.maxSteps : trainer.m_stepsPerEpoch * options.epochs;
    trainer.m_references.resize(examples.size());
    trainer.m_scored.resize(examples.size(), 0);
    trainer.m_examples = std::move(examples);
    trainer.m_excluded = std::move(excluded);
    return trainer;
}

bool Trainer::needsScores() const
{
    return m_options.learner.objective == Objective::Preference
        && needsReference(m_options.learner.loss);
}

std::vector<std::size_t> Trainer::batchAt(std::int64_t step) const
{
    const auto places =
        order(m_examples.size(), m_options.seed, step / m_stepsPerEpoch, m_options.shuffle);
    const auto begin = static_cast<std::size_t>(step % m_stepsPerEpoch)
        * static_cast<std::size_t>(m_options.batch);
    const auto end = std::min(places.size(), begin + static_cast<std::size_t>(m_options.batch));
    return { places.begin() + static_cast<std::ptrdiff_t>(begin),
        places.begin() + static_cast<std::ptrdiff_t>(end) };
}

void Trainer::openCache()
{
    const bool ofAdapter = m_options.reference == Reference::Initial;
    const bool allKnown = ofAdapter && m_step > 0; // and the reference is no longer there
    if (m_options.references.empty() || !needsScores() || !shortcuts().references || allKnown)
        return;
    m_cache.emplace(m_options.references,
        sha256OfReference(m_learner.model(), m_options.weights,
            ofAdapter ? m_learner.adapter() : nullptr, m_options.learner.loss));
    m_use.problem = m_cache->damage();
    m_pairs.resize(m_examples.size());
}

/// Looks up what is not known yet. Errors: those of the pictures.
Result<void> Trainer::takeKept(const std::vector<std::size_t>& places)
{
    for (const std::size_t place : places) {
        if (!m_cache || m_scored[place] != 0)
            continue;
        auto pair = m_learner.sha256Of(m_examples[place]);
        if (!pair)
            return fail(pair.error());
        m_pairs[place] = std::move(*pair);
        if (const auto kept = m_cache->find(m_pairs[place])) {
            m_references[place] = *kept;
            m_scored[place] = 1;
            ++m_use.kept;
        }
    }
    return {};
}

/// A training does not end because its cache cannot be written: that is told.
void Trainer::keepReferences()
{
    if (m_cache)
        if (const auto saved = m_cache->save(); !saved)
            m_use.problem = message(saved.error());
}

Result<void> Trainer::scoreMissing(const std::vector<std::size_t>& places, bool base)
{
    if (auto taken = takeKept(places); !taken)
        return taken;
    std::vector<const TrainExample*> missing;
    std::vector<std::size_t> where;
    for (const std::size_t place : places)
        if (m_scored[place] == 0 || (base && !shortcuts().references)) {
            missing.push_back(&m_examples[place]);
            where.push_back(place);
        }
    if (missing.empty())
        return {};
    const auto scores = m_learner.score(missing, base);
    if (!scores)
        return fail(scores.error());
    for (std::size_t i = 0; i < where.size(); ++i) {
        m_references[where[i]] = (*scores)[i];
        m_scored[where[i]] = 1;
        if (m_cache)
            m_cache->add(m_pairs[where[i]], (*scores)[i]);
    }
    m_use.computed += static_cast<std::int64_t>(where.size());
    return {};
}

Result<void> Trainer::scoreAll(const TrainCallbacks& callbacks)
{
    const auto batch = static_cast<std::size_t>(m_options.batch);
    for (std::size_t begin = 0; begin < m_examples.size(); begin += batch) {
        if (callbacks.stopRequested && callbacks.stopRequested()) {
            keepReferences();
            return fail(ErrorKind::Stopped, "The training was stopped before its first step.");
        }
        std::vector<std::size_t> places(std::min(batch, m_examples.size() - begin));
        std::iota(places.begin(), places.end(), begin);
        if (const auto scored = scoreMissing(places, false); !scored)
            return scored;
        if (callbacks.onReference)
            callbacks.onReference(static_cast<std::int64_t>(begin + places.size()),
                static_cast<std::int64_t>(m_examples.size()));
    }
    keepReferences();
    return {};
}

Result<StepMetrics> Trainer::oneStep(const std::vector<std::size_t>& places)
{
    const auto start = std::chrono::steady_clock::now();
    if (needsScores() && m_options.reference == Reference::Base)
        if (const auto scored = scoreMissing(places, true); !scored)
            return fail(scored.error());
    std::vector<const TrainExample*> batch;
    std::vector<ReferenceScores> references;
    for (const std::size_t place : places) {
        batch.push_back(&m_examples[place]);
        references.push_back(m_references[place]);
    }
    const double rate = m_options.learner.adam.learningRate
        * scheduleFactor(m_options.schedule, m_step, m_allSteps);
    const auto draw = Random::of(m_options.seed, "step", static_cast<std::uint64_t>(m_step)).next();
    auto metrics = m_learner.step(batch, references, rate, draw);
    if (!metrics)
        return metrics;
    metrics->step = ++m_step;
    metrics->steps = m_allSteps;
    metrics->epoch = static_cast<double>(m_step) / static_cast<double>(m_stepsPerEpoch);
    metrics->seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return metrics;
}

Result<TrainOutcome> Trainer::run(const TrainCallbacks& callbacks)
{
    openCache();
    if (needsScores() && m_options.reference == Reference::Initial && m_step == 0)
        if (const auto scored = scoreAll(callbacks); !scored)
            return fail(scored.error());
    TrainOutcome outcome { m_step, m_allSteps, false };
    while (m_step < m_allSteps) {
        if (callbacks.stopRequested && callbacks.stopRequested()) {
            outcome.stopped = true;
            break;
        }
        const auto metrics = oneStep(batchAt(m_step));
        if (!metrics)
            return fail(metrics.error());
        if (callbacks.onStep)
            callbacks.onStep(*metrics);
        if (m_options.checkpointEvery > 0 && m_step % m_options.checkpointEvery == 0
            && m_step < m_allSteps)
            if (const auto saved = save(); !saved)
                return fail(saved.error());
    }
    outcome.steps = m_step;
    if (const auto saved = save(); !saved)
        return fail(saved.error());
    return outcome;
}

std::string Trainer::configSha256() const
{
    Json json;
    json["learner"] = learnerJson(m_options.learner);
    json["schedule"] = { nameOf(m_options.schedule.kind), m_options.schedule.warmupRatio,
        m_options.schedule.warmupSteps, m_options.schedule.floor };
    json["reference"] = m_options.reference == Reference::Base ? "base" : "initial";
    json["run"] = { m_options.epochs, m_options.maxSteps, m_options.batch, m_options.shuffle,
        m_options.seed };
    json["start"] = m_options.fingerprint;
    if (const LoraAdapter* adapter = m_learner.adapter())
        for (const auto& module : adapter->modules())
            json["adapter"].push_back(
                { module.name, module.rank, module.lora->scale, module.lora->dropout });
    json["dropout"] = "by example"; // checkpoints of older programs drew from one stream
    json["data"] = dataSha256(m_examples);
    for (const ParameterGroup& group : m_learner.optimizer().groups())
        for (const auto& part : group.parameters.parts())
            json["weights"].push_back({ group.name, part.name, part.tensor.numel() });
    return sha256(dumpLine(json));
}

Result<void> Trainer::save()
{
    keepReferences();
    if (m_options.checkpoints.empty() || m_savedStep == m_step)
        return {};
    TrainState state;
    state.step = m_step;
    state.configSha256 = configSha256();
    state.threads = at::get_num_threads();
    state.tensors = m_learner.optimizer().state();
    const auto count = static_cast<std::int64_t>(m_examples.size());
    state.tensors["references"] = at::from_blob(m_references.data(), { count, 2 }, at::kFloat);
    state.tensors["scored"] = at::from_blob(m_scored.data(), { count }, at::kByte);
    auto places =
        order(m_examples.size(), m_options.seed, m_step / m_stepsPerEpoch, m_options.shuffle);
    state.tensors["order"] = at::from_blob(places.data(), { count }, at::kLong);
    const auto written = writeCheckpoint(m_options.checkpoints, state);
    if (written)
        m_savedStep = m_step;
    return written;
}

Result<bool> Trainer::resume()
{
    if (m_options.checkpoints.empty())
        return false;
    auto state = readNewestCheckpoint(m_options.checkpoints, configSha256());
    if (!state)
        return fail(state.error());
    if (!*state)
        return false;
    auto& tensors = (*state)->tensors;
    const auto count = static_cast<std::int64_t>(m_examples.size());
    const auto wrong = [&](const char* name, at::ScalarType type, std::int64_t size) {
        const auto found = tensors.find(name);
        return found == tensors.end() || found->second.scalar_type() != type
            || found->second.numel() != size;
    };
    const auto places = order(
        m_examples.size(), m_options.seed, (*state)->step / m_stepsPerEpoch, m_options.shuffle);
    if (wrong("references", at::kFloat, 2 * count) || wrong("scored", at::kByte, count)
        || wrong("order", at::kLong, count)
        || !std::equal(places.begin(), places.end(), tensors["order"].data_ptr<std::int64_t>()))
        return fail(ErrorKind::Invalid, "The checkpoint does not fit this training; start it anew.",
            m_options.checkpoints.string());
    if (const auto restored = m_learner.optimizer().restore(tensors); !restored)
        return fail(restored.error());
    std::copy_n(tensors["scored"].data_ptr<std::uint8_t>(), count, m_scored.begin());
    const auto* scores = tensors["references"].data_ptr<float>();
    for (std::int64_t i = 0; i < count; ++i)
        m_references[static_cast<std::size_t>(i)] = { scores[2 * i], scores[2 * i + 1] };
    m_step = (*state)->step;
    m_threadsChanged = (*state)->threads != at::get_num_threads();
    return true;
}

} // namespace slook::engine
