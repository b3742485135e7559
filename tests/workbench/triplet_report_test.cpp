#include "core/json.h"
#include "must.h"
#include "temporary_folder.h"
#include "workbench/triplet_report.h"
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace slook;
using namespace slook::workbench;

namespace {

JudgedTriplet judged(std::int64_t item, double score, std::optional<bool> right, bool kept = false)
{
    JudgedTriplet one;
    one.triplet.round = 1;
    one.triplet.item = ItemId { item };
    one.triplet.kind = "vqa";
    one.triplet.score = score;
    one.triplet.kept = kept;
    one.right = right;
    return one;
}

std::vector<bool> keptOf(const std::vector<JudgedTriplet>& all)
{
    std::vector<bool> kept;
    for (const auto& one : all)
        kept.push_back(one.triplet.kept);
    return kept;
}

} // namespace

TEST(ScoreGroups, AreTenthsLowestFirstWithEqualScoresTogether)
{
    std::vector<JudgedTriplet> all;
    for (int i = 0; i < 40; ++i)
        all.push_back(judged(i, 0.01 * (39 - i), i < 20)); // the better half is right
    auto seed = judged(99, 0, true);
    seed.triplet.round = 0;
    all.push_back(seed);
    const auto groups = scoreGroups(all);
    ASSERT_EQ(groups.size(), 10u);
    for (std::size_t i = 0; i < 10; ++i) {
        EXPECT_EQ(groups[i].n, 4);
        EXPECT_NEAR(groups[i].low, 0.04 * static_cast<double>(i), 1e-12);
        EXPECT_NEAR(groups[i].high, 0.04 * static_cast<double>(i) + 0.03, 1e-12);
        EXPECT_EQ(groups[i].right.part, i < 5 ? 0 : 4);
        EXPECT_EQ(groups[i].right.whole, 4);
        const double z = 1.959963984540054; // Wilson's limit of 0 or 4 of 4 pictures
        EXPECT_NEAR(
            i < 5 ? groups[i].right.high : 1 - groups[i].right.low, z * z / (4 + z * z), 1e-9);
    }
    for (auto& one : all)
        if (one.triplet.score > 0.195)
            one.triplet.score = 1;
    const auto tied = scoreGroups(all);
    ASSERT_EQ(tied.size(), 6u);
    EXPECT_EQ(tied.back().n, 20);
    EXPECT_EQ(tied.back().low, 1);
    EXPECT_TRUE(scoreGroups({}).empty());
    EXPECT_EQ(scoreGroups(std::span(all).first(3)).size(), 1u); // three equal scores
}

TEST(TruthOfKept, SaysWhetherConsistentTripletsAreMoreOftenRight)
{
    std::vector<JudgedTriplet> all;
    for (int i = 0; i < 100; ++i) {
        all.push_back(judged(i, 0.9, i % 10 != 0, true)); // 90 of 100
        all.push_back(judged(i, 0.3, i % 2 == 0)); // 50 of 100
        all.push_back(judged(i, 0.5, std::nullopt));
    }
    const auto truth = truthOfKept(all, keptOf(all));
    EXPECT_EQ(truth.unknown, 100);
    EXPECT_EQ(truth.kept.part, 90);
    EXPECT_EQ(truth.kept.whole, 100);
    EXPECT_EQ(truth.dropped.part, 50);
    ASSERT_TRUE(truth.difference);
    EXPECT_GT(truth.difference->first, 0.2);
    EXPECT_LT(truth.difference->first, 0.4);
    EXPECT_GT(truth.difference->second, 0.4);
    // Of 140 right ones 90 score high, of 60 wrong ones 10: U / (n m) by hand.
    const double right = 140, wrong = 60;
    const double u = 90 * 50 + (90 * 10 + 50 * 50) / 2.0;
    ASSERT_TRUE(truth.auc);
    EXPECT_NEAR(*truth.auc, u / (right * wrong), 1e-12);
    ASSERT_TRUE(truth.aucInterval);
    EXPECT_LT(truth.aucInterval->first, *truth.auc);
    EXPECT_GT(truth.aucInterval->second, *truth.auc);
}

