#include "core/file.h"
#include "core/json.h"
#include "must.h"
#include "temporary_folder.h"
#include "workbench/audit_agreement.h"
#include "workbench/audit_apply.h"
#include "workbench/audit_files.h"
#include "workbench/audit_report.h"
#include "workbench/export.h"
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

using namespace slook;
using namespace slook::workbench;

namespace {

/// Forty questions with a pair each: the first twenty of type wrong-right, the others right-wrong.
/// Annotators MK and AB judge all of them; a test says how.
class AuditTest : public testing::Test {
protected:
    void SetUp() override { project.emplace(make(folder.path() / "p.slook")); }

    static store::Project make(const std::filesystem::path& file)
    {
        auto made = must(store::Project::create(file));
        ImportBatch batch;
        batch.source.name = "forty";
        for (int i = 0; i < 40; ++i) {
            Item item;
            item.key = std::to_string(i);
            item.question = "What is in picture " + item.key + "?";
            item.answer = "A";
            item.fields = "{}";
            batch.items.push_back(item);
            batch.itemImages.emplace_back();
        }
        must(made.addImport(batch, "import"));
        RunRow row;
        row.name = "0001-scl";
        row.recipe = "scl";
        row.job = "{}";
        const auto run = must(made.addRun(row, "run"));
        std::vector<runs::Event> events;
        const auto add = [&](runs::EventBody body) {
            events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, std::move(body) });
        };
        for (const auto& item : must(made.items())) {
            const bool refined = item.id.value <= 20;
            for (int turn = 1; turn <= 2; ++turn) {
                runs::Answered one;
                one.response.stage = "pool";
                one.response.item = item.id;
                one.response.turn = turn;
                one.response.text = text(item, turn);
                one.response.tokenIds.assign(10, 7);
                one.response.logprob = turn == 1 ? -5 : -5 - static_cast<double>(item.id.value);
                add(one);
            }
            add(runs::Paired { { {}, {}, "correctness", item.id, refined ? 2 : 3, item.question,
                text(item, refined ? 2 : 1), text(item, refined ? 1 : 2), refined ? 2 : 1,
                refined ? 1 : 2 } });
        }
        must(made.takeEvents(run, events));
        return made;
    }
    static std::string text(const Item& item, int turn)
    {
        return (turn == 1 ? "A red <b>cup</b> " : "A blue cup ") + item.key;
    }
    AuditBatchRow plan(double mirrored = 0)
    {
        AuditOptions options;
        options.name = "first";
        options.annotators = { "AB", "MK" };
        options.mirrored = mirrored;
        options.rubric = "Look for <things> that are not there.";
        return must(newAudit(*project, {}, options));
    }
    using Says = std::function<VerdictRow(const AuditTask&, const AuditedPair&)>;
    void judge(const AuditBatchRow& batch, const std::string& annotator, const Says& says)
    {
        const auto pairs = must(auditedPairs(*project, batch.id));
        int number = 0;
        for (const AuditTask& task : must(project->auditTasks(batch.id, annotator))) {
            auto verdict = says(task, pairs.at(task.pair));
            verdict.task = task.id;
            must(project->addVerdict(verdict, batch.name + annotator + std::to_string(++number)));
        }
    }
    static VerdictRow better(ResponseId which, double seconds = 10)
    {
        VerdictRow verdict;
        verdict.choice = Choice::Better;
        verdict.better = which;
        verdict.seconds = seconds;
        return verdict;
    }
    static VerdictRow plain(Choice choice)
    {
        VerdictRow verdict;
        verdict.choice = choice;
        return verdict;
    }
    static const LabelPrecision& precision(
        const AuditReport& report, const std::string& by, const std::string& name)
    {
        for (const auto& one : report.precision)
            if (one.by == by && one.name == name)
                return one;
        throw std::runtime_error("no such group " + by + " " + name);
    }
    static const Coefficient& coefficient(const AuditReport& report, const std::string& name)
    {
        for (const auto& one : report.agreement.front().coefficients)
            if (one.name == name)
                return one;
        throw std::runtime_error("no coefficient " + name);
    }

    TemporaryFolder folder;
    std::optional<store::Project> project;
};

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

} // namespace

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

