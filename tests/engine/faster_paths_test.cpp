#include "engine/attention.h"
#include "engine/generate.h"
#include "engine/lora_product.h"
#include "engine/merged_lora.h"
#include "engine/row_parallel.h"
#include "engine/score.h"
#include "engine/small_kernels.h"
#include "train_fixture.h"
#include <ATen/Parallel.h>
#include <mutex>
#include <set>
#include <thread>

/// What is computed in fewer steps must be what is computed plainly.
namespace slook::test {
namespace {

using namespace slook::engine;

at::Tensor randomTensor(at::IntArrayRef shape)
{
    return at::rand(shape, at::kFloat) - 0.5;
}

/// They did not while our sources were compiled without OpenMP's flag, and nothing else told.
TEST(RowParallel, PartsAreComputedByThreadsOfTheirOwn)
{
    const c10::InferenceMode noGradients;
    const auto before = at::get_num_threads();
    at::set_num_threads(2);
    const auto input = randomTensor({ 8, 3 });
    std::mutex mutex;
    std::set<std::thread::id> threads;
    const auto doubled = inParts(input, 512, false, [&](std::int64_t first, std::int64_t count) {
        const std::scoped_lock lock(mutex);
        threads.insert(std::this_thread::get_id());
        return input.narrow(0, first, count) * 2;
    });
    at::set_num_threads(before);
    EXPECT_EQ(threads.size(), 2u);
    EXPECT_TRUE(doubled.equal(input * 2));
}

TEST(SmallKernels, EqualTheTensorOperations)
{
    const c10::InferenceMode noGradients;
    at::manual_seed(3);
    const auto x = randomTensor({ 3, 5, 192 }), weight = randomTensor({ 192 });
    EXPECT_LE(
        distance(kernels::rmsNorm(x, weight, 1e-5), at::rms_norm(x, { 192 }, weight, 1e-5)), 2e-6);
    auto heads = randomTensor({ 2, 4, 3, 6 });
    const auto cosine = randomTensor({ 1, 4, 1, 3 }), sine = randomTensor({ 1, 4, 1, 3 });
    const auto a = heads.narrow(3, 0, 3), b = heads.narrow(3, 3, 3);
    const auto turned = at::cat({ a * cosine - b * sine, b * cosine + a * sine }, 3);
    kernels::rotate(heads, cosine, sine);
    EXPECT_LE(distance(heads, turned), 1e-6);
}

TEST(SmallKernels, OneTokensAttentionSeesWhatItsRowHolds)
{
    const c10::InferenceMode noGradients;
    at::manual_seed(4);
    const auto query = randomTensor({ 2, 1, 6, 8 });
    const auto key = randomTensor({ 2, 9, 2, 8 }), value = randomTensor({ 2, 9, 2, 8 });
    const auto lengths = at::tensor(std::vector<std::int64_t> { 9, 4 });
    const auto mask =
        at::arange(9).lt(lengths.unsqueeze(1)).view({ 2, 1, 1, 9 }); // three query heads a key head
    EXPECT_LE(distance(kernels::attendOne(query, key, value, lengths),
                  attend(query, key, value, mask, false)),
        1e-6);
}

TEST(LoraProducts, HaveTheGradientsOfThreeProducts)
{
    at::manual_seed(5);
    Linear layer;
    layer.weight = randomTensor({ 12, 10 });
    layer.bias = randomTensor({ 12 });
    layer.lora = std::make_shared<Lora>();
    layer.lora->a = randomTensor({ 3, 10 }).requires_grad_(true);
    layer.lora->b = randomTensor({ 12, 3 }).requires_grad_(true);
    layer.lora->scale = 4;
    const auto x = randomTensor({ 4, 5, 10 }).requires_grad_(true);
    const auto weights = randomTensor({ 4, 5, 12 });
    ASSERT_TRUE(loraProductFits(layer, x));
    const auto gradients = [&](const at::Tensor& y) {
        for (const at::Tensor& leaf : { x, layer.lora->a, layer.lora->b })
            leaf.mutable_grad() = at::Tensor();
        (y * weights).sum().backward();
        return std::vector { y.detach(), x.grad(), layer.lora->a.grad(), layer.lora->b.grad() };
    };
    const auto fast = gradients(layer(x));
    const auto plain = gradients(at::linear(x, layer.weight, layer.bias)
        + 4 * at::linear(at::linear(x, layer.lora->a), layer.lora->b));
    for (std::size_t i = 0; i < fast.size(); ++i)
        EXPECT_LE(distance(fast[i], plain[i]), 1e-5) << i;
    {
        const LoraSums sums({ &layer }, true);
        ASSERT_TRUE(layer.lora->sum.defined());
        const auto once = gradients(layer(x));
        for (std::size_t i = 0; i < fast.size(); ++i)
            EXPECT_TRUE(once[i].equal(fast[i])) << i; // the same operations on the same numbers
    }
    EXPECT_FALSE(layer.lora->sum.defined());
    layer.lora->training = true;
    layer.lora->dropout = 0.1; // the adapter sees another input than the layer
    EXPECT_FALSE(loraProductFits(layer, x));
}

class FasterPaths : public ::testing::Test {
protected:
    void SetUp() override
    {
        SLOOK_NEED(parityDir() / "llava15" / "model");
        model = loadOrThrow(parityDir() / "llava15" / "model");
    }
    void TearDown() override { at::set_num_threads(1); }
    std::unique_ptr<VisionLanguageModel> model;
};

TEST_F(FasterPaths, TokensAskedForAreThoseOfTheWholePass)
{
    const c10::InferenceMode noGradients;
    const auto embeds = model->embed(at::arange(3, 33, at::kLong).view({ 2, 15 }));
    const auto keep = at::tensor(std::vector<std::int64_t> { 14, 0, 3, 9 }).view({ 2, 2 });
    const auto whole = model->hidden(embeds);
    const auto some = model->hidden(embeds, {}, {}, nullptr, keep);
    EXPECT_LE(distance(some[0], whole[0].index_select(0, keep[0])), 1e-5);
    EXPECT_LE(distance(some[1], whole[1].index_select(0, keep[1])), 1e-5);
    auto cache = model->makeCache(2, 20);
    (void)model->hidden(embeds.narrow(1, 0, 6), {}, {}, &cache);
    cache.advance(std::vector<std::int64_t> { 6, 4 }); // the second forgets two
    const auto behind = model->embed(at::arange(9, 27, at::kLong).view({ 2, 9 }));
    const auto place = at::tensor(std::vector<std::int64_t> { 8, 5 }).view({ 2, 1 });
    const auto all = model->hidden(behind, {}, {}, &cache);
    const auto last = model->hidden(behind, {}, {}, &cache, place);
    EXPECT_LE(distance(last[0][0], all[0][8]), 1e-5);
    EXPECT_LE(distance(last[1][0], all[1][5]), 1e-5);
}

TEST_F(FasterPaths, RowsInPartsAreThoseOfOneThread)
{
    const c10::InferenceMode noGradients;
    const auto ids = at::arange(3, 93, at::kLong).view({ 6, 15 });
    const auto pixels = randomTensor({ 5, 3, 56, 56 });
    const auto run = [&](int threads) {
        at::set_num_threads(threads);
        auto cache = model->makeCache(6, 20);
        auto all = model->hidden(model->embed(ids), {}, {}, &cache);
        cache.advance(std::vector<std::int64_t> { 15, 3, 9, 15, 1, 4 });
        return std::vector { all, model->hidden(model->embed(ids.narrow(1, 0, 1)), {}, {}, &cache),
            model->hidden(model->embed(ids.narrow(1, 0, 3)), {}, {}, &cache),
            model->encodeInParts(pixels) };
    };
    const auto one = run(1), two = run(2);
    for (std::size_t i = 0; i < one.size(); ++i)
        EXPECT_LE(distance(one[i], two[i]), 1e-5) << i;
}

/// Questions about one picture, one about its double, one asked twice, and one without a picture.
std::vector<Opening> promptsThatBeginAlike(const VisionLanguageModel& model)
{
    const auto one = familyCase("options");
    const auto features = featuresOf(model, one.json, 0);
    std::vector<Opening> prompts;
    for (std::int64_t i = 0; i < 5; ++i) {
        prompts.push_back({ one.ids[0], features, 0 });
        auto& ids = prompts.back().ids;
        for (std::int64_t j = 0; j <= i % 3; ++j)
            ids.push_back(7 + i + 3 * j);
    }
    prompts[3].features = features.clone(); // the same numbers, but nobody can know
    prompts.push_back(prompts[1]);
    prompts.push_back({ { 5, 6, 7 }, {}, 0 });
    return prompts;
}

TEST_F(FasterPaths, PromptsThatBeginAlikeAreThoseReadAlone)
{
    const auto prompts = promptsThatBeginAlike(*model);
    const auto together = nextTokenLogProbs(*model, prompts);
    ASSERT_TRUE(together);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        const auto alone = nextTokenLogProbs(*model, std::span(&prompts[i], 1));
        ASSERT_TRUE(alone);
        EXPECT_LE(distance((*together)[static_cast<std::int64_t>(i)], (*alone)[0]), 1e-4) << i;
    }
}

TEST_F(FasterPaths, AnswersToPromptsThatBeginAlikeAreThoseGivenAlone)
{
    const auto prompts = promptsThatBeginAlike(*model);
    GenerationOptions options;
    options.maxNewTokens = 6;
    options.rows = 4; // some come later
    const auto together = generate(*model, options, prompts);
    ASSERT_TRUE(together);
    for (std::size_t i = 0; i < prompts.size(); ++i) {
        const auto alone = generate(*model, options, std::span(&prompts[i], 1));
        ASSERT_TRUE(alone);
        EXPECT_EQ((*together)[i].ids, (*alone)[0].ids) << i;
        for (std::size_t j = 0; j < (*alone)[0].logprobs.size(); ++j)
            EXPECT_NEAR((*together)[i].logprobs[j], (*alone)[0].logprobs[j], 1e-4);
    }
}

TEST_F(FasterPaths, AMergedAdapterAnswersAsTheAdapterAndIsGoneAfterwards)
{
    SLOOK_NEED(parityDir() / "dpo" / "llava15");
    const c10::InferenceMode noGradients;
    const auto adapter = startAdapter(*model);
    const auto ask = [&] {
        return model->logits(
            model->hidden(model->embed(at::arange(3, 13, at::kLong).view({ 1, 10 }))));
    };
    const auto plain = ask();
    const auto* weight = adapter.modules().front().layer;
    const auto base = weight->weight;
    const auto before = base.clone();
    {
        const MergedLora merged(model->linears());
        for (const auto& module : adapter.modules())
            EXPECT_EQ(module.layer->lora, nullptr);
        EXPECT_LE(distance(ask(), plain), 1e-4);
    }
    for (const auto& module : adapter.modules())
        EXPECT_EQ(module.layer->lora, module.lora);
    EXPECT_TRUE(weight->weight.is_same(base));
    EXPECT_TRUE(at::equal(base, before));
    EXPECT_TRUE(at::equal(ask(), plain));
}

} // namespace
} // namespace slook::test
