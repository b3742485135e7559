#include "audit_project.h"
#include "core/file.h"
#include "must.h"
#include "temporary_folder.h"
#include "workbench/audit_apply.h"
#include "workbench/audit_conflicts.h"
#include "workbench/audit_merge.h"
#include "workbench/op_id.h"
#include <fstream>
#include <gtest/gtest.h>

using namespace slook;
using namespace slook::workbench;

namespace {

namespace fs = std::filesystem;

/// Twelve questions with a pair each and a picture each, of two sources with the same keys.
class AuditMergeTest : public testing::Test {
protected:
    void SetUp() override
    {
        project.emplace(make(folder.path() / "home.slook", 12));
        AuditOptions options;
        options.name = "first";
        options.annotators = { "AB", "MK" };
        options.mirrored = 0.25;
        options.rubric = "Look for <things>.";
        batch = must(newAudit(*project, {}, options));
    }
    static store::Project make(const fs::path& file, int pairs, const std::string& thing = "cup")
    {
        return makePairProject(
            file, { .pairs = pairs, .sources = { "first", "second" }, .thing = thing });
    }
    /// Every task: the answer with "white" in it is better.
    static void judgeWhite(store::Project& there, const AuditBatchRow& audit,
        const std::string& annotator, int most = 1000)
    {
        const auto pairs = must(auditedPairs(there, audit.id));
        int number = 0;
        for (const AuditTask& task : must(there.auditTasks(audit.id, annotator))) {
            if (number == most)
                return;
            const AuditedPair& pair = pairs.at(task.pair);
            VerdictRow verdict;
            verdict.task = task.id;
            verdict.choice = Choice::MuchBetter;
            verdict.better =
                pair.pair.chosen.find("white") != std::string::npos ? pair.chosen : pair.rejected;
            verdict.reasons = { "wrong attribute" };
            verdict.note = "number " + std::to_string(number);
            verdict.seconds = 3;
            must(there.addVerdict(verdict, annotator + std::to_string(number++)));
        }
    }
    fs::path send(const std::vector<std::string>& annotators = { "MK" })
    {
        const auto file = folder.path() / "for-mk.slook";
        fs::remove(file);
        must(sendAudit(*project, batch, annotators, file));
        return file;
    }
    AuditMerge planned(const fs::path& file) { return must(planMerge(*project, file)); }
    std::string complaint(const fs::path& file)
    {
        const auto plan = planMerge(*project, file);
        return plan ? std::string("taken") : message(plan.error());
    }

    TemporaryFolder folder;
    std::optional<store::Project> project;
    AuditBatchRow batch;
};

} // namespace

TEST_F(AuditMergeTest, ASentFileHoldsTheBatchAndNothingThatTells)
{
    const auto file = send();
    EXPECT_FALSE(fs::exists(folder.path() / "for-mk.slook-wal"));
    const auto there = must(store::Project::open(file));
    EXPECT_TRUE(must(there.check()).problems.empty());
    const auto audit = must(auditNamed(there, "first"));
    EXPECT_EQ(audit.rubric, batch.rubric);
    EXPECT_EQ(audit.seed, batch.seed);
    const auto here = must(auditSession(*project, batch.id, "MK"));
    const auto session = must(auditSession(there, audit.id, "MK"));
    ASSERT_EQ(session.views.size(), 15u); // twelve and three mirrored
    int chosenLeft = 0;
    const auto pairs = must(auditedPairs(there, audit.id));
    for (std::size_t i = 0; i < here.views.size(); ++i) {
        EXPECT_EQ(session.views[i].leftText, here.views[i].leftText);
        EXPECT_EQ(session.views[i].rightText, here.views[i].rightText);
        EXPECT_EQ(session.views[i].question, here.views[i].question);
        EXPECT_TRUE(session.views[i].chosen.empty());
        EXPECT_TRUE(session.views[i].machine.empty());
        const auto bytes = must(there.imageBytes(session.views[i].images.at(0)));
        EXPECT_EQ(bytes, must(project->imageBytes(here.views[i].images.at(0))));
        const auto& pair = pairs.at(session.views[i].task.pair);
        EXPECT_EQ(pair.pair.type, 0);
        chosenLeft +=
            here.views[i].chosen == (session.views[i].task.left == pair.chosen ? "left" : "right");
    }
    EXPECT_GT(chosenLeft, 0); // what stands as chosen there is the machine's choice for some
    EXPECT_LT(chosenLeft, 15); // and not for others
    EXPECT_TRUE(must(there.auditTasks(audit.id, "AB")).empty());
    EXPECT_EQ(must(readFile(file)).find("SECRET"), std::string::npos);
    EXPECT_EQ(must(readFile(file)).find("wrong-right"), std::string::npos);
    EXPECT_TRUE(must(auditReport(there, audit, 10)).precision.empty());
    EXPECT_EQ(sendAudit(*project, batch, { "MK" }, file).error().kind, ErrorKind::Conflict);
    EXPECT_EQ(sendAudit(*project, batch, { "XY" }, folder.path() / "n.slook").error().kind,
        ErrorKind::NotFound);
    EXPECT_FALSE(fs::exists(folder.path() / "n.slook"));
}