TEST_F(AuditTest, AppliesToThePairsInOneStepThatCanBeUndone)
{
    AuditOptions options;
    options.name = "half";
    options.annotators = { "MK" };
    options.pairs = 20;
    options.mirrored = 0;
    const auto batch = must(newAudit(*project, {}, options));
    std::set<PairId> reversed;
    std::set<PairId> tied;
    judge(batch, "MK", [&](const AuditTask& task, const auto& pair) {
        if (task.position < 4) {
            reversed.insert(task.pair);
            return better(pair.rejected);
        }
        if (task.position < 6) {
            tied.insert(task.pair);
            return plain(Choice::Tie);
        }
        return better(pair.chosen);
    });
    const auto report = must(auditReport(*project, batch, 50));
    EXPECT_EQ(precision(report, "all", "").precision.hits, 14);
    EXPECT_EQ(precision(report, "all", "").precision.n, 18);
    ApplyOptions apply;
    const auto planned = must(planApply(*project, report, apply));
    EXPECT_EQ(planned.kept, 14);
    EXPECT_EQ(planned.relabelled, 4);
    EXPECT_EQ(planned.dropped, 2);
    EXPECT_EQ(planned.unjudged, 20);
    EXPECT_GT(planned.labelSmoothing, 0);
    EXPECT_LT(planned.labelSmoothing, 0.5);
    const auto set = must(applyAudit(*project, report, apply));
    EXPECT_EQ(set.preference, "audited-1");
    EXPECT_DOUBLE_EQ(set.labelSmoothing, planned.labelSmoothing);
    const auto run = must(project->run("1"));
    const auto derived = must(project->pairs(run.id, "audited-1"));
    EXPECT_EQ(derived.size(), 38u);
    const auto before = must(project->pairs(run.id, "correctness"));
    for (const PairRow& pair : before) {
        const auto now = std::ranges::find(derived, pair.item, &PairRow::item);
        if (tied.contains(pair.id))
            EXPECT_EQ(now, derived.end());
        else
            EXPECT_EQ(now->chosen, reversed.contains(pair.id) ? pair.rejected : pair.chosen);
    }
    must(project->undo());
    EXPECT_TRUE(must(project->pairs(run.id, "audited-1")).empty());
    apply.reversed = Treatment::Drop;
    apply.unjudged = false;
    EXPECT_EQ(must(planApply(*project, report, apply)).pairs.size(), 14u);
    EXPECT_EQ(must(planApply(*project, report, apply)).labelSmoothing, 0) << "all were judged";
    apply.labelSmoothing = 0.5;
    EXPECT_FALSE(planApply(*project, report, apply));
}

TEST_F(AuditTest, EstimatesSmoothingFromThePrecisionOfThePairsType)
{
    AuditOptions options;
    options.name = "types";
    options.annotators = { "MK" };
    options.sampling = Sampling::Stratified;
    options.pairs = 20; // ten of each type, ten of each are left
    options.mirrored = 0;
    const auto batch = must(newAudit(*project, {}, options));
    int wrongRight = 0;
    judge(batch, "MK", [&](const AuditTask&, const auto& pair) {
        return better(pair.pair.type == 2 && ++wrongRight <= 4 ? pair.rejected : pair.chosen);
    });
    const auto report = must(auditReport(*project, batch, 50));
    EXPECT_DOUBLE_EQ(precision(report, "type", "wrong-right").precision.share, 0.6);
    EXPECT_DOUBLE_EQ(precision(report, "type", "right-wrong").precision.share, 1);
    ASSERT_TRUE(report.weighted);
    EXPECT_DOUBLE_EQ(report.weighted->share, 0.8); // strata of equal size
    // Ten pairs with 0.4 wrong, ten with none, among forty.
    EXPECT_DOUBLE_EQ(must(planApply(*project, report, {})).labelSmoothing, 0.1);
}

