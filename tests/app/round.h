#pragma once
#include "fixture.h"
#include "runs/directory.h"
#include <set>

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
    std::filesystem::path directory() const { return project() + ".d/runs/0001-scl"; }

    /// Waits until the run directory has this many events, at most a minute.
    void waitForEvents(std::size_t count) const
    {
        for (int i = 0; i < 1200; ++i) {
            const auto events = slook::runs::readEvents(directory());
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
        const auto events = slook::runs::readEvents(directory());
        ASSERT_TRUE(events.has_value());
        EXPECT_EQ(json({ "runs", project() })["runs"][0]["events"], events->size());
    }
};
