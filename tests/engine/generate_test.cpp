// Expected ids, scores and log-probabilities: the parity fixtures, made with transformers.
#include "engine/generate.h"
#include "engine/score.h"
#include "fixture.h"
#include <cmath>
#include <gmock/gmock.h>
#include <limits>

namespace slook::engine {
namespace {

using test::distance;
using test::familyCase;
using test::featuresOf;
using Ids = std::vector<std::int64_t>;

class Generation : public ::testing::Test {
protected:
    void SetUp() override
    {
        SLOOK_NEED(test::parityDir());
        if (!model)
            model = test::loadOrThrow(test::parityDir() / "llava15/model");
    }
    static std::vector<Opening> openingsOf(const test::FamilyCase& one)
    {
        std::vector<Opening> all;
        for (std::size_t row = 0; row < one.ids.size(); ++row)
            all.push_back({ one.ids[row], featuresOf(*model, one.json, row), row });
        return all;
    }
    static GenerationOptions optionsOf(const Json& settings)
    {
        GenerationOptions options;
        options.maxNewTokens = integerOr(settings, "max_new_tokens", 16);
        options.eosTokenIds =
            settings.contains("eos_token_id") ? settings.at("eos_token_id").get<Ids>() : Ids { 2 };
        options.sampling.repetitionPenalty = numberOr(settings, "repetition_penalty", 1.0);
        options.sampling.noRepeatNgram = integerOr(settings, "no_repeat_ngram_size", 0);
        options.sampling.minNewTokens = integerOr(settings, "min_new_tokens", 0);
        return options;
    }
    static std::vector<Ids> idsOf(const Result<std::vector<Turn>>& turns)
    {
        std::vector<Ids> all;
        if (!turns)
            throw std::runtime_error(message(turns.error()));
        for (const auto& turn : *turns)
            all.push_back(turn.ids);
        return all;
    }
    static std::unique_ptr<VisionLanguageModel> model;
};
std::unique_ptr<VisionLanguageModel> Generation::model;

/// Two turns: the second question is given as ids.
class TwoTurns final : public Conversations {
public:
    TwoTurns(std::vector<Opening> openings, std::vector<Ids> tails)
        : turns(openings.size())
        , m_openings(std::move(openings))
        , m_tails(std::move(tails))
    {
    }
    std::optional<Opening> next() override
    {
        return m_next < m_openings.size() ? std::optional(m_openings[m_next++]) : std::nullopt;
    }
    std::optional<NextTurn> said(std::size_t conversation, int turn, const Turn& said) override
    {
        turns[conversation].push_back(said);
        EXPECT_EQ(static_cast<int>(turns[conversation].size()), turn);
        return turn == 1 ? std::optional(NextTurn { m_tails[conversation], {} }) : std::nullopt;
    }
    void refused(std::size_t conversation, const Error& reason) override
    {
        refusals[conversation] = reason.what;
    }
    std::string text(std::span<const std::int64_t>) override { return {}; }
    std::vector<std::vector<Turn>> turns;
    std::map<std::size_t, std::string> refusals;

private:
    std::vector<Opening> m_openings;
    std::vector<Ids> m_tails;
    std::size_t m_next = 0;
};

TEST_F(Generation, GivesTheReferencesIdsAloneAndInBatches)
{
    for (const auto* id : { "text_only", "one", "batch2_leftpad", "two_turn_a", "two_turn_b",
             "two_turn_b_ids", "two_images", "two_different_images", "batch_text_and_image",
             "rep_penalty", "no_repeat_ngram", "stop_in_batch" }) {
        const auto one = familyCase(id);
        const auto openings = openingsOf(one);
        const auto got = idsOf(generate(*model, optionsOf(one.json.at("settings")), openings));
        auto want = one.json.at("expected").at("new_ids").get<std::vector<Ids>>();
        for (auto& row : want) // behind its end the reference fills a row with the pad token
            while (!row.empty() && row.back() == 1499)
                row.pop_back();
        EXPECT_EQ(got, want) << id;
    }
}

TEST_F(Generation, ASecondTurnContinuesOnTheKeysOfTheFirst)
{
    const auto first = familyCase("two_turn_a");
    const auto second = familyCase("two_turn_b_ids");
    const auto said = first.json.at("expected").at("new_ids").at(0).get<Ids>();
    const Ids tail(
        second.ids[0].begin() + static_cast<std::ptrdiff_t>(first.ids[0].size() + said.size()),
        second.ids[0].end());
    TwoTurns conversations(openingsOf(first), { tail });
    ASSERT_TRUE(converse(*model, optionsOf(second.json.at("settings")), conversations));
    ASSERT_EQ(conversations.turns[0].size(), 2u);
    EXPECT_EQ(conversations.turns[0][0].ids, said);
    EXPECT_EQ(
        conversations.turns[0][1].ids, second.json.at("expected").at("new_ids").at(0).get<Ids>());
    // The same as reading everything again.
    const auto cold = generate(*model, optionsOf(second.json.at("settings")), openingsOf(second));
    ASSERT_TRUE(cold);
    for (std::size_t i = 0; i < 16; ++i)
        EXPECT_NEAR(conversations.turns[0][1].logprobs[i], (*cold)[0].logprobs[i], 1e-5);
}

TEST_F(Generation, AnswersDoNotDependOnWhoElseIsInTheBatch)
{
    std::vector<Opening> openings;
    for (const auto* id : { "text_only", "one", "batch2_leftpad", "two_images",
             "batch_text_and_image", "two_turn_a" })
        for (auto& opening : openingsOf(familyCase(id)))
            openings.push_back(std::move(opening));
    std::vector<Ids> tails;
    for (std::size_t i = 0; i < openings.size(); ++i) {
        openings[i].seed = 100 + i;
        tails.emplace_back(5 + 3 * i, 313);
    }
    GenerationOptions options;
    options.maxNewTokens = 12;
    options.eosTokenIds = { 2 };
    options.sampling = { .sample = true, .temperature = 0.9, .topK = 50, .topP = 0.95 };
    std::vector<std::vector<Turn>> alone;
    for (const std::int64_t rows : { 1, 3, 8 }) {
        options.rows = rows;
        TwoTurns conversations(openings, tails);
        ASSERT_TRUE(converse(*model, options, conversations));
        if (rows == 1)
            alone = conversations.turns;
        for (std::size_t i = 0; i < openings.size(); ++i)
            for (std::size_t turn = 0; turn < 2; ++turn) {
                EXPECT_EQ(conversations.turns[i][turn].ids, alone[i][turn].ids)
                    << rows << " rows, conversation " << i;
                EXPECT_EQ(conversations.turns[i][turn].ids.size(),
                    conversations.turns[i][turn].logprobs.size());
            }
    }
}

TEST_F(Generation, AStopStringEndsATurnAndIsNamed)
{
    auto options = optionsOf(familyCase("text_only").json.at("settings"));
    options.stopStrings = { "#816#" };
    const auto openings = openingsOf(familyCase("text_only"));
    const auto text = [](std::span<const std::int64_t> ids) {
        std::string all;
        for (const auto id : ids)
            all += "#" + std::to_string(id) + "#";
        return all;
    };
    const auto turns = generate(*model, options, openings, text);
    ASSERT_TRUE(turns);
    EXPECT_EQ((*turns)[0].finish, Finish::Stop);
    EXPECT_EQ((*turns)[0].ids, (Ids { 1459, 1377, 959, 1365, 395, 970, 816 }));
}

TEST_F(Generation, APromptBeyondTheContextIsRefusedBeforeAnythingIsComputed)
{
    std::vector<Opening> openings = openingsOf(familyCase("text_only"));
    openings.push_back({ Ids(4096, 5), {}, 0 });
    TwoTurns conversations(openings, { { 7 }, { 7 } });
    GenerationOptions options;
    options.maxNewTokens = 2;
    ASSERT_TRUE(converse(*model, options, conversations));
    EXPECT_EQ(conversations.turns[0].size(), 2u);
    ASSERT_TRUE(conversations.refusals.contains(1));
    EXPECT_THAT(conversations.refusals[1],
        ::testing::AllOf(::testing::HasSubstr("4096 tokens"), ::testing::HasSubstr("4096;")));
}

TEST_F(Generation, ImageTokensWithoutPicturesAndForeignIdsAreRefused)
{
    const std::vector<Opening> pictures { { { 1, 1498, 5 }, {}, 0 } };
    EXPECT_THAT(generate(*model, {}, pictures).error().what,
        ::testing::HasSubstr("1 image tokens, but the pictures have 0"));
    const std::vector<Opening> foreign { { { 1, 99999 }, {}, 0 } };
    EXPECT_THAT(generate(*model, {}, foreign).error().what, ::testing::HasSubstr("99999"));
    const std::vector<Opening> nothing { { {}, {}, 0 } };
    EXPECT_FALSE(generate(*model, {}, nothing));
}

TEST_F(Generation, OptionsThatCannotBeAreRefused)
{
    const auto openings = openingsOf(familyCase("text_only"));
    GenerationOptions options;
    options.maxNewTokens = 0;
    EXPECT_FALSE(generate(*model, options, openings));
    options = {};
    options.sampling = { .sample = true, .temperature = 0 };
    EXPECT_FALSE(generate(*model, options, openings));
    options.sampling = { .sample = true, .topP = 1.5 };
    EXPECT_FALSE(generate(*model, options, openings));
}

TEST_F(Generation, ScoresOfGivenCompletionsAgree)
{
    const auto one = familyCase("score");
    std::vector<Ids> completions;
    for (const auto& completion : one.json.at("completions"))
        completions.push_back(completion.at("ids").get<Ids>());
    const auto scores = scoreCompletions(*model, openingsOf(one)[0], completions);
    ASSERT_TRUE(scores);
    for (std::size_t i = 0; i < completions.size(); ++i) {
        const auto& want = one.json.at("completions").at(i);
        EXPECT_NEAR((*scores)[i].sum, want.at("sum").get<double>(), 2e-4);
        for (std::size_t j = 0; j < completions[i].size(); ++j)
            EXPECT_NEAR((*scores)[i].logprobs[j], want.at("logprobs").at(j).get<double>(), 1e-4);
    }
}

TEST_F(Generation, ScoresOfOptionsAgree)
{
    const auto one = familyCase("options");
    const auto opening = openingsOf(one)[0];
    std::vector<Ids> completions;
    for (const auto& option : one.json.at("options"))
        completions.push_back(option.at("ids").get<Ids>());
    const auto scores = scoreCompletions(*model, opening, completions);
    const auto next =
        nextTokenLogProbs(*model, std::vector { openingsOf(familyCase("text_only"))[0], opening });
    ASSERT_TRUE(scores && next);
    for (std::size_t i = 0; i < completions.size(); ++i) {
        const auto& want = one.json.at("options").at(i);
        EXPECT_NEAR((*scores)[i].sum, want.at("sum_logprob").get<double>(), 2e-4);
        EXPECT_NEAR((*next)[1][completions[i][0]].item<double>(),
            want.at("first_token_logprob").get<double>(), 1e-4);
    }
}

TEST_F(Generation, LogProbabilitiesOfATurnAreThoseOfScoringIt)
{
    const auto one = familyCase("one");
    const auto opening = openingsOf(one)[0];
    const auto turns = generate(*model, optionsOf(one.json.at("settings")), std::span(&opening, 1));
    ASSERT_TRUE(turns);
    const auto scores = scoreCompletions(*model, opening, std::span(&(*turns)[0].ids, 1));
    ASSERT_TRUE(scores);
    for (std::size_t i = 0; i < (*turns)[0].ids.size(); ++i)
        EXPECT_NEAR((*turns)[0].logprobs[i], (*scores)[0].logprobs[i], 2e-5);
}

} // namespace
} // namespace slook::engine
