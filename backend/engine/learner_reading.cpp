// How a learner reads examples: pictures, parts side by side, log-probabilities, and back.
#include "core/hash.h"
#include "engine/learner_parts.h"
#include "engine/part_gradients.h"
#include "engine/row_parallel.h"
#include "engine/shortcuts.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <c10/core/GradMode.h>
#include <limits>

namespace slook::engine {
namespace {

at::Tensor featuresOfAll(const std::vector<at::Tensor>& features)
{
    return features.empty() ? at::Tensor() : at::cat(features);
}

/// The scores of the predicted tokens, [N, vocabularySize].
at::Tensor logitsOf(
    const VisionLanguageModel& model, const PackedBatch& packed, const at::Tensor& embeds)
{
    const auto hidden = [&](const at::Tensor& keep) {
        return model.hidden(embeds, packed.positions, packed.mask, nullptr, keep);
    };
    if (shortcuts().headRows)
        return model.logits(hidden(packed.keep).flatten(0, 1).index_select(0, packed.kept));
    return model.logits(hidden({})).flatten(0, 1).index_select(0, packed.rows);
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

} // namespace

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

bool Learner::computesSideBySide() const
{
    return m_options.sideBySide && m_model->device().is_cpu() && !m_model->shape().heavy;
}

Result<std::vector<Learner::Part>> Learner::partsOf(
    std::span<const TrainExample* const> micro, bool apart)
{
    const auto count = apart ? micro.size() : computesSideBySide() ? partCount(micro) : 1;
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
    const auto logits = logitsOf(*m_model, packed, embeds);
    AnswerTokens tokens;
    tokens.answer = packed.segment;
    tokens.place = packed.place;
    tokens.answers = packed.segments;
    const bool labelsAlone = !m_options.loss.bestCompetitor && !m_options.loss.weighting;
    if (labelsAlone && shortcuts().fusedLogProbs) {
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
    std::vector<TrainExample> single; // where answers do not share their prompt
    std::vector<const TrainExample*> speaking; // the others are pictures alone, for their patches
    std::vector<at::Tensor> features;
    DropoutSource dropout;
    std::size_t picture = 0;
    for (std::size_t i = 0; i < part.examples.size(); ++i) {
        const TrainExample* example = part.examples[i];
        const auto end = picture + example->images.size();
        const auto rows = shortcuts().sharedPairs
            ? std::min<std::size_t>(example->segments.size(), 1)
            : example->segments.size();
        for (std::size_t row = 0; row < rows; ++row) {
            if (shortcuts().sharedPairs)
                speaking.push_back(example);
            else
                single.push_back({ example->id, {}, example->prompt, { example->segments[row] } });
            if (i < part.dropout.rows.size())
                dropout.rows.push_back(part.dropout.rows[i]);
            for (auto at = picture; at < end; ++at)
                features.push_back(part.seen.features[at]);
        }
        picture = end;
    }
    for (const TrainExample& one : single)
        speaking.push_back(&one);
    if (speaking.empty())
        return;
    const DropFrom source(dropout);
    part.packed = pack(speaking, m_fillId, m_model->device());
    part.said =
        answerTokens(*part.packed, m_model->embed(part.packed->ids, featuresOfAll(features)));
}

Result<std::vector<Learner::Part>> Learner::read(
    std::span<const TrainExample* const> micro, std::span<const std::uint64_t> seeds, bool apart)
{
    auto parts = partsOf(micro, apart);
    if (!parts)
        return parts;
    std::size_t first = 0;
    for (Part& part : *parts) {
        if (!seeds.empty())
            part.dropout.rows.assign(seeds.begin() + static_cast<std::ptrdiff_t>(first),
                seeds.begin() + static_cast<std::ptrdiff_t>(first + part.examples.size()));
        first += part.examples.size();
    }
    if (!computesSideBySide()) { // one after another, each with all threads
        for (Part& part : *parts)
            readAnswers(part);
        return parts;
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

Result<std::string> Learner::sha256Of(const TrainExample& pair)
{
    const c10::NoGradGuard noGradients;
    const OneThreadEach each(!m_model->shape().heavy);
    const TrainExample* const one = &pair;
    const auto seen = look({ &one, 1 });
    if (!seen)
        return fail(seen.error());
    Sha256 sum;
    const auto add = [&](const void* values, std::size_t count, std::size_t size) {
        sum.add(std::to_string(count) + "\n");
        sum.add(std::string_view(static_cast<const char*>(values), count * size));
    };
    const auto addTensor = [&](const at::Tensor& tensor) {
        const auto values = tensor.detach().cpu().contiguous();
        add(values.const_data_ptr(), static_cast<std::size_t>(values.numel()), values.itemsize());
    };
    for (const at::Tensor& features : seen->features)
        addTensor(features);
    for (const Picture& picture : seen->pictures) {
        addTensor(picture.pixels);
        add(&picture.layout, 1, sizeof picture.layout); // whole numbers of one size: no gaps
    }
    add(pair.prompt.data(), pair.prompt.size(), sizeof pair.prompt[0]);
    for (const Segment& segment : pair.segments) {
        add(segment.ids.data(), segment.ids.size(), sizeof segment.ids[0]);
        add(segment.weights.data(), segment.weights.size(), sizeof segment.weights[0]);
    }
    return sum.hex();
}

} // namespace slook::engine
