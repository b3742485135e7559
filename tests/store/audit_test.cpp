#include "fixture.h"
#include <csignal>
#include <sys/wait.h>

namespace slook::store::test {
namespace {

/// A project with one run of four questions: two answers and one pair each, and an audit of them
/// by one annotator.
class AuditTest : public testing::Test {
protected:
    void SetUp() override
    {
        project.emplace(must(Project::create(file)));
        must(project->addImport(batchOf(4), "import"));
        run = must(project->addRun(runNamed("0001-scl"), "run"));
        std::vector<runs::Event> events;
        const auto add = [&](runs::EventBody body) {
            events.push_back({ static_cast<std::int64_t>(events.size()) + 1, 0, std::move(body) });
        };
        for (const auto& item : must(project->items())) {
            for (int turn = 1; turn <= 2; ++turn) {
                runs::Answered one;
                one.response.stage = "pool";
                one.response.item = item.id;
                one.response.turn = turn;
                one.response.text = turn == 1 ? "red" : "blue";
                add(one);
            }
            add(runs::Paired {
                { {}, {}, "correctness", item.id, 2, "What?", "blue", "red", 2, 1 } });
        }
        must(project->takeEvents(run, events));
        pairs = must(project->pairs(run));
        for (std::size_t i = 0; i < pairs.size(); ++i) {
            AuditTask task;
            task.annotator = "MK";
            task.position = static_cast<int>(i);
            task.pair = pairs[i].id;
            task.left = { static_cast<std::int64_t>(2 * i + 1) };
            task.right = { static_cast<std::int64_t>(2 * i + 2) };
            tasks.push_back(task);
        }
        batch = must(project->addAudit(plan, tasks, "audit"));
        tasks = must(project->auditTasks(batch, "MK"));
    }
    VerdictRow better(std::size_t task, ResponseId which) const
    {
        VerdictRow verdict;
        verdict.task = tasks[task].id;
        verdict.choice = Choice::Better;
        verdict.better = which;
        verdict.seconds = 12.5;
        return verdict;
    }
    void reopen()
    {
        project.reset();
        project.emplace(must(Project::open(file)));
    }

