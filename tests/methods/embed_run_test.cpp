#include "core/hash.h"
#include "execution.h"
#include "methods/embed.h"
#include "methods/feature_file.h"
#include "methods/stic.h"
#include "temporary_folder.h"
#include "tensors.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace slook;
using namespace slook::methods;
using namespace slook::runs;

namespace {

using Set = std::vector<std::pair<std::string, std::string>>;

Result<Plan> planEmbed(Set set, std::vector<InputItem> all = items(12))
{
    return planEmbedFor({ std::move(set), {}, 5 }, { "model", "", 0 }, std::move(all));
}

std::vector<float> vectorsIn(const std::filesystem::path& file)
{
    return valuesOf<float>(readTensors(file).at("vectors"));
}

/// Asks for a stop at the n-th chance.
class Impatient final : public StepContext {
public:
    explicit Impatient(int chances)
        : m_chances(chances)
    {
    }
    std::vector<Event> events;
    bool stopRequested() override { return m_chances-- <= 0; }
    Result<void> report(EventBody body) override
    {
        events.push_back({ 0, 0, std::move(body) });
        return {};
    }

private:
    int m_chances;
};

} // namespace

TEST(Embed, WritesOneRowAnItemAndComputesAPictureOnce)
{
    const auto plan = planEmbed({ { "of", "vision" } }, items(12, 3)); // four pictures
    ASSERT_TRUE(plan) << plan.error().what;
    const TemporaryFolder folder;
    const auto done = test::runScripted(*plan, folder.path(), {});
    ASSERT_TRUE(done.ended) << done.ended.error().what;
    EXPECT_EQ(done.model.featured.size(), 4u);
    const auto artifacts = done.context.all<Artifact>();
    ASSERT_EQ(artifacts.size(), 1u);
    const auto file = folder.path() / artifacts[0].path;
    EXPECT_EQ(artifacts[0].sha256, sha256OfFile(file).value());
    const auto tensors = readTensors(file);
    const auto ids = valuesOf<std::int64_t>(tensors.at("items"));
    const auto vectors = valuesOf<float>(tensors.at("vectors"));
    ASSERT_EQ(ids.size(), 12u);
    ASSERT_EQ(vectors.size(), 36u);
    for (std::size_t i = 0; i < 12; ++i) { // the id travels with its row
        EXPECT_EQ(ids[i], static_cast<std::int64_t>(i) + 1);
        EXPECT_EQ(vectors[3 * i], static_cast<float>((ids[i] - 1) / 3 + 1));
    }
}

TEST(Embed, AStoppedRunGoesOnAndLeavesTheSameBytes)
{
    const auto plan = planEmbed({ { "of", "states" }, { "layers", "2,-1" } }, items(23, 2));
    ASSERT_TRUE(plan);
    const TemporaryFolder straight, broken;
    ASSERT_TRUE(test::runScripted(*plan, straight.path(), {}).ended);
    std::vector<Event> events;
    int stops = 0;
    for (int chances = 2; chances < 200; ++chances) {
        ScriptedModel model;
        Impatient context(chances % 7);
        const auto ended =
            runRecipe(plan->job, plan->inputs, broken.path(), events, model, context);
        for (auto& one : context.events)
            events.push_back(one);
        if (ended)
            break;
        ASSERT_EQ(ended.error().kind, ErrorKind::Stopped);
        ++stops;
        // A worker that was killed may leave a torn row.
        const auto torn = broken.path() / (featurePath("states:2") + ".part");
        if (std::filesystem::exists(torn))
            std::ofstream(torn, std::ios::app) << "torn";
    }
    EXPECT_GT(stops, 2);
    for (const auto* name : { "states:2", "states:-1" })
        EXPECT_EQ(readFile(straight.path() / featurePath(name)).value(),
            readFile(broken.path() / featurePath(name)).value())
            << name;
    EXPECT_EQ(vectorsIn(straight.path() / featurePath("states:2"))[1], 2.0f);
    EXPECT_EQ(vectorsIn(straight.path() / featurePath("states:-1"))[1], -1.0f);
}

TEST(Embed, ARefusedPictureIsARowWithoutNumbersAndANote)
{
    const auto plan = planEmbed({}, items(9));
    const TemporaryFolder folder;
    test::Execution execution;
    execution.model.refuse = { "1", "6" };
    const auto ended =
        runRecipe(plan->job, plan->inputs, folder.path(), {}, execution.model, execution.context);
    ASSERT_TRUE(ended) << ended.error().what;
    const auto vectors = vectorsIn(folder.path() / featurePath("vision"));
    for (std::size_t i = 0; i < 9; ++i)
        EXPECT_EQ(std::isnan(vectors[3 * i]), i == 0 || i == 5) << i;
    EXPECT_EQ(execution.context.all<Note>().size(), 2u);
    test::Execution all;
    for (int i = 1; i <= 9; ++i)
        all.model.refuse.insert(std::to_string(i));
    const TemporaryFolder other;
    EXPECT_FALSE(runRecipe(plan->job, plan->inputs, other.path(), {}, all.model, all.context));
}

TEST(Embed, TextsAreReadByTheEncoderThatIsNamed)
{
    auto all = items(6);
    all[2].item.answer.clear();
    const auto plan = planEmbed({ { "of", "question,answer" }, { "encoder", "/bert" } }, all);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->notes.size(), 1u);
    const TemporaryFolder folder;
    const auto done = test::runScripted(*plan, folder.path(), {});
    ASSERT_TRUE(done.ended) << done.ended.error().what;
    EXPECT_EQ(done.model.encoders, std::set<std::string> { "/bert" });
    const auto answers = readTensors(folder.path() / featurePath("answer"));
    EXPECT_EQ(
        valuesOf<std::int64_t>(answers.at("items")), (std::vector<std::int64_t> { 1, 2, 4, 5, 6 }));
    const auto letters = valuesOf<float>(answers.at("vectors"));
    EXPECT_EQ(letters['r' - 'a'], 1.0f); // "right", the text of option B
    EXPECT_EQ(letters['b' - 'a'], 0.0f);
}

TEST(Embed, SaysWhatASwitchMayBe)
{
    EXPECT_FALSE(planEmbed({ { "of", "" } }));
    EXPECT_FALSE(planEmbed({ { "of", "smell" } }));
    EXPECT_NE(planEmbed({ { "of", "states" }, { "layers", "two" } }).error().what.find("4,-1"),
        std::string::npos);
    EXPECT_FALSE(planEmbed({}, {}));
    auto plan = planEmbed({}).value();
    plan.job.steps[0].stage = "../../elsewhere";
    const TemporaryFolder folder;
    EXPECT_FALSE(test::runScripted(plan, folder.path(), {}).ended);
}
