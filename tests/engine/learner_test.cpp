#include "engine/learner.h"
#include "engine/shortcuts.h"
#include "train_fixture.h"
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <cmath>

namespace slook::test {
namespace {

using namespace slook::engine;

class LearnerTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        SLOOK_NEED(parityDir() / "dpo" / "llava15");
        fixture = loadTrainFixture();
        options.microBatch = 4;
    }
    Learner make(LoraAdapter* adapter)
    {
        std::vector<std::size_t> keys;
        for (const TrainExample& example : fixture.examples)
            keys.insert(keys.end(), example.images.begin(), example.images.end());
        auto learner = Learner::create(*fixture.model, adapter, options, fixture.pictures, keys);
        EXPECT_TRUE(learner) << learner.error().what;
        return std::move(*learner);
    }
    static at::Tensor gradients(const Learner& learner)
    {
        std::vector<at::Tensor> all;
        for (const auto& group : learner.optimizer().groups())
            all.push_back(group.parameters.gradients().clone());
        return at::cat(all);
    }
    static double relative(const at::Tensor& one, const at::Tensor& other)
    {
        return ((one - other).norm() / other.norm()).item<double>();
    }
    TrainFixture fixture;
    LearnerOptions options;
};

/// The gradient of one pair's loss by two separate, unpacked sequences with a plain causal mask.
at::Tensor separateGradients(const VisionLanguageModel& model, LoraAdapter& adapter,
    const TrainExample& pair, const at::Tensor& pixels, const ReferenceScores& reference,
    double beta)
{
    adapter.parameters().track();
    std::vector<at::Tensor> sums;
    for (const Segment& segment : pair.segments) {
        auto ids = pair.prompt;
        ids.insert(ids.end(), segment.ids.begin(), segment.ids.end());
        const auto features = model.encodeImages(pixels).detach().flatten(0, 1);
        const auto hidden =
            model.hidden(model.embed(at::tensor(ids, at::kLong).unsqueeze(0), features));
        const auto count = static_cast<std::int64_t>(segment.ids.size());
        const auto rows =
            hidden[0].narrow(0, static_cast<std::int64_t>(pair.prompt.size()) - 1, count);
        const auto targets = at::tensor(segment.ids, at::kLong).unsqueeze(1);
        sums.push_back(at::log_softmax(model.logits(rows), -1).gather(1, targets).sum());
    }
    const auto margin = (sums[0] - reference.chosen) - (sums[1] - reference.rejected);
    (-at::log_sigmoid(beta * margin)).backward();
    const auto gradient = adapter.parameters().gradients().clone();
    adapter.parameters().release();
    return gradient;
}

TEST_F(LearnerTest, GivesPackedPairsTheGradientOfSeparateSequences)
{
    auto adapter = startAdapter(*fixture.model);
    const ReferenceScores reference { -100.0F, -101.0F };
    at::Tensor separate;
    for (std::size_t i = 0; i < 4; ++i) {
        const auto& pair = fixture.examples[i];
        const auto one = separateGradients(*fixture.model, adapter, pair,
            fixture.pictures(pair.images[0])->pixels, reference, options.loss.beta);
        separate = separate.defined() ? separate + one / 4 : one / 4;
    }
    auto learner = make(&adapter);
    ASSERT_TRUE(
        learner.accumulate(fixture.pointers(0, 4), std::vector<ReferenceScores>(4, reference)));
    EXPECT_LT(relative(gradients(learner), separate), 1e-5);
    for (const auto& part : adapter.parameters().parts()) { // and every tensor for itself
        const auto cut = [&](const at::Tensor& all) {
            return all.narrow(0, part.begin, part.tensor.numel());
        };
        EXPECT_LT(relative(cut(gradients(learner)), cut(separate)), 2e-5) << part.name;
    }
}

TEST_F(LearnerTest, DoesNotDependOnTheMicroBatch)
{
    auto adapter = startAdapter(*fixture.model);
    std::vector<at::Tensor> all;
    for (const int micro : { 1, 3, 4 }) {
        options.microBatch = micro;
        auto learner = make(&adapter);
        const auto references = *learner.score(fixture.pointers(0, 4), true);
        ASSERT_TRUE(learner.accumulate(fixture.pointers(0, 4), references));
        all.push_back(gradients(learner));
    }
    EXPECT_LT(relative(all[0], all[2]), 1e-5);
    EXPECT_LT(relative(all[1], all[2]), 1e-5);
}

