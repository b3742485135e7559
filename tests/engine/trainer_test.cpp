#include "core/file.h"
#include "engine/shortcuts.h"
#include "engine/trainer.h"
#include "train_fixture.h"
#include <cmath>
#include <fstream>
#include <set>

namespace slook::test {
namespace {

using namespace slook::engine;
namespace fs = std::filesystem;

/// What a training leaves behind.
struct Trace {
    std::vector<double> losses;
    at::Tensor values;
    bool stopped = false;
    ReferenceUse use;
};

class TrainerTest : public ::testing::Test {
protected:
    void SetUp() override { SLOOK_NEED(parityDir() / "dpo" / "llava15"); }

    /// Eight pairs, 3 a step (so the last step of an epoch is smaller), 2 epochs: 6 steps, with
    /// dropout.
    static TrainerOptions shortRun()
    {
        auto options = fixtureOptions();
        options.batch = 3;
        options.epochs = 2;
        options.seed = 5;
        options.learner.weightDecay = 0.1;
        options.schedule.kind = ScheduleOptions::Kind::Cosine;
        options.schedule.warmupSteps = 1;
        return options;
    }

    /// Trains a fresh model, from the newest checkpoint where there is one, until step `stopAt` or
    /// the end.
    static Trace train(const TrainerOptions& options, std::int64_t stopAt = -1, bool full = false)
    {
        auto fixture = loadTrainFixture();
        LoraAdapter adapter;
        if (!full) {
            LoraSettings settings;
            settings.dropout = 0.1;
            adapter = *LoraAdapter::create(*fixture.model, settings, 9);
        }
        auto trainer = Trainer::create(
            *fixture.model, full ? nullptr : &adapter, options, fixture.examples, fixture.pictures);
        EXPECT_TRUE(trainer) << trainer.error().what;
        const auto resumed = trainer->resume();
        EXPECT_TRUE(resumed) << resumed.error().what;
        Trace trace;
        TrainCallbacks callbacks;
        callbacks.stopRequested = [&] { return trainer->stepsDone() == stopAt; };
        callbacks.onStep = [&](const StepMetrics& metrics) {
            trace.losses.push_back(metrics.loss);
        };
        const auto outcome = trainer->run(callbacks);
        EXPECT_TRUE(outcome) << outcome.error().what;
        trace.stopped = outcome->stopped;
        trace.use = trainer->referenceUse();
        std::vector<at::Tensor> values;
        for (const auto& group : trainer->learner().optimizer().groups())
            values.push_back(group.parameters.values().clone());
        trace.values = at::cat(values);
        return trace;
    }

