#pragma once
#include "core/result.h"
#include <ATen/core/Tensor.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Losses of preference learning, on log-probabilities of whole answers.
namespace slook::engine {

/// The losses by the name that TRL gives them, and three that it does not have.
enum class LossKind {
    Sigmoid, ///< DPO; with label smoothing the conservative form (cDPO)
    Hinge,
    Ipo,
    ExoPair,
    NcaPair,
    Robust, ///< unbiased under flipped labels: another loss than cDPO with the same smoothing
    BcoPair,
    SppoHard,
    Aot,
    AotUnpaired,
    ApoZero,
    ApoDown,
    DiscoPop,
    Sft, ///< mean over all chosen tokens of the micro-batch
    SigmoidNorm,
    ChosenSum ///< minus the summed log-probability of the chosen answer (STIC's second term)
};
[[nodiscard]] std::string nameOf(LossKind kind);
/// Errors: Invalid, with the names that exist.
[[nodiscard]] Result<LossKind> lossKindFromName(std::string_view name);

enum class Divergence { ReverseKl, ForwardKl, JensenShannon, Alpha };
[[nodiscard]] std::string nameOf(Divergence divergence);
[[nodiscard]] Result<Divergence> divergenceFromName(std::string_view name);

struct LossTerm {
    LossKind kind = LossKind::Sigmoid;
    double weight = 1.0;
};

/// Which loss is minimised. Defaults: DPO as in its paper.
struct LossOptions {
    std::vector<LossTerm> terms = { {} };
    double beta = 0.1; ///< > 0; larger keeps the policy nearer to the reference
    double labelSmoothing = 0.0; ///< [0, 0.5): assumed share of flipped labels
    Divergence divergence = Divergence::ReverseKl;
    double alphaCoefficient = 0.5; ///< of Divergence::Alpha
    std::optional<double>
        lengthAlpha; ///< LD-DPO: weight of tokens beyond the shorter answer, policy and
                     ///< reference alike (as TRL; others weight the policy only)
    bool weighting = false; ///< WPO: weigh a pair by the policy's own probability of it
    double discopopTau = 0.05;
    bool referenceFree = false; ///< the reference's log-probabilities count as 0: it is not asked,
                                ///< and only losses that compare the two answers of a pair remain
    bool bestCompetitor =
        false; ///< STIC as released: a rejected token's log-probability is that of the
               ///< likeliest other token, policy and reference each their own
};

/// True where the log-probabilities of the reference model are looked at.
[[nodiscard]] bool needsReference(const LossOptions& options);
/// True where the rejected answers take part.
[[nodiscard]] bool needsRejected(const LossOptions& options);
/// Errors: Invalid, naming the field and its range.
[[nodiscard]] Result<void> check(const LossOptions& options);

/// Log-probabilities of B pairs in nats, float or double, all of one type.
struct PairScores {
    at::Tensor chosen; ///< [B] policy, summed over the answer's tokens (LD weights applied)
    at::Tensor rejected; ///< [B]
    at::Tensor referenceChosen; ///< [B], taken as constant; reference-free: not looked at
    at::Tensor referenceRejected; ///< [B]
    at::Tensor chosenLength; ///< [B] tokens
    at::Tensor rejectedLength; ///< [B] tokens
    at::Tensor chosenPlain; ///< [B] policy, summed without LD weights: for the SFT term
    at::Tensor weight; ///< [B] WPO weights, constant; undefined where not used
};

/// Loss of a micro-batch: each term's mean over the pairs, times its weight, summed.
/// @return scalar, nats
/// @throws std::invalid_argument unless all tensors are [B] with one B
/// Sources: sigmoid: Rafailov et al. 2023 (2305.18290, eq. 7); its smoothing: Mitchell 2023, "A
/// note on DPO with noisy preferences"; hinge: Zhao et al. 2023, SLiC-HF (2305.10425); ipo: Azar et
/// al. 2023 (2310.12036, eq. 17), log-ratios divided by answer length; exo_pair: Ji et al. 2024
/// (2402.00856, eq. 16); nca_pair: Chen et al. 2024 (2402.05369); robust: Chowdhury et al. 2024
/// (2403.00409); bco_pair: Jung et al. 2024 (2404.04656) without running mean; sppo_hard: Wu et al.
/// 2024 (2405.00675, eq. 4.7); aot: Melnyk et al. 2024 (2406.05882); apo_zero, apo_down:
/// D'Oosterlinck et al. 2024 (2408.06266, eq. 7 and 8); discopop: Lu et al. 2024 (2406.08414, eq.
/// 5); sft term: Pang et al. 2024 (2404.19733, RPO); f-divergences: Wang et al. 2023 (2309.16240).
/// Reference-free, as TRL's `reference_free`, is the same formula with a reference that finds all
/// answers alike: sigmoid becomes the preference term of CPO (Xu et al. 2024, 2401.08417), hinge
/// SLiC-HF's own calibration loss, sigmoid_norm SimPO without its margin (Meng et al. 2024,
/// 2405.14734).
[[nodiscard]] at::Tensor preferenceLoss(const PairScores& scores, const LossOptions& options);

/// The terms of preferenceLoss() one by one, in the order of the options, without their weights.
/// DPO's own term is log 2 where policy and reference are equal, whatever stands beside it.
[[nodiscard]] std::vector<at::Tensor> lossTerms(
    const PairScores& scores, const LossOptions& options);
/// The sum of `terms` with the options' weights.
[[nodiscard]] at::Tensor weighted(const std::vector<at::Tensor>& terms, const LossOptions& options);

/// What the model says about the tokens of answers 0, 1, 2, 3, ...: chosen and rejected in turn, a
/// pair being 2i, 2i + 1.
struct AnswerTokens {
    at::Tensor logProb; ///< [N] nats, of each token
    at::Tensor scored; ///< [N] what is summed into the pair scores: logProb, or that of the best
                       ///< competitor
    at::Tensor logSumSquares; ///< [N] log of the sum of squared probabilities; only needed with
                              ///< `weighting`
    at::Tensor answer; ///< [N] int64
    at::Tensor place; ///< [N] int64, of the token in its answer, from 0
    std::int64_t answers = 0; ///< even
};

/// Sums token log-probabilities over answers, with the token weights of LD-DPO (1 up to the length
/// of the pair's shorter answer, `lengthAlpha` beyond; Liu et al. 2024, 2409.06411) and the pair
/// weights of WPO (exp of the mean over tokens of log p - log sum p^2, product of both answers;
/// Zhou et al. 2024, 2406.11827, eq. 2). The references stay empty.
[[nodiscard]] PairScores scorePairs(const AnswerTokens& tokens, const LossOptions& options);

} // namespace slook::engine
