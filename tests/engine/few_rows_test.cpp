// Products of few rows and weights in int8, against sums in double precision.
#include "engine/few_rows.h"
#include "engine/score.h"
#include "engine/session.h"
#include "engine/shortcuts.h"
#include "engine/small_kernels.h"
#include "fixture.h"
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <gmock/gmock.h>

namespace slook::engine {
namespace {

class FewRows : public ::testing::Test {
protected:
    void SetUp() override
    {
        if (!kernels::canMultiply())
            GTEST_SKIP() << "this processor has no AVX2";
        at::manual_seed(11);
    }
    c10::InferenceMode m_noGradients;
};

at::Tensor normal(at::IntArrayRef shape)
{
    return at::randn(shape, at::TensorOptions().dtype(at::kFloat));
}

/// Largest error in units of what rounding each of `in` steps of a sum may add.
double errorInRoundings(const at::Tensor& y, const at::Tensor& x, const at::Tensor& weight)
{
    const auto a = x.to(at::kDouble), b = weight.to(at::kDouble);
    const auto size = at::matmul(a.abs(), b.abs().t());
    constexpr double unit = 6e-8; // 2^-24
    const auto allowed = static_cast<double>(weight.size(1)) * unit * size + 1e-30;
    return ((y.to(at::kDouble) - at::matmul(a, b.t())).abs() / allowed).max().item<double>();
}

TEST_F(FewRows, AreTheProductWhateverTheShape)
{
    for (const std::int64_t in : { 1, 7, 8, 13, 64, 576 })
        for (const std::int64_t out : { 1, 3, 4, 10, 65 })
            for (const std::int64_t rows : { 1, 2, 3, 5, 64 }) {
                const auto x = normal({ rows, in }), weight = normal({ out, in });
                ASSERT_TRUE(kernels::productFits(x, weight));
                EXPECT_LE(errorInRoundings(kernels::product(x, weight), x, weight), 1)
                    << rows << " x " << in << " x " << out;
            }
    EXPECT_FALSE(kernels::productFits(normal({ 65, 8 }), normal({ 3, 8 })));
    EXPECT_FALSE(kernels::productFits(normal({ 8, 2 }).t(), normal({ 3, 8 })));
}

TEST_F(FewRows, HaveTheSameBitsAloneAmongOthersAndWithAnyThreads)
{
    const auto before = at::get_num_threads();
    for (const std::int64_t in : { 13, 576 }) {
        const auto x = normal({ 11, in }), weight = normal({ 600, in });
        auto layer = Linear { "layer", weight, {}, {}, {} };
        quantise(layer);
        at::set_num_threads(1);
        const auto together = kernels::product(x, weight);
        const auto whole = kernels::product(x, layer.weight, layer.scales);
        at::set_num_threads(2);
        EXPECT_TRUE(kernels::product(x, weight).equal(together));
        for (std::int64_t row = 0; row < x.size(0); ++row) {
            EXPECT_TRUE(kernels::product(x[row], weight).equal(together[row])) << row;
            EXPECT_TRUE(kernels::product(x.narrow(0, row, 1), layer.weight, layer.scales)[0].equal(
                whole[row]))
                << row;
        }
    }
    at::set_num_threads(before);
}

TEST_F(FewRows, AGateIsSiluTimesTheOtherHalf)
{
    auto gate = at::cat(
        { normal({ 3, 37 }) * 4, at::full({ 3, 2 }, 100.0F), at::full({ 3, 2 }, -100.0F) }, 1);
    const auto up = normal({ 3, 41 });
    const auto expected = at::silu(gate.to(at::kDouble)) * up.to(at::kDouble);
    kernels::gateBySilu(gate, up);
    EXPECT_LE(((gate - expected).abs() / (expected.abs() + 1e-6)).max().item<double>(), 2e-6);
}

/// Drafts: several tokens of a row in one pass see what they would have seen one after the other.
TEST_F(FewRows, TokensOfARowReadSideBySideAreThoseReadOneByOne)
{
    SLOOK_NEED(test::parityDir() / "llava15/model");
    const auto model = test::loadOrThrow(test::parityDir() / "llava15/model");
    const auto ids = at::arange(30, 42, at::kLong);
    const auto read = [&](KvCache& cache, const std::vector<std::int64_t>& rows,
                          const std::vector<std::int64_t>& which) {
        cache.startWith(rows);
        const auto some = ids.index_select(0, at::tensor(which)).unsqueeze(1);
        return model->hidden(model->embed(some), {}, {}, &cache).squeeze(1);
    };
    auto cache = model->makeCache(3, 32);
    (void)model->hidden(model->embed(at::arange(3, 24, at::kLong).view({ 3, 7 })), {}, {}, &cache);
    cache.advance(std::vector<std::int64_t> { 7, 4, 6 });
    const auto together = read(cache, { 0, 0, 0, 2, 1, 1 }, { 0, 1, 2, 3, 4, 5 });
    std::vector<at::Tensor> single;
    for (const auto& [row, id] : std::vector<std::pair<std::int64_t, std::int64_t>> {
             { 0, 0 }, { 0, 1 }, { 0, 2 }, { 2, 3 }, { 1, 4 }, { 1, 5 } }) {
        single.push_back(read(cache, { row }, { id }));
        cache.setLength(row, cache.length(row) + 1);
    }
    EXPECT_LE(test::distance(together, at::cat(single)), 1e-6);
    EXPECT_EQ(cache.length(0), 10);
    EXPECT_THROW((void)model->hidden(
                     model->embed(at::arange(3, 7, at::kLong).view({ 2, 2 })), {}, {}, &cache),
        std::invalid_argument); // startWith() named one row
}

TEST(Int8, RoundsEachWeightToTheNearestOf255)
{
    at::manual_seed(12);
    auto layer = Linear { "layer", at::randn({ 9, 40 }), {}, {}, {} };
    layer.weight[3].zero_();
    const auto before = layer.weight.clone();
    quantise(layer);
    EXPECT_EQ(layer.weight.scalar_type(), at::kChar);
    const auto back = layer.weight * layer.scales.unsqueeze(1);
    EXPECT_TRUE(((back - before).abs() <= layer.scales.unsqueeze(1) * 0.5001).all().item<bool>());
    EXPECT_TRUE(at::allclose(back.abs().amax(1), before.abs().amax(1)));
    EXPECT_TRUE(back[3].eq(0).all().item<bool>());
}

/// Few rows and many rows take different ways through the same numbers.
TEST(Int8, FewRowsAndManyMultiplyTheSameNumbers)
{
    const c10::InferenceMode noGradients;
    at::manual_seed(13);
    auto layer = Linear { "layer", at::randn({ 50, 64 }), at::randn({ 50 }), {}, {} };
    quantise(layer);
    const auto x = at::randn({ 100, 64 });
    const auto many = layer(x);
    const auto few = layer(x.narrow(0, 0, 5));
    EXPECT_LE(test::distance(few, many.narrow(0, 0, 5)), 1e-4);
    const auto expected =
        at::linear(x, layer.weight.to(at::kFloat) * layer.scales.unsqueeze(1), layer.bias);
    EXPECT_LE(test::distance(many, expected), 1e-4);
}

TEST(Int8, AModelAnswersNearlyAsBeforeInAQuarterOfTheMemory)
{
    const auto folder = std::filesystem::path(SLOOK_SOURCE_DIR) / "resources/model";
    const auto plain = loadModel(folder).value();
    const auto coarse = loadModel(folder, at::kCPU, at::kFloat, true).value();
    const auto bytes = [](VisionLanguageModel& model) {
        std::size_t sum = 0;
        for (const Linear* layer : model.linears())
            if (layer->name.find("language_model") != std::string::npos)
                sum +=
                    layer->weight.nbytes() + (layer->scales.defined() ? layer->scales.nbytes() : 0);
        return static_cast<double>(sum);
    };
    EXPECT_LT(bytes(*coarse), 0.27 * bytes(*plain));
    for (const Linear* layer : coarse->linears())
        EXPECT_EQ(layer->scales.defined(),
            layer->name.find("language_model.layers") != std::string::npos
                || layer->name == "lm_head")
            << layer->name;
    const std::vector<Opening> prompts { { { 1, 20, 30, 40, 50, 60, 70 }, {}, 0 } };
    const auto a = nextTokenLogProbs(*plain, prompts), b = nextTokenLogProbs(*coarse, prompts);
    ASSERT_TRUE(a && b);
    const auto apart = test::distance(*a, *b);
    EXPECT_GT(apart, 0);
    EXPECT_LT(apart, 1); // nats; what it is on questions is reported by "model int8"
    EXPECT_THAT(message(loadModel(folder, at::kCPU, at::kBFloat16, true).error()),
        ::testing::HasSubstr("leave int8 out"));
}

TEST(ShortcutNames, AreCheckedBeforeAnythingIsSwitchedOff)
{
    EXPECT_THAT(message(switchOff("speed").error()), ::testing::HasSubstr("wanted-tokens"));
    EXPECT_TRUE(shortcuts().drafts);
}

} // namespace
} // namespace slook::engine