TEST_F(AuditTest, VerdictsTravelToAnotherCopyOfTheProject)
{
    const auto batch = plan(0.2);
    judge(batch, "MK", [](const AuditTask& task, const auto& pair) {
        auto verdict = better(task.position % 3 ? pair.chosen : pair.rejected, 4.25);
        verdict.choice = task.position % 2 ? Choice::MuchBetter : Choice::Better;
        verdict.note = task.position == 1 ? "=cmd(), \"quoted\",\nand a second line" : "";
        verdict.reasons = { "wrong count", "other" };
        return verdict;
    });
    auto other = make(folder.path() / "other.slook");
    for (const char* format : { "jsonl", "csv" }) {
        const auto file = folder.path() / (std::string("v.") + format);
        EXPECT_EQ(must(exportVerdicts(*project, batch, format, file)).rows, 48);
        AuditOptions options;
        options.name = std::string("of ") + format;
        options.annotators = { "CD" };
        options.seed = 99;
        const auto target = must(newAudit(other, {}, options));
        const auto report = must(importVerdicts(other, target, file));
        EXPECT_EQ(report.verdicts, 48);
        EXPECT_EQ(report.newTasks, 48) << "MK is not in that plan";
        const auto tasks = must(other.auditTasks(target.id, "MK"));
        const auto verdicts = must(other.verdicts(target.id, "MK"));
        ASSERT_EQ(verdicts.size(), 48u);
        int much = 0;
        for (const auto& verdict : verdicts) {
            much += verdict.choice == Choice::MuchBetter;
            EXPECT_EQ(verdict.seconds, 4.25);
            EXPECT_EQ(verdict.reasons, (std::vector<std::string> { "wrong count", "other" }));
        }
        EXPECT_EQ(much, 24);
        EXPECT_EQ(std::ranges::count(
                      verdicts, "=cmd(), \"quoted\",\nand a second line", &VerdictRow::note),
            1);
        const auto here = must(auditReport(*project, batch, 50));
        const auto there = must(auditReport(other, target, 50));
        for (const auto& one : here.outcomes) {
            const auto same = std::ranges::find(there.outcomes, one.pair, &PairOutcome::pair);
            ASSERT_NE(same, there.outcomes.end());
        }
        must(other.undo());
        EXPECT_TRUE(must(other.verdicts(target.id)).empty());
    }
    const auto csv = must(readFile(folder.path() / "v.csv"));
    EXPECT_EQ(csv.find(",=cmd"), std::string::npos) << "no formula for a spreadsheet";
    EXPECT_EQ(csv.find(",\"=cmd"), std::string::npos);
}

TEST_F(AuditTest, TakesAMinimalTableAndNamesABadRow)
{
    const auto batch = plan();
    const auto file = folder.path() / "theirs.csv";
    must(writeFileAtomically(file, "annotator,pair,label\nEF,1,chosen\nEF,2,tie\n"));
    EXPECT_EQ(must(importVerdicts(*project, batch, file)).verdicts, 2);
    const auto verdicts = must(project->verdicts(batch.id, "EF"));
    EXPECT_EQ(verdicts[0].better, must(auditedPairs(*project, batch.id)).at({ 1 }).chosen);
    EXPECT_EQ(verdicts[1].choice, Choice::Tie);
    const auto refused = [&](const std::string& text) {
        must(writeFileAtomically(file, text));
        const auto report = importVerdicts(*project, batch, file);
        return report ? std::string("taken") : message(report.error());
    };
    EXPECT_NE(refused("annotator,pair,label\nEF,1,chosen\nEF,999,tie\n").find("line 3"),
        std::string::npos);
    EXPECT_NE(
        refused("annotator,pair,label\nEF,1,perhaps\n").find("has no verdict"), std::string::npos);
    EXPECT_NE(refused("annotator,pair,label\n,1,tie\n").find("annotator"), std::string::npos);
    EXPECT_NE(refused("annotator,pair,label\nEF,1\n").find("2 cells"), std::string::npos);
    EXPECT_NE(refused("annotator,pair,label\n").find("no verdict"), std::string::npos);
    EXPECT_EQ(must(project->verdicts(batch.id)).size(), 2u);
}

