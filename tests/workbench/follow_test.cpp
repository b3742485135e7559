#include "image/encode.h"
#include "image/picture.h"
#include "runs/directory.h"
#include "temporary_folder.h"
#include "workbench/follow.h"
#include "workbench/run.h"
#include "workbench/worker_process.h"
#include <chrono>
#include <gtest/gtest.h>
#include <thread>

using namespace slook;
using workbench::RunFollower;

namespace {

/// A project with two questions and one run, whose worker is the fake one.
class FollowTest : public testing::Test {
protected:
    void SetUp() override
    {
        setenv("SLOOK_WORKER", SLOOK_FAKE_WORKER, 1);
        auto project = store::Project::create(m_folder.path() / "p.slook");
        ASSERT_TRUE(project.has_value()) << message(project.error());
        m_project.emplace(std::move(*project));
        ASSERT_TRUE(m_project->addImport(twoQuestions(), "import").has_value());
        addRun();
    }

    static ImportBatch twoQuestions()
    {
        ImportBatch batch;
        batch.source.name = "two";
        for (const char* key : { "1", "2" }) {
            Item item;
            item.key = key;
            item.question = "Which letter?";
            item.options = { { "A", "one" }, { "B", "two" } };
            item.answer = "B";
            item.fields = "{}";
            batch.items.push_back(item);
            batch.itemImages.emplace_back();
        }
        return batch;
    }

    void addRun()
    {
        std::vector<runs::InputItem> inputs;
        const auto items = m_project->items();
        ASSERT_TRUE(items.has_value());
        for (const Item& item : *items) {
            runs::InputItem input;
            input.item = item;
            input.source = "two";
            input.set = "test";
            inputs.push_back(input);
        }
        runs::Job job;
        job.recipe = "scl";
        job.options = "{}";
        job.steps.push_back({ "answer", "before", "test", "", "" });
        RunRow run;
        run.name = "0001-scl";
        run.recipe = "scl";
        run.job = runs::toText(job);
        std::filesystem::create_directories(m_project->folder() / "runs");
        const auto sum = runs::createRunDirectory(directory(), job, inputs);
        ASSERT_TRUE(sum.has_value()) << message(sum.error());
        run.jobSha256 = *sum;
        ASSERT_TRUE(m_project->addRun(run, "run").has_value());
    }

    std::filesystem::path directory() const { return workbench::runFolder(*m_project, "0001-scl"); }
    RunRow run() const { return *m_project->run("1"); }
    void begin(const char* mode) const
    {
        setenv("FAKE_WORKER", mode, 1);
        const auto begun = workbench::beginWork(directory());
        ASSERT_TRUE(begun.has_value()) << message(begun.error());
    }
    /// Polls until the run has ended, at most ten seconds.
    workbench::RunStatus untilEnd(RunFollower& follower)
    {
        workbench::RunStatus status;
        for (int i = 0; i < 500; ++i) {
            const auto polled = follower.poll(*m_project);
            EXPECT_TRUE(polled.has_value());
            if (!polled)
                break;
            status = *polled;
            if (status.ended())
                break;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        EXPECT_TRUE(status.ended());
        return status;
    }

    TemporaryFolder m_folder;
    std::optional<store::Project> m_project;
};

} // namespace

TEST_F(FollowTest, TakesARunInToItsEnd)
{
    begin("finish");
    RunFollower follower(*m_project, run());
    const auto status = untilEnd(follower);
    EXPECT_EQ(status.run.state, RunState::Done);
    EXPECT_EQ(status.stepTitle, "Answering");
    EXPECT_EQ(status.steps, 1);
    EXPECT_EQ(m_project->responses(run().id)->size(), 4u);
    const auto rows = m_project->transitions(run().id, "before", "ours");
    ASSERT_TRUE(rows.has_value());
    ASSERT_EQ(rows->size(), 2u);
    EXPECT_EQ(rows->front().type(), 2);
}

TEST_F(FollowTest, NoticesAWorkerThatDiedAndKeepsWhatItReported)
{
    begin("die");
    RunFollower follower(*m_project, run());
    const auto status = untilEnd(follower);
    EXPECT_EQ(status.run.state, RunState::Stopped);
    EXPECT_NE(status.run.error.find("out of luck"), std::string::npos);
    EXPECT_EQ(m_project->responses(run().id)->size(), 3u);
}

TEST_F(FollowTest, NoticesAWorkerThatNeverTookTheLock)
{
    begin("mute");
    RunFollower follower(*m_project, run());
    EXPECT_EQ(untilEnd(follower).run.state, RunState::Stopped);
}

TEST_F(FollowTest, GoesOnExactlyOnceAfterADeath)
{
    begin("die");
    RunFollower first(*m_project, run());
    untilEnd(first);
    setenv("FAKE_WORKER", "finish", 1);
    ASSERT_TRUE(workbench::resumeRun(*m_project, run()).has_value());
    RunFollower second(*m_project, run());
    EXPECT_EQ(untilEnd(second).run.state, RunState::Done);
    EXPECT_EQ(m_project->responses(run().id)->size(), 4u);
    EXPECT_EQ(run().lastSeq, static_cast<std::int64_t>(runs::readEvents(directory())->size()));
}

TEST_F(FollowTest, StopsAWorkerOnRequestAndResumesIt)
{
    begin("wait");
    RunFollower follower(*m_project, run());
    for (int i = 0; i < 500 && run().state != RunState::Running; ++i) {
        ASSERT_TRUE(follower.poll(*m_project).has_value());
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ASSERT_EQ(run().state, RunState::Running);
    ASSERT_TRUE(workbench::stopRun(*m_project, run()).has_value());
    EXPECT_EQ(untilEnd(follower).run.state, RunState::Stopped);
    setenv("FAKE_WORKER", "finish", 1);
    ASSERT_TRUE(workbench::resumeRun(*m_project, run()).has_value());
    RunFollower second(*m_project, run());
    EXPECT_EQ(untilEnd(second).run.state, RunState::Done);
}

TEST_F(FollowTest, RefusesToStopARunThatNobodyWorksOn)
{
    const auto stopped = workbench::stopRun(*m_project, run());
    ASSERT_FALSE(stopped.has_value());
    EXPECT_EQ(stopped.error().kind, ErrorKind::Invalid);
}

TEST_F(FollowTest, RefusesToResumeARunThatIsDone)
{
    begin("finish");
    RunFollower follower(*m_project, run());
    untilEnd(follower);
    const auto resumed = workbench::resumeRun(*m_project, run());
    ASSERT_FALSE(resumed.has_value());
    EXPECT_EQ(resumed.error().kind, ErrorKind::Invalid);
}

TEST_F(FollowTest, CatchesUpWithWhatWasWrittenWhileNobodyLooked)
{
    begin("finish");
    while (workbench::workerAtWork(directory()))
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(workbench::needsCatchUp(*m_project));
    const auto caught = workbench::catchUp(*m_project);
    ASSERT_TRUE(caught.has_value()) << message(caught.error());
    EXPECT_EQ(caught->size(), 1u);
    EXPECT_EQ(run().state, RunState::Done);
    EXPECT_FALSE(workbench::needsCatchUp(*m_project));
    EXPECT_EQ(m_project->responses(run().id)->size(), 4u);
}
