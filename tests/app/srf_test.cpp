#include "core/file.h"
#include "core/json.h"
#include "round.h"
#include "runs/directory.h"
#include "store/project.h"
#include "workbench/triplet_sets.h"
#include "workbench/triplet_trial.h"
#include <cmath>
#include <csignal>

namespace fs = std::filesystem;
using namespace slook;

/// SRF with the real worker and the embedded model, small.
class SrfTest : public RoundTest {
protected:
    Arguments srf(const Arguments& more = {}) const
    {
        Arguments all { "run", project(), "srf", "--threads", "1", "--seed", "1", "--set",
            "samples=3", "--set", "generation.maxNewTokens=48", "--set",
            "reconstruction.maxNewTokens=48", "--set", "test.maxNewTokens=24", "--set",
            "generator.batch=4", "--set", "training.batch=4" };
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    fs::path directory() const { return project() + ".d/runs/0001-srf"; }

    Json triplets() const { return json({ "show", project(), "triplets" })["triplets"]; }

    /// What was said, scored and learned, without what a clock decides, in its order.
    std::vector<std::string> content() const
    {
        std::vector<std::string> lines;
        const auto events = runs::readEvents(directory());
        for (auto event : *events) {
            if (auto* answered = std::get_if<runs::Answered>(&event.body))
                answered->response.seconds = 0;
            const bool counts = std::holds_alternative<runs::Answered>(event.body)
                || std::holds_alternative<runs::Tripled>(event.body)
                || std::holds_alternative<runs::Measured>(event.body)
                || std::holds_alternative<runs::Artifact>(event.body);
            if (counts)
                lines.push_back(runs::toLine({ 0, 0, event.body }));
        }
        std::ranges::sort(lines);
        return lines;
    }
    void waitForMany(std::size_t count) const
    {
        for (int i = 0; i < 1200; ++i) {
            const auto events = runs::readEvents(directory());
            if (events && events->size() >= count)
                return;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        FAIL() << "the worker reported too little";
    }
};

TEST_F(SrfTest, AsksReconstructsScoresLearnsAndMeasures)
{
    const Outcome outcome = run(srf({ "--control", "seed-only,random" }));
    ASSERT_EQ(outcome.exit, 0) << outcome.err;
    const auto all = triplets();
    int seed = 0, made = 0, kept = 0, known = 0;
    for (const auto& one : all) {
        if (one["round"] == 0) {
            ++seed;
            continue;
        }
        ++made;
        kept += one["kept"].get<bool>() ? 1 : 0;
        known += one["right"].is_boolean() ? 1 : 0;
        const double q = one["questionSimilarity"], a = one["answerSimilarity"];
        EXPECT_EQ(one["score"].get<double>(), std::sqrt(q * a));
        if (one["question"] == one["questionAgain"]) {
            EXPECT_NEAR(q, 1, 1e-6) << one["question"];
        }
    }
    EXPECT_GT(seed, 5);
    EXPECT_GT(made, 10);
    EXPECT_GT(known, made / 2) << "the model asks what scenes are asked";
    const auto report = json({ "show", project(), "accuracy" });
    ASSERT_EQ(report["models"].size(), 4u);
    for (const auto& model : report["models"])
        EXPECT_GT(model["answers"]["n"], 10);
    EXPECT_EQ(report["models"][1]["seed"], seed);
    EXPECT_EQ(report["models"][1]["generated"], kept);
    EXPECT_EQ(report["models"][2]["generated"], 0);
    EXPECT_EQ(report["models"][3]["generated"], kept);
    EXPECT_TRUE(report["models"][2]["methodAgainstThis"].is_object());
    std::int64_t grouped = 0;
    for (const auto& group : report["groups"])
        grouped += group["n"].get<std::int64_t>();
    EXPECT_EQ(grouped, made);
    EXPECT_EQ(run({ "show", project(), "accuracy" }).exit, 0);
    EXPECT_EQ(run({ "show", project(), "triplets" }).exit, 0);
    EXPECT_EQ(json({ "check", project() })["counts"]["triplet"], all.size());

    const auto out = path("kept.json").string();
    const auto written =
        json({ "export", project(), "triplets", "--format", "llava", "--out", out });
    EXPECT_EQ(written["rows"], kept);
    const auto rows = *parseJson(*readFile(out, 1u << 20), out);
    ASSERT_EQ(rows.size(), static_cast<std::size_t>(kept));
    for (const auto& row : rows) {
        EXPECT_TRUE(fs::exists(path(row["image"].get<std::string>())));
        EXPECT_EQ(row["conversations"][0]["from"], "human");
        EXPECT_TRUE(row["conversations"][0]["value"].get<std::string>().starts_with("<image>\n"));
        EXPECT_FALSE(row["conversations"][1]["value"].get<std::string>().empty());
    }
    EXPECT_EQ(json({ "export", project(), "triplets", "--format", "llava", "--with-seed", "--out",
                  path("all.json").string() })["rows"],
        seed + kept);
    ASSERT_EQ(run({ "new", path("again.slook").string() }).exit, 0); // and it can be read back
    EXPECT_EQ(run({ "import", path("again.slook").string(), out }).exit, 0);
}

TEST_F(SrfTest, ACornerMadeAgainNowIsTheOneThatTheRunMade)
{
    ASSERT_EQ(run(srf({ "--set", "holdOut=0.8" })).exit, 0);
    const auto opened = store::Project::openReadOnly(project());
    ASSERT_TRUE(opened.has_value());
    const auto row = opened->run("1");
    const auto models = workbench::tripletModels(*opened, *row);
    ASSERT_TRUE(models.has_value()) << message(models.error());
    ASSERT_EQ(models->trainings.front().first, "generator1");
    ::setenv("SLOOK_WORKER", (fs::path(SLOOK_CLI).parent_path() / "secondlook-worker").c_str(), 1);
    workbench::Trials trials;
    int asked = 0, questionsAlike = 0, answersAlike = 0;
    const auto judged = workbench::judgedTriplets(*opened, *row);
    for (const auto& one : *judged) {
        if (one.triplet.round == 0 || asked == 8)
            continue;
        ++asked;
        const methods::QuestionAnswer corners { one.triplet.question, one.triplet.answer };
        for (const bool question : { true, false }) {
            const auto answer = trials.corner(workbench::cornerTrial(
                *models, corners, question, "generator1", *opened->imageBytes(one.images.front())));
            ASSERT_TRUE(answer.has_value()) << message(answer.error());
            const auto& before = question ? one.triplet.questionAgain : one.triplet.answerAgain;
            (question ? questionsAlike : answersAlike) += answer->text == before ? 1 : 0;
            const auto alike = workbench::cornerSimilarity(*models, corners, question, *answer);
            EXPECT_EQ(
                alike.measure, question ? one.triplet.questionMeasure : one.triplet.answerMeasure);
            if (answer->text == before) {
                EXPECT_NEAR(alike.value,
                    question ? one.triplet.questionSimilarity : one.triplet.answerSimilarity, 1e-5);
            }
        }
    }
    ASSERT_GT(asked, 3);
    EXPECT_EQ(questionsAlike, asked); // greedy, by the same weights
    EXPECT_EQ(answersAlike, asked);
}

TEST_F(SrfTest, AKilledRunGoesOnAndEqualsOneThatWasNot)
{
    ASSERT_EQ(run(srf()).exit, 0);
    const auto expected = content();
    const auto count = runs::readEvents(directory())->size();
    fs::rename(project() + ".d", project() + ".whole");
    for (const char* ending : { "", "-wal", "-shm" })
        fs::remove(project() + ending);
    ASSERT_EQ(run({ "new", project() }).exit, 0);
    ASSERT_EQ(run({ "import", project(), path("scenes/scenes.tsv").string() }).exit, 0);
    Arguments detached = srf();
    detached.emplace_back("--detach");
    ASSERT_EQ(run(detached).exit, 0);
    waitForMany(count / 2);
    ::kill(std::get<runs::Started>(runs::readEvents(directory())->front().body).pid, SIGKILL);
    waitForEnd();
    if (state() != "done") {
        EXPECT_EQ(state(), "stopped");
        ASSERT_EQ(run({ "resume", project(), "1" }).exit, 0);
    }
    EXPECT_EQ(content(), expected);
}

TEST_F(SrfTest, ComparesTextsWithAnEncoderOfItsOwn)
{
    const auto encoder = fs::path(SLOOK_SOURCE_DIR) / "tests" / "fixtures" / "bert";
    const Outcome outcome = run(srf({ "--set", "encoder=" + encoder.string() }));
    ASSERT_EQ(outcome.exit, 0) << outcome.err;
    for (const auto& one : triplets())
        if (one["round"] == 1 && one["question"] == one["questionAgain"]) {
            EXPECT_NEAR(one["questionSimilarity"].get<double>(), 1, 1e-6);
        }
    const Outcome refused = run(srf({ "--set", "encoder=" + path("nothing").string() }));
    EXPECT_NE(refused.exit, 0);
    EXPECT_NE(refused.err.find("config.json"), std::string::npos) << refused.err;
}

TEST_F(SrfTest, OtherRunsHaveNoTriplets)
{
    ASSERT_EQ(run(smallRun()).exit, 0);
    const Outcome shown = run({ "show", project(), "triplets" });
    EXPECT_NE(shown.exit, 0);
    EXPECT_NE(shown.err.find("makes no triplets"), std::string::npos) << shown.err;
}
