#include "engine/losses.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace slook::engine {
namespace {

constexpr std::array<std::pair<LossKind, std::string_view>, 16> lossNames { {
    { LossKind::Sigmoid, "sigmoid" },
    { LossKind::Hinge, "hinge" },
    { LossKind::Ipo, "ipo" },
    { LossKind::ExoPair, "exo_pair" },
    { LossKind::NcaPair, "nca_pair" },
    { LossKind::Robust, "robust" },
    { LossKind::BcoPair, "bco_pair" },
    { LossKind::SppoHard, "sppo_hard" },
    { LossKind::Aot, "aot" },
    { LossKind::AotUnpaired, "aot_unpaired" },
    { LossKind::ApoZero, "apo_zero" },
    { LossKind::ApoDown, "apo_down" },
    { LossKind::DiscoPop, "discopop" },
    { LossKind::Sft, "sft" },
    { LossKind::SigmoidNorm, "sigmoid_norm" },
    { LossKind::ChosenSum, "chosen_sum" },
} };

constexpr std::array<std::pair<Divergence, std::string_view>, 4> divergenceNames { {
    { Divergence::ReverseKl, "reverse_kl" },
    { Divergence::ForwardKl, "forward_kl" },
    { Divergence::JensenShannon, "js_divergence" },
    { Divergence::Alpha, "alpha_divergence" },
} };

template <class T, std::size_t N>
Result<T> fromName(const std::array<std::pair<T, std::string_view>, N>& names,
    std::string_view name, const char* what)
{
    std::string known;
    for (const auto& [value, text] : names) {
        if (text == name)
            return value;
        known += (known.empty() ? "" : ", ") + std::string(text);
    }
    return fail(ErrorKind::Invalid,
        std::string(what) + " '" + std::string(name) + "' is not known; choose one of " + known
            + ".");
}

/// Log-ratios to the reference and what the divergence makes of them, all [B].
struct Ratios {
    at::Tensor chosen, rejected; ///< log policy - log reference
    at::Tensor chosenScore, rejectedScore; ///< f'(ratio), up to a constant
    at::Tensor delta; ///< chosenScore - rejectedScore
};

/// f'(t) at t = exp(logRatio). Source: Wang et al. 2023, table 1.
at::Tensor divergenceScore(const at::Tensor& logRatio, const LossOptions& options)
{
    switch (options.divergence) {
    case Divergence::ReverseKl:
        return logRatio;
    case Divergence::ForwardKl:
        return 1 - at::exp(-logRatio);
    case Divergence::JensenShannon:
        return std::log(2.0) + at::log_sigmoid(logRatio);
    case Divergence::Alpha:
        break;
    }
    const double power = options.alphaCoefficient - 1.0;
    if (std::abs(power) < 1e-6)
        return logRatio; // the limit
    return (at::exp(at::clamp_max(power * logRatio, 80.0)) - 1.0)
        / power; // exp(80) still fits a float
}

Ratios ratiosOf(const PairScores& s, const LossOptions& options)
{
    Ratios r;
    r.chosen = options.referenceFree ? s.chosen : s.chosen - s.referenceChosen.detach();
    r.rejected = options.referenceFree ? s.rejected : s.rejected - s.referenceRejected.detach();
    r.chosenScore = divergenceScore(r.chosen, options);
    r.rejectedScore = divergenceScore(r.rejected, options);
    r.delta = r.chosenScore - r.rejectedScore;
    return r;
}

at::Tensor sorted(const at::Tensor& values)
{
    return std::get<0>(at::sort(values, 0));
}

/// -(1-e) log s(x) - e log s(-x)
at::Tensor smoothedLogistic(const at::Tensor& x, double e)
{
    const auto clean = -at::log_sigmoid(x);
    return e == 0.0 ? clean : (1.0 - e) * clean - e * at::log_sigmoid(-x);
}

at::Tensor perToken(const at::Tensor& score, const at::Tensor& length)
{
    return score / at::clamp_min(length, 1.0);
}

at::Tensor exoPair(const at::Tensor& x, double e)
{
    const auto logWin = at::log_sigmoid(x);
    const auto logLose = at::log_sigmoid(-x);
    return at::sigmoid(x) * (logWin - std::log1p(-e)) + at::sigmoid(-x) * (logLose - std::log(e));
}

at::Tensor discoPop(const at::Tensor& x, double tau)
{
    const auto mix = at::sigmoid(x / tau);
    return -at::log_sigmoid(x) * (1 - mix) + at::exp(-x) * mix;
}

/// One value per pair for the losses that look at the difference of both scores.
at::Tensor marginLoss(LossKind kind, const PairScores& s, const Ratios& r, const LossOptions& o)
{
    const auto x = o.beta * r.delta;
    switch (kind) {
    case LossKind::Sigmoid:
        return smoothedLogistic(x, o.labelSmoothing);
    case LossKind::Hinge:
        return at::relu(1 - x);
    case LossKind::Robust:
        return ((1 - o.labelSmoothing) * -at::log_sigmoid(x)
                   + o.labelSmoothing * at::log_sigmoid(-x))
            / (1 - 2 * o.labelSmoothing);
    case LossKind::ExoPair:
        return exoPair(x, o.labelSmoothing);
    case LossKind::DiscoPop:
        return discoPop(x, o.discopopTau);
    default:
        break;
    }
    const auto delta =
        perToken(r.chosenScore, s.chosenLength) - perToken(r.rejectedScore, s.rejectedLength);
    if (kind == LossKind::Ipo)
        return at::square(delta - 1 / (2 * o.beta));
    return -at::log_sigmoid(o.beta * delta); // SigmoidNorm
}

/// One value per pair for the losses that look at each answer's own reward (or at their order in
/// the batch).
at::Tensor rewardLoss(LossKind kind, const PairScores& s, const Ratios& r, const LossOptions& o)
{
    const auto chosen = o.beta * r.chosen;
    const auto rejected = o.beta * r.rejected;
    switch (kind) {
    case LossKind::NcaPair:
        return -at::log_sigmoid(chosen) - 0.5 * at::log_sigmoid(-chosen)
            - 0.5 * at::log_sigmoid(-rejected);
    case LossKind::BcoPair:
        return -at::log_sigmoid(chosen) - at::log_sigmoid(-rejected);
    case LossKind::SppoHard:
        return at::square(r.chosen - 0.5 / o.beta) + at::square(r.rejected + 0.5 / o.beta);
    case LossKind::ApoZero:
        return 1 - at::sigmoid(chosen) + at::sigmoid(rejected);
    case LossKind::ApoDown:
        return at::sigmoid(chosen) + 1 - at::sigmoid(chosen - rejected);
    case LossKind::AotUnpaired:
        return smoothedLogistic(o.beta * (sorted(r.chosen) - sorted(r.rejected)), o.labelSmoothing);
    default:
        break;
    }
    auto delta = sorted(s.chosen - s.rejected); // Aot
    if (!o.referenceFree)
        delta = delta - sorted((s.referenceChosen - s.referenceRejected).detach());
    return smoothedLogistic(o.beta * delta, o.labelSmoothing);
}

bool usesMargin(LossKind kind)
{
    switch (kind) {
    case LossKind::Sigmoid:
    case LossKind::Hinge:
    case LossKind::Ipo:
    case LossKind::ExoPair:
    case LossKind::Robust:
    case LossKind::DiscoPop:
    case LossKind::SigmoidNorm:
        return true;
    default:
        return false;
    }
}

bool comparesAnswers(LossKind kind)
{
    return kind != LossKind::Sft && kind != LossKind::ChosenSum;
}

/// True where an answer is held against its own reference, and not only against the other answer:
/// log-probabilities are below 0, so without a reference such a loss would judge lengths.
bool judgesAnswersAlone(LossKind kind)
{
    switch (kind) {
    case LossKind::NcaPair:
    case LossKind::BcoPair:
    case LossKind::SppoHard:
    case LossKind::ApoZero:
    case LossKind::ApoDown:
        return true;
    default:
        return false;
    }
}

at::Tensor termLoss(LossKind kind, const PairScores& s, const Ratios& r, const LossOptions& o)
{
    at::Tensor each;
    if (kind == LossKind::Sft)
        each = -(s.chosenPlain.sum() / s.chosenLength.sum());
    else if (kind == LossKind::ChosenSum)
        each = -s.chosen;
    else
        each = usesMargin(kind) ? marginLoss(kind, s, r, o) : rewardLoss(kind, s, r, o);
    if (s.weight.defined())
        each = each * s.weight;
    return each.mean();
}

void requireOneBatch(const PairScores& s, const LossOptions& options)
{
    const auto isBatch = [&](const at::Tensor& t) {
        return t.defined() && t.dim() == 1 && t.sizes() == s.chosen.sizes();
    };
    bool good = isBatch(s.chosen) && isBatch(s.chosenLength) && isBatch(s.chosenPlain);
    if (needsRejected(options))
        good = good && isBatch(s.rejected) && isBatch(s.rejectedLength);
    if (needsReference(options))
        good = good && isBatch(s.referenceChosen) && isBatch(s.referenceRejected);
    if (!good || s.chosen.numel() == 0)
        throw std::invalid_argument("[preferenceLoss] all tensors must be [B] with one B > 0");
}

Result<void> checkReferenceFree(const LossOptions& options)
{
    if (!options.referenceFree)
        return {};
    for (const LossTerm& term : options.terms)
        if (judgesAnswersAlone(term.kind))
            return fail(ErrorKind::Invalid,
                "The loss " + nameOf(term.kind)
                    + " holds each answer against the reference, so it cannot be reference-free; "
                      "take one that compares the two answers, for example sigmoid, or switch "
                      "reference-free off.");
    if (options.divergence != Divergence::ReverseKl && needsRejected(options))
        return fail(ErrorKind::Invalid,
            "The divergence " + nameOf(options.divergence)
                + " is one from the reference, so the loss cannot be reference-free; take "
                  "reverse_kl, or switch reference-free off.");
    return {};
}

bool any(const LossOptions& options, LossKind kind)
{
    return std::any_of(options.terms.begin(), options.terms.end(),
        [&](const LossTerm& t) { return t.kind == kind; });
}

} // namespace

