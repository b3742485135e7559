#include "methods/pairs.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <numeric>
#include <set>

using namespace slook;
using namespace slook::methods;

namespace {

AnswerPair answers(
    std::int64_t id, bool first, bool refined, std::string a = "first", std::string b = "refined")
{
    return { ItemId { id }, "Q" + std::to_string(id), std::move(a), std::move(b), 2, first,
        refined };
}

/// `count` pairs, of type 2 and 3 in turn.
std::vector<PairRow> somePairs(int count)
{
    std::vector<AnswerPair> all;
    for (int i = 0; i < count; ++i)
        all.push_back(answers(i + 1, i % 2 == 1, i % 2 == 0));
    return correctnessPairs(all, 1, 0);
}

std::size_t bytes(const std::string& text)
{
    return text.size();
}

std::vector<PairRow> control(
    const std::vector<PairRow>& pairs, const char* name, std::uint64_t seed = 0)
{
    return controlPairs(pairs, name, seed, bytes);
}

} // namespace

TEST(Pairs, KeepOnlyTypesTwoAndThreeAndPreferTheRightAnswer)
{
    const auto pairs =
        correctnessPairs({ answers(1, true, true), answers(2, false, true), answers(3, true, false),
                             answers(4, false, false), answers(5, false, true, "same", "same") },
            1, 0);
    ASSERT_EQ(pairs.size(), 2u);
    EXPECT_EQ(pairs[0].type, 2);
    EXPECT_EQ(pairs[0].chosen, "refined");
    EXPECT_EQ(pairs[0].rejected, "first");
    EXPECT_EQ(pairs[0].chosenTurn, 2);
    EXPECT_EQ(pairs[0].prompt, "Q2");
    EXPECT_EQ(pairs[1].type, 3);
    EXPECT_EQ(pairs[1].chosen, "first");
    EXPECT_EQ(pairs[1].rejectedTurn, 2);
    EXPECT_EQ(pairs[1].preference, "correctness");
}

TEST(Pairs, AFractionIsDrawnBySeedAndKeepsItsOrder)
{
    std::vector<AnswerPair> all;
    for (int i = 1; i <= 100; ++i)
        all.push_back(answers(i, false, true));
    for (const double fraction : { 0.2, 0.4, 0.6, 0.8, 1.0 })
        EXPECT_EQ(correctnessPairs(all, fraction, 7).size(),
            static_cast<std::size_t>(fraction * 100 + 0.5));
    const auto a = correctnessPairs(all, 0.2, 1);
    const auto again = correctnessPairs(all, 0.2, 1);
    const auto other = correctnessPairs(all, 0.2, 2);
    const auto ids = [](const std::vector<PairRow>& pairs) {
        std::vector<std::int64_t> list;
        for (const auto& one : pairs)
            list.push_back(one.item.value);
        return list;
    };
    EXPECT_EQ(ids(a), ids(again));
    EXPECT_NE(ids(a), ids(other));
    EXPECT_TRUE(std::ranges::is_sorted(ids(a)));
}

TEST(Controls, ReplaceOnlyThePreference)
{
    const auto pairs = somePairs(40);
    for (const auto& one : control(pairs, "always-refined")) {
        EXPECT_EQ(one.chosen, "refined");
        EXPECT_EQ(one.chosenTurn, 2);
        EXPECT_EQ(one.preference, "always-refined");
    }
    const auto reversed = control(pairs, "reversed");
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        EXPECT_EQ(reversed[i].chosen, pairs[i].rejected);
        EXPECT_EQ(reversed[i].rejectedTurn, pairs[i].chosenTurn);
        EXPECT_EQ(reversed[i].type, pairs[i].type);
        EXPECT_EQ(reversed[i].prompt, pairs[i].prompt);
    }
    for (const auto& one : control(pairs, "sft"))
        EXPECT_TRUE(one.rejected.empty() && !one.chosen.empty());
    EXPECT_THROW((void)control(pairs, "magic"), std::invalid_argument);
}

TEST(Controls, RandomIsACoinThatItsSeedDecides)
{
    const auto pairs = somePairs(1000);
    const auto coin = control(pairs, "random", 3);
    int same = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i)
        same += coin[i].chosen == pairs[i].chosen ? 1 : 0;
    EXPECT_GT(same, 421); // 500 +- 5 standard deviations of a fair coin
    EXPECT_LT(same, 579);
    const auto again = control(pairs, "random", 3);
    for (std::size_t i = 0; i < pairs.size(); ++i)
        EXPECT_EQ(coin[i].chosen, again[i].chosen);
}

TEST(Controls, LengthMatchedPairsSayNothingByTheirLength)
{
    // type 2 prefers the longer answer, type 3 the shorter one; differences in bytes.
    std::vector<AnswerPair> all;
    const auto add = [&](int difference) {
        const bool longer = difference > 0;
        all.push_back(answers(static_cast<std::int64_t>(all.size()) + 1, !longer, longer,
            std::string(1000, 'a'),
            std::string(static_cast<std::size_t>(1000 + std::abs(difference)), 'b')));
    };
    for (const int difference : { 100, 105, 50, 3, -99, -60, -1, -500, 400 })
        add(difference);
    all.push_back(answers(99, false, true, "aaa", "bbb")); // no difference: stays
    const auto matched = control(correctnessPairs(all, 1, 0), "length-matched");
    std::map<int, int> sizes;
    std::int64_t sum = 0;
    for (const auto& one : matched) {
        const auto d = static_cast<int>(one.chosen.size()) - static_cast<int>(one.rejected.size());
        ++sizes[d];
        sum += d;
    }
    // 3 with -1 (2 apart), 100 with -99; 50 and 60 are 17 % apart, 400 and 500 20 %, 105 comes
    // after 100.
    EXPECT_EQ(
        sizes, (std::map<int, int> { { -99, 1 }, { -1, 1 }, { 0, 1 }, { 3, 1 }, { 100, 1 } }));
    EXPECT_LE(std::abs(sum), 3);
    for (const auto& one : matched)
        EXPECT_EQ(one.chosen,
            one.type == 2
                ? all[static_cast<std::size_t>(one.item.value == 99 ? 9 : one.item.value - 1)]
                      .refined
                : all[static_cast<std::size_t>(one.item.value - 1)].first);
}
