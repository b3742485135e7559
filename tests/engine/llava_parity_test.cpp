// Expected values: the parity fixtures, made with transformers. Tolerances: their README.
#include "engine/merged_lora.h"
#include "engine/pooled_states.h"
#include "fixture.h"
#include <gmock/gmock.h>

namespace slook::engine {
namespace {

using test::distance;
using test::familyCase;
using test::featuresOf;

class LlavaParity : public ::testing::Test {
protected:
    void SetUp() override
    {
        SLOOK_NEED(test::parityDir());
        if (!model)
            model = test::loadOrThrow(test::parityDir() / "llava15/model");
        if (expected.empty())
            expected = test::readTensors(test::parityDir() / "llava15/expected.safetensors");
    }
    static at::Tensor idsOf(const std::vector<std::int64_t>& ids)
    {
        return at::tensor(ids, at::kLong).unsqueeze(0);
    }
    static std::unique_ptr<VisionLanguageModel> model;
    static std::map<std::string, at::Tensor> expected;
};
std::unique_ptr<VisionLanguageModel> LlavaParity::model;
std::map<std::string, at::Tensor> LlavaParity::expected;

/// 1e-4 absolute and 1e-5 of the largest value.
void expectNear(const at::Tensor& got, const at::Tensor& want, const std::string& name)
{
    EXPECT_LE(distance(got, want), 1e-4 + 1e-5 * want.abs().max().item<double>()) << name;
}

TEST_F(LlavaParity, EveryBlockGivesWhatTheReferenceGives)
{
    const c10::NoGradGuard noGradients;
    std::map<std::string, at::Tensor> seen;
    model->setObserver(
        [&](const std::string& name, const at::Tensor& value) { seen[name] = value; });
    const auto one = familyCase("one");
    const auto features = model->encodeImages(expected.at("one/pixel_values"));
    const auto hidden = model->hidden(model->embed(idsOf(one.ids[0]), features.flatten(0, 1)));
    const auto logits = model->logits(hidden);
    model->setObserver({});
    std::size_t compared = 0;
    for (const auto& [name, want] : expected)
        if (name.starts_with("one/trace/")) {
            ASSERT_TRUE(seen.contains(name.substr(10))) << name;
            expectNear(seen.at(name.substr(10)), want, name);
            ++compared;
        }
    EXPECT_EQ(compared, 14u);
    expectNear(features[0], expected.at("one/image_features/0"), "features");
    expectNear(
        logits.narrow(1, logits.size(1) - 16, 16), expected.at("one/last16_logits"), "logits");
}

TEST_F(LlavaParity, PooledFeaturesAreMeansOfTheReferencesStates)
{
    const auto& used = expected.at("one/trace/vision_layer_1"); // the second last of three
    const std::vector<std::int64_t> tiles { 1 };
    const auto patches = pooledPatches(*model, expected.at("one/pixel_values"), tiles);
    ASSERT_EQ(patches.size(), 1u);
    expectNear(patches[0], used[0].narrow(0, 1, used.size(1) - 1).mean(0), "vision");

    const auto one = familyCase("one"), text = familyCase("text_only");
    const auto features = model->encodeImages(expected.at("one/pixel_values")).flatten(0, 1);
    // A shorter prompt in the same pass: what is behind its end must not count.
    const std::vector<Opening> prompts { { text.ids[0], {}, 0 }, { one.ids[0], features, 0 } };
    const auto layers = static_cast<int>(model->shape().layers);
    for (int layer = 0; layer <= layers; ++layer) {
        const auto& states = expected.at(layer == 0 ? "one/trace/lm_input"
                : layer == layers                   ? "one/trace/lm_final_norm"
                                  : "one/trace/lm_layer_" + std::to_string(layer - 1));
        const auto means = pooledStates(*model, prompts, { layer, false });
        ASSERT_TRUE(means) << means.error().what;
        expectNear((*means)[1], states[0].mean(0), "mean of layer " + std::to_string(layer));
        const auto last = pooledStates(*model, prompts, { layer - layers - 1, true });
        ASSERT_TRUE(last);
        expectNear((*last)[1], states[0][states.size(1) - 1], "last of " + std::to_string(layer));
    }
    EXPECT_FALSE(pooledStates(*model, prompts, { layers + 1, false }));
    EXPECT_FALSE(pooledStates(*model, prompts, { -layers - 2, false }));
}

TEST_F(LlavaParity, FirstStepLogitsOfEveryCaseAgree)
{
    const c10::NoGradGuard noGradients;
    for (const auto* id :
        { "text_only", "one", "batch2_leftpad", "two_turn_a", "two_turn_b", "two_turn_b_ids",
            "two_images", "two_different_images", "batch_text_and_image", "stop_in_batch" }) {
        const auto one = familyCase(id);
        const auto& want = expected.at(std::string(id) + "/first_step_logits");
        for (std::size_t row = 0; row < one.ids.size(); ++row) {
            const auto hidden =
                model->hidden(model->embed(idsOf(one.ids[row]), featuresOf(*model, one.json, row)));
            expectNear(model->logits(hidden.select(1, hidden.size(1) - 1)).squeeze(0),
                want[static_cast<std::int64_t>(row)], id);
        }
    }
}

TEST_F(LlavaParity, AllLayoutsOfWeightNamesGiveTheSameLogits)
{
    const c10::NoGradGuard noGradients;
    const auto want = test::readTensors(test::parityDir() / "layouts/expected.safetensors");
    for (const auto* layout : { "v5_saved", "hub_2023", "in_memory_names" }) {
        const auto other = test::loadOrThrow(test::parityDir() / "layouts" / layout);
        const auto features = other->encodeImages(want.at("pixel_values")).flatten(0, 1);
        const auto logits =
            other->logits(other->hidden(other->embed(want.at("input_ids"), features)));
        expectNear(logits, want.at("logits"), layout);
    }
}

TEST_F(LlavaParity, GradientsOfAllParametersAgree)
{
    const auto one = familyCase("grad");
    auto ids = one.ids[0];
    const auto completion = one.json.at("completion_ids").get<std::vector<std::int64_t>>();
    const auto promptLength = static_cast<std::int64_t>(ids.size());
    const auto count = static_cast<std::int64_t>(completion.size());
    ids.insert(ids.end(), completion.begin(), completion.end() - 1);
    auto parameters = model->parameters();
    for (auto& [name, parameter] : parameters)
        parameter.requires_grad_(true);
    const auto features = model->encodeImages(expected.at("one/pixel_values")).flatten(0, 1);
    const auto hidden = model->hidden(model->embed(idsOf(ids), features));
    const auto logits = model->logits(hidden.narrow(1, promptLength - 1, count)).squeeze(0);
    const auto loss = at::cross_entropy_loss(logits, at::tensor(completion, at::kLong));
    loss.backward();
    EXPECT_NEAR(loss.item<double>(), one.json.at("expected").at("loss").get<double>(), 1e-4);
    double squares = 0;
    for (auto& [name, parameter] : parameters) {
        const auto gradient = parameter.grad();
        parameter.requires_grad_(false);
        if (!gradient.defined()) // the layer behind the features that are used
            continue;
        squares += gradient.to(at::kDouble).square().sum().item<double>();
        if (const auto want = expected.find("grad/" + name); want != expected.end()) {
            EXPECT_LE(distance(gradient, want->second),
                1e-6 + 1e-4 * want->second.abs().max().item<double>())
                << name;
        }
        parameter.mutable_grad() = at::Tensor();
    }
    for (const auto& [name, want] : expected)
        EXPECT_TRUE(!name.starts_with("grad/") || parameters.contains(name.substr(5))) << name;
    const auto norm = one.json.at("expected").at("grad_norm_all_params").get<double>();
    EXPECT_NEAR(std::sqrt(squares), norm, 1e-4 * norm);
}

TEST_F(LlavaParity, APackedPairWithRestartedPositionsEqualsTwoSequences)
{
    const c10::NoGradGuard noGradients;
    const auto one = familyCase("text_only");
    const std::vector<std::int64_t> prompt = one.ids[0], a { 313, 629, 265 },
                                    b { 319, 302, 319, 7 };
    const auto p = static_cast<std::int64_t>(prompt.size());
    auto packed = prompt;
    packed.insert(packed.end(), a.begin(), a.end());
    packed.insert(packed.end(), b.begin(), b.end());
    const auto total = static_cast<std::int64_t>(packed.size());
    auto mask = at::ones({ total, total }, at::kBool).tril();
    mask.narrow(0, p + 3, 4).narrow(1, p, 3).fill_(false);
    auto positions = at::arange(total, at::kLong);
    positions.narrow(0, p + 3, 4).copy_(at::arange(p, p + 4, at::kLong));
    const auto together = model->hidden(model->embed(idsOf(packed)), positions.unsqueeze(0), mask);
    auto second = prompt;
    second.insert(second.end(), b.begin(), b.end());
    const auto apart = model->hidden(model->embed(idsOf(second)));
    EXPECT_LE(distance(together.narrow(1, p + 3, 4), apart.narrow(1, p, 4)), 1e-5);
    EXPECT_LE(distance(together.narrow(1, 0, p), apart.narrow(1, 0, p)), 1e-5);
}

TEST_F(LlavaParity, APlaceholderCountThatDoesNotMatchNamesBothNumbers)
{
    const auto ids = at::full({ 1, 5 }, 1498, at::kLong);
    try {
        (void)model->embed(ids, at::zeros({ 16, 64 }));
        FAIL() << "no error";
    } catch (const std::invalid_argument& error) {
        EXPECT_THAT(error.what(),
            ::testing::AllOf(
                ::testing::HasSubstr("5 image tokens"), ::testing::HasSubstr("16 features")));
    }
}

TEST_F(LlavaParity, AnAdapterAddsItsProductAndCanBeSwitchedOff)
{
    const c10::NoGradGuard noGradients;
    const auto layers = model->linears();
    Linear* query = nullptr;
    for (auto* layer : layers)
        if (layer->name == "model.language_model.layers.1.self_attn.q_proj")
            query = layer;
    ASSERT_NE(query, nullptr);
    const auto x = at::randn({ 2, 3, 64 });
    const auto base = (*query)(x);
    query->lora = std::make_shared<Lora>();
    query->lora->a = at::randn({ 4, 64 });
    query->lora->b = at::randn({ 64, 4 });
    query->lora->scale = 0.5;
    const auto want = at::linear(x, query->weight + 0.5 * query->lora->b.mm(query->lora->a));
    EXPECT_LE(distance((*query)(x), want), 1e-4);
    {
        const LoraOff off(layers);
        EXPECT_TRUE(at::equal((*query)(x), base));
    }
    EXPECT_LE(distance((*query)(x), want), 1e-4);
    const auto weight = query->weight;
    {
        const MergedLora merged(layers);
        EXPECT_LE(distance((*query)(x), want), 1e-4);
        EXPECT_FALSE(query->lora);
    }
    EXPECT_TRUE(query->weight.is_same(weight));
    EXPECT_TRUE(query->lora);
    query->lora.reset();
}

} // namespace
} // namespace slook::engine