TEST_F(AuditMergeTest, WhatWasJudgedThereIsHereAfterAMergeAndOnce)
{
    const auto file = send();
    {
        auto there = must(store::Project::open(file));
        judgeWhite(there, must(auditNamed(there, "first")), "MK");
    }
    const auto plan = planned(file);
    EXPECT_EQ(plan.fresh, 15);
    EXPECT_EQ(plan.conflicts + plan.known + plan.foreign + plan.newTasks, 0);
    must(merge(*project, plan));
    const auto pairs = must(auditedPairs(*project, batch.id));
    const auto tasks = must(project->auditTasks(batch.id, "MK"));
    const auto verdicts = must(project->verdicts(batch.id, "MK"));
    ASSERT_EQ(verdicts.size(), 15u);
    for (const VerdictRow& verdict : verdicts) {
        const auto task = std::ranges::find(tasks, verdict.task, &AuditTask::id);
        const auto& pair = pairs.at(task->pair);
        // Odd items: the machine chose the white answer. So do people, everywhere.
        EXPECT_EQ(verdict.better, pair.item.id.value % 2 == 1 ? pair.chosen : pair.rejected);
        EXPECT_EQ(verdict.note, "number " + std::to_string(task->position));
        EXPECT_EQ(verdict.origin, "for-mk.slook");
        EXPECT_EQ(verdict.seconds, 3);
    }
    const auto report = must(auditReport(*project, batch, 10));
    EXPECT_EQ(report.precision.front().precision.hits, 6);
    EXPECT_EQ(report.precision.front().precision.n, 12);

    const auto again = planned(file);
    EXPECT_EQ(again.known, 15);
    EXPECT_TRUE(again.changesNothing());
    must(merge(*project, again));
    EXPECT_EQ(must(project->verdictHistory(batch.id)).size(), 15u);
    must(project->undo());
    EXPECT_TRUE(must(project->verdicts(batch.id)).empty());
    EXPECT_EQ(planned(file).fresh, 15) << "an undone merge can be made again";
}

TEST_F(AuditMergeTest, OfAConflictBothAreKeptAndTheOneFromHereCounts)
{
    const auto file = send();
    {
        auto there = must(store::Project::open(file));
        judgeWhite(there, must(auditNamed(there, "first")), "MK", 5);
    }
    const auto tasks = must(project->auditTasks(batch.id, "MK"));
    VerdictRow ours; // of the second task, much older than theirs
    ours.task = tasks[1].id;
    ours.choice = Choice::Tie;
    ours.note = "from here";
    ours.time = 1000;
    must(project->addVerdict(ours, "ours"));
    const auto plan = planned(file);
    EXPECT_EQ(plan.fresh, 4);
    ASSERT_EQ(plan.conflicts, 1);
    const auto row = std::ranges::find(plan.rows, MergeKind::Conflict, &MergeRow::kind);
    EXPECT_EQ(row->ours->note, "from here");
    EXPECT_EQ(row->theirs.note, "number 1");
    must(merge(*project, plan));
    const auto now = must(project->verdicts(batch.id, "MK"));
    ASSERT_EQ(now.size(), 5u);
    const auto counting = std::ranges::find(now, tasks[1].id, &VerdictRow::task);
    EXPECT_EQ(counting->choice, Choice::Tie);
    EXPECT_EQ(counting->time, 1000);
    EXPECT_EQ(counting->origin, "screen");
    EXPECT_TRUE(counting->flagged) << "it waits for an adjudicator";
    std::set<std::string> notes;
    for (const VerdictRow& verdict : must(project->verdictHistory(batch.id)))
        if (verdict.task == tasks[1].id)
            notes.insert(verdict.note);
    EXPECT_EQ(notes, (std::set<std::string> { "from here", "number 1" }));
    EXPECT_EQ(must(auditReport(*project, batch, 10)).conflicts.size(), 1u);
    EXPECT_TRUE(planned(file).changesNothing());
    must(project->undo());
    EXPECT_EQ(must(project->verdicts(batch.id)).size(), 1u);
}

