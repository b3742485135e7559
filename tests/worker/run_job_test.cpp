#include "core/hash.h"
#include "run_fixture.h"
#include "temporary_folder.h"
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <numbers>

using namespace slook;
using namespace slook::runs;
using namespace worker_test;

namespace {

bool isAnswer(const Event& event)
{
    return std::holds_alternative<Answered>(event.body);
}
bool isMetric(const Event& event)
{
    return std::holds_alternative<Measured>(event.body);
}
bool isAny(const Event&)
{
    return true;
}

class WorkerRun : public testing::Test {
protected:
    /// One uninterrupted run, which others are compared with; made where it is needed.
    static fs::path whole()
    {
        static const TemporaryFolder folder;
        const auto run = folder.path() / "whole";
        if (!fs::exists(run)) {
            makeRun(run);
            s_code = runToEnd(run);
        }
        return run;
    }
    static std::string adapter(const fs::path& run)
    {
        return *sha256OfFile(run / "artifacts" / "correctness" / "adapter_model.safetensors");
    }

    static inline int s_code = -1;
};

} // namespace

TEST_F(WorkerRun, GoesFromQuestionsToAMeasuredAdapter)
{
    const auto log = readFile(whole() / "worker.log");
    ASSERT_EQ(s_code, 0) << (log ? *log : "");
    EXPECT_EQ(finish(whole()).ending, Ending::Done);
    const auto read = events(whole());
    std::map<std::string, int> answers;
    for (const auto& one : all<Answered>(read)) {
        ++answers[one.response.stage];
        EXPECT_EQ(one.extractions.size(), 5u);
        EXPECT_FALSE(one.response.tokenIds.empty());
        EXPECT_LE(one.response.logprob, 0);
        EXPECT_EQ(one.response.pixelsSha256.size(), 64u);
        EXPECT_NE(one.response.prompt.find("Explain your reasoning"), std::string::npos);
    }
    EXPECT_EQ(answers,
        (std::map<std::string, int> { { "pool", 72 }, { "before", 16 }, { "after", 16 } }));
    ASSERT_FALSE(all<Paired>(read).empty());
    const auto metrics = all<Measured>(read);
    EXPECT_EQ(all<Rewarded>(read).size(), metrics.size()); // of each step's pairs
    ASSERT_FALSE(metrics.empty());
    // Policy and reference are one model at the first step, so every margin is 0.
    const auto& first = metrics.front().metric.values;
    EXPECT_NEAR(first.at("loss/dpo"), std::numbers::ln2, 1e-5);
    for (const auto& one : metrics) { // 0.9 DPO + 0.1 SFT, as released
        const auto& values = one.metric.values;
        EXPECT_NEAR(
            values.at("loss"), 0.9 * values.at("loss/dpo") + 0.1 * values.at("loss/sft"), 1e-5);
    }
    EXPECT_EQ(all<Started>(read).size(), 1u);
    EXPECT_EQ(all<Finished>(read).size(), 1u);
    EXPECT_TRUE(fs::exists(whole() / "artifacts" / "correctness" / "adapter_config.json"));
}

TEST_F(WorkerRun, SecondTurnReadsTheFirst)
{
    std::map<std::int64_t, std::string> first;
    for (const auto& one : all<Answered>(events(whole())))
        if (one.response.stage == "before" && one.response.turn == 1)
            first[one.response.item.value] = one.response.text;
    for (const auto& one : all<Answered>(events(whole())))
        if (one.response.stage == "before" && one.response.turn == 2) {
            EXPECT_NE(
                one.response.prompt.find(first.at(one.response.item.value)), std::string::npos);
            EXPECT_NE(one.response.prompt.find("Review your previous answer"), std::string::npos);
        }
}

TEST_F(WorkerRun, RepeatsItselfBitForBit)
{
    const TemporaryFolder folder;
    makeRun(folder.path() / "again");
    ASSERT_EQ(runToEnd(folder.path() / "again"), 0);
    EXPECT_EQ(results(folder.path() / "again"), results(whole()));
    EXPECT_EQ(adapter(folder.path() / "again"), adapter(whole()));
}

