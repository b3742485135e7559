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
