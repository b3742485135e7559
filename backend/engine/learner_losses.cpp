// What a learner learns of a micro-batch: pairs, supervised answers, patches.
#include "engine/learner_parts.h"
#include <ATen/ATen.h>
#include <cmath>

namespace slook::engine {
namespace {

std::string idsOf(std::span<const TrainExample* const> examples)
{
    std::string text;
    for (std::size_t i = 0; i < examples.size() && i < 32; ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(examples[i]->id);
    return text + (examples.size() > 32 ? ", ..." : "");
}

bool finite(const at::Tensor& values)
{
    return at::isfinite(values).all().item<bool>();
}

double total(const at::Tensor& values)
{
    return values.detach().sum().to(at::kDouble).item<double>();
}

} // namespace

tl::unexpected<Error> notANumber(const char* what, std::span<const TrainExample* const> examples)
{
    return fail(ErrorKind::Invalid,
        std::string("The ") + what + " is no finite number at example " + idsOf(examples)
            + "; the weights were left as they were before this step: look at these rows or lower "
              "the learning rate.");
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

} // namespace slook::engine