TEST_F(AuditTest, ACorrectedAnswerBecomesAPairWithItsSpan)
{
    const auto batch = plan();
    const auto pair = must(auditedPairs(*project, batch.id)).at({ 25 });
    // Item 25 is right-wrong: chosen "A red <b>cup</b> 24".
    must(fixAnswer(*project, batch.id, { 25 }, pair.chosen,
        "A r\xC3\xB6"
        "d <b>cup</b> 24",
        "MK"));
    const auto run = must(project->run("1"));
    const auto edited = must(project->pairs(run.id, "edited"));
    ASSERT_EQ(edited.size(), 1u);
    EXPECT_EQ(edited[0].chosen,
        "A r\xC3\xB6"
        "d <b>cup</b> 24");
    EXPECT_EQ(edited[0].rejected, "A red <b>cup</b> 24");
    EXPECT_EQ(edited[0].prompt, pair.pair.prompt);
    const auto origin = must(project->pairOrigins(must(project->pairSets()).at(0).id)).at(0);
    EXPECT_EQ(origin.parent, PairId { 25 });
    EXPECT_EQ(origin.begin, 3);
    EXPECT_EQ(origin.end, 4);
    EXPECT_FALSE(fixAnswer(*project, batch.id, { 25 }, pair.chosen, pair.pair.chosen, "MK"));
    EXPECT_FALSE(fixAnswer(*project, batch.id, { 25 }, pair.chosen, "", "MK"));
    EXPECT_FALSE(fixAnswer(*project, batch.id, { 25 }, pair.chosen, "\xFF", "MK"));
    EXPECT_FALSE(fixAnswer(*project, batch.id, { 25 }, { 999 }, "x", "MK"));
    must(project->undo());
    EXPECT_TRUE(must(project->pairs(run.id, "edited")).empty());
}

