// What a training is expected to need, against every byte that its tensors take.
#include "engine/learner.h"
#include "engine/memory_plan.h"
#include "engine/runtime.h"
#include "train_fixture.h"
#include <ATen/Parallel.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

namespace slook::test {
namespace {

using namespace slook::engine;

/// Counts the bytes of all tensors that this thread makes while it lives.
class TensorBytes {
public:
    TensorBytes()
        : m_counter(std::make_shared<Counter>())
        , m_guard(c10::DebugInfoKind::PROFILER_STATE, m_counter)
    {
    }
    [[nodiscard]] std::int64_t peak() const { return m_counter->peak; }
    [[nodiscard]] std::int64_t now() const { return m_counter->now; }

private:
    struct Counter final : c10::MemoryReportingInfoBase {
        void reportMemoryUsage(
            void*, std::int64_t size, std::size_t, std::size_t, c10::Device) override
        {
            now += size;
            peak = std::max(peak, now);
        }
        [[nodiscard]] bool memoryProfilingEnabled() const override { return true; }
        std::int64_t now = 0, peak = 0;
    };
    std::shared_ptr<Counter> m_counter;
    c10::DebugInfoGuard m_guard;
};

/// Parts that other threads compute would not be counted: everything is on this one.
class OneThread {
public:
    OneThread()
        : m_before(at::get_num_threads())
    {
        at::set_num_threads(1);
    }
    ~OneThread() { at::set_num_threads(m_before); }
    OneThread(const OneThread&) = delete;
    OneThread& operator=(const OneThread&) = delete;

private:
    int m_before;
};

/// A pair with a prompt of `length` tokens and two answers of 20.
TrainExample pairOf(std::size_t length)
{
    TrainExample pair;
    pair.prompt.assign(length, 7);
    pair.segments = { { std::vector<std::int64_t>(20, 9), {} },
        { std::vector<std::int64_t>(20, 8), {} } };
    return pair;
}

class MemoryPlan : public ::testing::Test {
protected:
    static std::vector<std::filesystem::path> folders()
    {
        std::vector<std::filesystem::path> all { std::filesystem::path(SLOOK_SOURCE_DIR)
            / "resources/model" };
        for (const auto* family : { "llava15", "smolvlm", "llama_text" })
            if (std::filesystem::exists(parityDir() / family / "model"))
                all.push_back(parityDir() / family / "model");
        return all;
    }
    void SetUp() override
    {
        model = loadOrThrow(folders().front());
        adapter = *LoraAdapter::create(*model, {}, 3);
        pairs.assign(8, pairOf(200));
        options.microBatch = 8;
    }
    [[nodiscard]] std::uint64_t need(int atOnce, std::int64_t again)
    {
        auto one = options;
        one.atOnce = atOnce;
        one.recomputeLayers = again;
        return trainingNeed(*model, &adapter, one, pairs).total();
    }
    /// Room for exactly `bytes`, with what stays free.
    Result<TrainingPlan> planWith(std::uint64_t bytes)
    {
        const auto have = static_cast<std::uint64_t>(static_cast<double>(bytes) / usableShare) + 16;
        return planTraining(*model, &adapter, options, pairs, { have, "the test" });
    }
    std::unique_ptr<VisionLanguageModel> model;
    LoraAdapter adapter;
    std::vector<TrainExample> pairs;
    LearnerOptions options;
};

/// Bytes of the tensors of one step, at their most; the moments are added, which were there before.
double counted(VisionLanguageModel& model, LoraAdapter* adapter, const LearnerOptions& options,
    const std::vector<TrainExample>& pairs)
{
    auto learner = *Learner::create(model, adapter, options, {}, {});
    std::vector<const TrainExample*> batch;
    for (const TrainExample& pair : pairs)
        batch.push_back(&pair);
    std::int64_t numbers = 0;
    for (const auto& group : learner.optimizer().groups())
        numbers += 3 * group.parameters.size();
    const std::vector<ReferenceScores> references(batch.size());
    const TensorBytes bytes;
    EXPECT_TRUE(learner.accumulate(batch, references));
    return static_cast<double>(bytes.peak() + 4 * numbers);
}

TEST_F(MemoryPlan, ExpectsWhatTheTensorsOfAStepTake)
{
    const OneThread alone;
    struct Way {
        bool full;
        double dropout;
        std::int64_t again;
        bool sideBySide;
        std::size_t length;
    };
    std::vector<Way> ways;
    for (const std::int64_t again : { 0, 2, 100 })
        for (const bool sideBySide : { false, true })
            for (const std::size_t length : { 100, 250 }) {
                ways.push_back({ true, 0.0, again, sideBySide, length });
                for (const double dropout : { 0.0, 0.1 })
                    ways.push_back({ false, dropout, again, sideBySide, length });
            }
    double least = 10, most = 0;
    for (const auto& folder : folders()) {
        const auto fresh = loadOrThrow(folder);
        for (const Way& way : ways) {
            LoraSettings settings;
            settings.dropout = way.dropout;
            LoraAdapter own;
            if (!way.full)
                own = *LoraAdapter::create(*fresh, settings, 3);
            auto* learned = way.full ? nullptr : &own;
            LearnerOptions one;
            one.microBatch = 4;
            one.recomputeLayers = way.again;
            one.sideBySide = way.sideBySide;
            const std::vector<TrainExample> four(4, pairOf(way.length));
            const auto expected =
                static_cast<double>(trainingNeed(*fresh, learned, one, four).total());
            const double ratio = counted(*fresh, learned, one, four) / expected;
            least = std::min(least, ratio);
            most = std::max(most, ratio);
            EXPECT_TRUE(ratio > 0.6 && ratio < 1.25)
                << ratio << " in " << folder << (way.full ? " full" : " adapter") << ", dropout "
                << way.dropout << ", " << way.again << " layers again, side by side "
                << way.sideBySide << ", " << way.length << " tokens";
        }
    }
    std::printf("counted / expected: %.2f to %.2f\n", least, most);
}

TEST_F(MemoryPlan, TakesTheFastestWayThatFits)
{
    const auto all = *planWith(need(8, 0));
    EXPECT_EQ(all.atOnce, 8);
    EXPECT_EQ(all.recomputeLayers, 0);
    const auto half = *planWith(need(4, 0)); // 960 tokens in a pass are fast enough
    EXPECT_EQ(half.atOnce, 4);
    EXPECT_EQ(half.recomputeLayers, 0);
    EXPECT_LT(half.need.total(), half.have.bytes);
    const auto less = *planWith(need(8, 1));
    EXPECT_EQ(less.atOnce, 4) << "fewer at once cost less time than computing layers again";
    const auto least = *planWith(need(1, model->shape().layers));
    EXPECT_EQ(least.atOnce, 1);
    EXPECT_EQ(least.recomputeLayers, model->shape().layers);
}

TEST_F(MemoryPlan, ComputesLayersAgainWhereALossComparesPairs)
{
    options.loss.terms = { { LossKind::Sigmoid, 0.9 }, { LossKind::Sft, 0.1 } };
    const auto some = *planWith(need(8, 2));
    EXPECT_EQ(some.atOnce, 8);
    EXPECT_EQ(some.recomputeLayers, 2);
    EXPECT_NE(some.text().find("2 of 5 layers are computed twice"), std::string::npos)
        << some.text();
}

TEST_F(MemoryPlan, RefusesWithNumbersAndAdviceBeforeAnythingIsComputed)
{
    const auto none = planWith(need(1, model->shape().layers) / 2);
    ASSERT_FALSE(none);
    const auto& said = none.error().what;
    EXPECT_NE(said.find("MiB"), std::string::npos) << said;
    EXPECT_NE(said.find("the test leaves"), std::string::npos) << said;
    EXPECT_NE(said.find("training.maxLength"), std::string::npos) << said;
    const auto weights = roomFor(std::uint64_t { 3 } << 30, "the weights",
        { std::uint64_t { 1 } << 30, "the machine" }, "/models/large");
    ASSERT_FALSE(weights);
    EXPECT_EQ(message(weights.error()),
        "/models/large: the weights would take 3.0 GiB, but the machine leaves 1.0 GiB; close "
        "other "
        "programs, or take a smaller model");
}

TEST_F(MemoryPlan, ChangesNoGradient)
{
    const auto gradients = [&](int atOnce, std::int64_t again) {
        auto one = options;
        one.atOnce = atOnce;
        one.recomputeLayers = again;
        auto learner = *Learner::create(*model, &adapter, one, {}, {});
        std::vector<const TrainExample*> batch;
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            pairs[i] = pairOf(50 + 20 * i);
            batch.push_back(&pairs[i]);
        }
        EXPECT_TRUE(
            learner.accumulate(batch, std::vector<ReferenceScores>(8, { -99.0F, -101.0F })));
        return learner.optimizer().groups()[0].parameters.gradients().clone();
    };
    const auto plain = gradients(8, 0);
    const double norm = plain.norm().item<double>();
    EXPECT_GT(norm, 0.0);
    EXPECT_TRUE(at::equal(gradients(8, 3), plain));
    EXPECT_LT((gradients(3, 0) - plain).norm().item<double>(), 1e-5 * norm);
    EXPECT_LT((gradients(1, 5) - plain).norm().item<double>(), 1e-5 * norm);
}

TEST(MemoryLeft, IsWhatTheSystemLeavesAndSaysWho)
{
    const auto have = memoryLeft();
    EXPECT_GT(have.bytes, std::uint64_t { 16 } << 20);
    EXPECT_LT(have.bytes, std::uint64_t { 1 } << 50);
    EXPECT_FALSE(have.of.empty());
    EXPECT_EQ(memoryText(1), "1 MiB");
    EXPECT_EQ(memoryText(std::uint64_t { 1536 } << 20), "1.5 GiB");
}

} // namespace
} // namespace slook::test