TEST_F(LearnerTest, StartsAtLogTwoWithAFreshAdapter)
{
    auto adapter = LoraAdapter::create(*fixture.model, {}, 3);
    auto learner = make(&*adapter);
    const auto references = *learner.score(fixture.pointers(0, 8), true);
    const auto metrics = *learner.accumulate(fixture.pointers(0, 8), references);
    EXPECT_NEAR(metrics.loss, std::log(2.0), 1e-6);
    EXPECT_EQ(metrics.examples, 8);
}

TEST_F(LearnerTest, HasTheSlopeThatItsLossShows)
{
    auto adapter = startAdapter(*fixture.model);
    auto learner = make(&adapter);
    const auto pairs = fixture.pointers(0, 4);
    const auto references = *learner.score(pairs, true);
    ASSERT_TRUE(learner.accumulate(pairs, references));
    const auto gradient = gradients(learner);
    const auto norm = gradient.norm();
    const auto lossAt = [&](double step) {
        const c10::NoGradGuard noGradients;
        adapter.values().add_(gradient / norm, step);
        const double loss = learner.accumulate(pairs, references)->loss;
        adapter.values().sub_(gradient / norm, step);
        return loss;
    };
    const double slope = (lossAt(2e-3) - lossAt(-2e-3)) / 4e-3;
    EXPECT_NEAR(slope / norm.item<double>(), 1.0, 2e-3);
}

TEST_F(LearnerTest, ComputesBlocksAgainWithTheSameBits)
{
    LoraSettings settings;
    settings.dropout = 0.2;
    auto adapter = LoraAdapter::create(*fixture.model, settings, 3);
    adapter->values().uniform_(-0.1, 0.1);
    const std::vector<ReferenceScores> references(4, { -100.0F, -100.0F });
    at::Tensor plain;
    const auto layers = fixture.model->shape().layers;
    for (const bool sideBySide : { false, true }) {
        options.sideBySide = sideBySide;
        for (const auto again : { std::int64_t { 0 }, std::int64_t { 1 }, layers }) {
            options.recomputeLayers = again;
            auto learner = make(&*adapter);
            ASSERT_TRUE(learner.accumulate(fixture.pointers(0, 4), references, 11));
            if (again > 0) {
                EXPECT_TRUE(at::equal(gradients(learner), plain)) << again << " layers";
            }
            plain = gradients(learner);
        }
    }
}

/// Sets the number of threads while it lives.
class Threads {
public:
    explicit Threads(int count)
        : m_before(at::get_num_threads())
    {
        at::set_num_threads(count);
    }
    ~Threads() { at::set_num_threads(m_before); }

private:
    int m_before;
};

TEST_F(LearnerTest, GivesTheSameBitsWithAnyNumberOfThreads)
{
    LoraSettings settings;
    for (const double dropout : { 0.0, 0.2 }) {
        settings.dropout = dropout;
        auto adapter = LoraAdapter::create(*fixture.model, settings, 3);
        adapter->values().uniform_(-0.1, 0.1);
        options.microBatch = 7;
        at::Tensor one;
        for (const int count : { 1, 2, 3, 5 }) {
            const Threads threads(count);
            auto learner = make(&*adapter);
            const auto references = *learner.score(fixture.pointers(0, 8), true);
            ASSERT_TRUE(learner.accumulate(fixture.pointers(0, 8), references, 4));
            if (one.defined()) {
                EXPECT_TRUE(at::equal(gradients(learner), one)) << count << " threads";
            }
            one = gradients(learner);
        }
    }
}

TEST_F(LearnerTest, ComputesSideBySideWhatItComputesInOnePart)
{
    const Threads threads(2);
    auto adapter = startAdapter(*fixture.model);
    options.loss.terms = { { LossKind::Sigmoid, 0.9 }, { LossKind::Sft, 0.1 } };
    options.microBatch = 8; // the second term's mean is over all tokens of the micro-batch
    std::vector<at::Tensor> all;
    std::vector<double> losses;
    for (const bool sideBySide : { false, true }) {
        options.sideBySide = sideBySide;
        auto learner = make(&adapter);
        const auto references = *learner.score(fixture.pointers(0, 8), true);
        losses.push_back(learner.accumulate(fixture.pointers(0, 8), references)->loss);
        all.push_back(gradients(learner));
    }
    EXPECT_NEAR(losses[0], losses[1], 1e-6);
    EXPECT_LT(relative(all[1], all[0]), 1e-5);
    EXPECT_GT(all[0].norm().item<double>(), 0.0);
}

