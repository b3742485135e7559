// Guessed tokens change how much is computed at once and nothing that is said.
#include "engine/drafts.h"
#include "engine/session.h"
#include "engine/shortcuts.h"
#include "fixture.h"
#include "image/decode.h"
#include <algorithm>
#include <cstdlib>

namespace slook::engine {
namespace {

namespace fs = std::filesystem;
using IdList = std::vector<std::int64_t>;

TEST(Drafts, AreWhatOnceCameBehindTheLastIds)
{
    const IdList ids { 1, 2, 3, 4, 5, 9, 2, 3, 4 };
    EXPECT_EQ(draftBehind(ids, 2, -1), (IdList { 5, 9 }));
    EXPECT_EQ(draftBehind(ids, 8, -1), (IdList { 5, 9, 2, 3, 4 })); // no further than there is
    EXPECT_EQ(draftBehind(ids, 8, 9), (IdList { 5 })); // a picture's place cannot be said
    EXPECT_TRUE(draftBehind(IdList { 1, 2, 3 }, 4, -1).empty());
    EXPECT_TRUE(draftBehind(IdList { 7 }, 4, -1).empty());
    EXPECT_TRUE(draftBehind(ids, 0, -1).empty());
}

TEST(Drafts, PreferThreeIdsToTwoAndTheNewestPlace)
{
    EXPECT_EQ(draftBehind(IdList { 1, 2, 3, 7, 0, 2, 3, 8, 1, 2, 3 }, 1, -1), (IdList { 7 }));
    EXPECT_EQ(draftBehind(IdList { 2, 3, 7, 2, 3, 8, 2, 3 }, 1, -1), (IdList { 8 }));
}

TEST(Drafts, AreTrustedAsLongAsTheyComeTrue)
{
    DraftTrust trust;
    const auto first = trust.most();
    ASSERT_GT(first, 0);
    trust.learn(first, first);
    EXPECT_GT(trust.most(), first);
    DraftTrust wronged;
    wronged.learn(first, 0);
    EXPECT_EQ(wronged.most(), 0); // one whole draft in vain, and it is over
}

/// Two turns of each opening.
class Asked final : public Conversations {
public:
    Asked(std::vector<Opening> openings, std::function<NextTurn(std::size_t, const Turn&)> next)
        : turns(openings.size())
        , m_openings(std::move(openings))
        , m_second(std::move(next))
    {
    }
    std::optional<Opening> next() override
    {
        return m_next < m_openings.size() ? std::optional(m_openings[m_next++]) : std::nullopt;
    }
    std::optional<NextTurn> said(std::size_t conversation, int turn, const Turn& said) override
    {
        turns[conversation].push_back(said);
        return turn == 1 ? std::optional(m_second(conversation, said)) : std::nullopt;
    }
    void refused(std::size_t, const Error& reason) override { ADD_FAILURE() << message(reason); }
    std::string text(std::span<const std::int64_t>) override { return {}; }

    std::vector<std::vector<Turn>> turns;

private:
    std::vector<Opening> m_openings;
    std::function<NextTurn(std::size_t, const Turn&)> m_second;
    std::size_t m_next = 0;
};

struct Sums {
    std::int64_t turns = 0, drafted = 0, accepted = 0;
};

/// @param tolerance of log-probabilities; 0: the same bits
Sums expectSameTurns(const Asked& with, const Asked& without, float tolerance)
{
    Sums sums;
    for (std::size_t i = 0; i < with.turns.size(); ++i)
        for (std::size_t turn = 0; turn < 2; ++turn) {
            const auto& a = with.turns[i].at(turn);
            const auto& b = without.turns[i].at(turn);
            EXPECT_EQ(a.ids, b.ids) << "conversation " << i << ", turn " << turn + 1;
            EXPECT_EQ(finishName(a.finish), finishName(b.finish));
            EXPECT_EQ(a.logprobs.size(), b.logprobs.size());
            float farthest = 0;
            for (std::size_t k = 0; k < std::min(a.logprobs.size(), b.logprobs.size()); ++k)
                farthest = std::max(farthest, std::abs(a.logprobs[k] - b.logprobs[k]));
            EXPECT_LE(farthest, tolerance) << "conversation " << i << ", turn " << turn + 1;
            EXPECT_EQ(b.drafted, 0);
            sums.drafted += a.drafted;
            sums.accepted += a.accepted;
            ++sums.turns;
        }
    return sums;
}

constexpr const char* review =
    "Review your previous answer and ensure that all relevant aspects of "
    "the image have been considered. Based on your review, improve your "
    "answer.";

class EmbeddedModel : public ::testing::Test {
protected:
    void SetUp() override
    {
        m_session = Session::load(fs::path(SLOOK_SOURCE_DIR) / "resources/model").value();
        if (!m_session->model().shape().readsDrafts)
            GTEST_SKIP() << "this processor has no AVX2";
        std::vector<fs::path> files;
        const auto images =
            fs::path(SLOOK_SOURCE_DIR) / "resources/sample/easy_vqa/data/test/images";
        for (const auto& file : fs::recursive_directory_iterator(images))
            if (file.path().extension() == ".png")
                files.push_back(file.path());
        std::ranges::sort(files);
        for (const auto& file : files)
            m_pictures.push_back(m_session->see(image::decodeFile(file).value()).value());
    }

