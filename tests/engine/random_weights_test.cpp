#include "engine/weights.h"
#include <ATen/ATen.h>
#include <cmath>
#include <gtest/gtest.h>

namespace slook::engine {
namespace {

TEST(RandomWeights, AreThoseOfTheirSeedWhateverIsTakenFirst)
{
    auto one = Weights::random(4), other = Weights::random(4), third = Weights::random(5);
    const auto a = one.take("a.weight", { 6, 5 });
    (void)other.take("b.weight", { 2, 2 });
    EXPECT_TRUE(at::equal(a, other.take("a.weight", { 6, 5 })));
    EXPECT_FALSE(at::equal(a, third.take("a.weight", { 6, 5 })));
    EXPECT_FALSE(at::equal(a, one.take("b.weight", { 6, 5 })));
    EXPECT_FALSE(one.failure());
}

TEST(RandomWeights, HaveTheSpreadThatTheirPlaceAsksFor)
{
    auto weights = Weights::random(1);
    EXPECT_TRUE(at::equal(weights.take("layer_norm1.weight", { 7 }), at::ones({ 7 })));
    EXPECT_TRUE(at::equal(weights.take("fc1.bias", { 7 }), at::zeros({ 7 })));
    const auto spread = [&](const char* name, std::vector<std::int64_t> shape) {
        return weights.take(name, shape).std().item<double>();
    };
    const double sampling = 5.0 / std::sqrt(2.0 * 200 * 100); // five standard errors, relative
    EXPECT_NEAR(spread("self_attn.q_proj.weight", { 200, 100 }) * 10.0, 1.0, sampling);
    EXPECT_NEAR(spread("self_attn.out_proj.weight", { 200, 100 }) * 10.0, 0.5, sampling);
    const std::string text = "model.language_model.layers.0.";
    EXPECT_NEAR(
        spread((text + "self_attn.q_proj.weight").c_str(), { 200, 100 }) * 10.0, 0.7, sampling);
    EXPECT_NEAR(spread((text + "mlp.up_proj.weight").c_str(), { 200, 100 }), 0.02, 0.02 * sampling);
    EXPECT_NEAR(spread("patch_embedding.weight", { 200, 4, 5, 5 }) * 10.0, 1.0, sampling);
    EXPECT_NEAR(spread("position_embedding.weight", { 200, 100 }), 0.5, sampling);
    EXPECT_NEAR(spread("embed_tokens.weight", { 200, 100 }), 0.02, 0.02 * sampling);
}

TEST(RandomWeights, BeginKeysOfALanguageModelAsItsQueries)
{
    auto weights = Weights::random(1);
    const auto take = [&](const std::string& name, std::int64_t rows) {
        return weights.take(name + "_proj.weight", { rows, 5 });
    };
    const std::string text = "model.language_model.layers.1.self_attn.";
    const auto queries = take(text + "q", 8);
    EXPECT_TRUE(at::equal(take(text + "k", 8), queries));
    EXPECT_TRUE(at::equal(take(text + "k", 4), queries.narrow(0, 0, 4))); // shared by query heads
    EXPECT_FALSE(at::equal(take(text + "v", 8), queries));
    const std::string vision = "model.vision_tower.layers.1.self_attn.";
    EXPECT_FALSE(at::equal(take(vision + "k", 8), take(vision + "q", 8)));
}

} // namespace
} // namespace slook::engine