TEST_F(LearnerTest, DrawsDropoutForEachExampleByItself)
{
    LoraSettings settings;
    settings.dropout = 0.3;
    auto adapter = LoraAdapter::create(*fixture.model, settings, 3);
    adapter->values().uniform_(-0.1, 0.1);
    const std::vector<ReferenceScores> references(4, { -100.0F, -100.0F });
    const auto with = [&](int micro, bool sideBySide, std::uint64_t draw) {
        options.microBatch = micro;
        options.sideBySide = sideBySide;
        auto learner = make(&*adapter);
        EXPECT_TRUE(learner.accumulate(fixture.pointers(0, 4), references, draw));
        return gradients(learner);
    };
    const auto plain = with(4, true, 1);
    EXPECT_LT(relative(with(1, true, 1), plain), 1e-5);
    EXPECT_LT(relative(with(4, false, 1), plain), 1e-5);
    EXPECT_GT(relative(with(4, true, 2), plain), 1e-2);
}

TEST_F(LearnerTest, StopsBeforeTheStepWhereANumberIsNotFinite)
{
    auto adapter = startAdapter(*fixture.model);
    auto learner = make(&adapter);
    const auto before = adapter.values().clone();
    auto references = *learner.score(fixture.pointers(0, 4), true);
    references[2].chosen = std::numeric_limits<float>::quiet_NaN();
    const auto done = learner.step(fixture.pointers(0, 4), references, 1e-3);
    ASSERT_FALSE(done);
    EXPECT_NE(done.error().what.find("example 102"), std::string::npos) << done.error().what;
    EXPECT_TRUE(at::equal(adapter.values(), before));
}

TEST_F(LearnerTest, EncodesEveryPictureOnce)
{
    auto adapter = startAdapter(*fixture.model);
    auto learner = make(&adapter);
    const auto references = *learner.score(fixture.pointers(0, 8), true);
    for (int i = 0; i < 3; ++i)
        ASSERT_TRUE(learner.step(fixture.pointers(0, 8), references, 1e-4));
    EXPECT_EQ(learner.picturesEncoded(), 8);
}

TEST_F(LearnerTest, TreatsSegmentsOfOnePictureAsIfEachStoodAlone)
{
    options.objective = Objective::Supervised;
    options.full.vision = true;
    TrainExample together = fixture.examples[0];
    together.segments[1].weights.assign(together.segments[1].ids.size(), 0.5F);
    std::vector<TrainExample> alone(2, together);
    alone[0].segments.erase(alone[0].segments.begin() + 1);
    alone[1].segments.erase(alone[1].segments.begin());
    auto learner = make(nullptr);
    const double loss = learner.accumulate({ &together }, {})->loss;
    const auto packed = gradients(learner);
    const double separate = learner.accumulate({ &alone[0], &alone[1] }, {})->loss;
    EXPECT_NEAR(loss, separate, 1e-5 * separate);
    EXPECT_LT(relative(packed, gradients(learner)), 1e-5);
}

/// Pictures alone: every patch of picture k shows k % 3.
PatchTask numberTask(std::size_t patches)
{
    return { { 3 }, 0.5, [patches](std::size_t key) {
                return std::vector<std::int8_t>(patches, static_cast<std::int8_t>(key % 3));
            } };
}

TEST_F(LearnerTest, LearnsPatchesWithTheSlopeThatTheirLossShows)
{
    const auto patches = fixture.model->encodeImages(fixture.pictures(0)->pixels).size(1);
    options.objective = Objective::Supervised;
    options.full = { .languageModel = false, .projector = true, .vision = true };
    options.patches = numberTask(static_cast<std::size_t>(patches));
    for (TrainExample& example : fixture.examples)
        example.segments.clear();
    auto learner = make(nullptr);
    const auto pictures = fixture.pointers(0, 4);
    ASSERT_TRUE(learner.step(pictures, {}, 1e-3)); // from zero the head has no slope to the tower
    const auto metrics = *learner.accumulate(pictures, {});
    EXPECT_LT(metrics.patchLoss, std::log(3.0));
    EXPECT_EQ(metrics.loss, 0.0);
    auto& groups = learner.optimizer().groups();
    const auto gradient = gradients(learner).clone();
    const double norm = gradient.norm().item<double>();
    const auto lossAt = [&](double length) {
        const c10::NoGradGuard noGradients;
        const auto move = [&](double by) {
            std::int64_t at = 0;
            for (auto& group : groups) {
                const auto size = group.parameters.size();
                group.parameters.values().add_(gradient.narrow(0, at, size), by / norm);
                at += size;
            }
        };
        move(length);
        const double loss = 0.5 * learner.accumulate(pictures, {})->patchLoss;
        move(-length);
        return loss;
    };
    const double slope = (lossAt(2e-3) - lossAt(-2e-3)) / 4e-3;
    EXPECT_NEAR(slope / norm, 1.0, 5e-3);
}

