#include "engine/adapter.h"
#include "run_fixture.h"
#include "worker/engine_model.h"
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <gtest/gtest.h>

namespace slook::worker {
namespace {

bool hasAdapter(EngineModel& model)
{
    const auto linears = model.session().model().linears();
    return std::ranges::any_of(linears, [](const auto* layer) { return layer->lora != nullptr; });
}

/// Looks at the model while it answers.
class Watching final : public methods::StepContext {
public:
    explicit Watching(EngineModel& model)
        : m_model(model)
    {
    }
    bool stopRequested() override
    {
        ++looks;
        sawAdapter = sawAdapter || hasAdapter(m_model);
        return false;
    }
    Result<void> report(runs::EventBody) override { return {}; }
    int looks = 0;
    bool sawAdapter = false;

private:
    EngineModel& m_model;
};

TEST(EngineModels, AnswerWithTheAdapterAddedToTheWeightsAndTakeItOutAgain)
{
    runs::ModelRef reference;
    reference.folder = worker_test::modelFolder().string();
    auto model = EngineModel::load(reference, at::kCPU, {}, {});
    ASSERT_TRUE(model) << message(model.error());
    const auto folder = std::filesystem::temp_directory_path()
        / ("secondlook-engine-model-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    {
        const auto adapter = engine::LoraAdapter::create((*model)->session().model(), {}, 7);
        ASSERT_TRUE(adapter);
        ASSERT_TRUE(engine::writeAdapter(folder, *adapter, reference.folder));
        for (const auto& module : adapter->modules())
            module.layer->lora = nullptr;
    }
    ASSERT_TRUE((*model)->use(folder));
    EXPECT_TRUE(hasAdapter(**model));
    methods::Conversation question;
    question.userTexts = { "What is there?" };
    runs::Decoding decoding;
    decoding.maxNewTokens = 3;
    Watching watching(**model);
    std::size_t said = 0;
    ASSERT_TRUE((*model)->converse(
        std::span(&question, 1), decoding,
        [&](std::size_t, int, methods::Answer answer) -> Result<void> {
            said += answer.tokenIds.size();
            return {};
        },
        [](std::size_t, const std::string& reason) -> Result<void> {
            return fail(ErrorKind::Invalid, reason);
        },
        watching));
    EXPECT_GT(said, 0u);
    EXPECT_GT(watching.looks, 0);
    EXPECT_FALSE(watching.sawAdapter);
    EXPECT_TRUE(hasAdapter(**model)); // training would go on with it
    std::filesystem::remove_all(folder);
}

TEST(EngineModels, ReadTextsWithTheLanguageModel)
{
    runs::ModelRef reference;
    reference.folder = worker_test::modelFolder().string();
    auto model = EngineModel::load(reference, at::kCPU, {}, {});
    ASSERT_TRUE(model) << message(model.error());
    Watching watching(**model);
    const std::vector<std::string> texts { "What color is the star?", "", "red",
        "What color is the star? And the circle, which is much further away?" };
    const auto states = (*model)->textStates(texts, {}, watching);
    ASSERT_TRUE(states) << message(states.error());
    const auto& session = (*model)->session();
    const auto width = session.model().shape().hiddenSize;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        // Alone and token by token, without the batch's padding.
        const auto read = *session.tokenizer().encode(texts[i], true);
        const std::vector<std::int64_t> ids(read.begin(), read.end());
        std::vector<std::int64_t> kept;
        for (std::size_t k = 0; k < ids.size(); ++k)
            if (!session.tokenizer().isSpecial(read[k]))
                kept.push_back(static_cast<std::int64_t>(k));
        const auto& tokens = (*states)[i].tokens;
        ASSERT_EQ(tokens.tokens(), static_cast<std::int64_t>(kept.size())) << texts[i];
        EXPECT_EQ((*states)[i].sentence.tokens(), kept.empty() ? 0 : 1);
        if (kept.empty())
            continue;
        const auto hidden = session.model().hidden(
            session.model().embed(at::tensor(ids, at::kLong).unsqueeze(0)))[0];
        const auto expected = hidden.index_select(0, at::tensor(kept, at::kLong));
        const auto told = at::tensor(tokens.values).view({ -1, width });
        EXPECT_LT((told - expected).abs().max().item<float>(), 1e-4) << texts[i];
        EXPECT_LT(
            (at::tensor((*states)[i].sentence.values) - expected.mean(0)).abs().max().item<float>(),
            1e-4);
    }
    EXPECT_FALSE((*model)->textStates(texts, "/no/such/folder", watching));
}

/// What a person can choose is what the engine can compute, and refused for the same reasons: a
/// training would find out hours later.
TEST(EngineModels, KnowTheLossesThatTheRecipesOffer)
{
    const auto switches = methods::recipeByName("scl")->switches();
    const auto losses = std::ranges::find(switches, "training.loss", &methods::Switch::name);
    ASSERT_NE(losses, switches.end());
    EXPECT_EQ(losses->value, "sigmoid");
    EXPECT_EQ(losses->allowed.size(), 14u);
    for (const auto& name : losses->allowed)
        for (const bool free : { false, true })
            for (const double smoothing : { 0.0, 0.1 }) {
                engine::LossOptions options;
                const auto kind = engine::lossKindFromName(name);
                ASSERT_TRUE(kind) << name;
                options.terms = { { *kind, 1.0 } };
                options.referenceFree = free;
                options.labelSmoothing = smoothing;
                const auto planned = methods::sclOptionsFrom(
                    { { { "training.loss", name },
                          { "training.referenceFree", free ? "true" : "false" },
                          { "training.labelSmoothing", smoothing > 0 ? "0.1" : "0" } },
                        {}, 0 });
                ASSERT_TRUE(planned) << message(planned.error());
                const auto read = methods::sclOptionsFromJsonText(toJsonText(*planned), "test");
                EXPECT_EQ(read.has_value(), engine::check(options).has_value())
                    << name << " " << free << " " << smoothing;
            }
}

class Never final : public methods::StepContext {
public:
    bool stopRequested() override { return false; }
    Result<void> report(runs::EventBody) override { return {}; }
};

struct Told {
    std::size_t conversation = 0;
    int turn = 0;
    std::vector<std::int64_t> ids;
    double logprob = 0;
    bool operator==(const Told&) const = default;
};

/// What a model tells of 20 conversations of two turns, answered by so many threads.
std::vector<Told> toldBy(EngineModel& model, int threads)
{
    std::vector<methods::Conversation> conversations(20);
    for (std::size_t i = 0; i < conversations.size(); ++i)
        conversations[i].userTexts = { "Which is right? " + std::string(i, '?'), "Look again." };
    runs::Decoding decoding;
    decoding.maxNewTokens = 24;
    Never never;
    std::vector<Told> told;
    const auto before = at::get_num_threads();
    at::set_num_threads(threads);
    const auto held = model.converse(
        conversations, decoding,
        [&](std::size_t conversation, int turn, const methods::Answer& answer) -> Result<void> {
            told.push_back({ conversation, turn, answer.tokenIds, answer.logprob });
            return {};
        },
        [](std::size_t, const std::string& reason) -> Result<void> {
            return fail(ErrorKind::Invalid, reason);
        },
        never);
    at::set_num_threads(before);
    EXPECT_TRUE(held);
    return told;
}

TEST(EngineModels, WithWeightsInInt8DoNotTrain)
{
    runs::ModelRef reference;
    reference.folder = worker_test::modelFolder().string();
    reference.int8 = true;
    auto model = EngineModel::load(reference, at::kCPU, {}, {});
    ASSERT_TRUE(model) << message(model.error());
    EXPECT_EQ(toldBy(**model, 1).size(), 40u);
    Never never;
    const runs::TrainOptions options;
    const auto trained = (*model)->train({ {}, options, "dpo", "nowhere", "nowhere", {} }, never);
    ASSERT_FALSE(trained);
    EXPECT_EQ(trained.error().kind, ErrorKind::Invalid);
    EXPECT_NE(message(trained.error()).find("leave int8 out"), std::string::npos);
}

TEST(EngineModels, TellTheSameInTheOrderOfTheConversationsHoweverManyThreadsAnswer)
{
    runs::ModelRef reference;
    reference.folder = worker_test::modelFolder().string();
    auto model = EngineModel::load(reference, at::kCPU, {}, {});
    ASSERT_TRUE(model) << message(model.error());
    const auto one = toldBy(**model, 1);
    const auto two = toldBy(**model, 2);
    ASSERT_EQ(two.size(), 40u);
    for (std::size_t i = 0; i < two.size(); ++i) {
        EXPECT_EQ(two[i].conversation, i / 2);
        EXPECT_EQ(two[i].turn, static_cast<int>(i % 2) + 1);
        EXPECT_EQ(two[i].ids, one[i].ids) << "conversation " << i / 2;
        EXPECT_NEAR(two[i].logprob, one[i].logprob, 1e-3);
    }
    EXPECT_EQ(toldBy(**model, 2), two) << "bit for bit";
}

} // namespace
} // namespace slook::worker