std::string nameOf(LossKind kind)
{
    const auto* found = std::find_if(
        lossNames.begin(), lossNames.end(), [&](const auto& n) { return n.first == kind; });
    return std::string(found->second);
}

std::string nameOf(Divergence divergence)
{
    const auto* found = std::find_if(divergenceNames.begin(), divergenceNames.end(),
        [&](const auto& n) { return n.first == divergence; });
    return std::string(found->second);
}

Result<LossKind> lossKindFromName(std::string_view name)
{
    return fromName(lossNames, name, "The loss");
}
Result<Divergence> divergenceFromName(std::string_view name)
{
    return fromName(divergenceNames, name, "The divergence");
}

bool needsRejected(const LossOptions& options)
{
    return std::any_of(options.terms.begin(), options.terms.end(),
        [](const LossTerm& t) { return comparesAnswers(t.kind); });
}
bool needsReference(const LossOptions& options)
{
    return needsRejected(options) && !options.referenceFree;
}

Result<void> check(const LossOptions& options)
{
    const auto bad = [](std::string what) { return fail(ErrorKind::Invalid, std::move(what)); };
    if (options.terms.empty())
        return bad("The loss has no term; name at least one, for example sigmoid.");
    if (std::any_of(options.terms.begin(), options.terms.end(),
            [](const LossTerm& t) { return !std::isfinite(t.weight); }))
        return bad("The loss has a weight that is no number; give finite weights.");
    if (!(options.beta > 0.0) || !std::isfinite(options.beta))
        return bad("beta is " + std::to_string(options.beta) + "; it must be greater than 0.");
    if (!(options.labelSmoothing >= 0.0 && options.labelSmoothing < 0.5))
        return bad("The label smoothing is " + std::to_string(options.labelSmoothing)
            + "; it must lie in [0, 0.5).");
    if (any(options, LossKind::ExoPair) && options.labelSmoothing == 0.0)
        return bad("The loss exo_pair needs a label smoothing greater than 0; 0.001 is customary.");
    if (options.lengthAlpha && !(*options.lengthAlpha >= 0.0 && *options.lengthAlpha <= 1.0))
        return bad("The length weight is " + std::to_string(*options.lengthAlpha)
            + "; it must lie in [0, 1].");
    if (!(options.discopopTau > 0.0))
        return bad("The temperature of discopop must be greater than 0.");
    return checkReferenceFree(options);
}

