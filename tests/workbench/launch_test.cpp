#include "core/file.h"
#include "runs/directory.h"
#include "scenes/export.h"
#include "temporary_folder.h"
#include "workbench/follow.h"
#include "workbench/import.h"
#include "workbench/launch.h"
#include "workbench/preflight.h"
#include "workbench/queue.h"
#include "workbench/rounds.h"
#include "workbench/worker_process.h"
#include <chrono>
#include <gtest/gtest.h>
#include <limits>
#include <thread>

using namespace slook;
using workbench::Launch;
namespace fs = std::filesystem;

namespace {

Launch fullLaunch()
{
    Launch launch;
    launch.recipe = "scl";
    launch.model = "/models/it's one";
    launch.items = "-flag:red";
    launch.limit = 20;
    launch.set = { { "turns", "2" }, { "pool.stop", "a b" } };
    launch.controls = { "random", "sft" };
    launch.seed = 5;
    launch.device = "cpu";
    launch.int8 = true;
    launch.chatTemplate = "vicuna_v1";
    return launch;
}

/// A project with scenes and a worker without a model.
class QueueTest : public testing::Test {
protected:
    void SetUp() override
    {
        setenv("SLOOK_WORKER", SLOOK_FAKE_WORKER, 1);
        setenv("FAKE_WORKER", "finish", 1);
        auto project = store::Project::create(m_folder.path() / "p.slook");
        ASSERT_TRUE(project.has_value()) << message(project.error());
        m_project.emplace(std::move(*project));
        scenes::ExportOptions scenes;
        scenes.folder = m_folder.path() / "scenes";
        scenes.count = 12;
        const auto written = scenes::exportScenes(scenes);
        ASSERT_TRUE(written.has_value()) << message(written.error());
        ASSERT_TRUE(workbench::importInto(*m_project, written->file, {}).has_value());
    }