TEST_F(AuditMergeTest, AnAnnotatorGoesOnWhereTheyWereAndCorrectionsComeBack)
{
    judgeWhite(*project, batch, "MK", 4);
    const auto file = send();
    {
        auto there = must(store::Project::open(file));
        const auto audit = must(auditNamed(there, "first"));
        EXPECT_EQ(must(auditSession(there, audit.id, "MK")).verdicts.size(), 4u);
        const auto pair = must(auditedPairs(there, audit.id)).begin()->second;
        must(fixAnswer(there, audit.id, pair.pair.id, pair.chosen, "A green thing", "MK"));
    }
    const auto plan = planned(file);
    EXPECT_EQ(plan.known, 4);
    ASSERT_EQ(plan.edits.size(), 1u);
    must(merge(*project, plan));
    const auto edited = must(project->pairs(must(project->run("1")).id, "edited"));
    ASSERT_EQ(edited.size(), 1u);
    EXPECT_EQ(edited[0].chosen, "A green thing");
    EXPECT_TRUE(planned(file).changesNothing());
    must(project->undo());
    EXPECT_TRUE(must(project->pairs(must(project->run("1")).id, "edited")).empty());
}

TEST_F(AuditMergeTest, RefusesWhatIsNotTheBatchWithOneSentence)
{
    EXPECT_NE(complaint(project->file()).find("this project itself"), std::string::npos);
    EXPECT_NE(complaint(folder.path() / "nowhere.slook"), "taken");
    {
        auto other = make(folder.path() / "other.slook", 12, "dog");
        EXPECT_NE(complaint(other.file()).find("holds no audit"), std::string::npos);
        AuditOptions options; // of the same name and seed, about other pairs
        options.name = "first";
        options.annotators = { "MK" };
        must(newAudit(other, {}, options));
    }
    EXPECT_NE(complaint(folder.path() / "other.slook").find("no audit of this project"),
        std::string::npos);
    std::ofstream(folder.path() / "text.slook") << "no database";
    EXPECT_NE(complaint(folder.path() / "text.slook"), "taken");
    const auto file = send();
    auto bytes = must(readFile(file));
    for (std::size_t i = 4096; i < bytes.size(); ++i) // all pages but the first
        bytes[i] = static_cast<char>(bytes[i] ^ 0x5A);
    std::ofstream(folder.path() / "damaged.slook", std::ios::binary) << bytes;
    EXPECT_NE(complaint(folder.path() / "damaged.slook"), "taken");
    std::ofstream(folder.path() / "cut.slook", std::ios::binary)
        << must(readFile(file)).substr(0, 30000);
    EXPECT_NE(complaint(folder.path() / "cut.slook"), "taken");
    EXPECT_TRUE(must(project->verdicts(batch.id)).empty());
}

TEST_F(AuditMergeTest, AWholeCopyOfTheProjectMergesToo)
{
    fs::path copy;
    {
        const auto file = project->file();
        project.reset();
        copy = folder.path() / "copy.slook";
        fs::copy_file(file, copy);
        project.emplace(must(store::Project::open(file)));
    }
    {
        auto there = must(store::Project::open(copy));
        judgeWhite(there, must(auditNamed(there, "first")), "AB");
    }
    must(merge(*project, planned(copy)));
    EXPECT_EQ(must(project->verdicts(batch.id, "AB")).size(), 15u);
    EXPECT_TRUE(planned(copy).changesNothing());
}