TEST(TruthOfKept, SaysNothingOfWhatNobodyKnows)
{
    std::vector<JudgedTriplet> all { judged(1, 0.9, std::nullopt, true),
        judged(2, 0.1, std::nullopt) };
    const auto truth = truthOfKept(all, keptOf(all));
    EXPECT_EQ(truth.unknown, 2);
    EXPECT_FALSE(truth.difference);
    EXPECT_FALSE(truth.auc);
    EXPECT_THROW((void)truthOfKept(all, {}), std::invalid_argument);
}

TEST(DrawnForJudging, TakesEveryNthOfTheScoresAndHidesTheirOrder)
{
    std::vector<JudgedTriplet> all;
    for (int i = 0; i < 200; ++i)
        all.push_back(judged(i, 0.005 * i, std::nullopt));
    all[7].rendered = true; // is known already
    auto seed = judged(999, 0.5, std::nullopt);
    seed.triplet.round = 0;
    all.push_back(seed);
    const auto drawn = drawnForJudging(all, 20, 1);
    ASSERT_EQ(drawn.size(), 20u);
    std::vector<int> ofTenth(10, 0);
    for (const std::size_t i : drawn) {
        ASSERT_LT(i, 200u);
        EXPECT_NE(i, 7u);
        ++ofTenth[i / 20];
    }
    for (const int count : ofTenth) // 19.9 triplets a tenth, one in 9.95 drawn
        EXPECT_TRUE(count >= 1 && count <= 3) << count;
    EXPECT_FALSE(std::ranges::is_sorted(drawn));
    EXPECT_EQ(drawnForJudging(all, 20, 1), drawn);
    EXPECT_NE(drawnForJudging(all, 20, 2), drawn);
    auto every = drawnForJudging(all, 1000, 1);
    EXPECT_EQ(every.size(), 199u);
    std::ranges::sort(every);
    EXPECT_TRUE(std::ranges::unique(every).empty()); // none twice
    EXPECT_TRUE(drawnForJudging({}, 20, 1).empty());
}

TEST(SetProfile, TellsLengthKindsAndTopicsApart)
{
    std::vector<JudgedTriplet> all { judged(1, 1, true), judged(2, 1, true), judged(3, 1, true) };
    all[0].triplet.question = "What color is the star?";
    all[0].triplet.answer = "dark blue";
    all[1].triplet.question = "what COLOR is it?";
    all[1].triplet.answer = "red";
    all[2].triplet.question = "Why?";
    all[2].triplet.kind = "chat";
    const auto two = profileOf(all, { true, true, false });
    EXPECT_EQ(two.n, 2);
    EXPECT_EQ(two.questionWords, 4.5);
    EXPECT_EQ(two.answerWords, 1.5);
    EXPECT_EQ(two.kinds, (std::map<std::string, std::int64_t> { { "vqa", 2 } }));
    EXPECT_EQ(two.topics, (std::map<std::string, std::int64_t> { { "what color", 2 } }));
    EXPECT_EQ(profileOf(all, { false, false, true }).topics.begin()->first, "why?");
    EXPECT_EQ(profileOf(all, { false, false, false }).n, 0);
}

namespace {

/// Twenty pictures of a red circle, asked about; a run of one round that kept half of what it made.
class TripletReportTest : public testing::Test {
protected:
    static constexpr int pictures = 20;