TEST_F(WorkerRun, TakesTheReferencesThatAnEarlierRunKept)
{
    const TemporaryFolder folder;
    fs::create_directories(folder.path() / "references");
    fs::create_directories(folder.path() / "runs");
    const auto pairs = std::to_string(all<Paired>(events(whole())).size());
    const auto told = [&](const char* name, bool reuse) {
        const auto run = folder.path() / "runs" / name;
        auto options = quickOptions();
        options.training.reuseReferences = reuse;
        makeRun(run, options);
        EXPECT_EQ(runToEnd(run), 0);
        EXPECT_EQ(adapter(run), adapter(whole())) << name; // which had no such folder
        for (const auto& note : all<Note>(events(run)))
            if (note.text.find("project's cache") != std::string::npos)
                return note.text;
        return std::string();
    };
    EXPECT_NE(told("first", true).find(" 0 of " + pairs + " pairs"), std::string::npos);
    const auto kept = std::distance(
        fs::directory_iterator(folder.path() / "references"), fs::directory_iterator());
    EXPECT_EQ(kept, 1);
    EXPECT_NE(
        told("second", true).find(" " + pairs + " of " + pairs + " pairs"), std::string::npos);
    EXPECT_EQ(told("third", false), "");
}

TEST_F(WorkerRun, KilledAgainAndAgainItEndsAsIfItHadNotBeen)
{
    const TemporaryFolder folder;
    const auto run = folder.path() / "killed";
    makeRun(run);
    const auto kill = [](pid_t pid) { ::kill(pid, SIGKILL); };
    int kills = 0;
    const auto killAfter = [&](std::size_t count, bool (*counts)(const Event&)) {
        kills += actAfter(run, count, counts, kill) == 1000 + SIGKILL ? 1 : 0;
    };
    killAfter(0, isAny);
    killAfter(10, isAnswer);
    killAfter(60, isAnswer);
    killAfter(0, isMetric);
    const auto metrics = all<Measured>(events(whole())).size();
    killAfter(metrics / 2, isMetric);
    killAfter(72 + 5, isAnswer);
    killAfter(72 + 16 + 9, isAnswer);
    ASSERT_EQ(runToEnd(run), 0);
    EXPECT_GE(kills, 5);
    EXPECT_EQ(finish(run).ending, Ending::Done);
    EXPECT_EQ(results(run), results(whole()));
    EXPECT_EQ(adapter(run), adapter(whole()));
}

TEST_F(WorkerRun, StopsOnRequestAndGoesOnLater)
{
    const TemporaryFolder folder;
    const auto run = folder.path() / "stopped";
    makeRun(run);
    EXPECT_EQ(actAfter(run, 5, isAnswer, [&](pid_t) { (void)requestOf(run, Request::Stop); }), 0);
    EXPECT_EQ(finish(run).ending, Ending::Stopped);
    EXPECT_NE(results(run), results(whole())); // something is left to do
    EXPECT_EQ(runToEnd(run), 0); // the request still stands
    EXPECT_EQ(finish(run).ending, Ending::Stopped);
    ASSERT_TRUE(requestOf(run, Request::None));
    EXPECT_EQ(actAfter(run, 2, isMetric, [](pid_t pid) { ::kill(pid, SIGTERM); }), 0);
    EXPECT_EQ(finish(run).ending, Ending::Stopped);
    EXPECT_EQ(runToEnd(run), 0);
    EXPECT_EQ(finish(run).ending, Ending::Done);
    EXPECT_EQ(results(run), results(whole()));
    EXPECT_EQ(adapter(run), adapter(whole()));
}

TEST_F(WorkerRun, ThatIsDoneIsLeftAlone)
{
    const auto before = events(whole()).size();
    EXPECT_EQ(runToEnd(whole()), 0);
    EXPECT_EQ(events(whole()).size(), before);
}