    TemporaryFolder folder;
    std::filesystem::path file = folder / "p.slook";
    std::optional<Project> project;
    RunId run;
    std::vector<PairRow> pairs;
    std::vector<AuditTask> tasks;
    BatchId batch;
    AuditBatchRow plan { {}, "first", 0, 0xFFFFFFFFFFFFFFFFu, R"({"n":4})", "Look twice.", 0, 0 };
};

TEST_F(AuditTest, KeepsThePlanAsItWasMade)
{
    reopen();
    const auto batches = must(project->audits());
    ASSERT_EQ(batches.size(), 1u);
    EXPECT_EQ(batches[0].seed, 0xFFFFFFFFFFFFFFFFu);
    EXPECT_EQ(batches[0].plan, plan.plan);
    EXPECT_EQ(batches[0].rubric, plan.rubric);
    EXPECT_EQ(batches[0].tasks, 4);
    EXPECT_EQ(batches[0].judged, 0);
    const auto read = must(project->auditTasks(batch));
    ASSERT_EQ(read.size(), 4u);
    EXPECT_EQ(read[3].left, ResponseId { 7 });
    EXPECT_EQ(read[3].annotator, "MK");
    EXPECT_FALSE(read[3].expected);
}

TEST_F(AuditTest, RefusesASecondBatchOfOneNameAndAnEmptyOne)
{
    EXPECT_EQ(project->addAudit(plan, tasks, "again").error().kind, ErrorKind::Invalid);
    plan.name = "second";
    EXPECT_EQ(project->addAudit(plan, {}, "empty").error().kind, ErrorKind::Invalid);
    EXPECT_EQ(must(project->addAudit(plan, tasks, "audit")), batch) << "a repeat is harmless";
}

TEST_F(AuditTest, TheNewestVerdictCountsAndNoneIsLost)
{
    must(project->addVerdict(better(0, tasks[0].left), "v1"));
    must(project->addVerdict(better(0, tasks[0].left), "v1")); // sent twice
    auto second = better(0, tasks[0].right);
    second.choice = Choice::MuchBetter;
    second.reasons = { "wrong count", "format" };
    second.note = "three, \"not\" two";
    second.flagged = true;
    must(project->addVerdict(second, "v2"));
    reopen();
    const auto verdicts = must(project->verdicts(batch, "MK"));
    ASSERT_EQ(verdicts.size(), 1u);
    EXPECT_EQ(verdicts[0].choice, Choice::MuchBetter);
    EXPECT_EQ(verdicts[0].better, tasks[0].right);
    EXPECT_EQ(verdicts[0].reasons, second.reasons);
    EXPECT_EQ(verdicts[0].note, second.note);
    EXPECT_TRUE(verdicts[0].flagged);
    EXPECT_EQ(verdicts[0].seconds, 12.5);
    EXPECT_EQ(must(project->verdictHistory(batch)).size(), 2u);
    EXPECT_EQ(must(project->audits())[0].judged, 1);
}

TEST_F(AuditTest, AVerdictMustNameOneOfBothAnswers)
{
    EXPECT_EQ(project->addVerdict(better(0, tasks[1].left), "a").error().kind, ErrorKind::Invalid);
    EXPECT_EQ(project->addVerdict(better(0, {}), "b").error().kind, ErrorKind::Invalid);
    auto tie = better(0, tasks[0].left);
    tie.choice = Choice::Tie;
    EXPECT_EQ(project->addVerdict(tie, "c").error().kind, ErrorKind::Invalid);
    tie.better = {};
    tie.task = { 99 };
    EXPECT_EQ(project->addVerdict(tie, "d").error().kind, ErrorKind::NotFound);
    EXPECT_TRUE(must(project->verdictHistory(batch)).empty());
}

TEST_F(AuditTest, EveryChangeIsUndoneAndRedoneAlsoAfterARestart)
{
    must(project->addVerdict(better(0, tasks[0].left), "v1"));
    auto back = better(0, {});
    back.choice = Choice::Withdrawn;
    must(project->addVerdict(back, "v2"));
    EXPECT_TRUE(must(project->verdicts(batch)).empty());
    reopen();
    EXPECT_NE(must(project->undo()).find("Took back"), std::string::npos);
    EXPECT_EQ(must(project->verdicts(batch)).size(), 1u);
    must(project->undo());
    EXPECT_TRUE(must(project->verdicts(batch)).empty());
    must(project->redo());
    EXPECT_EQ(must(project->verdicts(batch)).size(), 1u);
    must(project->undo());
    must(project->undo()); // the batch itself
    EXPECT_TRUE(must(project->audits()).empty());
    must(project->redo());
    EXPECT_EQ(must(project->audits()).size(), 1u);
    EXPECT_TRUE(must(project->check()).problems.empty());
}

TEST_F(AuditTest, ADraftStaysUntilItsVerdictAndIsNoChange)
{
    const auto entries = must(project->journal()).size();
    must(project->keepDraft({ tasks[1].id, { "format" }, "half a no", false, 3 }));
    must(project->keepDraft({ tasks[1].id, { "format" }, "half a note", true, 4.5 }));
    EXPECT_EQ(must(project->journal()).size(), entries);
    reopen();
    const auto drafts = must(project->drafts(batch, "MK"));
    ASSERT_EQ(drafts.size(), 1u);
    EXPECT_EQ(drafts[0].note, "half a note");
    EXPECT_EQ(drafts[0].seconds, 4.5);
    EXPECT_TRUE(must(project->drafts(batch, "another")).empty());
    must(project->addVerdict(better(1, tasks[1].left), "v"));
    EXPECT_TRUE(must(project->drafts(batch, "MK")).empty());
}

TEST_F(AuditTest, AnImportIsAllOrNothingAndOneStep)
{
    AuditTask foreign = tasks[0];
    foreign.annotator = "AB";
    foreign.kind = TaskKind::Imported;
    std::vector<ImportedVerdict> rows { { std::nullopt, better(2, tasks[2].left) },
        { foreign, better(0, tasks[0].right) } };
    rows.push_back({ std::nullopt, better(1, tasks[0].left) });
    EXPECT_FALSE(project->addJudgements(batch, { rows, {}, {}, "ab.jsonl" }, "i1"));
    EXPECT_TRUE(must(project->verdicts(batch)).empty());
    EXPECT_EQ(must(project->auditTasks(batch)).size(), 4u);
    rows.pop_back();
    must(project->addJudgements(batch, { rows, {}, {}, "ab.jsonl" }, "i1"));
    EXPECT_EQ(must(project->verdicts(batch)).size(), 2u);
    EXPECT_EQ(must(project->verdicts(batch, "AB")).at(0).origin, "ab.jsonl");
    must(project->undo());
    EXPECT_TRUE(must(project->verdicts(batch)).empty());
}

TEST_F(AuditTest, TheNewestAdjudicationOfAPairCounts)
{
    AdjudicationRow one;
    one.batch = batch;
    one.pair = pairs[0].id;
    one.outcome = Settlement::Better;
    one.better = tasks[0].left;
    one.adjudicator = "CD";
    must(project->addAdjudication(one, "a1"));
    one.outcome = Settlement::Rewrite;
    one.better = {};
    one.rewrite = "It is violet.";
    must(project->addAdjudication(one, "a2"));
    const auto read = must(project->adjudications(batch));
    ASSERT_EQ(read.size(), 1u);
    EXPECT_EQ(read[0].outcome, Settlement::Rewrite);
    EXPECT_EQ(read[0].rewrite, "It is violet.");
    must(project->undo());
    EXPECT_EQ(must(project->adjudications()).at(0).better, tasks[0].left);
}

TEST_F(AuditTest, AnAdjudicationThatStandsAsideIsKeptAndDoesNotCount)
{
    AdjudicationRow ours;
    ours.batch = batch;
    ours.pair = pairs[0].id;
    ours.outcome = Settlement::Tie;
    ours.time = 1000;
    must(project->addAdjudication(ours, "a1"));
    AdjudicationRow theirs = ours;
    theirs.batch = {}; // set where it is written
    theirs.outcome = Settlement::Drop;
    theirs.time = 2000; // newer, which counts for nothing
    theirs.origin = "cd.slook";
    theirs.aside = true;
    ImportedJudgements judgements;
    judgements.adjudications = { theirs };
    judgements.origin = "cd.slook";
    must(project->addJudgements(batch, judgements, "i1"));
    must(project->addJudgements(batch, judgements, "i1")); // a repeat
    ASSERT_EQ(must(project->adjudications(batch)).size(), 1u);
    EXPECT_EQ(must(project->adjudications(batch)).at(0).outcome, Settlement::Tie);
    EXPECT_EQ(must(project->adjudications(batch)).at(0).origin, "screen");
    const auto history = must(project->adjudicationHistory(batch));
    ASSERT_EQ(history.size(), 2u);
    EXPECT_EQ(history[1].outcome, Settlement::Drop);
    EXPECT_EQ(history[1].batch, batch);
    EXPECT_EQ(history[1].origin, "cd.slook");
    EXPECT_TRUE(history[1].aside);
    EXPECT_EQ(history[1].time, 2000);
    must(project->undo());
    EXPECT_EQ(must(project->adjudicationHistory(batch)).size(), 1u);
    must(project->redo());
    EXPECT_EQ(must(project->adjudicationHistory(batch)).size(), 2u);
    judgements.adjudications.front().outcome = Settlement::Better; // and no answer named
    EXPECT_FALSE(project->addJudgements(batch, judgements, "i2"));
    EXPECT_EQ(must(project->adjudicationHistory(batch)).size(), 2u);
}

TEST_F(AuditTest, DerivedPairsStandBesideTheirParentsAndGoWithOneUndo)
{
    DerivedPair swapped { pairs[0], { {}, pairs[0].id, {}, "relabelled", -1, -1 } };
    std::swap(swapped.pair.chosen, swapped.pair.rejected);
    std::swap(swapped.pair.chosenTurn, swapped.pair.rejectedTurn);
    const std::vector<DerivedPair> derived { swapped,
        { pairs[1], { {}, pairs[1].id, {}, "kept", -1, -1 } } };
    PairSetRow set;
    set.run = run;
    set.batch = batch;
    set.preference = "audited";
    set.rule = "{}";
    set.labelSmoothing = 0.125;
    const auto made = must(project->addPairSet(set, derived, "s1"));
    EXPECT_EQ(made.preference, "audited-1");
    EXPECT_EQ(must(project->addPairSet(set, derived, "s1")).preference, "audited-1") << "a repeat";
    const auto read = must(project->pairs(run, "audited-1"));
    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(read[0].chosen, "red");
    EXPECT_EQ(read[0].chosenTurn, 1);
    EXPECT_EQ(must(project->pairs(run, "correctness")).size(), 4u);
    EXPECT_EQ(must(project->pairSets(run)).at(0).labelSmoothing, 0.125);
    EXPECT_EQ(must(project->pairOrigins(made.id)).at(0).parent, pairs[0].id);
    must(project->undo());
    EXPECT_TRUE(must(project->pairs(run, "audited-1")).empty());
    EXPECT_TRUE(must(project->pairSets()).empty());
    EXPECT_EQ(must(project->addPairSet(set, derived, "s2")).preference, "audited-2");
    set.labelSmoothing = 0.5;
    EXPECT_FALSE(project->addPairSet(set, derived, "s3")) << "half of the labels wrong";
}

TEST_F(AuditTest, EveryEditOfAnAnswerIsAPairOfItsOwn)
{
    PairSetRow set;
    set.run = run;
    set.preference = "edited";
    set.rule = "{}";
    DerivedPair edit { pairs[0], { {}, pairs[0].id, {}, "edited", 0, 3 } };
    edit.pair.chosen = "violet";
    must(project->addPairSet(set, std::span(&edit, 1), "e1"));
    edit.pair.chosen = "crimson";
    must(project->addPairSet(set, std::span(&edit, 1), "e2"));
    const auto read = must(project->pairs(run, "edited"));
    ASSERT_EQ(read.size(), 2u);
    EXPECT_EQ(read[0].chosenTurn, -1);
    EXPECT_EQ(read[1].chosenTurn, -2);
    EXPECT_EQ(read[1].chosen, "crimson");
}

/// Judges for ever, telling each verdict's number when it is durable.
[[noreturn]] void judgeForEver(
    const std::filesystem::path& file, VerdictRow verdict, int acknowledge, int from)
{
    auto project = Project::open(file);
    for (int i = from; project; ++i) {
        verdict.note = std::to_string(i);
        if (!project->addVerdict(verdict, "v" + verdict.note)
            || ::write(acknowledge, &i, sizeof i) != sizeof i)
            break;
    }
    ::_exit(2);
}

TEST_F(AuditTest, AKillLosesNoVerdictThatWasSaidToBeSaved)
{
    const auto verdict = better(0, tasks[0].left);
    project.reset();
    int last = 0;
    for (int round = 0; round < 40; ++round) {
        int ends[2] = {};
        ASSERT_EQ(::pipe(ends), 0);
        const auto child = ::fork();
        if (child == 0) {
            ::close(ends[0]);
            judgeForEver(file, verdict, ends[1], last + 1);
        }
        ::close(ends[1]);
        int number = 0;
        ASSERT_EQ(::read(ends[0], &number, sizeof number), static_cast<ssize_t>(sizeof number));
        last = number;
        ::usleep(static_cast<useconds_t>(500 * (round % 7)));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        while (::read(ends[0], &number, sizeof number) == sizeof number)
            last = number;
        ::close(ends[0]);
        const auto opened = must(Project::open(file));
        const auto history = must(opened.verdictHistory(batch));
        ASSERT_GE(static_cast<int>(history.size()), last) << "a saved verdict is lost";
        for (std::size_t i = 0; i < history.size(); ++i)
            ASSERT_EQ(history[i].note, std::to_string(i + 1)) << "each once, in order";
        last = static_cast<int>(history.size());
    }
    EXPECT_GE(last, 40);
}

} // namespace
} // namespace slook::store::test
