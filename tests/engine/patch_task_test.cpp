#include "engine/patch_task.h"
#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <cmath>
#include <gtest/gtest.h>

namespace slook::engine {
namespace {

/// Four patches of width 3 and two questions with 3 and 2 answers; the last patch's second question
/// is not asked.
struct Case {
    at::Tensor features =
        at::tensor({ 1.0F, 0.0F, 2.0F, 0.0F, 1.0F, -1.0F, 3.0F, 1.0F, 0.0F, -2.0F, 0.5F, 1.0F })
            .view({ 4, 3 });
    at::Tensor labels = at::tensor({ 0, 2, 2, 1, 1, 0, 1, -1 }, at::kLong).view({ 2, 4 });
    PatchHead head { { 3, 2 }, 3 };
};

TEST(PatchHead, KnowsNothingAtTheStart)
{
    const Case c;
    const auto outcome = c.head.judge(c.features, c.labels);
    EXPECT_NEAR(outcome.loss.item<double>(), std::log(3.0) + std::log(2.0), 1e-6);
    EXPECT_DOUBLE_EQ(outcome.accuracy.at(0), 1.0 / 4); // of equal scores the first is taken
    EXPECT_DOUBLE_EQ(outcome.accuracy.at(1), 1.0 / 3);
}

TEST(PatchHead, HasTheGradientOfItsFormula)
{
    const Case c;
    c.head.weight().requires_grad_(true);
    c.head.bias().requires_grad_(true);
    const c10::AutoGradMode on(true);
    c.head.judge(c.features, c.labels).loss.backward();
    // At zero every answer has the probability 1 / classes: the gradient of a class is the mean of
    // (1 / classes - [label is the class]) * features with a mean square of 1.
    const auto normal = c.features / c.features.square().mean(1, true).sqrt();
    const auto expected = [&](std::int64_t question, std::int64_t of, double answers) {
        at::Tensor sum = at::zeros({ 3 });
        double asked = 0.0;
        for (std::int64_t n = 0; n < 4; ++n) {
            const auto label = c.labels[question][n].item<std::int64_t>();
            if (label < 0)
                continue;
            asked += 1.0;
            sum = sum + normal[n] * (1.0 / answers - (label == of ? 1.0 : 0.0));
        }
        return sum / asked;
    };
    const auto& gradient = c.head.weight().grad();
    for (std::int64_t of = 0; of < 3; ++of)
        EXPECT_TRUE(at::allclose(gradient[of], expected(0, of, 3.0), 1e-4, 1e-5));
    for (std::int64_t of = 0; of < 2; ++of)
        EXPECT_TRUE(at::allclose(gradient[3 + of], expected(1, of, 2.0), 1e-4, 1e-5));
    EXPECT_NEAR(c.head.bias().grad()[2].item<double>(), 1.0 / 3 - 2.0 / 4, 1e-6);
}

TEST(PatchHead, PassesAQuestionThatNobodyAsked)
{
    const Case c;
    const auto outcome = c.head.judge(c.features, at::full({ 2, 4 }, -1, at::kLong));
    EXPECT_EQ(outcome.loss.item<double>(), 0.0);
    EXPECT_EQ(outcome.accuracy, (std::vector<double> { 0.0, 0.0 }));
}

} // namespace
} // namespace slook::engine