std::vector<at::Tensor> lossTerms(const PairScores& scores, const LossOptions& options)
{
    requireOneBatch(scores, options);
    const Ratios ratios = needsRejected(options) ? ratiosOf(scores, options) : Ratios {};
    std::vector<at::Tensor> terms;
    for (const LossTerm& term : options.terms)
        terms.push_back(termLoss(term.kind, scores, ratios, options));
    return terms;
}

at::Tensor weighted(const std::vector<at::Tensor>& terms, const LossOptions& options)
{
    at::Tensor loss;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        const auto one = options.terms.at(i).weight * terms[i];
        loss = loss.defined() ? loss + one : one;
    }
    return loss;
}

at::Tensor preferenceLoss(const PairScores& scores, const LossOptions& options)
{
    return weighted(lossTerms(scores, options), options);
}

PairScores scorePairs(const AnswerTokens& tokens, const LossOptions& options)
{
    const auto zero = at::zeros({ tokens.answers }, tokens.logProb.options().requires_grad(false));
    const auto perAnswer = [&](const at::Tensor& values) {
        return zero.index_add(0, tokens.answer, values);
    };
    const auto lengths = perAnswer(at::ones_like(tokens.logProb).detach()).view({ -1, 2 });
    auto scored = tokens.scored;
    if (options.lengthAlpha) {
        const auto shared =
            std::get<0>(lengths.min(1)).repeat_interleave(2).index_select(0, tokens.answer);
        const auto inside = (tokens.place < shared).to(scored.scalar_type());
        scored = scored * (inside + *options.lengthAlpha * (1 - inside));
    }
    const auto sums = perAnswer(scored).view({ -1, 2 });
    PairScores scores;
    scores.chosen = sums.select(1, 0);
    scores.rejected = sums.select(1, 1);
    scores.chosenLength = lengths.select(1, 0);
    scores.rejectedLength = lengths.select(1, 1);
    scores.chosenPlain = perAnswer(tokens.logProb).view({ -1, 2 }).select(1, 0);
    if (options.weighting) {
        const auto aligned =
            perAnswer((tokens.logProb - tokens.logSumSquares).detach()).view({ -1, 2 });
        scores.weight = at::exp(aligned / at::clamp_min(lengths, 1.0)).prod(1);
    }
    return scores;
}

} // namespace slook::engine
