#include "round.h"
#include <csignal>
#include <numbers>

namespace fs = std::filesystem;
using namespace slook;

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
    const auto metrics =
        json({ "show", project(), "metrics", "--preference", "correctness" })["metrics"];
    ASSERT_FALSE(metrics.empty());
    EXPECT_NEAR(metrics[0]["values"].at("loss/dpo").get<double>(), std::numbers::ln2, 1e-5);
    EXPECT_GT(metrics[0]["values"].at("loss/sft").get<double>(), 0);
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
