#include "audit_fixture.h"
#include "workbench/audit_report.h"

using namespace slook;
using namespace slook::workbench;

/// Two answers of one question with the same words, and a corrupted picture behind the rejected
/// one.
TEST_F(AuditTest, NamesTheAnswerOfThePairsOwnStageAndItsCorruption)
{
    RunRow row;
    row.name = "0002-stic";
    row.recipe = "stic";
    row.job = "{}";
    const auto run = must(project->addRun(row, "stic"));
    const auto item = must(project->items()).front();
    std::vector<runs::Event> events;
    const auto said = [&](const char* stage, const char* text) {
        runs::Answered one;
        one.response.stage = stage;
        one.response.item = item.id;
        one.response.turn = 1;
        one.response.text = text;
        if (one.response.stage == "rejected")
            one.corruptions = { { {}, 0, "fog", "{}", 1, "before", "after" } };
        events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, one });
    };
    said("infused", "A cup.");
    said("good", "A cup.");
    said("rejected", "A cat.");
    runs::Paired paired { { {}, {}, "stage1", item.id, 0, "Describe.", "A cup.", "A cat.", 1, 1 } };
    paired.pair.chosenStage = "good";
    paired.pair.rejectedStage = "rejected";
    events.push_back({ 4, 0, paired });
    must(project->takeEvents(run, events));
    AuditSource source;
    source.runs = { run };
    const auto found = must(auditCandidates(*project, source));
    ASSERT_EQ(found.rows.size(), 1u);
    EXPECT_EQ(must(project->response(found.rows[0].chosen)).stage, "good");
    EXPECT_EQ(must(project->response(found.rows[0].rejected)).stage, "rejected");
    EXPECT_EQ(found.rows[0].corruption, "fog");
}

TEST_F(AuditTest, AnnotatorsSeeBothAnswersAndNothingElseTellsTheSide)
{
    const auto batch = plan();
    EXPECT_EQ(batch.tasks, 80);
    const auto session = must(auditSession(*project, batch.id, "MK"));
    ASSERT_EQ(session.views.size(), 40u);
    int left = 0;
    for (const AuditView& view : session.views) {
        const bool chosenLeft = view.chosen == "left";
        left += chosenLeft;
        const bool refined = view.task.pair.value <= 20;
        EXPECT_EQ(view.leftText.starts_with("A blue"), chosenLeft == refined);
        EXPECT_NE(view.leftText, view.rightText);
        EXPECT_NE(view.machine.find(refined ? "wrong-right" : "right-wrong"), std::string::npos);
    }
    EXPECT_EQ(left, 20);
    EXPECT_EQ(
        must(auditSession(*project, batch.id, "MK")).views[7].task.left, session.views[7].task.left)
        << "stable on return";
    EXPECT_EQ(auditSession(*project, batch.id, "nobody").error().kind, ErrorKind::NotFound);
}

TEST_F(AuditTest, NumbersFollowFromTheVerdicts)
{
    const auto batch = plan();
    // AB always confirms. MK prefers the rejected answer for items 1 to 5, ties 6, and confirms.
    judge(batch, "AB", [](const auto&, const auto& pair) { return better(pair.chosen); });
    judge(batch, "MK", [](const auto&, const auto& pair) {
        const auto item = pair.pair.item.value;
        return item <= 5 ? better(pair.rejected)
            : item == 6  ? plain(Choice::Tie)
                         : better(pair.chosen);
    });
    const auto report = must(auditReport(*project, must(auditNamed(*project, "first"))));
    const auto& raw = coefficient(report, "Raw agreement");
    EXPECT_EQ(raw.n, 40);
    EXPECT_DOUBLE_EQ(*raw.value, 34.0 / 40);
    EXPECT_TRUE(raw.hasInterval);
    EXPECT_LT(raw.low, 34.0 / 40);
    // Observed 34/40; expected 34/40 as well, since AB has one category: kappa 0.
    EXPECT_NEAR(*coefficient(report, "Cohen's kappa").value, 0, 1e-12);
    // By hand: shares 74/80, 5/80, 1/80; P = 34/40, Pe = (74^2 + 5^2 + 1) / 80^2.
    const double expected = (74.0 * 74 + 25 + 1) / 6400;
    EXPECT_NEAR(
        *coefficient(report, "Fleiss' kappa").value, (0.85 - expected) / (1 - expected), 1e-12);
    const auto& all = precision(report, "all", "");
    EXPECT_EQ(all.judged, 34); // six pairs have one vote against one
    EXPECT_EQ(all.conflict, 6);
    EXPECT_EQ(all.precision.hits, 34);
    EXPECT_EQ(precision(report, "type", "wrong-right").precision.n, 14);
    EXPECT_EQ(precision(report, "type", "right-wrong").precision.n, 20);
    EXPECT_EQ(report.conflicts.size(), 6u);
    EXPECT_TRUE(report.randomSample);
    const auto& rater = report.raters[0];
    EXPECT_EQ(rater.name, "AB");
    EXPECT_EQ(rater.left.hits, 20) << "half of the machine's choices were on the left";
    EXPECT_EQ(rater.left.n, 40);
    EXPECT_DOUBLE_EQ(rater.leftP, 1);
    EXPECT_EQ(rater.medianSeconds, 10);
    const auto again = must(auditReport(*project, must(auditNamed(*project, "first"))));
    EXPECT_EQ(coefficient(again, "Raw agreement").low, raw.low) << "drawn by the batch's seed";
}