    RunRow queued(const Launch& launch = {})
    {
        auto options = *workbench::optionsOf(*m_project, launch);
        options.queued = true;
        const auto run = workbench::startRun(*m_project, launch.recipe, options);
        EXPECT_TRUE(run.has_value()) << message(run.error());
        return run->run;
    }
    std::vector<std::string> names() const
    {
        std::vector<std::string> all;
        const auto queue = workbench::queueOf(*m_project);
        for (const RunRow& run : queue->runs)
            all.push_back(run.name);
        return all;
    }
    /// Works the queue until nothing starts any more. @return what was started, in order
    std::vector<std::string> worked()
    {
        std::vector<std::string> started;
        for (int i = 0; i < 400; ++i) {
            EXPECT_TRUE(workbench::catchUp(*m_project).has_value());
            const auto begun = workbench::workQueue(*m_project);
            EXPECT_TRUE(begun.has_value()) << message(begun.error());
            if (*begun)
                started.push_back((*begun)->name);
            else if (!anybodyWorks())
                return started;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return started;
    }
    bool anybodyWorks() const
    {
        const auto runs = m_project->runs();
        for (const RunRow& run : *runs)
            if (workbench::workerAtWork(workbench::runFolder(*m_project, run.name)))
                return true;
        return false;
    }

    TemporaryFolder m_folder;
    std::optional<store::Project> m_project;
};

} // namespace

TEST(Launch, IsTheCommandThatDoesTheSame)
{
    EXPECT_EQ(workbench::commandOf({}, "p.slook"), "secondlook-cli run p.slook scl");
    EXPECT_EQ(workbench::commandOf(fullLaunch(), "/data/my project.slook"),
        "secondlook-cli run '/data/my project.slook' scl --model '/models/it'\\''s one' "
        "--chat-template vicuna_v1 --items=-flag:red --limit 20 --set turns=2 --set 'pool.stop=a "
        "b' --control random,sft "
        "--seed 5 --device cpu --int8");
}

TEST(Launch, IsReadFromItsPresetAsItWasWritten)
{
    const auto text = workbench::toText(fullLaunch());
    const auto again = workbench::launchFromText(text, "preset");
    ASSERT_TRUE(again.has_value()) << message(again.error());
    EXPECT_EQ(workbench::toText(*again), text);
    EXPECT_EQ(again->set, fullLaunch().set);
}

TEST(Launch, RefusesPresetsThatItDoesNotUnderstand)
{
    for (const auto& [text, word] : { std::pair("[]", "preset"), std::pair("{", "preset"),
             std::pair("{\"recipe\": \"dance\"}", "dance"), std::pair("{\"speed\": 1}", "speed"),
             std::pair("{\"seed\": -1}", "seed"), std::pair("{\"set\": {\"turns\": 2}}", "set"),
             // Nothing may be passed over in silence either.
             std::pair(R"({"set": {"tunrs": "2"}})", "tunrs"),
             std::pair(R"({"set": {"review": "shout"}})", "shout"),
             std::pair(R"({"controls": ["rnadom"]})", "rnadom"),
             std::pair(R"({"limit": 4294967297})", "limit"),
             std::pair(R"({"threads": 4294967297})", "threads") }) {
        const auto launch = workbench::launchFromText(text, "preset");
        ASSERT_FALSE(launch.has_value()) << text;
        EXPECT_NE(message(launch.error()).find(word), std::string::npos) << message(launch.error());
    }
}

TEST(Launch, KeepsEverySeed)
{
    Launch launch;
    launch.seed = std::numeric_limits<std::uint64_t>::max();
    const auto read = workbench::launchFromText(workbench::toText(launch), "preset");
    ASSERT_TRUE(read.has_value()) << message(read.error());
    EXPECT_EQ(read->seed, launch.seed);
}

TEST_F(QueueTest, ARunKnowsHowItWasChosen)
{
    Launch launch;
    launch.items = "category:color";
    launch.set = { { "turns", "2" } };
    launch.controls = { "random" };
    launch.seed = 3;
    const auto run = queued(launch);
    EXPECT_EQ(workbench::toText(*workbench::launchOf(*m_project, run)), workbench::toText(launch));
    // Without its file the job says the rest.
    fs::remove(workbench::runFolder(*m_project, run.name) / workbench::launchFile);
    const auto read = workbench::launchOf(*m_project, run);
    ASSERT_TRUE(read.has_value()) << message(read.error());
    EXPECT_EQ(read->items, "");
    EXPECT_EQ(read->set, launch.set);
    EXPECT_EQ(read->controls, launch.controls);
    EXPECT_EQ(read->seed, 3u);
}

TEST_F(QueueTest, ATrialThatIsNeverMadeLeavesNoFolder)
{
    auto plan = workbench::preparePreflight(*m_project, {});
    ASSERT_TRUE(plan.has_value()) << message(plan.error());
    auto copy = std::make_unique<workbench::PreflightPlan>(*plan);
    const auto folder = *copy->directory;
    *plan = {};
    EXPECT_TRUE(fs::exists(folder / "job.json"));
    copy.reset();
    EXPECT_FALSE(fs::exists(folder));
}

TEST_F(QueueTest, NothingStartsUntilItIsLetGoThenOneAfterTheOther)
{
    const auto first = queued();
    const auto second = queued();
    const auto third = queued();
    EXPECT_TRUE(worked().empty()); // held from the start
    EXPECT_EQ(m_project->run(first.name)->state, RunState::Waiting); // not called dead
    ASSERT_TRUE(workbench::moveInQueue(*m_project, third.id, 1).has_value());
    ASSERT_TRUE(workbench::moveInQueue(*m_project, first.id, -9).has_value());
    EXPECT_EQ(names(), (std::vector { third.name, second.name, first.name }));
    ASSERT_TRUE(workbench::holdQueue(*m_project, false).has_value());
    EXPECT_EQ(worked(), (std::vector { third.name, second.name, first.name }));
    const auto runs = m_project->runs();
    for (const RunRow& run : *runs)
        EXPECT_EQ(run.state, RunState::Done) << run.name;
    EXPECT_TRUE(names().empty());
}

TEST_F(QueueTest, OneThatFailsIsPassedOrHoldsAsAsked)
{
    const auto broken = queued();
    const auto next = queued();
    fs::remove_all(workbench::runFolder(*m_project, broken.name));
    ASSERT_TRUE(workbench::setGoOnAfterFailure(*m_project, false).has_value());
    ASSERT_TRUE(workbench::holdQueue(*m_project, false).has_value());
    EXPECT_EQ(worked(), std::vector { broken.name });
    EXPECT_EQ(m_project->run(broken.name)->state, RunState::Failed);
    EXPECT_TRUE(workbench::queueOf(*m_project)->held);
    EXPECT_EQ(names(), std::vector { next.name });
    ASSERT_TRUE(workbench::setGoOnAfterFailure(*m_project, true).has_value());
    ASSERT_TRUE(workbench::holdQueue(*m_project, false).has_value());
    EXPECT_EQ(worked(), std::vector { next.name });
}

TEST_F(QueueTest, StoppingTheRunAtWorkHoldsTheOthers)
{
    setenv("FAKE_WORKER", "wait", 1);
    const auto first = queued();
    const auto second = queued();
    ASSERT_TRUE(workbench::holdQueue(*m_project, false).has_value());
    ASSERT_TRUE(workbench::workQueue(*m_project)->has_value());
    EXPECT_FALSE(workbench::workQueue(*m_project)->has_value()); // one at a time
    while (!workbench::stopRun(*m_project, *m_project->run(first.name)).has_value())
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(worked().empty());
    EXPECT_TRUE(workbench::queueOf(*m_project)->held);
    EXPECT_EQ(names(), std::vector { second.name });
}

TEST_F(QueueTest, OrderSurvivesTheProgram)
{
    const auto first = queued();
    const auto second = queued();
    ASSERT_TRUE(workbench::moveInQueue(*m_project, second.id, 1).has_value());
    const auto file = m_project->file();
    m_project.reset();
    auto again = store::Project::open(file);
    ASSERT_TRUE(again.has_value());
    m_project.emplace(std::move(*again));
    EXPECT_EQ(names(), (std::vector { second.name, first.name }));
    ASSERT_TRUE(workbench::leaveQueue(*m_project, second.id).has_value());
    EXPECT_EQ(names(), std::vector { first.name });
}

TEST_F(QueueTest, DataChecksFindWhatWouldFail)
{
    const auto planned = workbench::planRun(*m_project, "scl", {});
    ASSERT_TRUE(planned.has_value()) << message(planned.error());
    for (const auto& check : workbench::dataChecks(*planned))
        EXPECT_NE(check.outcome, workbench::PreflightCheck::Outcome::Failed) << check.text;
    auto bad = *planned;
    bad.plan.inputs[0].item.answer = "Z";
    bad.plan.inputs[2] = bad.plan.inputs[1];
    for (ImageRow& image : bad.images) {
        image.storedBytes = false;
        image.path = "/nowhere.png";
    }
    const auto checks = workbench::dataChecks(bad);
    ASSERT_GE(checks.size(), 3u);
    EXPECT_EQ(checks[0].outcome, workbench::PreflightCheck::Outcome::Failed);
    EXPECT_EQ(checks[1].outcome, workbench::PreflightCheck::Outcome::Failed);
    EXPECT_NE(checks[1].text.find("1 question"), std::string::npos) << checks[1].text;
    EXPECT_NE(checks[1].text.find(bad.plan.inputs[0].item.key), std::string::npos);
    EXPECT_EQ(checks[2].outcome, workbench::PreflightCheck::Outcome::Warning);
}

TEST_F(QueueTest, ARunMayGoOnFromOneThatIsStillToCome)
{
    const auto first = queued();
    Launch next;
    next.adapter = "@1";
    next.adapter = "@9";
    EXPECT_FALSE(workbench::optionsOf(*m_project, next).has_value());
    next.adapter = "@1";
    auto options = *workbench::optionsOf(*m_project, next);
    EXPECT_FALSE(workbench::startRun(*m_project, "scl", options).has_value()); // nothing is there
    const auto second = queued(next);
    const auto job = runs::jobFromText(second.job, "job");
    EXPECT_EQ(job->model.adapter,
        (workbench::runFolder(*m_project, first.name) / "artifacts/correctness").string());
    const auto rounds = workbench::roundsOf(*m_project);
    ASSERT_TRUE(rounds.has_value()) << message(rounds.error());
    ASSERT_EQ(rounds->size(), 2u);
    EXPECT_EQ((*rounds)[0].run.name, first.name);
    EXPECT_EQ((*rounds)[0].depth, 0);
    EXPECT_EQ((*rounds)[1].from, first.name);
    EXPECT_EQ((*rounds)[1].depth, 1);
    EXPECT_EQ((*rounds)[1].training, "correctness");
    EXPECT_FALSE((*rounds)[1].after.has_value());
    int questions = 0;
    for (const auto& [source, n] : (*rounds)[0].data)
        questions += n;
    EXPECT_EQ(questions, 12);
    // A project that was moved is the same chain.
    const auto file = m_project->file();
    const auto folder = m_project->folder();
    m_project.reset();
    const auto moved = m_folder.path() / "elsewhere";
    fs::create_directories(moved);
    fs::rename(file, moved / file.filename());
    fs::rename(folder, moved / folder.filename());
    auto again = store::Project::open(moved / file.filename());
    ASSERT_TRUE(again.has_value()) << message(again.error());
    const auto still = workbench::roundsOf(*again);
    ASSERT_TRUE(still.has_value());
    EXPECT_EQ((*still)[1].from, first.name);
}