TEST(ReplacedSpan, KeepsCharactersWhole)
{
    const auto span = replacedSpan("caf\xC3\xA9!", "caf\xC3\xA8!"); // same first byte of the letter
    EXPECT_EQ(span.begin, 3u);
    EXPECT_EQ(span.end, 5u);
    EXPECT_EQ(span.by, "\xC3\xA8");
    const auto doubled = replacedSpan("aa", "aaa");
    EXPECT_EQ(doubled.begin, 2u);
    EXPECT_EQ(doubled.end, 2u);
    EXPECT_EQ(doubled.by, "a");
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

TEST_F(AuditTest, AuditedPairsGoToEveryTrainingExport)
{
    const auto batch = plan();
    judge(batch, "MK", [](const auto&, const auto& pair) { return better(pair.chosen); });
    const auto report = must(auditReport(*project, batch, 50));
    ApplyOptions apply;
    apply.labelSmoothing = 0.05;
    must(applyAudit(*project, report, apply));
    const auto run = must(project->run("1"));
    for (const std::string& format : pairFormats()) {
        ExportOptions options;
        options.format = format;
        options.preference = "audited-1";
        options.out = folder.path() / (format + ".json");
        const auto written = must(exportPairs(*project, run, options));
        EXPECT_EQ(written.rows, 40) << format;
        EXPECT_TRUE(std::ranges::any_of(written.notCarried, [](const std::string& one) {
            return one.find("label smoothing of 0.05") != std::string::npos;
        })) << format;
    }
}

TEST_F(AuditTest, VerdictsGoToArgillaAndLlmComparatorWithWhatTheyCannotCarry)
{
    const auto batch = plan();
    judge(batch, "AB", [](const auto&, const auto& pair) {
        auto verdict = better(pair.rejected);
        verdict.choice = Choice::MuchBetter;
        verdict.reasons = { "wrong count" };
        verdict.note = "two cups";
        return verdict;
    });
    judge(batch, "MK", [](const auto& task, const auto&) {
        return plain(task.pair.value == 1 ? Choice::Tie
                : task.pair.value == 2    ? Choice::BothBad
                                          : Choice::CannotJudge);
    });
    const auto pairs = must(auditedPairs(*project, batch.id));

    // Columns of a ranking question as Argilla 1.x writes them to the hub.
    const auto file = folder.path() / "argilla.jsonl";
    auto report = must(exportVerdicts(*project, batch, "argilla", file));
    EXPECT_EQ(report.rows, 80);
    EXPECT_NE(report.notCarried.at(0).find("How much better"), std::string::npos);
    std::istringstream lines(must(readFile(file)));
    std::string line;
    int records = 0;
    while (std::getline(lines, line)) {
        ++records;
        const auto record = must(parseJson(line, "argilla"));
        const auto metadata = must(parseJson(record["metadata"].get<std::string>(), "metadata"));
        const auto& pair = pairs.at({ metadata["pair"].get<std::int64_t>() });
        const auto& of = [&](const Json& ranked, int rank) {
            for (const auto& one : ranked)
                if (one["rank"] == rank)
                    return record[one["value"].get<std::string>()].get<std::string>();
            return std::string();
        };
        ASSERT_EQ(record["preference"].size(), 2u);
        EXPECT_EQ(record["preference"][0]["user_id"], "AB");
        EXPECT_EQ(record["preference"][0]["status"], "submitted");
        EXPECT_EQ(of(record["preference"][0]["value"], 1), pair.pair.rejected);
        EXPECT_EQ(of(record["preference"][0]["value"], 2), pair.pair.chosen);
        EXPECT_EQ(of(record["preference-suggestion"], 1), pair.pair.chosen);
        EXPECT_EQ(record["preference-suggestion-metadata"]["type"], "model");
        EXPECT_EQ(record["reasons"][0]["value"][0], "wrong count");
        EXPECT_EQ(record["note"][0]["value"], "two cups");
        const auto& second = record["preference"][1];
        EXPECT_EQ(second["status"], pair.pair.id.value == 1 ? "submitted" : "discarded");
        EXPECT_EQ(second["value"].is_null(), pair.pair.id.value != 1);
        if (pair.pair.id.value == 1) {
            EXPECT_EQ(second["value"][0]["rank"], 1);
            EXPECT_EQ(second["value"][1]["rank"], 1);
        }
    }
    EXPECT_EQ(records, 40);

    report = must(exportVerdicts(*project, batch, "llm-comparator", folder.path() / "c.json"));
    EXPECT_NE(report.notCarried.at(1).find("38 verdicts"), std::string::npos);
    const auto document = must(parseJson(must(readFile(folder.path() / "c.json")), "comparator"));
    EXPECT_TRUE(document["metadata"]["custom_fields_schema"].is_array());
    EXPECT_EQ(document["models"].size(), 2u);
    ASSERT_EQ(document["examples"].size(), 40u);
    for (const auto& example : document["examples"]) {
        const bool both = example["individual_rater_scores"].size() == 2;
        EXPECT_EQ(example["individual_rater_scores"][0]["score"], -1.5); // B is much better
        EXPECT_EQ(example["score"], both ? -0.75 : -1.5);
        EXPECT_TRUE(example["individual_rater_scores"][0]["is_flipped"].is_boolean());
        EXPECT_NE(example["output_text_a"], example["output_text_b"]);
        for (const char* field : { "input_text", "tags", "custom_fields" })
            EXPECT_TRUE(example.contains(field)) << field;
    }
}

TEST_F(AuditTest, WhatPeopleSaidStandsBesideAnExportOfPairs)
{
    const auto batch = plan();
    judge(batch, "MK", [](const auto& task, const auto& pair) {
        return task.pair.value == 3 ? plain(Choice::Tie) : better(pair.rejected);
    });
    const auto run = must(project->run("1"));
    ExportOptions options;
    options.format = "trl";
    options.out = folder.path() / "pairs.jsonl";
    auto written = must(exportPairs(*project, run, options));
    const auto lineage = folder.path() / "pairs.lineage.jsonl";
    EXPECT_TRUE(std::ranges::find(written.files, lineage) != written.files.end());
    const auto linesOf = [&] {
        std::istringstream text(must(readFile(lineage)));
        std::vector<Json> rows;
        for (std::string line; std::getline(text, line);)
            rows.push_back(must(parseJson(line, "lineage")));
        return rows;
    };
    auto rows = linesOf();
    ASSERT_EQ(rows.size(), 40u);
    EXPECT_EQ(rows[2]["row"], 3);
    EXPECT_EQ(rows[2]["verdicts"][0]["label"], "tie");
    EXPECT_EQ(rows[3]["verdicts"][0]["label"], "rejected");
    EXPECT_EQ(rows[3]["verdicts"][0]["annotator"], "MK");
    must(applyAudit(*project, must(auditReport(*project, batch, 20)), {}));
    options.preference = "audited-1";
    written = must(exportPairs(*project, run, options));
    rows = linesOf();
    ASSERT_EQ(rows.size(), 39u); // the tie is dropped
    EXPECT_EQ(rows[2]["parent"], 4);
    EXPECT_EQ(rows[2]["change"], "relabelled");
    EXPECT_EQ(rows[2]["verdicts"].size(), 1u);
}