TEST_F(AuditTest, SaysInWordsWhyAValueIsUndefined)
{
    const auto batch = plan();
    auto report = must(auditReport(*project, batch, 50));
    EXPECT_NE(coefficient(report, "Fleiss' kappa").undefined.find("no pair was judged by two"),
        std::string::npos);
    judge(batch, "AB", [](const auto&, const auto& pair) { return better(pair.chosen); });
    judge(batch, "MK", [](const auto&, const auto& pair) { return better(pair.chosen); });
    report = must(auditReport(*project, batch, 50));
    EXPECT_EQ(*coefficient(report, "Raw agreement").value, 1);
    for (const char* name : { "Cohen's kappa", "Fleiss' kappa", "Krippendorff's alpha, nominal" }) {
        EXPECT_FALSE(coefficient(report, name).value) << name;
        EXPECT_NE(coefficient(report, name).undefined.find("every judgement is the same"),
            std::string::npos);
    }
}

TEST_F(AuditTest, MirroredRepeatsTestThePersonAndAreNoVotes)
{
    const auto batch = plan(0.2); // eight repeats each
    // MK always takes the left side: consistent in sides, never in answers.
    judge(batch, "MK", [](const auto& task, const auto&) { return better(task.left); });
    judge(batch, "AB", [](const auto&, const auto& pair) { return better(pair.chosen, 1); });
    const auto report = must(auditReport(*project, batch, 50));
    const auto& ab = report.raters[0];
    const auto& mk = report.raters[1];
    EXPECT_EQ(mk.retest.n, 8);
    EXPECT_EQ(mk.retest.hits, 0);
    EXPECT_EQ(mk.left.hits, 48);
    EXPECT_LT(mk.leftP, 1e-10);
    EXPECT_EQ(ab.retest.hits, 8);
    EXPECT_EQ(ab.fast, 48);
    EXPECT_EQ(coefficient(report, "Raw agreement").n, 40);
    for (const auto& outcome : report.outcomes)
        EXPECT_EQ(outcome.judged(), 2);
}

TEST_F(AuditTest, AdjudicationSettlesAConflictAndMakesGold)
{
    const auto batch = plan();
    judge(batch, "AB", [](const auto&, const auto& pair) { return better(pair.chosen); });
    judge(batch, "MK", [](const auto&, const auto& pair) { return better(pair.rejected); });
    auto report = must(auditReport(*project, batch, 50));
    ASSERT_EQ(report.conflicts.size(), 40u);
    const auto pairs = must(auditedPairs(*project, batch.id));
    AdjudicationRow one;
    one.batch = batch.id;
    one.pair = report.conflicts[0].pair;
    one.outcome = Settlement::Better;
    one.better = pairs.at(one.pair).rejected;
    must(project->addAdjudication(one, "a"));
    report = must(auditReport(*project, batch, 50));
    EXPECT_EQ(report.conflicts.size(), 39u);
    EXPECT_EQ(precision(report, "all", "").precision.n, 1);
    EXPECT_EQ(precision(report, "all", "").precision.hits, 0);
    const auto candidates = must(auditCandidates(*project, {}));
    const auto gold = std::ranges::find(candidates.rows, one.pair, &AuditCandidate::pair);
    EXPECT_EQ(gold->expected, one.better);
    EXPECT_NEAR(*gold->margin, static_cast<double>(pairs.at(one.pair).pair.item.value) / 10, 1e-12)
        << "mean log-probabilities of ten tokens each";
}

TEST_F(AuditTest, TheReportShowsForeignTextAsTextAndHidesNames)
{
    const auto batch = plan();
    judge(batch, "MK", [](const auto&, const auto& pair) { return better(pair.chosen); });
    const auto report = must(auditReport(*project, must(auditNamed(*project, "first")), 50));
    const auto html = auditHtml(report, true);
    EXPECT_NE(html.find("Look for &lt;things&gt;"), std::string::npos);
    EXPECT_EQ(html.find("<things>"), std::string::npos);
    EXPECT_EQ(html.find("<td align=\"left\">MK</td>"), std::string::npos);
    EXPECT_NE(auditHtml(report, false).find("<td align=\"left\">MK</td>"), std::string::npos);
    EXPECT_NE(html.find("40 of 80 judgements"), std::string::npos);
    EXPECT_NE(auditMethods(report).find("seed 1"), std::string::npos);
}