    /// Stops at `step`, lets `damage` at the checkpoint's folder, goes on to the end.
    static Trace interrupted(TrainerOptions options, std::int64_t step, bool full = false,
        const std::function<void(const fs::path&)>& damage = {})
    {
        const TemporaryFolder folder;
        options.checkpoints = folder.path();
        options.checkpointEvery = 0;
        auto before = train(options, step, full);
        EXPECT_TRUE(before.stopped);
        if (damage)
            damage(folder.path());
        auto after = train(options, -1, full);
        EXPECT_FALSE(after.stopped);
        after.losses.insert(after.losses.begin(), before.losses.begin(), before.losses.end());
        return after;
    }
};

TEST_F(TrainerTest, GoesOnAfterAStopWithTheSameBits)
{
    const auto whole = train(shortRun());
    ASSERT_EQ(whole.losses.size(), 6u);
    for (const std::int64_t step :
        { 0, 1, 2, 3, 5 }) { // before the first, inside an epoch, at its edge, before the last
        const auto parts = interrupted(shortRun(), step);
        EXPECT_EQ(parts.losses, whole.losses) << "stopped at step " << step;
        EXPECT_TRUE(at::equal(parts.values, whole.values)) << "stopped at step " << step;
    }
}

TEST_F(TrainerTest, TakesTheReferencesOfAnEarlierTrainingAndHasTheSameBits)
{
    for (const bool full : { false, true }) {
        const TemporaryFolder folder;
        auto options = shortRun();
        options.references = folder.path();
        options.weights = "of the fixture";
        const auto first = train(options, -1, full);
        EXPECT_EQ(first.use.computed, 8);
        EXPECT_EQ(first.use.kept, 0);
        options.seed = 6; // in another order and company
        options.learner.microBatch = 1;
        options.learner.loss.beta = 0.3;
        const auto second = train(options, -1, full);
        EXPECT_EQ(second.use.computed, 0);
        EXPECT_EQ(second.use.kept, 8);
        EXPECT_EQ(second.use.problem, "");
        options.references.clear();
        const auto alone = train(options, -1, full);
        EXPECT_EQ(alone.use.computed, 8);
        EXPECT_EQ(second.losses, alone.losses);
        EXPECT_TRUE(at::equal(second.values, alone.values));
    }
}

TEST_F(TrainerTest, ComputesADamagedReferenceAgainAndSaysSo)
{
    const TemporaryFolder folder;
    auto options = shortRun();
    options.references = folder.path();
    const auto first = train(options);
    const auto file = fs::directory_iterator(folder.path())->path();
    std::ofstream(file, std::ios::app) << "one byte more";
    const auto second = train(options);
    EXPECT_EQ(second.use.computed, 8);
    EXPECT_NE(second.use.problem.find(file.string()), std::string::npos);
    EXPECT_EQ(second.losses, first.losses);
    EXPECT_EQ(train(options).use.kept, 8); // it was replaced
    options.references = folder.path() / "gone";
    const auto unkept = train(options);
    EXPECT_NE(unkept.use.problem, "");
    EXPECT_EQ(unkept.losses, first.losses);
}

TEST_F(TrainerTest, GoesOnAfterAStopWithTheSameBitsBesideACache)
{
    const TemporaryFolder folder;
    auto options = shortRun();
    const auto whole = train(options);
    options.references = folder.path();
    for (const std::int64_t step : { 1, 2 }) { // the second time all of them are there
        const auto parts = interrupted(options, step);
        EXPECT_EQ(parts.losses, whole.losses) << "stopped at step " << step;
        EXPECT_TRUE(at::equal(parts.values, whole.values)) << "stopped at step " << step;
    }
    EXPECT_EQ(train(options).use.kept, 8);
}

TEST_F(TrainerTest, TakesNoReferenceOfOtherWeightsLossesOrPictures)
{
    auto fixture = loadTrainFixture();
    auto adapter = startAdapter(*fixture.model);
    const auto keyOf = [&](const std::string& weights, const LoraAdapter* with,
                           const LossOptions& loss) {
        return sha256OfReference(*fixture.model, weights, with, loss);
    };
    const auto plain = keyOf("a", nullptr, {});
    EXPECT_EQ(plain, keyOf("a", nullptr, {}));
    EXPECT_NE(plain, keyOf("b", nullptr, {}));
    EXPECT_NE(plain, keyOf("a", &adapter, {}));
    const auto before = keyOf("a", &adapter, {});
    adapter.values()[3].add_(1e-3);
    EXPECT_NE(before, keyOf("a", &adapter, {}));
    LossOptions loss;
    loss.lengthAlpha = 0.5;
    EXPECT_NE(plain, keyOf("a", nullptr, loss));
    loss = {};
    loss.bestCompetitor = true;
    EXPECT_NE(plain, keyOf("a", nullptr, loss));
    loss = {};
    loss.beta = 0.7; // comes behind the reference
    EXPECT_EQ(plain, keyOf("a", nullptr, loss));

    const auto pairKey = [&](const TrainExample& pair, double brighter) {
        auto learner = Learner::create(
            *fixture.model, &adapter, {},
            [&](std::size_t key) -> Result<Picture> {
                auto picture = fixture.pictures(key);
                picture->pixels = picture->pixels + brighter;
                return picture;
            },
            pair.images);
        return learner->sha256Of(pair).value();
    };
    const auto& pair = fixture.examples[0];
    const auto key = pairKey(pair, 0);
    EXPECT_EQ(key, pairKey(pair, 0));
    EXPECT_NE(key, pairKey(pair, 0.01));
    auto other = pair;
    std::swap(other.segments[0], other.segments[1]);
    EXPECT_NE(key, pairKey(other, 0));
    other = pair;
    other.segments[1].ids.insert(other.segments[1].ids.begin(), other.segments[0].ids.back());
    other.segments[0].ids.pop_back(); // the same ids in a row
    EXPECT_NE(key, pairKey(other, 0));
    other = pair;
    other.prompt.back() += 1;
    EXPECT_NE(key, pairKey(other, 0));
}

/// Switched off, every epoch asks the reference again, which costs time and changes nothing.
TEST_F(TrainerTest, AsksTheReferenceInEachEpochWithTheShortcutSwitchedOff)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe"); // it is of the process
    const auto once = train(shortRun());
    const auto asksAgain = [&] {
        const TemporaryFolder folder;
        auto options = shortRun();
        options.references = folder.path();
        if (!switchOff("references"))
            return false;
        const auto each = train(options);
        return each.use.computed == 2 * once.use.computed && each.losses == once.losses
            && at::equal(each.values, once.values) && fs::is_empty(folder.path());
    };
    EXPECT_EXIT(std::_Exit(asksAgain() ? 0 : 1), ::testing::ExitedWithCode(0), "");
}

TEST_F(TrainerTest, GoesOnInFullTrainingWithTheSameBits)
{
    auto options = shortRun();
    options.learner.full.vision = true;
    const auto whole = train(options, -1, true);
    const auto parts = interrupted(options, 2, true);
    EXPECT_EQ(parts.losses, whole.losses);
    EXPECT_TRUE(at::equal(parts.values, whole.values));
}

TEST_F(TrainerTest, DiffersWhereTheCheckpointLacksTheMoments)
{
    const auto whole = train(shortRun());
    const auto without = [&](const std::string& name) {
        return interrupted(shortRun(), 3, false, [&](const fs::path& folder) {
            auto tensors = readTensors(folder / "step-000003" / "state.safetensors");
            TrainState state;
            const auto manifest = readJson(folder / "step-000003" / "manifest.json");
            state.step = 3;
            state.threads = 1;
            state.configSha256 = manifest["config_sha256"].get<std::string>();
            tensors[name].zero_();
            state.tensors = tensors;
            ASSERT_TRUE(writeCheckpoint(folder, state));
        });
    };
    EXPECT_NE(without("adapter/m").losses, whole.losses);
    EXPECT_NE(without("adapter/v").losses, whole.losses);
}

TEST_F(TrainerTest, RepeatsItselfAndDependsOnTheSeed)
{
    EXPECT_EQ(train(shortRun()).losses, train(shortRun()).losses);
    auto other = shortRun();
    other.seed = 6;
    EXPECT_NE(train(other).losses, train(shortRun()).losses);
}

TEST_F(TrainerTest, StartsAtLogTwoAndFalls)
{
    auto options = fixtureOptions();
    const auto losses = train(options).losses;
    EXPECT_NEAR(losses.front(), std::log(2.0), 1e-6);
    EXPECT_LT(losses.back(), 0.3 * losses.front());
}

TEST_F(TrainerTest, AsksNoReferenceWhereTheLossIsReferenceFree)
{
    for (const bool full : { false, true }) { // full training asks before the first step
        auto fixture = loadTrainFixture();
        LoraAdapter adapter;
        if (!full)
            adapter = startAdapter(*fixture.model);
        auto options = fixtureOptions();
        options.maxSteps = 2;
        options.shuffle = false;
        options.reference = Reference::Initial;
        options.learner.loss.referenceFree = true;
        auto trainer = Trainer::create(
            *fixture.model, full ? nullptr : &adapter, options, fixture.examples, fixture.pictures);
        ASSERT_TRUE(trainer) << trainer.error().what;
        TrainCallbacks callbacks;
        callbacks.onReference = [](std::int64_t, std::int64_t) { FAIL() << "asked"; };
        callbacks.onStep = [&](const StepMetrics& metrics) {
            double loss = 0; // -log sigmoid of beta times the policy's own margin
            for (const ExampleReward& one : metrics.rewards)
                loss += std::log1p(std::exp(one.rejected - one.chosen)) / 4;
            EXPECT_NEAR(metrics.loss, loss, 1e-5);
            EXPECT_NEAR(metrics.rewardChosen, 0.1 * metrics.logpChosen, 1e-5);
            EXPECT_NEAR(metrics.rewardRejected, 0.1 * metrics.logpRejected, 1e-5);
        };
        ASSERT_TRUE(trainer->run(callbacks));
    }
}

TEST_F(TrainerTest, RefusesACheckpointOfAnotherTraining)
{
    const TemporaryFolder folder;
    auto options = shortRun();
    options.checkpoints = folder.path();
    train(options, 2);
    options.learner.loss.beta = 0.2;
    auto fixture = loadTrainFixture();
    auto adapter = LoraAdapter::create(*fixture.model, {}, 9);
    auto trainer =
        Trainer::create(*fixture.model, &*adapter, options, fixture.examples, fixture.pictures);
    const auto resumed = trainer->resume();
    ASSERT_FALSE(resumed);
    EXPECT_EQ(resumed.error().kind, ErrorKind::Conflict);
}

TEST_F(TrainerTest, LeavesOutWhatIsTooLongAndSaysWhy)
{
    auto fixture = loadTrainFixture();
    auto adapter = LoraAdapter::create(*fixture.model, {}, 9);
    auto options = fixtureOptions();
    options.maxLength = static_cast<std::int64_t>(fixture.examples[2].longest()) - 1;
    auto trainer =
        Trainer::create(*fixture.model, &*adapter, options, fixture.examples, fixture.pictures);
    ASSERT_TRUE(trainer) << trainer.error().what;
    std::set<std::int64_t> expected, excluded;
    for (const auto& example : fixture.examples)
        if (static_cast<std::int64_t>(example.longest()) > options.maxLength)
            expected.insert(example.id);
    for (const auto& one : trainer->excluded()) {
        excluded.insert(one.id);
        EXPECT_NE(one.reason.find("allowed"), std::string::npos);
    }
    EXPECT_EQ(excluded, expected);
    options.maxLength = 3;
    const auto none =
        Trainer::create(*fixture.model, &*adapter, options, fixture.examples, fixture.pictures);
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().what.find("None of the 8"), std::string::npos);
}