/// MK and AB contradict each other on every pair, so all twelve wait for an adjudicator.
class AdjudicationMergeTest : public AuditMergeTest {
protected:
    void SetUp() override
    {
        AuditMergeTest::SetUp();
        judgeWhite(*project, batch, "MK");
        for (const AuditTask& task : must(project->auditTasks(batch.id, "AB"))) {
            VerdictRow verdict;
            verdict.task = task.id;
            verdict.choice = Choice::Tie;
            must(project->addVerdict(verdict, "AB" + std::to_string(task.id.value)));
        }
        file = send({}); // everybody's: to an adjudicator
    }
    static PairId pairAbout(const store::Project& in, const std::string& question)
    {
        for (const auto& [id, pair] : must(auditedPairs(in, must(auditNamed(in, "first")).id)))
            if (pair.item.question == question)
                return id;
        throw std::runtime_error("no pair about " + question);
    }
    /// @param better  a word of the better answer; empty: a tie
    static void settle(store::Project& in, const std::string& question, const std::string& better,
        const std::string& note = {}, std::int64_t time = 0)
    {
        AdjudicationRow row;
        row.batch = must(auditNamed(in, "first")).id;
        row.pair = pairAbout(in, question);
        const auto pair = must(auditedPairs(in, row.batch)).at(row.pair);
        row.outcome = better.empty() ? Settlement::Tie : Settlement::Better;
        if (!better.empty())
            row.better =
                pair.pair.chosen.find(better) != std::string::npos ? pair.chosen : pair.rejected;
        row.note = note;
        row.adjudicator = "CD";
        row.category = "wrong attribute";
        row.time = time;
        must(in.addAdjudication(row, newOpId()));
    }
    AdjudicationRow counting(const std::string& question) const
    {
        const PairId pair = pairAbout(*project, question);
        for (const AdjudicationRow& row : must(project->adjudications(batch.id)))
            if (row.pair == pair)
                return row;
        throw std::runtime_error("nothing is settled about " + question);
    }
    std::size_t waiting() const { return must(auditReport(*project, batch, 10)).conflicts.size(); }

    static constexpr const char* one = "What is in first 1000?";
    static constexpr const char* two = "What is in second 1001?";
    fs::path file;
};

TEST_F(AdjudicationMergeTest, WhatWasSettledThereIsSettledHereAndOnce)
{
    EXPECT_EQ(waiting(), 12u);
    {
        auto there = must(store::Project::open(file));
        EXPECT_EQ(
            must(auditReport(there, must(auditNamed(there, "first")), 10)).conflicts.size(), 12u)
            << "the adjudicator has the whole queue";
        settle(there, one, "white", "it is <white>", 5000);
        settle(there, two, "");
    }
    const auto plan = planned(file);
    EXPECT_EQ(plan.adjudicated(MergeKind::New), 2);
    EXPECT_EQ(plan.known, 30);
    EXPECT_FALSE(plan.changesNothing());
    EXPECT_NE(plan.sentence().find("2 adjudications"), std::string::npos);
    must(merge(*project, plan));
    EXPECT_EQ(waiting(), 10u);
    const auto pairs = must(auditedPairs(*project, batch.id));
    const auto settled = counting(one);
    const auto& pair = pairs.at(settled.pair);
    const std::string& better =
        settled.better == pair.chosen ? pair.pair.chosen : pair.pair.rejected;
    EXPECT_EQ(better, "A white cup 1000");
    EXPECT_EQ(settled.note, "it is <white>");
    EXPECT_EQ(settled.category, "wrong attribute");
    EXPECT_EQ(settled.adjudicator, "CD");
    EXPECT_EQ(settled.time, 5000);
    EXPECT_EQ(settled.origin, "for-mk.slook");
    EXPECT_EQ(counting(two).outcome, Settlement::Tie);

    const auto again = planned(file);
    EXPECT_EQ(again.adjudicated(MergeKind::Known), 2);
    EXPECT_TRUE(again.changesNothing());
    must(merge(*project, again));
    EXPECT_EQ(must(project->adjudicationHistory(batch.id)).size(), 2u);
    must(project->undo()); // one step
    EXPECT_EQ(waiting(), 12u);
    EXPECT_TRUE(must(project->adjudicationHistory(batch.id)).empty());
    EXPECT_EQ(planned(file).adjudicated(MergeKind::New), 2) << "it can be made again";
}