    /// The same conversations each time: every question about every picture.
    Asked conversations(std::span<const std::string> questions)
    {
        std::vector<Opening> openings;
        auto messages = std::make_shared<std::vector<text::Message>>();
        for (const auto& picture : m_pictures)
            for (const auto& question : questions) {
                messages->push_back(text::userMessage(question, 1));
                openings.push_back(
                    m_session->prompt({ &messages->back(), 1 }, { &picture, 1 }, openings.size())
                        .value()
                        .opening);
            }
        return { std::move(openings), [this, messages](std::size_t which, const Turn& said) {
                    return m_session
                        ->continuation({ &messages->at(which), 1 }, said, text::userMessage(review))
                        .value()
                        .turn;
                } };
    }

    std::unique_ptr<Session> m_session;
    std::vector<SeenPicture> m_pictures;
};

TEST_F(EmbeddedModel, SaysTheSameInHundredsOfSecondTurnsWithDrafts)
{
    const std::vector<std::string> questions { "What color is the shape?", "What is there?",
        "Is there a circle?", "Is there a red shape?", "Describe the picture.",
        "How many shapes are there?", "What shape is it?", "Is it blue or green?",
        "Is there a triangle?\nA. Yes\nB. No\nAnswer with the letter.", "Where is it?",
        "What is in the middle of the picture?", "Is the rectangle gray?" };
    GenerationOptions options;
    options.maxNewTokens = 40;
    options.eosTokenIds = m_session->defaults().eosTokenIds;
    options.rows = 8;
    auto with = conversations(questions), without = conversations(questions);
    ASSERT_TRUE(converse(m_session->model(), options, with));
    options.drafts = false;
    ASSERT_TRUE(converse(m_session->model(), options, without));
    // Prompts are read in other company, as another batch size would: rounding, and no other text.
    const auto sums = expectSameTurns(with, without, 1e-3F);
    EXPECT_GE(sums.turns, 400);
    EXPECT_GT(sums.accepted, 100) << "too few drafts to say anything";
    std::printf("%ld turns, %ld ids drafted, %ld of them accepted\n", static_cast<long>(sums.turns),
        static_cast<long>(sums.drafted), static_cast<long>(sums.accepted));
}

/// One conversation at a time reads its prompts in the same shapes with drafts and without: then
/// all numbers have the same bits, drawn or not.
TEST_F(EmbeddedModel, HasTheSameBitsWithDraftsWhereTheCompanyIsTheSame)
{
    const std::vector<std::string> questions { "What is there?", "Is there a circle?" };
    GenerationOptions options;
    options.maxNewTokens = 40;
    options.eosTokenIds = m_session->defaults().eosTokenIds;
    options.rows = 1;
    for (const double temperature : { 0.0, 0.3 }) {
        options.sampling = { .sample = temperature > 0,
            .temperature = temperature > 0 ? temperature : 1,
            .repetitionPenalty = temperature > 0 ? 1.05 : 1 };
        options.drafts = true;
        auto with = conversations(questions), without = conversations(questions);
        ASSERT_TRUE(converse(m_session->model(), options, with));
        options.drafts = false;
        ASSERT_TRUE(converse(m_session->model(), options, without));
        EXPECT_GT(expectSameTurns(with, without, 0.0F).accepted, 0) << temperature;
    }
}

/// They are of the process, so each is switched off in a child.
TEST_F(EmbeddedModel, SaysTheSameWithAnyShortcutSwitchedOff)
{
    // A process of its own, from its beginning: a fork of this one would miss the threads it has.
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const std::vector<std::string> questions { "What is there?" };
    GenerationOptions options;
    options.maxNewTokens = 40;
    options.eosTokenIds = m_session->defaults().eosTokenIds;
    auto all = conversations(questions);
    ASSERT_TRUE(converse(m_session->model(), options, all));
    const auto saysTheSameWithout = [&](const std::string& names) {
        if (!switchOff(names))
            return false;
        m_session = Session::load(fs::path(SLOOK_SOURCE_DIR) / "resources/model").value();
        auto fewer = conversations(questions);
        if (!converse(m_session->model(), options, fewer))
            return false;
        for (std::size_t i = 0; i < all.turns.size(); ++i)
            for (std::size_t turn = 0; turn < 2; ++turn)
                if (all.turns[i].at(turn).ids != fewer.turns[i].at(turn).ids)
                    return false;
        return true;
    };
    const std::vector<std::string> some { "kernels", "drafts", "wanted-tokens", "shared-prompts",
        "pictures", "parts", "continuous-batching", allShortcuts() };
    for (const std::string& names : some)
        EXPECT_EXIT(std::_Exit(saysTheSameWithout(names) ? 0 : 1), ::testing::ExitedWithCode(0), "")
            << names;
}

class ParityModels : public ::testing::TestWithParam<const char*> { };

/// Their weights are random, so what they say repeats itself and then suddenly does not.
TEST_P(ParityModels, SayTheSameWithDrafts)
{
    const auto folder = test::parityDir() / GetParam() / "model";
    SLOOK_NEED(folder);
    const auto model = test::loadOrThrow(folder);
    if (!model->shape().readsDrafts)
        GTEST_SKIP() << "this processor or model reads no drafts";
    const auto conversations = [] {
        std::vector<Opening> openings;
        for (std::int64_t i = 0; i < 24; ++i) {
            IdList ids;
            for (std::int64_t k = 0; k < 8 + i; ++k) // some words again and again
                ids.push_back(5 + (i * 31 + k * k) % (i % 2 == 0 ? 7 : 200));
            openings.push_back({ ids, {}, static_cast<std::uint64_t>(i) });
        }
        return Asked(openings, [](std::size_t which, const Turn&) {
            IdList ids { 17, 18, 19 };
            for (std::int64_t k = 0; k < 8; ++k) // its own question again
                ids.push_back(5 + (static_cast<std::int64_t>(which) * 31 + k * k) % 7);
            return NextTurn { ids, {} };
        });
    };
    GenerationOptions options;
    options.maxNewTokens = 48;
    options.rows = 6;
    auto with = conversations(), without = conversations();
    ASSERT_TRUE(converse(*model, options, with));
    options.drafts = false;
    ASSERT_TRUE(converse(*model, options, without));
    EXPECT_GT(expectSameTurns(with, without, 1e-3F).drafted, 0);
}

INSTANTIATE_TEST_SUITE_P(
    All, ParityModels, ::testing::Values("llava15", "llavanext", "smolvlm", "llama_text"));

/// Turns that end inside a draft: by length, by an end token and by a stop string.
TEST_F(EmbeddedModel, EndsATurnInsideADraftWhereItWouldHaveEndedAnyway)
{
    const std::vector<std::string> questions { "What is there?" };
    GenerationOptions options;
    options.eosTokenIds = m_session->defaults().eosTokenIds;
    options.rows = 3;
    std::int64_t accepted = 0;
    for (options.maxNewTokens = 1; options.maxNewTokens < 14; ++options.maxNewTokens) {
        options.drafts = true;
        auto with = conversations(questions), without = conversations(questions);
        ASSERT_TRUE(converse(m_session->model(), options, with));
        options.drafts = false;
        ASSERT_TRUE(converse(m_session->model(), options, without));
        accepted += expectSameTurns(with, without, 1e-3F).accepted;
    }
    EXPECT_GT(accepted, 0);
}

} // namespace
} // namespace slook::engine