TEST_F(TrainerTest, ShufflesEveryEpochAnewAndUsesEachExampleOnce)
{
    const auto first = Trainer::order(50, 1, 0, true);
    EXPECT_EQ(std::set(first.begin(), first.end()).size(), 50u);
    EXPECT_NE(first, Trainer::order(50, 1, 1, true));
    EXPECT_NE(first, Trainer::order(50, 2, 0, true));
    EXPECT_EQ(Trainer::order(3, 1, 4, false), (std::vector<std::size_t> { 0, 1, 2 }));
}

/// Losses and gradient norms of the fixture's own runs. The replay program compares all the other
/// numbers.
TEST_F(TrainerTest, FollowsTheReferenceCurve)
{
    const auto run =
        readJson(parityDir() / "dpo" / "llava15" / "runs.json")["runs"]["scl_0.9dpo_0.1sft"];
    auto fixture = loadTrainFixture();
    auto adapter = startAdapter(*fixture.model);
    auto options = fixtureOptions();
    options.shuffle = false;
    options.learner.loss.terms = { { LossKind::Sigmoid, 0.9 }, { LossKind::Sft, 0.1 } };
    auto trainer =
        Trainer::create(*fixture.model, &adapter, options, fixture.examples, fixture.pictures);
    std::map<std::int64_t, std::vector<double>> seen; // margins of each pair
    TrainCallbacks callbacks;
    callbacks.onStep = [&](const StepMetrics& metrics) {
        const Json& step = run["steps"][static_cast<std::size_t>(metrics.step - 1)];
        EXPECT_NEAR(metrics.loss, step["loss"].get<double>(), 1e-4);
        EXPECT_NEAR(metrics.gradNorm, step["grad_norm"].get<double>(),
            1e-4 + 1e-3 * step["grad_norm"].get<double>());
        EXPECT_NEAR(metrics.logpChosen, step["logps/chosen"].get<double>(), 2e-3);
        EXPECT_NEAR(metrics.rewardMargin, step["rewards/margins"].get<double>(), 3e-4);
        // TRL logs the batch's mean; what each pair got has to be what it is the mean of.
        ASSERT_EQ(static_cast<std::int64_t>(metrics.rewards.size()), metrics.examples);
        double chosen = 0, rejected = 0;
        for (const ExampleReward& one : metrics.rewards) {
            chosen += one.chosen / static_cast<double>(metrics.examples);
            rejected += one.rejected / static_cast<double>(metrics.examples);
            seen[one.id].push_back(one.chosen - one.rejected);
        }
        EXPECT_NEAR(chosen, step["rewards/chosen"].get<double>(), 3e-4);
        EXPECT_NEAR(rejected, step["rewards/rejected"].get<double>(), 3e-4);
    };
    const auto outcome = trainer->run(callbacks);
    ASSERT_TRUE(outcome) << outcome.error().what;
    EXPECT_EQ(outcome->steps, 12);
    EXPECT_EQ(seen.size(), fixture.examples.size());
    for (const auto& [id, margins] : seen)
        EXPECT_EQ(margins.size(), seen.begin()->second.size()) << id; // once an epoch
    for (const auto& [name, wanted] : readTensors(parityDir() / "dpo" / "llava15" / "adapter_final"
             / "scl_0.9dpo_0.1sft" / "adapter_model.safetensors"))
        for (const auto& part : adapter.parameters().parts())
            if ("base_model.model." + part.name == name) {
                EXPECT_LT(distance(part.tensor.detach(), wanted), 2e-3) << name;
            }
}

} // namespace
} // namespace slook::test
