#include "core/json_file.h"
#include "engine/losses.h"
#include <ATen/ATen.h>
#include <cmath>
#include <filesystem>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace slook::engine {
namespace {

at::Tensor row(std::vector<double> values)
{
    return at::tensor(values, at::TensorOptions().dtype(at::kDouble));
}

/// One pair by its four log-probabilities; lengths 10 and 8.
PairScores onePair(double pw, double rw, double pl, double rl)
{
    return { row({ pw }), row({ pl }), row({ rw }), row({ rl }), row({ 10 }), row({ 8 }),
        row({ pw }), {} };
}

LossOptions only(LossKind kind, double smoothing = 0.0)
{
    LossOptions options;
    options.terms = { { kind, 1.0 } };
    options.labelSmoothing = smoothing;
    return options;
}

double value(const PairScores& scores, const LossOptions& options)
{
    return preferenceLoss(scores, options).item<double>();
}

/// -log sigmoid
double logistic(double x)
{
    return std::log1p(std::exp(-x));
}

TEST(PreferenceLoss, IsLogTwoWhereThePolicyEqualsTheReference)
{
    EXPECT_NEAR(value(onePair(-3, -3, -5, -5), only(LossKind::Sigmoid)), std::log(2.0), 1e-15);
    EXPECT_NEAR(value(onePair(-3, -3, -5, -5), only(LossKind::Sigmoid, 0.1)), std::log(2.0), 1e-15);
    EXPECT_NEAR(value(onePair(-3, -3, -5, -5), only(LossKind::Robust, 0.1)), std::log(2.0), 1e-15);
}

TEST(LossTerms, AreGivenOneByOneAndWithoutWeights)
{
    auto pair = onePair(-3, -3, -5, -5); // 10 chosen tokens: 0.3 nats each
    LossOptions scl;
    scl.terms = { { LossKind::Sigmoid, 0.9 }, { LossKind::Sft, 0.1 } };
    const auto terms = lossTerms(pair, scl);
    ASSERT_EQ(terms.size(), 2u);
    EXPECT_NEAR(terms[0].item<double>(), std::log(2.0), 1e-15);
    EXPECT_NEAR(terms[1].item<double>(), 0.3, 1e-15);
    EXPECT_NEAR(weighted(terms, scl).item<double>(), 0.9 * std::log(2.0) + 0.03, 1e-15);
}

TEST(PreferenceLoss, GivesThePublishedFormulasTheirValues)
{
    // margin 0.1 * ((-120 + 125) - (-140 + 138)) = 0.7
    const auto pair = onePair(-120, -125, -140, -138);
    EXPECT_NEAR(value(pair, only(LossKind::Sigmoid)), 0.403186, 5e-7);
    EXPECT_NEAR(value(pair, only(LossKind::Sigmoid, 0.1)), 0.47318604888545784, 1e-12); // cDPO
    auto stic = only(LossKind::Sigmoid);
    stic.terms.push_back({ LossKind::ChosenSum, 1.0 / 1024 });
    EXPECT_NEAR(value(pair, stic), 0.520374, 5e-7);
    stic.labelSmoothing = 0.1; // of the preference; the regulariser knows no label
    EXPECT_NEAR(value(pair, stic), 0.47318604888545784 + 120.0 / 1024, 1e-12);
    auto withTwoNatsPerToken = pair;
    withTwoNatsPerToken.chosenLength = row({ 60 });
    auto scl = only(LossKind::Sigmoid);
    scl.terms = { { LossKind::Sigmoid, 0.9 }, { LossKind::Sft, 0.1 } };
    EXPECT_NEAR(value(withTwoNatsPerToken, scl), 0.562867, 5e-7);
}

TEST(PreferenceLoss, SmoothsConservativelyOrRobustlyButNotAlike)
{
    const auto pair = onePair(-120, -125, -140, -138);
    const double clean = logistic(0.7), flipped = logistic(-0.7);
    EXPECT_NEAR(value(pair, only(LossKind::Sigmoid, 0.2)), 0.8 * clean + 0.2 * flipped, 1e-12);
    EXPECT_NEAR(
        value(pair, only(LossKind::Robust, 0.2)), (0.8 * clean - 0.2 * flipped) / 0.6, 1e-12);
}

TEST(PreferenceLoss, TakesTheSupervisedTermPerTokenOfTheMicroBatch)
{
    PairScores scores { row({ -10, -2 }), row({ -1, -1 }), row({ 0, 0 }), row({ 0, 0 }),
        row({ 5, 1 }), row({ 1, 1 }), row({ -10, -2 }), {} };
    EXPECT_NEAR(value(scores, only(LossKind::Sft)), 12.0 / 6.0, 1e-15);
}

TEST(PreferenceLoss, HasTheGradientThatFiniteDifferencesGive)
{
    const std::vector<LossKind> kinds { LossKind::Sigmoid, LossKind::Hinge, LossKind::Ipo,
        LossKind::ExoPair, LossKind::NcaPair, LossKind::Robust, LossKind::BcoPair,
        LossKind::SppoHard, LossKind::Aot, LossKind::AotUnpaired, LossKind::ApoZero,
        LossKind::ApoDown, LossKind::DiscoPop, LossKind::SigmoidNorm, LossKind::ChosenSum };
    for (const LossKind kind : kinds) {
        const auto lossAt = [&](const at::Tensor& chosen, const at::Tensor& rejected) {
            const PairScores scores { chosen, rejected, row({ -11.0, -7.5, -4.0 }),
                row({ -9.0, -8.0, -6.5 }), row({ 4, 5, 2 }), row({ 3, 6, 2 }), chosen, {} };
            return preferenceLoss(scores, only(kind, 0.1));
        };
        auto chosen = row({ -10.2, -7.9, -3.1 }).requires_grad_(true);
        auto rejected = row({ -9.7, -8.8, -5.9 }).requires_grad_(true);
        lossAt(chosen, rejected).backward();
        for (std::int64_t i = 0; i < 3; ++i) {
            const auto step = at::zeros({ 3 }, at::kDouble)
                                  .index_fill(0, at::tensor(std::vector<std::int64_t> { i }), 1e-6);
            const auto a = chosen.detach(), b = rejected.detach();
            const double slopeA = (lossAt(a + step, b) - lossAt(a - step, b)).item<double>() / 2e-6;
            const double slopeB = (lossAt(a, b + step) - lossAt(a, b - step)).item<double>() / 2e-6;
            EXPECT_NEAR(chosen.grad()[i].item<double>(), slopeA, 1e-7) << nameOf(kind);
            if (rejected.grad().defined()) {
                EXPECT_NEAR(rejected.grad()[i].item<double>(), slopeB, 1e-7) << nameOf(kind);
            }
        }
    }
}

TEST(PreferenceLoss, KeepsTheReferenceConstant)
{
    auto scores = onePair(-3, -4, -5, -4);
    scores.referenceChosen.requires_grad_(true);
    scores.chosen.requires_grad_(true);
    preferenceLoss(scores, {}).backward();
    EXPECT_FALSE(scores.referenceChosen.grad().defined());
}

TEST(PreferenceLoss, RefusesTensorsOfDifferentLengths)
{
    auto scores = onePair(-3, -4, -5, -4);
    scores.rejected = row({ -1, -2 });
    EXPECT_THROW(static_cast<void>(preferenceLoss(scores, {})), std::invalid_argument);
}

/// The answers of the fixture as tokens; rows of the first half are chosen, the others rejected.
AnswerTokens tokensOf(const Json& fixture)
{
    std::vector<double> logProb, sumSquares;
    std::vector<std::int64_t> answer, place;
    const auto& mask = fixture["completion_mask"];
    const auto pairs = mask.size() / 2;
    for (std::size_t row = 0; row < mask.size(); ++row)
        for (std::size_t t = 1, length = 0; t < mask[row].size(); ++t)
            if (mask[row][t] == 1) {
                logProb.push_back(fixture["logps"][row][t - 1].get<double>());
                sumSquares.push_back(fixture["log_sum_sq_probs"][row][t - 1].get<double>());
                answer.push_back(
                    static_cast<std::int64_t>(row < pairs ? 2 * row : 2 * (row - pairs) + 1));
                place.push_back(static_cast<std::int64_t>(length++));
            }
    AnswerTokens tokens;
    tokens.logProb = tokens.scored = at::tensor(logProb, at::kDouble).requires_grad_(true);
    tokens.logSumSquares = at::tensor(sumSquares, at::kDouble);
    tokens.answer = at::tensor(answer, at::kLong);
    tokens.place = at::tensor(place, at::kLong);
    tokens.answers = static_cast<std::int64_t>(mask.size());
    return tokens;
}

LossOptions optionsOf(const Json& row)
{
    LossOptions options;
    options.terms.clear();
    for (std::size_t i = 0; i < row["loss_types"].size(); ++i)
        options.terms.push_back({ *lossKindFromName(row["loss_types"][i].get<std::string>()),
            row["weights"][i].get<double>() });
    options.beta = row["beta"].get<double>();
    options.labelSmoothing = row["label_smoothing"].get<double>();
    if (row["ld_alpha"].is_number())
        options.lengthAlpha = row["ld_alpha"].get<double>();
    options.weighting = row["use_weighting"].get<bool>();
    options.referenceFree = row["reference_free"].get<bool>();
    return options;
}

TEST(PreferenceLoss, ReferenceFreeHasTrlsValuesAndGradientsWithAReferenceOfZero)
{
    const auto fixture = readJson(
        std::filesystem::path(SLOOK_SOURCE_DIR) / "tests/fixtures/losses/reference_free.json");
    ASSERT_TRUE(fixture) << message(fixture.error());
    ASSERT_GT((*fixture)["rows"].size(), 20u);
    for (const Json& row : (*fixture)["rows"]) {
        SCOPED_TRACE(row["loss_types"].dump() + " beta " + row["beta"].dump());
        const auto options = optionsOf(row);
        ASSERT_TRUE(check(options));
        EXPECT_FALSE(needsReference(options));
        const auto tokens = tokensOf(*fixture);
        const auto loss = preferenceLoss(scorePairs(tokens, options), options); // no reference
        loss.backward();
        const double wanted = row["loss"].get<double>();
        EXPECT_NEAR(loss.item<double>(), wanted, 1e-9 * std::max(1.0, std::abs(wanted)));
        const auto gradient = tokens.logProb.grad();
        ASSERT_EQ(gradient.numel(), static_cast<std::int64_t>(row["gradient"].size()));
        for (std::int64_t i = 0; i < gradient.numel(); ++i)
            EXPECT_NEAR(gradient[i].item<double>(),
                row["gradient"][static_cast<std::size_t>(i)].get<double>(), 1e-9);
    }
}

TEST(LossOptions, AreNotReferenceFreeWhereAnAnswerIsHeldAgainstTheReference)
{
    for (const LossKind kind : { LossKind::NcaPair, LossKind::BcoPair, LossKind::SppoHard,
             LossKind::ApoZero, LossKind::ApoDown }) {
        auto options = only(kind);
        EXPECT_TRUE(check(options)) << nameOf(kind);
        options.referenceFree = true;
        const auto refused = check(options);
        ASSERT_FALSE(refused) << nameOf(kind);
        EXPECT_THAT(refused.error().what, ::testing::HasSubstr(nameOf(kind)));
    }
    auto options = only(LossKind::Sigmoid);
    options.referenceFree = true;
    options.divergence = Divergence::ForwardKl;
    ASSERT_FALSE(check(options));
    EXPECT_THAT(check(options).error().what, ::testing::HasSubstr("forward_kl"));
}

TEST(LossOptions, KnowsItsNamesAndRanges)
{
    EXPECT_EQ(*lossKindFromName("sigmoid"), LossKind::Sigmoid);
    const auto unknown = lossKindFromName("sigmoidal");
    ASSERT_FALSE(unknown);
    EXPECT_NE(unknown.error().what.find("ipo"), std::string::npos);
    LossOptions options;
    EXPECT_TRUE(check(options));
    options.beta = std::nan("");
    EXPECT_FALSE(check(options));
    options.beta = 0.1;
    options.labelSmoothing = 0.5;
    EXPECT_FALSE(check(options));
    options.labelSmoothing = 0.0;
    options.terms = { { LossKind::Sft, 1.0 } };
    EXPECT_FALSE(needsReference(options));
}

TEST(ScorePairs, SumsPerAnswerAndWeighsTheTailOfTheLongerOne)
{
    AnswerTokens tokens;
    tokens.logProb = row({ -1, -2, -4, -8 }); // chosen: 3 tokens, rejected: 1
    tokens.scored = tokens.logProb;
    tokens.answer = at::tensor(std::vector<std::int64_t> { 0, 0, 0, 1 });
    tokens.place = at::tensor(std::vector<std::int64_t> { 0, 1, 2, 0 });
    tokens.answers = 2;
    EXPECT_DOUBLE_EQ(scorePairs(tokens, {}).chosen.item<double>(), -7.0);
    EXPECT_DOUBLE_EQ(scorePairs(tokens, {}).rejected.item<double>(), -8.0);
    LossOptions options;
    options.lengthAlpha = 0.5;
    const auto scores = scorePairs(tokens, options);
    EXPECT_DOUBLE_EQ(scores.chosen.item<double>(), -1.0 + 0.5 * -6.0);
    EXPECT_DOUBLE_EQ(scores.chosenPlain.item<double>(), -7.0);
}

} // namespace
} // namespace slook::engine
