#include "parity.h"
#include "round.h"
#include "runs/directory.h"
#include <csignal>
#include <numbers>

namespace fs = std::filesystem;
using namespace slook;

/// STIC with the real worker and the embedded model, small.
class SticTest : public RoundTest {
protected:
    Arguments stic(const Arguments& more = {}) const
    {
        Arguments all { "run", project(), "stic", "--threads", "1", "--seed", "1", "--set",
            "stage1.batch=4", "--set", "stage2.batch=8", "--set", "description.maxNewTokens=64",
            "--set", "test.maxNewTokens=64" };
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    std::filesystem::path directory() const { return project() + ".d/runs/0001-stic"; }

    void waitForDescriptions(std::size_t count) const
    {
        for (int i = 0; i < 1200; ++i) {
            const auto events = runs::readEvents(directory());
            if (events && events->size() >= count)
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        FAIL() << "the worker reported too little";
    }

    /// What was said, chosen and learned, without what a clock decides.
    std::multiset<std::string> content() const
    {
        std::multiset<std::string> lines;
        const auto events = runs::readEvents(directory());
        for (auto event : *events) {
            if (auto* answered = std::get_if<runs::Answered>(&event.body))
                answered->response.seconds = 0;
            const bool counts = std::holds_alternative<runs::Answered>(event.body)
                || std::holds_alternative<runs::Paired>(event.body)
                || std::holds_alternative<runs::Measured>(event.body)
                || std::holds_alternative<runs::Artifact>(event.body);
            if (counts)
                lines.insert(runs::toLine({ 0, 0, event.body }));
        }
        return lines;
    }
};

TEST_F(SticTest, DescribesPrefersInfusesAndMeasures)
{
    const Outcome outcome = run(stic({ "--control", "random,plain-sft" }));
    ASSERT_EQ(outcome.exit, 0) << outcome.err;
    const auto report = json({ "show", project(), "descriptions" });
    ASSERT_EQ(report["models"].size(), 5u);
    EXPECT_EQ(report["withoutTruth"], 0);
    for (const auto& model : report["models"]) {
        EXPECT_GT(model["descriptions"]["faithful"]["n"], 10);
        EXPECT_GT(model["descriptions"]["faithful"]["meanTokens"], 5);
        EXPECT_GT(model["descriptions"]["recall"]["share"], 0.2) << "it describes the scenes";
        EXPECT_GT(model["answers"]["n"], 10);
        EXPECT_EQ(model["described"]["n"], model["answers"]["n"]);
    }
    EXPECT_TRUE(report["models"][3]["stageAgainstThis"].is_object());
    // DPO begins at log 2 whatever stands beside it; the regulariser is a summed log-probability.
    const auto metrics =
        json({ "show", project(), "metrics", "--preference", "stage1" })["metrics"];
    ASSERT_FALSE(metrics.empty());
    const auto& first = metrics[0]["values"];
    EXPECT_NEAR(first.at("loss/dpo").get<double>(), std::numbers::ln2, 1e-5);
    EXPECT_NEAR(
        first.at("loss/chosen_sum").get<double>(), -first.at("logps/chosen").get<double>(), 1e-3);
    EXPECT_NEAR(first.at("loss").get<double>(),
        first.at("loss/dpo").get<double>() + first.at("loss/chosen_sum").get<double>() / 1024,
        1e-5);
    EXPECT_FALSE(
        json({ "show", project(), "metrics", "--preference", "stage2" })["metrics"].empty());
    EXPECT_EQ(run({ "show", project(), "accuracy" }).exit, 0);
}

TEST_F(SticTest, ACorruptedPictureIsMadeAgainToTheByte)
{
    const Outcome outcome = run(stic({ "--set", "secondStage=false", "--set", "respond=off" }));
    ASSERT_EQ(outcome.exit, 0) << outcome.err;
    const auto pairs = json({ "show", project(), "pairs" })["pairs"];
    int corrupted = 0;
    int bad = 0;
    for (const auto& pair : pairs) {
        EXPECT_EQ(pair["chosenFrom"]["corruptions"].size(), 0u);
        EXPECT_EQ(
            pair["pixelClaim"], pair["rejectedFrom"]["corruptions"].empty() ? "none" : "changed");
        EXPECT_NE(pair["chosenFrom"]["prompt"].get<std::string>().find("detailed description"),
            std::string::npos);
        const auto& from = pair["rejectedFrom"];
        bad += from["corruptions"].empty();
        EXPECT_EQ(from["pixelsSha256"] == pair["chosenFrom"]["pixelsSha256"],
            from["corruptions"].empty()); // the model saw other pixels where and only where
        for (const auto& one : from["corruptions"]) {
            if (++corrupted > 2)
                continue; // a process a picture is dear
            const Json parameters = *parseJson(one["parameters"].get<std::string>(), "");
            fs::path picture; // the one of this hash
            for (const auto& file : fs::directory_iterator(directory() / "pictures")) {
                Arguments again { "image", "corrupt", file.path().string(),
                    path("again.png").string(), "--op", one["op"], "--seed", one["seed"].dump() };
                for (const auto& [name, value] : parameters.items())
                    again.insert(again.end(), { "--set", name + "=" + value.dump() });
                const auto made = json(again);
                if (made["sha256Before"] != one["sha256Before"])
                    continue;
                picture = file.path();
                EXPECT_EQ(made["sha256After"], one["sha256After"]);
                break;
            }
            EXPECT_FALSE(picture.empty());
        }
    }
    EXPECT_GT(corrupted, 0);
    EXPECT_GT(bad, 0);
}

TEST_F(SticTest, AnAuditOfItsPairsIsLearnedWithItsLabelSmoothing)
{
    ASSERT_EQ(run(stic({ "--set", "secondStage=false", "--set", "respond=off" })).exit, 0);
    const auto pairs = json({ "show", project(), "pairs" })["pairs"];
    ASSERT_GE(pairs.size(), 3u);
    ASSERT_EQ(run({ "audit", project(), "new", "--name", "first", "--annotator", "MK" }).exit, 0);
    write("verdicts.csv",
        "annotator,pair,label\nMK," + pairs[0]["id"].dump() + ",rejected\nMK,"
            + pairs[1]["id"].dump() + ",tie\n");
    ASSERT_EQ(
        run({ "import", project(), path("verdicts.csv").string(), "--format", "verdicts" }).exit,
        0);
    ASSERT_EQ(run({ "audit", project(), "apply", "--label-smoothing", "0.2" }).exit, 0);
    const Outcome outcome = run({ "run", project(), "stic", "--audited", "audited-1", "--threads",
        "1", "--set", "stage1.epochs=2" });
    ASSERT_EQ(outcome.exit, 0) << outcome.err;
    EXPECT_EQ((outcome.out + outcome.err).find("left out"), std::string::npos) << outcome.err;
    const fs::path made = project() + ".d/runs/0002-stic";
    const auto job = runs::readJob(made);
    ASSERT_TRUE(job.has_value());
    EXPECT_NE(job->options.find("\"stage1.labelSmoothing\":0.2"), std::string::npos);
    EXPECT_NE(job->options.find("\"stage1.epochs\":2"), std::string::npos);
    std::map<std::int64_t, PairRow> learned;
    const auto events = runs::readEvents(made);
    for (const auto& event : *events)
        if (const auto* pair = std::get_if<runs::Paired>(&event.body))
            learned[pair->pair.item.value] = pair->pair;
    EXPECT_EQ(learned.size(), pairs.size() - 1);
    EXPECT_FALSE(learned.contains(pairs[1]["item"].get<std::int64_t>())) << "a tie is dropped";
    const auto& turned = learned.at(pairs[0]["item"].get<std::int64_t>());
    EXPECT_EQ(turned.chosen, pairs[0]["rejected"]);
    EXPECT_EQ(turned.preference, "stage1");
    EXPECT_NE(complaint({ "run", project(), "stic", "--audited", "audited-1", "--set",
                            "goodPrompt=caption" })
                  .find("stage1."),
        std::string::npos);
}

TEST_F(SticTest, AKilledRunGoesOnAndEqualsOneThatWasNot)
{
    ASSERT_EQ(run(stic()).exit, 0);
    const auto expected = content();
    fs::rename(project() + ".d", project() + ".whole");
    for (const char* ending : { "", "-wal", "-shm" })
        fs::remove(project() + ending);
    ASSERT_EQ(run({ "new", project() }).exit, 0);
    ASSERT_EQ(run({ "import", project(), path("scenes/scenes.tsv").string() }).exit, 0);
    Arguments detached = stic();
    detached.emplace_back("--detach");
    ASSERT_EQ(run(detached).exit, 0);
    waitForDescriptions(30);
    ::kill(std::get<runs::Started>(runs::readEvents(directory())->front().body).pid, SIGKILL);
    waitForEnd();
    if (state() != "done") {
        EXPECT_EQ(state(), "stopped");
        ASSERT_EQ(run({ "resume", project(), "1" }).exit, 0);
    }
    EXPECT_EQ(content(), expected);
}

TEST_F(SticTest, AsReleasedSaysThatNoPictureWasCorrupted)
{
    const Outcome outcome = run(stic(
        { "--set", "fidelity=as_released", "--set", "lora.rank=4", "--set", "secondStage=false" }));
    ASSERT_EQ(outcome.exit, 0) << outcome.err;
    const auto pairs = json({ "show", project(), "pairs" })["pairs"];
    EXPECT_FALSE(pairs.empty());
    int refuted = 0;
    for (const auto& pair : pairs) {
        EXPECT_TRUE(pair["rejectedFrom"]["corruptions"].empty());
        refuted += pair["pixelClaim"] == "same";
        EXPECT_TRUE(pair["pixelClaim"] == "same" || pair["pixelClaim"] == "none");
    }
    EXPECT_GT(refuted, 0); // the coin said that they are corrupted, and the pixels say no
    EXPECT_LT(refuted, static_cast<int>(pairs.size()));
    const auto out = path("stic.jsonl").string();
    const auto written = json({ "export", project(), "pairs", "--format", "stic", "--preference",
        "stage1", "--out", out });
    EXPECT_NE(written["notCarried"].dump().find(std::to_string(refuted) + " pairs were said"),
        std::string::npos)
        << written;
    const auto info = json({ "check", project() });
    EXPECT_EQ(info["counts"]["corruption"], 0);
}

// Random weights of LLaVA 1.5's architecture, which say nothing sensible: every step must work.
TEST_F(SticTest, RunsOnAModelThatIsNotTheEmbeddedOne)
{
    const auto model = parityFolder() / "llava15/model";
    if (!fs::exists(model / "config.json"))
        GTEST_SKIP() << "the fixture is not there";
    const Outcome outcome = run(stic({ "--model", model.string(), "--limit", "16", "--set",
        "description.maxNewTokens=16", "--set", "test.maxNewTokens=8", "--set",
        "description.temperature=1", "--control", "no-alpha,half" }));
    ASSERT_EQ(outcome.exit, 0) << outcome.err;
    EXPECT_EQ(state(), "done");
    const auto report = json({ "show", project(), "descriptions" });
    ASSERT_EQ(report["models"].size(), 5u);
    EXPECT_GT(report["models"][1]["pairs"], 2);
    for (const auto& one : report["models"])
        EXPECT_EQ(one["descriptions"]["faithful"]["n"],
            report["models"][0]["descriptions"]["faithful"]["n"]);
    const auto folder = fs::path(project() + ".d/runs/0001-stic/artifacts");
    for (const char* name : { "stage1", "stage2", "no-alpha", "half" })
        EXPECT_TRUE(fs::exists(folder / name / "adapter_model.safetensors")) << name;
    const auto metrics =
        json({ "show", project(), "metrics", "--preference", "stage1" })["metrics"];
    EXPECT_NEAR(metrics[0]["values"].at("loss/dpo").get<double>(), std::numbers::ln2, 1e-5);
}
