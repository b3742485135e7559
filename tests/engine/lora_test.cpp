#include "engine/lora.h"
#include "train_fixture.h"
#include <c10/core/GradMode.h>
#include <cmath>
#include <set>

namespace slook::test {
namespace {

using namespace slook::engine;

std::set<ModelPart> partsOf(const LoraAdapter& adapter)
{
    std::set<ModelPart> parts;
    for (const auto& module : adapter.modules())
        parts.insert(partOf(module.name));
    return parts;
}

at::Tensor logitsOf(const VisionLanguageModel& model)
{
    const c10::NoGradGuard noGradients;
    return model.logits(model.hidden(model.embed(at::arange(3, 13, at::kLong).unsqueeze(0))));
}

class Lora : public ::testing::Test {
protected:
    void SetUp() override
    {
        SLOOK_NEED(parityDir() / "llava15" / "model");
        model = loadOrThrow(parityDir() / "llava15" / "model");
    }
    LoraAdapter create(const LoraSettings& settings)
    {
        auto adapter = LoraAdapter::create(*model, settings, 7);
        EXPECT_TRUE(adapter) << adapter.error().what;
        return std::move(*adapter);
    }
    std::unique_ptr<VisionLanguageModel> model;
};

TEST_F(Lora, LeavesTheVisionTowerAloneUnlessAsked)
{
    LoraSettings settings;
    settings.targets = { "q_proj", "v_proj" }; // names that CLIP has too
    EXPECT_EQ(partsOf(create(settings)), std::set { ModelPart::LanguageModel });
    settings.vision = true;
    EXPECT_EQ(
        partsOf(create(settings)), (std::set { ModelPart::LanguageModel, ModelPart::Vision }));
}

TEST_F(Lora, AdaptsEveryLinearLayerButTheHead)
{
    EXPECT_EQ(create({}).modules().size(), 3u * 7u); // three layers of q, k, v, o, gate, up, down
    LoraSettings settings;
    settings.projector = true;
    EXPECT_EQ(create(settings).modules().size(), 3u * 7u + 2u);
}

TEST_F(Lora, ChoosesByPatternOverTheWholePath)
{
    LoraSettings settings;
    settings.pattern = ".*layers\\.[01]\\..*\\.(q_proj|k_proj)";
    EXPECT_EQ(create(settings).modules().size(), 4u);
    settings.pattern = "q_proj"; // must match the whole path
    const auto none = LoraAdapter::create(*model, settings, 7);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().what.find("q_proj"), std::string::npos); // says what there is
    settings.pattern = "(";
    EXPECT_FALSE(LoraAdapter::create(*model, settings, 7));
}

TEST_F(Lora, StartsWithoutAnyEffectFromASeed)
{
    const auto before = logitsOf(*model);
    const auto adapter = create({});
    EXPECT_TRUE(at::equal(logitsOf(*model), before));
    const auto& first = adapter.modules().front();
    const double bound = 1.0 / std::sqrt(static_cast<double>(first.layer->weight.size(1)));
    EXPECT_LE(first.lora->a.abs().max().item<double>(), bound);
    EXPECT_NEAR(
        first.lora->a.to(at::kDouble).std().item<double>(), bound / std::sqrt(3.0), 0.05 * bound);
    auto other = loadOrThrow(parityDir() / "llava15" / "model");
    EXPECT_TRUE(at::equal(LoraAdapter::create(*other, {}, 7)->values(), adapter.values()));
}

TEST_F(Lora, KeepsAllItsNumbersInOneBuffer)
{
    auto adapter = create({});
    (void)adapter.parameters();
    adapter.values().fill_(0.25);
    EXPECT_TRUE(adapter.modules().back().lora->b.eq(0.25).all().item<bool>());
}

TEST_F(Lora, IsTheBaseModelWhileSwitchedOffAndAfterDetaching)
{
    const auto before = logitsOf(*model);
    auto adapter = startAdapter(*model);
    const auto with = logitsOf(*model);
    EXPECT_GT(distance(with, before), 1e-3);
    adapter.setEnabled(false);
    EXPECT_TRUE(at::equal(logitsOf(*model), before));
    adapter.setEnabled(true);
    EXPECT_TRUE(at::equal(logitsOf(*model), with));
    adapter.detach();
    EXPECT_TRUE(at::equal(logitsOf(*model), before));
}

TEST_F(Lora, MergesIntoTheSameFunction)
{
    auto adapter = startAdapter(*model);
    const auto with = logitsOf(*model);
    adapter.merge();
    EXPECT_LT(distance(logitsOf(*model), with), 1e-4);
    EXPECT_EQ(model->linears().back()->lora, nullptr);
}

TEST_F(Lora, RefusesASecondAdapterAndSettingsOutOfRange)
{
    const auto held = create({});
    const auto second = LoraAdapter::create(*model, {}, 7);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::Conflict);
    LoraSettings settings;
    settings.rank = 0;
    EXPECT_FALSE(LoraAdapter::create(*model, settings, 7));
}

TEST_F(Lora, ScalesByTheRootOfTheRankWhereStabilised)
{
    LoraSettings settings;
    settings.rank = 16;
    settings.alpha = 8;
    EXPECT_DOUBLE_EQ(create(settings).modules().front().lora->scale, 0.5);
    settings.rankStabilised = true;
    EXPECT_DOUBLE_EQ(create(settings).modules().front().lora->scale, 2.0);
}

} // namespace
} // namespace slook::test