TEST_F(LearnerTest, WeighsThePatchesOfMicroBatchesAsOfOne)
{
    const auto patches = fixture.model->encodeImages(fixture.pictures(0)->pixels).size(1);
    options.objective = Objective::Supervised;
    options.full.vision = true;
    options.patches = numberTask(static_cast<std::size_t>(patches));
    std::vector<at::Tensor> all;
    for (const int micro : { 1, 4 }) {
        options.microBatch = micro;
        auto learner = make(nullptr);
        ASSERT_TRUE(learner.accumulate(fixture.pointers(0, 4), {}));
        all.push_back(gradients(learner));
    }
    EXPECT_LT(relative(all[0], all[1]), 1e-5);
}

TEST_F(LearnerTest, DecaysMatricesOnlyAndLearnsChosenPartsOnly)
{
    options.objective = Objective::Supervised;
    options.weightDecay = 0.5;
    options.full.projector = false;
    const auto before =
        fixture.model->parameters().at("model.multi_modal_projector.linear_1.weight").clone();
    auto learner = make(nullptr);
    for (const auto& group : learner.optimizer().groups())
        for (const auto& part : group.parameters.parts()) {
            EXPECT_EQ(group.weightDecay > 0.0, part.tensor.dim() >= 2) << part.name;
            EXPECT_EQ(
                partOf(part.name) == ModelPart::Vision || partOf(part.name) == ModelPart::Projector,
                false)
                << part.name;
        }
    ASSERT_TRUE(learner.step(fixture.pointers(0, 2), {}, 1e-3));
    EXPECT_TRUE(at::equal(
        fixture.model->parameters().at("model.multi_modal_projector.linear_1.weight"), before));
}

/// What two micro-batches taught, and what it took.
struct Taught {
    std::vector<double> losses;
    at::Tensor gradient;
    std::vector<ReferenceScores> references;
    std::int64_t tokens = 0, pictures = 0;
};

/// They are of the process, so each is switched off in a child.
TEST_F(LearnerTest, LearnsTheSameWithAnyShortcutSwitchedOff)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto teach = [&] {
        fixture = loadTrainFixture();
        auto adapter = startAdapter(*fixture.model); // no dropout: its draws are of the rows
        auto learner = make(&adapter);
        const auto batch = fixture.pointers(0, 8);
        Taught taught;
        taught.references = learner.score(batch, true).value();
        const auto metrics = learner.accumulate(batch, taught.references).value();
        taught.losses = metrics.microLosses;
        taught.gradient = gradients(learner);
        taught.tokens = metrics.tokens;
        taught.pictures = learner.picturesEncoded();
        return taught;
    };
    const auto all = teach();
    const auto teachesTheSameWithout = [&](const std::string& names) {
        if (!switchOff(names))
            return false;
        const auto fewer = teach();
        bool same = relative(fewer.gradient, all.gradient) < 1e-4;
        for (std::size_t i = 0; i < all.losses.size(); ++i)
            same = same && std::abs(fewer.losses[i] - all.losses[i]) < 1e-5;
        for (std::size_t i = 0; i < all.references.size(); ++i)
            same = same && std::abs(fewer.references[i].chosen - all.references[i].chosen) < 1e-4
                && std::abs(fewer.references[i].rejected - all.references[i].rejected) < 1e-4;
        if (names == "shared-pairs") // and it is really off
            same = same && fewer.tokens > all.tokens;
        if (names == "pictures")
            same = same && fewer.pictures > all.pictures;
        return same;
    };
    const std::vector<std::string> some { "wanted-tokens", "lora-sums", "parts", "shared-pairs",
        "head-rows", "fused-log-probs", "pictures", allShortcuts() };
    for (const std::string& names : some)
        EXPECT_EXIT(
            std::_Exit(teachesTheSameWithout(names) ? 0 : 1), ::testing::ExitedWithCode(0), "")
            << names;
}

} // namespace
} // namespace slook::test
