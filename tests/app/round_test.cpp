#include "fixture.h"
#include "runs/directory.h"
#include <csignal>
#include <set>

namespace fs = std::filesystem;
using namespace slook;

namespace {

/// Whole rounds with the real worker and the embedded model, small.
class RoundTest : public CliTest {
protected:
    void SetUp() override { projectWithScenes(questions); }

    static constexpr int questions = 40;

    Arguments smallRun() const
    {
        return { "run", project(), "scl", "--threads", "1", "--seed", "1", "--set",
            "pool.temperature=0.7", "--set", "training.epochs=1", "--set", "training.batch=8",
            "--set", "holdOut=0.5" };
    }
    fs::path directory() const { return path("p.slook.d/runs/0001-scl"); }

    /// Waits until the run directory has this many events, at most a minute.
    void waitForEvents(std::size_t count) const
    {
        for (int i = 0; i < 1200; ++i) {
            const auto events = runs::readEvents(directory());
            if (events && events->size() >= count)
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        FAIL() << "the worker reported too little";
    }
    std::string state() const { return json({ "runs", project() })["runs"][0]["state"]; }
    void waitForEnd() const
    {
        for (int i = 0; i < 600; ++i) {
            const std::string now = state();
            if (now != "waiting" && now != "running")
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
        FAIL() << "the run does not end";
    }
    /// Every question has each turn of each stage once, and every event was taken in.
    void expectWholeRun() const
    {
        EXPECT_EQ(state(), "done");
        const auto responses = json({ "show", project(), "responses" })["responses"];
        std::set<std::string> seen;
        for (const auto& one : responses)
            EXPECT_TRUE(seen.insert(one["stage"].get<std::string>() + "/" + one["item"].dump() + "/"
                                + one["turn"].dump())
                            .second);
        const auto transitions = json({ "show", project(), "transitions", "--stage", "pool" });
        const auto test = json({ "show", project(), "transitions", "--stage", "before" });
        EXPECT_EQ(transitions["transitions"].size() + test["transitions"].size(),
            static_cast<std::size_t>(questions));
        EXPECT_EQ(
            seen.size(), 2 * (transitions["transitions"].size() + 2 * test["transitions"].size()));
        const auto events = runs::readEvents(directory());
        ASSERT_TRUE(events.has_value());
        EXPECT_EQ(json({ "runs", project() })["runs"][0]["events"], events->size());
    }
};

} // namespace

TEST_F(RoundTest, AnswersPairsTrainsAndMeasures)
{
    Arguments arguments = smallRun();
    arguments.insert(arguments.end(), { "--control", "random" });
    const Outcome outcome = run(arguments);
    ASSERT_EQ(outcome.exit, 0) << outcome.err;
    const auto report = json({ "show", project(), "accuracy" });
    ASSERT_EQ(report["stages"].size(), 3u);
    EXPECT_EQ(report["stages"][0]["stage"], "before");
    EXPECT_TRUE(report["stages"][2]["control"].get<bool>());
    EXPECT_FALSE(report["sentence"].get<std::string>().empty());
    EXPECT_FALSE(json({ "show", project(), "pairs" })["pairs"].empty());
    EXPECT_TRUE(json({ "show", project(), "flips" })["flips"].is_array());
    EXPECT_FALSE(json({ "show", project(), "agreement" })["agreement"].empty());
    const auto written = json(
        { "export", project(), "pairs", "--format", "trl", "--out", path("pairs.json").string() });
    EXPECT_GT(written["rows"], 0);
    EXPECT_EQ(run({ "show", project(), "accuracy" }).exit, 0);
    EXPECT_NE(complaint({ "resume", project(), "1" }).find("is done"), std::string::npos);
}

TEST_F(RoundTest, GoesOnWithoutTheCommandThatStartedIt)
{
    Program program(smallRun(), m_folder.path());
    waitForEvents(12);
    program.signal(SIGKILL);
    EXPECT_EQ(program.wait().exit, 128 + SIGKILL);
    waitForEnd();
    expectWholeRun();
}

TEST_F(RoundTest, ResumesAfterTheWorkerWasKilled)
{
    Arguments arguments = smallRun();
    arguments.emplace_back("--detach");
    const Outcome outcome = run(arguments);
    ASSERT_EQ(outcome.exit, 0) << outcome.err;
    waitForEvents(30);
    const auto events = runs::readEvents(directory());
    const int worker = std::get<runs::Started>(events->front().body).pid;
    ::kill(worker, SIGKILL);
    waitForEnd();
    if (state() != "done") { // it may have been faster than the signal
        EXPECT_EQ(state(), "stopped");
        ASSERT_EQ(run({ "resume", project(), "1" }).exit, 0);
    }
    expectWholeRun();
}

TEST_F(RoundTest, StopsOnCtrlCAndGoesOnLater)
{
    Program program(smallRun(), m_folder.path());
    waitForEvents(12);
    program.signal(SIGINT);
    const Outcome stopped = program.wait();
    if (stopped.exit != 0) {
        EXPECT_EQ(stopped.exit, 1);
        EXPECT_NE(stopped.err.find("resume"), std::string::npos) << stopped.err;
        EXPECT_EQ(state(), "stopped");
        ASSERT_EQ(run({ "resume", project(), "1" }).exit, 0);
    }
    expectWholeRun();
}

TEST_F(RoundTest, RefusesAnAdapterForAnotherModel)
{
    const fs::path adapter = path("adapter");
    fs::create_directory(adapter);
    write("adapter/adapter_config.json",
        R"({"peft_type":"LORA","r":2,"lora_alpha":4,"target_modules":["nowhere_proj"]})");
    write("adapter/adapter_model.safetensors", std::string("\x02\0\0\0\0\0\0\0{}", 10));
    Arguments arguments = smallRun();
    arguments.insert(arguments.end(), { "--adapter", adapter.string() });
    EXPECT_NE(complaint(arguments).find("adapter"), std::string::npos);
    EXPECT_EQ(state(), "failed");
}