TEST_F(WorkerRun, IsOneWorkersAtATime)
{
    const TemporaryFolder folder;
    const auto run = folder.path() / "locked";
    makeRun(run);
    const auto lock = WorkerLock::take(run);
    ASSERT_TRUE(lock);
    EXPECT_EQ(runToEnd(run), 1);
    EXPECT_TRUE(events(run).empty());
    EXPECT_NE(readFile(run / "worker.log")->find("another worker"), std::string::npos);
}

TEST_F(WorkerRun, OnAMissingModelSaysSo)
{
    const TemporaryFolder folder;
    makeRun(folder.path() / "r", quickOptions(), folder.path() / "no such model");
    EXPECT_EQ(runToEnd(folder.path() / "r"), 1);
    EXPECT_EQ(finish(folder.path() / "r").ending, Ending::Failed);
    EXPECT_NE(finish(folder.path() / "r").error.find("no such model"), std::string::npos);
}

TEST_F(WorkerRun, OnTruncatedWeightsNamesTheFile)
{
    const TemporaryFolder folder;
    fs::copy(modelFolder(), folder.path() / "model");
    const auto weights = folder.path() / "model" / "model.safetensors";
    fs::permissions(weights, fs::perms::owner_write, fs::perm_options::add);
    fs::resize_file(weights, fs::file_size(weights) / 2);
    makeRun(folder.path() / "r", quickOptions(), folder.path() / "model");
    EXPECT_EQ(runToEnd(folder.path() / "r"), 1);
    EXPECT_NE(finish(folder.path() / "r").error.find("model.safetensors"), std::string::npos);
    EXPECT_EQ(finish(folder.path() / "r").error.find('\n'), std::string::npos);
}

TEST_F(WorkerRun, LeavesOutAPictureThatChangedSinceTheImport)
{
    const TemporaryFolder folder;
    const auto run = folder.path() / "r";
    auto options = quickOptions();
    options.training.epochs = 1;
    makeRun(run, options);
    const auto inputs = *readInputs(run);
    const auto& victim = inputs.front();
    const auto png = image::encodePng(image::filled(8, 8, { 1, 2, 3 }));
    ASSERT_TRUE(writeFileAtomically(
        run / victim.imagePaths[0], { reinterpret_cast<const char*>(png.data()), png.size() }));
    ASSERT_EQ(runToEnd(run), 0);
    const auto notes = all<Note>(events(run));
    ASSERT_FALSE(notes.empty());
    EXPECT_NE(notes.front().text.find(victim.item.key), std::string::npos);
    EXPECT_NE(notes.front().text.find("other pixels"), std::string::npos);
    for (const auto& one : all<Answered>(events(run)))
        EXPECT_NE(one.response.item.value, victim.item.id.value);
}

TEST_F(WorkerRun, OnADamagedJobSaysWhatIsWrong)
{
    const TemporaryFolder folder;
    const auto run = folder.path() / "r";
    makeRun(run);
    ASSERT_TRUE(writeFileAtomically(run / "job.json", "{\"version\":1,"));
    EXPECT_EQ(runToEnd(run), 1);
    EXPECT_NE(finish(run).error.find("job.json"), std::string::npos);
}

TEST_F(WorkerRun, ShowsPicturesTwiceAsReleased)
{
    const TemporaryFolder folder;
    const auto run = folder.path() / "r";
    auto options = quickOptions();
    options.repeatImage = true;
    options.limit = 14;
    options.holdOut = 4;
    options.pool.temperature = 0;
    makeRun(run, options);
    ASSERT_EQ(runToEnd(run), 0);
    int second = 0;
    for (const auto& one : all<Answered>(events(run))) {
        std::size_t pictures = 0;
        for (std::size_t at = 0;
             (at = one.response.prompt.find("<image>", at)) != std::string::npos; ++at)
            ++pictures;
        EXPECT_EQ(pictures, one.response.turn == 1 ? 1u : 2u);
        second += one.response.turn == 2 ? 1 : 0;
    }
    EXPECT_GE(second, 14);
}
