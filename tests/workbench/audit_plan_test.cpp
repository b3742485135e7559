#include "must.h"
#include "workbench/audit_plan.h"
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <set>

using namespace slook;
using namespace slook::workbench;

namespace {

/// `count` pairs: every third is of type wrong-right, the others of right-wrong; pair i has answers
/// 10 i + 1 (chosen) and 10 i + 2, and margin i / 10 from the end.
std::vector<AuditCandidate> candidates(int count)
{
    std::vector<AuditCandidate> rows;
    for (int i = 1; i <= count; ++i)
        rows.push_back(
            { { i }, { 10 * i + 1 }, { 10 * i + 2 }, i % 3 == 0 ? "wrong-right" : "right-wrong",
                "scl", i % 2 ? "odd" : "even", {}, (count - i) / 10.0, {} });
    return rows;
}

AuditOptions optionsFor(int pairs)
{
    AuditOptions options;
    options.name = "a";
    options.pairs = pairs;
    options.annotators = { "MK", "AB" };
    options.mirrored = 0.2;
    return options;
}

std::map<std::string, std::vector<AuditTask>> byAnnotator(const AuditPlan& plan)
{
    std::map<std::string, std::vector<AuditTask>> tasks;
    for (const AuditTask& task : plan.tasks)
        tasks[task.annotator].push_back(task);
    return tasks;
}

bool chosenLeft(const AuditTask& task)
{
    return task.left.value == 10 * task.pair.value + 1;
}

} // namespace

TEST(AuditPlan, ShowsExactlyHalfOfEveryBlockEachWay)
{
    for (const int pairs : { 1, 2, 3, 7, 8, 20, 31, 32, 100, 211 })
        for (const double mirrored : { 0.0, 0.1, 0.5 })
            for (const std::uint64_t seed : { 1u, 2u, 3u }) {
                auto options = optionsFor(pairs);
                options.seed = seed;
                options.mirrored = mirrored;
                for (const auto& [name, tasks] :
                    byAnnotator(must(planAudit(candidates(300), options)))) {
                    const auto block =
                        static_cast<std::size_t>(sideBlock(static_cast<std::size_t>(pairs)));
                    for (std::size_t begin = 0; begin < tasks.size(); begin += block) {
                        const std::size_t end = std::min(tasks.size(), begin + block);
                        int left = 0;
                        for (std::size_t i = begin; i < end; ++i)
                            left += chosenLeft(tasks[i]) ? 1 : -1;
                        const int allowed = (end - begin) % 2;
                        EXPECT_LE(std::abs(left), allowed)
                            << pairs << " pairs, block at " << begin << ", seed " << seed;
                    }
                }
            }
}

TEST(AuditPlan, MirrorsComeLaterWithSidesSwapped)
{
    const auto plan = must(planAudit(candidates(100), optionsFor(50)));
    EXPECT_EQ(plan.mirrored, 10); // a fifth of fifty
    for (const auto& [name, tasks] : byAnnotator(plan)) {
        EXPECT_EQ(tasks.size(), 60u);
        std::map<PairId, std::size_t> first;
        int mirrored = 0;
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            EXPECT_EQ(tasks[i].position, static_cast<int>(i));
            if (tasks[i].kind != TaskKind::Mirrored) {
                EXPECT_TRUE(first.emplace(tasks[i].pair, i).second) << "a pair comes once";
                continue;
            }
            ++mirrored;
            ASSERT_TRUE(first.contains(tasks[i].pair));
            const std::size_t before = first[tasks[i].pair];
            EXPECT_EQ(tasks[i].left, tasks[before].right);
            EXPECT_EQ(tasks[i].right, tasks[before].left);
            EXPECT_GT(i / 8, before / 8) << "in a later block";
        }
        EXPECT_EQ(mirrored, 10);
    }
}

TEST(AuditPlan, OverlapIsSharedAndTheRestDealtOut)
{
    auto options = optionsFor(40);
    options.annotators = { "MK", "AB", "CD" };
    options.overlap = 0.25;
    options.mirrored = 0;
    const auto plan = must(planAudit(candidates(100), options));
    EXPECT_EQ(plan.overlapping, 10);
    std::map<PairId, int> times;
    for (const AuditTask& task : plan.tasks)
        ++times[task.pair];
    EXPECT_EQ(times.size(), 40u);
    int shared = 0;
    for (const auto& [pair, count] : times) {
        EXPECT_TRUE(count == 1 || count == 3);
        shared += count == 3;
    }
    EXPECT_EQ(shared, 10);
    for (const auto& [name, tasks] : byAnnotator(plan))
        EXPECT_EQ(tasks.size(), 20u); // ten of all and ten of thirty
}

TEST(AuditPlan, StrataGiveTheSameNumberAsFarAsTheyReach)
{
    auto options = optionsFor(60);
    options.sampling = Sampling::Stratified;
    options.mirrored = 0;
    auto plan = must(planAudit(candidates(90), options)); // 30 and 60 of the types
    ASSERT_EQ(plan.strata.size(), 2u);
    EXPECT_EQ(plan.strata[0].name, "right-wrong");
    EXPECT_EQ(plan.strata[0].population, 60);
    EXPECT_EQ(plan.strata[0].drawn, 30);
    EXPECT_EQ(plan.strata[1].drawn, 30);
    options.pairs = 80;
    plan = must(planAudit(candidates(90), options));
    EXPECT_EQ(plan.strata[0].drawn, 50);
    EXPECT_EQ(plan.strata[1].drawn, 30) << "all that there are";
    std::map<std::string, int> counted;
    for (const AuditTask& task : byAnnotator(plan)["MK"])
        ++counted[task.stratum];
    EXPECT_EQ(counted["right-wrong"], 50);
    options.strata = "weather";
    EXPECT_FALSE(planAudit(candidates(90), options));
}

