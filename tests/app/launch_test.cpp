#include "round.h"

namespace fs = std::filesystem;
using namespace slook;

/// What comes before a run: the dry run, the trial, presets, and the queue.
class LaunchTest : public RoundTest {
protected:
    Arguments with(std::initializer_list<const char*> more) const
    {
        Arguments arguments = smallRun();
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }
    static std::string textOf(const Json& pieces)
    {
        std::string text;
        for (const Json& one : pieces)
            text += one.get<std::string>();
        return text;
    }
};

TEST_F(LaunchTest, ADryRunSaysWhatItWouldBeAndStartsNothing)
{
    const auto dry = json(with({ "--dry-run" }));
    EXPECT_TRUE(dry["passed"].get<bool>());
    EXPECT_EQ(dry["pool"].get<int>() + dry["test"].get<int>(), questions);
    EXPECT_EQ(dry["job"]["seed"], 1);
    EXPECT_TRUE(dry["rows"].empty());
    EXPECT_TRUE(json({ "runs", project() })["runs"].empty());
    EXPECT_FALSE(fs::exists(project() + ".d/runs"));
}

TEST_F(LaunchTest, ATrialAsksTrainsAndLeavesNothing)
{
    const auto trial = json(with({ "--preflight", "--control", "random" }));
    EXPECT_TRUE(trial["passed"].get<bool>()) << trial["checks"].dump(1);
    EXPECT_EQ(trial["rows"].size(), 8u);
    for (const Json& row : trial["rows"]) {
        EXPECT_NE(row["prompt"].get<std::string>().find("ASSISTANT:"), std::string::npos);
        EXPECT_FALSE(row["key"].get<std::string>().empty());
    }
    EXPECT_EQ(trial["pairsPerStep"], 8);
    EXPECT_EQ(trial["trainings"], 2);
    EXPECT_GT(trial["secondsPerStep"].get<double>(), 0);
    EXPECT_GT(trial["answerSeconds"].get<double>(), 0);
    EXPECT_GT(trial["peakBytes"].get<std::int64_t>(), 50 << 20);
    ASSERT_FALSE(trial["examples"].empty());
    for (const Json& one : trial["examples"]) {
        EXPECT_EQ(one["imageTokens"], 64); // of the embedded model, 96 pixels in patches of 12
        EXPECT_EQ(
            one["promptTokens"], one["imageTokens"].get<std::size_t>() + one["prompt"].size());
        ASSERT_EQ(one["sides"].size(), 2u);
        EXPECT_NE(textOf(one["prompt"]).find("ASSISTANT:"), std::string::npos);
        EXPECT_NE(textOf(one["sides"][0]), textOf(one["sides"][1]));
        EXPECT_EQ(textOf(one["sides"][0]).find("ASSISTANT:"), std::string::npos); // only the answer
    }
    EXPECT_TRUE(json({ "runs", project() })["runs"].empty());
    EXPECT_FALSE(fs::exists(project() + ".d/runs"));
}

TEST_F(LaunchTest, ATrialTellsWhatIsWrongWithTheModel)
{
    fs::create_directories(path("model"));
    write("model/config.json", "{");
    EXPECT_NE(
        complaint(with({ "--preflight", "--model", path("model").c_str() })).find("config.json"),
        std::string::npos);
}

TEST_F(LaunchTest, RunsWaitInTheQueueAndAreWorkedThrough)
{
    ASSERT_EQ(run(with({ "--queue", "--items", "category:color" })).exit, 0);
    const auto again = run({ "run", project(), "--from", "1", "--seed", "2", "--queue" });
    ASSERT_EQ(again.exit, 0) << again.err;
    ASSERT_EQ(run({ "queue", project(), "--up", "2" }).exit, 0);
    const auto waiting = json({ "queue", project() });
    ASSERT_EQ(waiting["queue"].size(), 2u);
    EXPECT_EQ(waiting["queue"][0]["name"], "0002-scl");
    EXPECT_TRUE(waiting["held"].get<bool>());
    const auto worked = run({ "queue", project(), "--work" });
    ASSERT_EQ(worked.exit, 0) << worked.err;
    const auto first = worked.out.find("0002-scl: done");
    const auto second = worked.out.find("0001-scl: done");
    ASSERT_NE(first, std::string::npos) << worked.out;
    ASSERT_NE(second, std::string::npos) << worked.out;
    EXPECT_LT(first, second);
    EXPECT_TRUE(json({ "queue", project() })["queue"].empty());
    // The second was started as the first, but for its seed.
    const auto jobOf = [&](const char* name) {
        const auto text = readFile(project() + ".d/runs/" + name + "/job.json", 1 << 20);
        return text ? *parseJson(*text, name) : Json();
    };
    auto one = jobOf("0001-scl");
    auto two = jobOf("0002-scl");
    EXPECT_EQ(one["seed"], 1);
    EXPECT_EQ(two["seed"], 2);
    for (Json* job : { &one, &two }) {
        (*job).erase("seed");
        (*job)["options"].erase("seed");
    }
    EXPECT_EQ(one, two);
}

TEST_F(LaunchTest, AChainGoesOnFromWhatTheRunBeforeHasTrained)
{
    const auto chain = run({ "chain", project(), "scl", "scl", "--seed", "1", "--threads", "1",
        "--set", "training.epochs=1", "--set", "training.batch=8", "--set", "holdOut=0.5" });
    ASSERT_EQ(chain.exit, 0) << chain.err;
    const auto rounds = json({ "rounds", project() })["rounds"];
    ASSERT_EQ(rounds.size(), 2u);
    EXPECT_EQ(rounds[0]["from"], "");
    EXPECT_EQ(rounds[1]["from"], "0001-scl");
    EXPECT_EQ(rounds[1]["state"], "done");
    // The second begins where the first has ended: same weights, same questions, same answers.
    EXPECT_EQ(rounds[1]["before"]["share"], rounds[0]["after"]["share"]);
    EXPECT_GT(rounds[0]["pairs"].get<int>(), 0);
    const auto& against = rounds[1]["against"];
    if (!against.is_null()) {
        EXPECT_EQ(
            against["kept"].get<int>() + against["turned"].get<int>() + against["came"].get<int>(),
            rounds[1]["pairs"].get<int>());
    }
}