    void SetUp() override
    {
        auto project = store::Project::create(m_folder.path() / "p.slook");
        ASSERT_TRUE(project.has_value()) << message(project.error());
        m_project.emplace(std::move(*project));
        ImportBatch batch;
        batch.source.name = "twenty";
        for (int i = 0; i < pictures; ++i) {
            Item item;
            item.key = std::to_string(i);
            item.question = "Is there a red circle in the image?";
            item.answer = "yes";
            item.fields = dumpLine(Json { { "truth",
                "The image shows a small red circle at the top left on a gray background." } });
            batch.items.push_back(item);
            batch.itemImages.emplace_back();
        }
        ASSERT_TRUE(m_project->addImport(batch, "import").has_value());
        RunRow row;
        row.name = "0001-srf";
        row.recipe = "srf";
        row.job = "{}";
        ASSERT_TRUE(m_project->addRun(row, "run").has_value());
        const auto items = m_project->items();
        for (const Item& item : *items)
            m_items.push_back(item.id);
    }

    void add(runs::EventBody body)
    {
        m_events.push_back({ static_cast<std::int64_t>(m_events.size()) + 1, 0, std::move(body) });
    }
    void made(std::size_t item, int round, double score, const std::string& answer, bool kept)
    {
        TripletRow row;
        row.round = round;
        row.item = m_items[item];
        row.kind = "vqa";
        row.question = "What color is the circle?";
        row.answer = answer;
        row.score = score;
        row.kept = kept;
        add(runs::Tripled { row });
    }
    void say(const std::string& stage, std::size_t item, bool right)
    {
        runs::Answered one;
        one.response.stage = stage;
        one.response.item = m_items[item];
        one.response.tokenIds = { 1, 2, 3 };
        one.extractions.push_back({ {}, "ours", "label", -1, -1, right ? "yes" : "no", right });
        add(one);
    }
    TripletReport report()
    {
        const auto run = m_project->run("1");
        const auto taken = m_project->takeEvents(run->id, m_events);
        EXPECT_TRUE(taken) << (taken ? "" : message(taken.error()));
        auto report = tripletReportOf(*m_project, *run);
        EXPECT_TRUE(report) << (report ? "" : message(report.error()));
        return report ? std::move(*report) : TripletReport();
    }

    TemporaryFolder m_folder;
    std::optional<store::Project> m_project;
    std::vector<ItemId> m_items;
    std::vector<runs::Event> m_events;
    int m_ops = 0;
};

} // namespace

TEST_F(TripletReportTest, HoldsAnswersAgainstStartAndControlsAndTripletsAgainstTheTruth)
{
    for (std::size_t i = 0; i < 5; ++i)
        made(i, 0, 0, "red", true);
    for (std::size_t i = 0; i < 20; ++i) // the better half: nine right; the other: two
        made(i, 1, i < 10 ? 0.9 : 0.2, i < 9 || i > 17 ? "red" : "blue", i < 10);
    for (std::size_t i = 0; i < 20; ++i) {
        say("before", i, i < 5);
        say("after:round1", i, i < 15); // ten fixed
        say("after:seed-only", i, i < 14);
        say("after:random", i, i < 5);
        say("after:all", i, i < 5);
    }
    const auto all = report();
    ASSERT_EQ(all.models.size(), 5u);
    EXPECT_EQ(all.models[0].title, "start");
    EXPECT_EQ(all.models[0].answers.right, 5);
    EXPECT_FALSE(all.models[0].againstStart);
    const auto& method = all.models[1];
    EXPECT_EQ(method.title, "round 1");
    EXPECT_EQ(method.seed, 5);
    EXPECT_EQ(method.generated, 10);
    EXPECT_EQ(method.againstStart->fixed, 10);
    EXPECT_EQ(method.againstStart->broken, 0);
    EXPECT_NEAR(method.againstStart->p, 2 * std::pow(0.5, 10), 1e-12);
    EXPECT_EQ(all.models[2].generated, 0);
    EXPECT_NEAR(all.models[2].methodAgainstThis->p, 1, 1e-12); // one question
    EXPECT_EQ(all.models[3].generated, 10);
    EXPECT_EQ(all.models[4].generated, 20);
    ASSERT_EQ(all.kinds.size(), 1u);
    EXPECT_EQ(all.kinds[0].seed, 5);
    EXPECT_EQ(all.kinds[0].generated, 20);
    EXPECT_EQ(all.kinds[0].kept, 10);
    EXPECT_EQ(all.truth.kept.part, 9);
    EXPECT_EQ(all.truth.dropped.part, 2);
    EXPECT_EQ(all.truth.unknown, 0);
    ASSERT_EQ(all.groups.size(), 2u); // two scores
    EXPECT_EQ(all.groups[1].right.part, 9);
    for (const char* part : { "25.0 % at the start", "75.0 % after round 1", "it rose",
             "better than random (p = 0.002), all (p = 0.002)", "better than seed-only (p = 1.000)",
             "consistent triplets are more often right" })
        EXPECT_NE(all.sentence.find(part), std::string::npos) << part << "\n" << all.sentence;
}