TEST(AuditPlan, TakesTheSmallestMarginsOrTheSelection)
{
    auto options = optionsFor(5);
    options.mirrored = 0;
    options.sampling = Sampling::SmallestMargin;
    std::set<std::int64_t> pairs;
    for (const AuditTask& task : must(planAudit(candidates(100), options)).tasks)
        pairs.insert(task.pair.value);
    EXPECT_EQ(pairs, (std::set<std::int64_t> { 96, 97, 98, 99, 100 }));
    options.sampling = Sampling::Selection;
    pairs.clear();
    for (const AuditTask& task : must(planAudit(candidates(100), options)).tasks)
        pairs.insert(task.pair.value);
    EXPECT_EQ(pairs, (std::set<std::int64_t> { 1, 2, 3, 4, 5 }));
}

TEST(AuditPlan, DependsOnSeedAndPairsAlone)
{
    auto rows = candidates(100);
    const auto options = optionsFor(30);
    const auto sequence = [](const AuditPlan& plan) {
        std::vector<std::int64_t> numbers;
        for (const AuditTask& task : plan.tasks)
            numbers.push_back(task.left.value);
        return numbers;
    };
    const auto first = sequence(must(planAudit(rows, options)));
    std::ranges::reverse(rows);
    EXPECT_EQ(sequence(must(planAudit(rows, options))), first) << "the order of rows says nothing";
    auto other = options;
    other.seed = 2;
    EXPECT_NE(sequence(must(planAudit(rows, other))), first);
    const auto tasks = byAnnotator(must(planAudit(rows, options)));
    EXPECT_NE(tasks.at("MK")[0].pair, tasks.at("AB")[0].pair) << "an order for each annotator";
}

TEST(AuditPlan, GoldComesFromSettledPairsOnTop)
{
    auto rows = candidates(60);
    for (int i = 0; i < 20; ++i)
        rows[static_cast<std::size_t>(i)].expected = rows[static_cast<std::size_t>(i)].rejected;
    auto options = optionsFor(30);
    options.gold = 0.1;
    const auto plan = must(planAudit(rows, options));
    EXPECT_EQ(plan.gold, 3);
    int gold = 0;
    for (const AuditTask& task : byAnnotator(plan)["AB"]) {
        if (task.kind == TaskKind::Gold)
            EXPECT_EQ(task.expected.value, 10 * task.pair.value + 2);
        else
            EXPECT_FALSE(task.expected);
        gold += task.kind == TaskKind::Gold;
    }
    EXPECT_EQ(gold, 3);
    const auto refused = planAudit(candidates(60), options);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what.find("3 gold pairs"), std::string::npos);
}

TEST(AuditPlan, RefusesWhatMakesNoSense)
{
    EXPECT_FALSE(planAudit({}, optionsFor(5)));
    auto options = optionsFor(5);
    options.annotators = { "MK", "MK" };
    EXPECT_FALSE(planAudit(candidates(5), options));
    options.annotators = {};
    EXPECT_FALSE(planAudit(candidates(5), options));
    options = optionsFor(5);
    options.mirrored = 0.6;
    EXPECT_FALSE(planAudit(candidates(5), options));
    options = optionsFor(5);
    options.overlap = std::numeric_limits<double>::quiet_NaN();
    EXPECT_FALSE(planAudit(candidates(5), options));
    EXPECT_FALSE(planAudit(candidates(5), optionsFor(0)));
}

/// Ten thousand judgements: whoever knows a task's place, pair, stratum, person or numbers knows
/// nothing of the side that the machine's choice is on.
TEST(AuditPlan, TenThousandJudgementsAreBalancedAndNothingTellsTheSide)
{
    auto options = optionsFor(2000);
    options.annotators = { "A", "B", "C", "D", "E" };
    options.mirrored = 0;
    options.sampling = Sampling::Stratified;
    options.seed = 20240611;
    const auto plan = must(planAudit(candidates(4000), options));
    ASSERT_EQ(plan.tasks.size(), 10'000u);
    const auto people = byAnnotator(plan);
    std::map<PairId, bool> ofFirst;
    for (const AuditTask& task : people.at("A"))
        ofFirst[task.pair] = chosenLeft(task);
    std::map<std::string, std::pair<int, int>> left; // by what is known: left, all
    const auto note = [&](const std::string& known, bool is) {
        left[known].first += is;
        ++left[known].second;
    };
    for (const auto& [name, tasks] : people) {
        int confirmed = 0; // by somebody who always says "left"
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            const AuditTask& task = tasks[i];
            const bool is = chosenLeft(task);
            confirmed += is;
            note("person " + name, is);
            note("place in block " + std::to_string(i % 8), is);
            note("quarter " + std::to_string(4 * i / tasks.size()), is);
            note("stratum " + task.stratum, is);
            note("pair mod 7: " + std::to_string(task.pair.value % 7), is);
            if (name != "A")
                note("as shown to A", is == ofFirst.at(task.pair));
            if (i % 8 == 0 && i > 0) // within a block balance itself tells
                note("as at the end of the block before", is == chosenLeft(tasks[i - 1]));
        }
        EXPECT_EQ(2 * confirmed, static_cast<int>(tasks.size()))
            << "a person who always says left agrees with the machine exactly half of the time";
    }
    EXPECT_GE(left.size(), 5u + 8 + 4 + 2 + 7 + 2);
    for (const auto& [known, counts] : left) {
        // A coin is farther out than 4.5 deviations in 7 of a million cases.
        const double n = counts.second;
        EXPECT_LT(std::abs(counts.first - n / 2), 4.5 * std::sqrt(n) / 2) << known << ", n " << n;
    }
}
