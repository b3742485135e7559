#include "round.h"
#include <nlohmann/json.hpp>

/// An audit from the command line, over the pairs of a real round.
class CliAuditTest : public RoundTest { };

TEST_F(CliAuditTest, PlansJudgesAppliesAndTakesBack)
{
    EXPECT_NE(complaint({ "audit", project(), "new", "--name", "a", "--annotator", "MK" })
                  .find("no pair to judge"),
        std::string::npos);
    ASSERT_EQ(run(smallRun()).exit, 0);
    const auto pairs = json({ "show", project(), "pairs" })["pairs"];
    ASSERT_GE(pairs.size(), 1u);
    const auto plan = json({ "audit", project(), "new", "--name", "first", "--annotator", "MK",
        "--annotator", "AB", "--mirrored", "0" });
    EXPECT_EQ(plan["plan"]["population"], pairs.size());
    EXPECT_EQ(plan["tasks"], 2 * pairs.size());
    EXPECT_NE(complaint({ "audit", project(), "new", "--name", "first", "--annotator", "MK" })
                  .find("another audit"),
        std::string::npos);

    // MK confirms every label, AB sees every one the other way round.
    std::string table = "annotator,pair,label\n";
    for (const auto& pair : pairs)
        table += "MK," + pair["id"].dump() + ",chosen\nAB," + pair["id"].dump() + ",rejected\n";
    write("verdicts.csv", table);
    const auto imported =
        json({ "import", project(), path("verdicts.csv").string(), "--format", "verdicts" });
    EXPECT_EQ(imported["verdicts"], 2 * pairs.size());
    EXPECT_EQ(imported["newTasks"], 0);
    EXPECT_EQ(json({ "audit", project(), "list" })["audits"][0]["judged"], 2 * pairs.size());
    const auto agreement = json({ "show", project(), "agreement", "--audit", "first" });
    EXPECT_EQ(agreement["agreement"][0]["coefficients"][0]["value"], 0.0);
    EXPECT_EQ(agreement["conflicts"].size(), pairs.size());

    const std::string pair = pairs[0]["id"].dump();
    EXPECT_NE(complaint({ "audit", project(), "adjudicate", "--pair", pair, "--outcome", "better" })
                  .find("--better"),
        std::string::npos);
    ASSERT_EQ(run({ "audit", project(), "adjudicate", "--pair", pair, "--outcome", "better",
                      "--better", "rejected" })
                  .exit,
        0);
    EXPECT_EQ(json({ "show", project(), "agreement", "--audit", "first" })["conflicts"].size(),
        pairs.size() - 1);
    EXPECT_EQ(run({ "undo", project() }).exit, 0);

    EXPECT_NE(complaint({ "audit", project(), "apply", "--drop-unjudged" }).find("no pair"),
        std::string::npos);
    const auto applied = json({ "audit", project(), "apply", "--undecided", "keep" });
    EXPECT_EQ(applied["preference"], "audited-1");
    EXPECT_EQ(applied["pairs"], pairs.size());
    const std::string out = path("audited.jsonl").string();
    EXPECT_EQ(json({ "export", project(), "pairs", "--format", "trl", "--preference", "audited-1",
                  "--out", out })["rows"],
        pairs.size());
    EXPECT_EQ(json({ "export", project(), "verdicts", "--format", "jsonl", "--out",
                  path("v.jsonl").string() })["rows"],
        2 * pairs.size());
    ASSERT_EQ(run({ "audit", project(), "report", "--out", path("r.html").string() }).exit, 0);
    EXPECT_TRUE(std::filesystem::exists(path("r.html")));
    EXPECT_EQ(run({ "undo", project() }).exit, 0);
    EXPECT_NE(complaint({ "export", project(), "pairs", "--format", "trl", "--preference",
                  "audited-1", "--out", out }),
        "");
    EXPECT_EQ(json({ "check", project() })["problems"].size(), 0u);
}

