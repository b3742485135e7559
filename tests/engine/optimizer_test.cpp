#include "engine/optimizer.h"
#include <ATen/ATen.h>
#include <cmath>
#include <gtest/gtest.h>

namespace slook::engine {
namespace {

ScheduleOptions schedule(ScheduleOptions::Kind kind, std::int64_t warmup)
{
    ScheduleOptions options;
    options.kind = kind;
    options.warmupSteps = warmup;
    return options;
}

TEST(Schedule, StartsAWarmUpAtZeroAndReachesTheFullRateAfterIt)
{
    const auto cosine = schedule(ScheduleOptions::Kind::Cosine, 3);
    EXPECT_DOUBLE_EQ(scheduleFactor(cosine, 0, 12), 0.0);
    EXPECT_DOUBLE_EQ(scheduleFactor(cosine, 1, 12), 1.0 / 3);
    EXPECT_DOUBLE_EQ(scheduleFactor(cosine, 3, 12), 1.0);
    EXPECT_NEAR(scheduleFactor(cosine, 6, 12), 0.5 * (1 + std::cos(std::acos(-1.0) / 3)), 1e-15);
    EXPECT_NEAR(scheduleFactor(cosine, 12, 12), 0.0, 1e-15);
}

TEST(Schedule, FallsInAStraightLineOrNotAtAll)
{
    EXPECT_DOUBLE_EQ(scheduleFactor(schedule(ScheduleOptions::Kind::Linear, 0), 5, 10), 0.5);
    EXPECT_DOUBLE_EQ(scheduleFactor(schedule(ScheduleOptions::Kind::Constant, 0), 9, 10), 1.0);
    auto floored = schedule(ScheduleOptions::Kind::Linear, 0);
    floored.floor = 0.1;
    EXPECT_DOUBLE_EQ(scheduleFactor(floored, 10, 10), 0.1);
}

TEST(Schedule, RoundsAShareOfWarmUpStepsUp)
{
    ScheduleOptions options;
    options.warmupRatio = 0.03;
    EXPECT_DOUBLE_EQ(scheduleFactor(options, 1, 60), 0.5); // ceil(1.8) = 2 steps
    EXPECT_FALSE(scheduleFromName("polynomial"));
}

/// Two tensors in one group: 3 + 2 elements, gradients given.
AdamW makeOptimizer(double decay, double maxNorm, std::vector<at::Tensor>& tensors)
{
    tensors = { at::tensor({ 1.0F, -2.0F, 3.0F }), at::tensor({ 0.5F, 4.0F }) };
    ParameterGroup group { "group", FlatParameters({ { "a", tensors[0] }, { "b", tensors[1] } }),
        1.0, decay };
    group.parameters.track();
    AdamOptions options;
    options.maxGradNorm = maxNorm;
    AdamW optimizer({ group }, options);
    optimizer.groups()[0].parameters.gradients().copy_(
        at::tensor({ 0.3F, -0.4F, 0.0F, 1.2F, 0.0F }));
    return optimizer;
}

TEST(AdamW, TakesTheStepOfItsPaperOnTheTensorsThatTheModelHolds)
{
    std::vector<at::Tensor> tensors;
    auto optimizer = makeOptimizer(0.1, 0.0, tensors);
    const auto before = optimizer.groups()[0].parameters.values().clone();
    optimizer.step(0.01);
    const auto& now = optimizer.groups()[0].parameters.values();
    const double gradients[] = { 0.3, -0.4, 0.0, 1.2, 0.0 };
    for (std::int64_t i = 0; i < 5; ++i) { // the first step's corrected moments are g and g^2
        const double x = before[i].item<double>(), g = gradients[i];
        EXPECT_NEAR(
            now[i].item<double>(), x - 0.01 * 0.1 * x - 0.01 * g / (std::abs(g) + 1e-8), 1e-6);
    }
    EXPECT_EQ(tensors[1].data_ptr<float>()[0], now[3].item<float>());
}

TEST(AdamW, ReportsTheNormBeforeClippingAndScalesDownToIt)
{
    std::vector<at::Tensor> tensors;
    auto optimizer = makeOptimizer(0.0, 0.65, tensors);
    EXPECT_NEAR(optimizer.clip(), 1.3, 1e-6); // sqrt(.09 + .16 + 1.44)
    EXPECT_NEAR(optimizer.groups()[0].parameters.gradients().norm().item<double>(), 0.65, 1e-5);
}

TEST(AdamW, RestoresItsWholeState)
{
    std::vector<at::Tensor> one, other;
    auto first = makeOptimizer(0.1, 0.0, one);
    first.step(0.01);
    std::map<std::string, at::Tensor> saved;
    for (const auto& [name, tensor] : first.state())
        saved[name] = tensor.clone();
    auto second = makeOptimizer(0.1, 0.0, other);
    ASSERT_TRUE(second.restore(saved));
    first.step(0.01);
    second.step(0.01);
    EXPECT_TRUE(at::equal(one[0], other[0]));
    saved.erase("group/v");
    EXPECT_FALSE(second.restore(saved));
}

TEST(Orthogonalised, KeepsTheDirectionsAndEvensTheLengths)
{
    at::manual_seed(3);
    for (const auto& matrix : { at::randn({ 12, 5 }), at::randn({ 5, 12 }), at::randn({ 7, 7 }) }) {
        const auto even = orthogonalised(matrix);
        const auto lengths = std::get<1>(at::linalg_svd(even, false));
        EXPECT_LT(lengths.max().item<double>(), 1.3);
        EXPECT_GT(lengths.min().item<double>(), 0.3); // the smallest of a square one grow last
        const auto product = at::mm(even.t(), matrix); // V f(S) S V^T where the matrix is U S V^T
        EXPECT_TRUE(at::allclose(product, product.t(), 1e-4, 1e-4));
    }
    EXPECT_TRUE(at::equal(orthogonalised(at::zeros({ 3, 4 })), at::zeros({ 3, 4 })));
}

TEST(OrthogonalRule, StepsByTheLengthOfItsSourceAndLeavesWhatHasNoGradient)
{
    const auto moved = at::zeros({ 4, 9 });
    const auto still = at::ones({ 2, 2 });
    ParameterGroup group { "inner", FlatParameters({ { "a", moved }, { "b", still } }), 2.0, 0.5,
        UpdateRule::Orthogonal };
    group.parameters.track();
    const auto gradient = at::eye(4, 9);
    AdamW optimizer({ group }, {});
    moved.mutable_grad().copy_(gradient);
    optimizer.step(0.01);
    // rate 0.01 * 2, length 0.2 * sqrt(9); eye(4, 9) has four singular values 1
    const auto expected = orthogonalised(gradient) * (-0.02 * 0.6);
    EXPECT_TRUE(at::allclose(moved.detach(), expected, 1e-5, 1e-7));
    EXPECT_TRUE(at::equal(still.detach(), at::ones({ 2, 2 })));
    moved.mutable_grad().zero_(); // its momentum would move it as far as ever
    optimizer.step(0.01);
    EXPECT_TRUE(at::allclose(moved.detach(), expected, 1e-5, 1e-7));
}

TEST(FlatParameters, GathersTheGradientsOfABackwardPassInItsBuffer)
{
    auto a = at::tensor({ 2.0F, 3.0F });
    auto b = at::tensor({ 5.0F });
    FlatParameters flat({ { "a", a }, { "b", b } });
    flat.track();
    (a.sum() * b).sum().backward();
    EXPECT_TRUE(at::equal(flat.gradients(), at::tensor({ 5.0F, 5.0F, 5.0F })));
    flat.zeroGradients();
    b.sum().backward();
    EXPECT_TRUE(at::equal(flat.gradients(), at::tensor({ 0.0F, 0.0F, 1.0F })));
    flat.release();
    EXPECT_FALSE(a.requires_grad());
}

} // namespace
} // namespace slook::engine