TEST_F(TripletReportTest, IsThereBeforeTheTestAndSaysWhatIsNotKnown)
{
    EXPECT_FALSE(tripletReportOf(*m_project, *m_project->run("1")));
    made(0, 1, 0.5, "red", true);
    const auto all = report();
    EXPECT_TRUE(all.models.empty());
    EXPECT_NE(all.sentence.find("Nothing is measured"), std::string::npos);
    EXPECT_NE(all.sentence.find("Too little is known"), std::string::npos);
}

TEST_F(TripletReportTest, TakesPeoplesVerdictsWhereThePictureDoesNotTell)
{
    made(0, 1, 0.9, "red", true); // the picture says so
    made(1, 1, 0.8, "red", true);
    TripletRow row;
    row.round = 1;
    row.item = m_items[2];
    row.kind = "chat";
    row.question = "Why is it there?"; // no picture's truth tells
    row.answer = "Nobody knows.";
    for (row.sample = 1; row.sample <= 3; ++row.sample)
        add(runs::Tripled { row });
    const RunRow run = must(m_project->run("1"));
    ASSERT_TRUE(m_project->takeEvents(run.id, m_events));
    const auto rows = must(m_project->triplets(run.id));
    ASSERT_EQ(rows.size(), 5u);
    const auto judge = [&](std::size_t which, const char* who, std::optional<bool> right) {
        return m_project->judgeTriplet({ rows[which].id, who, right },
            std::to_string(which) + who + (right ? "1" : "0") + std::to_string(++m_ops));
    };
    const auto rightOf = [&](std::size_t which) {
        return must(judgedTriplets(*m_project, run))[which].right;
    };
    ASSERT_TRUE(judge(0, "mk", false)); // against what the picture says
    EXPECT_EQ(rightOf(0), std::optional(true));
    ASSERT_TRUE(judge(2, "mk", true));
    EXPECT_EQ(rightOf(2), std::optional(true));
    ASSERT_TRUE(judge(2, "ab", std::nullopt)); // who cannot tell says nothing against it
    EXPECT_EQ(rightOf(2), std::optional(true));
    ASSERT_TRUE(judge(2, "ab", false));
    EXPECT_EQ(rightOf(2), std::nullopt); // they disagree
    ASSERT_TRUE(m_project->undo());
    EXPECT_EQ(rightOf(2), std::optional(true));
    ASSERT_TRUE(judge(2, "mk", false)); // changed their mind
    EXPECT_EQ(rightOf(2), std::optional(false));
    const auto verdicts = must(m_project->tripletVerdicts(run.id));
    ASSERT_EQ(verdicts.size(), 3u);
    EXPECT_EQ(verdicts[1].annotator, "ab");
    EXPECT_EQ(verdicts[1].right, std::nullopt);
    EXPECT_FALSE(judge(3, "", true)); // by whom?
    EXPECT_FALSE(m_project->judgeTriplet({ { 9999 }, "mk", true }, "nowhere"));
    const auto report = must(tripletReportOf(*m_project, run));
    EXPECT_EQ(report.truth.kept.whole, 2);
    EXPECT_EQ(report.truth.dropped.whole, 1);
    EXPECT_EQ(report.truth.unknown, 2);
}
