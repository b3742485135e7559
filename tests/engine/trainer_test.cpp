#include "core/file.h"
#include "engine/trainer.h"
#include "train_fixture.h"
#include <cmath>
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