/// Of a relabelled and a dropped pair: what the worker learns from.
TEST_F(CliAuditTest, TrainingOnTheAuditedPairsLearnsWhatPeopleSaid)
{
    auto hot = smallRun(); // changes its mind more often
    hot.insert(hot.end(), { "--set", "pool.temperature=1.5" });
    ASSERT_EQ(run(hot).exit, 0);
    const auto pairs = json({ "show", project(), "pairs" })["pairs"];
    ASSERT_GE(pairs.size(), 3u);
    ASSERT_EQ(run({ "audit", project(), "new", "--name", "first", "--annotator", "MK" }).exit, 0);
    write("verdicts.csv",
        "annotator,pair,label\nMK," + pairs[0]["id"].dump() + ",rejected\nMK,"
            + pairs[1]["id"].dump() + ",tie\n");
    ASSERT_EQ(
        run({ "import", project(), path("verdicts.csv").string(), "--format", "verdicts" }).exit,
        0);
    EXPECT_NE(complaint({ "run", project(), "scl", "--audited", "audited-1" })
                  .find("no set of audited pairs"),
        std::string::npos);
    ASSERT_EQ(run({ "audit", project(), "apply", "--label-smoothing", "0.2" }).exit, 0);
    EXPECT_NE(complaint({ "run", project(), "stic", "--audited", "audited-1" }).find("recipe scl"),
        std::string::npos);
    EXPECT_NE(complaint({ "run", project(), "scl", "--audited", "audited-1", "--set", "turns=2" })
                  .find("training."),
        std::string::npos);
    EXPECT_NE(complaint({ "run", project(), "scl", "--audited", "audited-1", "--int8" })
                  .find("leave int8 out"),
        std::string::npos);
    const auto before = json({ "show", project(), "responses" })["responses"];
    ASSERT_EQ(run({ "run", project(), "scl", "--audited", "audited-1", "--threads", "1" }).exit, 0);

    const std::filesystem::path made = project() + ".d/runs/0002-scl";
    const auto events = slook::runs::readEvents(made);
    ASSERT_TRUE(events.has_value());
    std::map<std::int64_t, slook::PairRow> learned;
    bool resumed = false;
    int trained = 0;
    for (const auto& event : *events) {
        if (const auto* pair = std::get_if<slook::runs::Paired>(&event.body))
            learned[pair->pair.item.value] = pair->pair;
        if (const auto* started = std::get_if<slook::runs::Started>(&event.body))
            resumed = resumed || started->resumed;
        trained += std::holds_alternative<slook::runs::Measured>(event.body) ? 1 : 0;
    }
    EXPECT_FALSE(resumed);
    // Eight pairs a step, one pass: as many steps as the pairs that are left ask for.
    EXPECT_EQ(learned.size(), pairs.size() - 1);
    EXPECT_EQ(trained, static_cast<int>((learned.size() + 7) / 8));
    EXPECT_FALSE(learned.contains(pairs[1]["item"].get<std::int64_t>())) << "a tie is dropped";
    const auto& turned = learned.at(pairs[0]["item"].get<std::int64_t>());
    EXPECT_EQ(turned.chosen, pairs[0]["rejected"]);
    EXPECT_EQ(turned.rejected, pairs[0]["chosen"]);
    const auto& kept = learned.at(pairs[2]["item"].get<std::int64_t>());
    EXPECT_EQ(kept.chosen, pairs[2]["chosen"]);
    const auto job = slook::runs::readJob(made);
    ASSERT_TRUE(job.has_value());
    EXPECT_NE(job->options.find("\"training.labelSmoothing\":0.2"), std::string::npos);
    // The new run's pairs are its own, and the start model's answers are those of the old run.
    EXPECT_EQ(json({ "show", project(), "pairs" })["pairs"].size(), learned.size());
    const auto after = json({ "show", project(), "responses" })["responses"];
    std::map<std::string, std::string> texts;
    for (const auto& one : before)
        if (one["stage"] != "after")
            texts[one["stage"].get<std::string>() + one["item"].dump() + one["turn"].dump()] =
                one["text"];
    for (const auto& one : after) {
        if (one["stage"] == "after")
            continue;
        EXPECT_EQ(
            texts.at(one["stage"].get<std::string>() + one["item"].dump() + one["turn"].dump()),
            one["text"]);
    }
    EXPECT_EQ(after.size(), before.size());
    EXPECT_EQ(json({ "check", project() })["problems"].size(), 0u);
}

TEST_F(CliAuditTest, ABatchGoesToAnAnnotatorAndComesBack)
{
    ASSERT_EQ(run(smallRun()).exit, 0);
    ASSERT_EQ(run({ "audit", project(), "new", "--name", "first", "--annotator", "MK", "--mirrored",
                      "0" })
                  .exit,
        0);
    const std::string sent = path("mk.slook").string();
    const auto report = json({ "audit", project(), "send", "--annotator", "MK", "--out", sent });
    const auto pairs = json({ "show", sent, "pairs", "--preference", "to-judge" })["pairs"];
    EXPECT_EQ(report["tasks"], pairs.size());
    EXPECT_NE(
        complaint({ "audit", project(), "send", "--out", sent }).find("exists"), std::string::npos);
    std::string table = "annotator,pair,label\n";
    for (const auto& pair : pairs)
        table += "MK," + pair["id"].dump() + ",tie\n";
    write("verdicts.csv", table);
    ASSERT_EQ(
        run({ "import", sent, path("verdicts.csv").string(), "--format", "verdicts" }).exit, 0);
    EXPECT_EQ(json({ "audit", project(), "merge", sent, "--dry-run" })["new"], pairs.size());
    EXPECT_EQ(json({ "audit", project(), "list" })["audits"][0]["judged"], 0);
    EXPECT_EQ(json({ "audit", project(), "merge", sent })["new"], pairs.size());
    EXPECT_EQ(json({ "audit", project(), "merge", sent })["known"], pairs.size());
    EXPECT_EQ(json({ "audit", project(), "list" })["audits"][0]["judged"], pairs.size());
    EXPECT_EQ(run({ "undo", project() }).exit, 0);
    EXPECT_EQ(json({ "audit", project(), "list" })["audits"][0]["judged"], 0);
    EXPECT_NE(complaint({ "audit", project(), "merge", project() }).find("this project itself"),
        std::string::npos);
    EXPECT_NE(
        complaint({ "audit", sent, "apply" }).find("was sent to be judged"), std::string::npos);
}