TEST_F(AdjudicationMergeTest, OfAConflictBothAreKeptAndThePairWaitsAgain)
{
    {
        auto there = must(store::Project::open(file));
        settle(there, one, "white", "theirs", 9000); // the newer one, which counts for nothing
        settle(there, two, "", "theirs", 9000);
    }
    settle(*project, one, "green", "ours", 1000);
    settle(*project, two, "", "ours", 1000); // decides the same
    const auto plan = planned(file);
    EXPECT_EQ(plan.adjudicated(MergeKind::Conflict), 1);
    EXPECT_EQ(plan.adjudicated(MergeKind::New), 1);
    EXPECT_NE(plan.sentence().find("1 conflicting adjudication"), std::string::npos);
    must(merge(*project, plan));
    EXPECT_EQ(counting(one).note, "ours");
    EXPECT_EQ(counting(two).note, "ours");
    EXPECT_EQ(must(project->adjudicationHistory(batch.id)).size(), 4u);
    const auto report = must(auditReport(*project, batch, 10));
    ASSERT_EQ(report.conflicts.size(), 11u);
    const auto waits = std::ranges::find(report.conflicts, counting(one).pair, &Conflict::pair);
    ASSERT_NE(waits, report.conflicts.end());
    EXPECT_EQ(waits->why, "adjudicators disagree");
    const auto queue = must(auditConflicts(*project, batch));
    const auto view = std::ranges::find(queue, counting(one).pair, &ConflictView::pair);
    ASSERT_EQ(view->voices.size(), 4u); // two annotators, two adjudicators
    const bool greenIsA = view->aText.find("green") != std::string::npos;
    EXPECT_EQ(view->voices[2].verdict,
        std::string("settled here: ") + (greenIsA ? "A" : "B") + " is better");
    EXPECT_EQ(view->voices[3].verdict,
        std::string("settled elsewhere: ") + (greenIsA ? "B" : "A") + " is better");
    EXPECT_EQ(view->voices[3].note, "theirs");
    EXPECT_TRUE(planned(file).changesNothing());

    settle(*project, one, "white", "settled anew");
    EXPECT_EQ(waiting(), 10u);
    EXPECT_EQ(counting(one).note, "settled anew");
    must(project->undo());
    EXPECT_EQ(waiting(), 11u);
    must(project->undo()); // the merge
    EXPECT_EQ(waiting(), 10u);
    EXPECT_EQ(must(project->adjudicationHistory(batch.id)).size(), 2u);
}

TEST_F(AdjudicationMergeTest, WhoHadOursBeforeThemMaySettleThePairAnew)
{
    settle(*project, one, "green", "ours");
    file = send({});
    {
        auto there = must(store::Project::open(file));
        const auto had = must(there.adjudications());
        ASSERT_EQ(had.size(), 1u);
        EXPECT_EQ(had[0].note, "ours");
        EXPECT_TRUE(planned(file).changesNothing());
        settle(there, one, "white", "theirs");
    }
    const auto plan = planned(file);
    EXPECT_EQ(plan.adjudicated(MergeKind::New), 1);
    EXPECT_EQ(plan.adjudications.at(0).ours->note, "ours");
    must(merge(*project, plan));
    EXPECT_EQ(counting(one).note, "theirs");
    EXPECT_EQ(waiting(), 11u);
    must(project->undo());
    EXPECT_EQ(counting(one).note, "ours");
}

TEST_F(AdjudicationMergeTest, AnAnnotatorsFileTellsNothingOfIt)
{
    settle(*project, one, "green", "ours");
    file = send({ "MK" });
    const auto there = must(store::Project::open(file));
    EXPECT_TRUE(must(there.adjudications()).empty());
    EXPECT_TRUE(planned(file).changesNothing());
}
