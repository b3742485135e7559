#include "execution.h"
#include "methods/pace.h"
#include "methods/scl.h"
#include "temporary_folder.h"
#include <gtest/gtest.h>

using namespace slook;
using namespace slook::methods;
using namespace slook::runs;
using slook::test::content;

namespace {

Plan planned(std::vector<std::string> controls = {}, int count = 40, int turns = 1)
{
    auto options = *sclPreset("ours");
    options.controls = std::move(controls);
    options.turns = turns;
    options.training.batch = 2;
    options.training.epochs = 2;
    return *planScl(options, { "model", "", 0 }, items(count));
}

Result<void> runOnce(const Plan& plan, const std::filesystem::path& folder,
    const std::vector<Event>& earlier, ScriptedModel& model, RecordingContext& context)
{
    return runRecipe(plan.job, plan.inputs, folder, earlier, model, context);
}

int poolItems(const Plan& plan, int type)
{
    int count = 0;
    for (const auto& one : plan.inputs)
        count += one.set == "pool" && one.item.id.value % 4 + 1 == type ? 1 : 0;
    return count;
}

} // namespace

TEST(SclRun, GoesFromAnswersToAMeasuredModel)
{
    const TemporaryFolder folder;
    const auto plan = planned();
    ScriptedModel model;
    RecordingContext context;
    ASSERT_TRUE(runOnce(plan, folder.path(), {}, model, context));

    std::map<std::string, int> answers;
    std::map<int, int> types;
    for (const auto& one : context.all<Answered>()) {
        ++answers[one.response.stage];
        EXPECT_EQ(one.extractions.size(), 5u);
    }
    EXPECT_EQ(answers,
        (std::map<std::string, int> {
            { "pool", 2 * plan.pool }, { "before", 2 * plan.test }, { "after", 2 * plan.test } }));
    for (const auto& one : context.all<Paired>())
        ++types[one.pair.type];
    EXPECT_EQ(types, (std::map<int, int> { { 2, poolItems(plan, 2) }, { 3, poolItems(plan, 3) } }));
    EXPECT_EQ(model.used, (std::vector<std::string> { "", "", "correctness" }));

    const auto pairs = context.all<Paired>().size();
    ASSERT_EQ(model.trained["correctness"].size(), pairs);
    const auto& trained = model.trained["correctness"][0];
    EXPECT_EQ(trained.images[0], folder.path() / ("images/" + trained.imageSha256[0] + ".png"));
    EXPECT_NE(trained.userText.find("\nA. left\nB. right\nExplain"), std::string::npos);
    EXPECT_NE(trained.chosen.find("## B ##"), std::string::npos);
    EXPECT_NE(trained.rejected.find("## A ##"), std::string::npos);

    EXPECT_EQ(context.all<Measured>().size(), (pairs + 1) / 2 * 2);
    ASSERT_EQ(context.all<Artifact>().size(), 1u);
    EXPECT_EQ(context.all<Artifact>()[0].path, "artifacts/correctness");
    EXPECT_EQ(context.all<StepEnded>().size(), 5u);
    EXPECT_FALSE(
        std::filesystem::exists(folder.path() / "artifacts" / "checkpoints" / "correctness"));
}

TEST(SclRun, AsksEachQuestionInTheWordsOfTheMethod)
{
    const TemporaryFolder folder;
    const auto plan = planned({}, 20, 3);
    ScriptedModel model;
    RecordingContext context;
    ASSERT_TRUE(runOnce(plan, folder.path(), {}, model, context));
    const auto& talk = model.conversations.front();
    ASSERT_EQ(talk.userTexts.size(), 4u);
    EXPECT_NE(talk.userTexts[1].find("ensure that all relevant aspects"), std::string::npos);
    EXPECT_EQ(talk.userTexts[1], talk.userTexts[3]);
    std::set<int> turns;
    for (const auto& one : context.all<Answered>())
        turns.insert(one.response.turn);
    EXPECT_EQ(turns, (std::set<int> { 1, 2, 3, 4 }));
    for (const auto& one : context.all<Paired>()) // the first answer against the last one
        EXPECT_EQ(std::max(one.pair.chosenTurn, one.pair.rejectedTurn), 4);
}

TEST(SclRun, DescribesAndRespondsWhereItIsAskedTo)
{
    for (const std::string respond : { "picture", "blind" }) {
        const TemporaryFolder folder;
        auto options = *sclPreset("ours");
        options.respond = respond;
        const auto plan = *planScl(options, { "model", "", 0 }, items(40, 2));
        ScriptedModel model;
        RecordingContext context;
        ASSERT_TRUE(runOnce(plan, folder.path(), {}, model, context));
        std::map<std::string, int> answers;
        for (const auto& one : context.all<Answered>())
            ++answers[one.response.stage];
        const auto kind = respond == "blind" ? "blind:" : "describe:";
        EXPECT_EQ(answers.at(std::string(kind) + "before"), plan.test / 2); // two to a picture
        EXPECT_EQ(answers.at(std::string(kind) + "after"), plan.test / 2);
        int infused = 0;
        for (const auto& talk : model.conversations) {
            const bool describes = talk.userTexts.size() == 1;
            EXPECT_EQ(talk.imageSha256.empty(), describes && respond == "blind");
            infused += talk.userTexts[0].starts_with("Image description:\nTurn 1 with more words");
        }
        EXPECT_EQ(infused, 2 * plan.test);
    }
}

TEST(SclRun, GivesBeforeAndAfterTheSameRandomNumbers)
{
    const TemporaryFolder folder;
    const auto plan = planned();
    ScriptedModel model;
    RecordingContext context;
    ASSERT_TRUE(runOnce(plan, folder.path(), {}, model, context));
    std::map<std::int64_t, std::set<double>> byItem; // the scripted model says its seed as logprob
    std::set<double> all;
    for (const auto& one : context.all<Answered>()) {
        byItem[one.response.item.value].insert(one.response.logprob);
        all.insert(one.response.logprob);
    }
    for (const auto& [item, seeds] : byItem)
        EXPECT_EQ(seeds.size(), 1u);
    EXPECT_GT(all.size(), 30u);
}

TEST(SclRun, TrainsEveryControlOnTheSameQuestions)
{
    const TemporaryFolder folder;
    const auto plan =
        planned({ "always-refined", "random", "reversed", "sft", "length-matched" }, 80);
    ScriptedModel model;
    RecordingContext context;
    ASSERT_TRUE(runOnce(plan, folder.path(), {}, model, context));
    const auto& right = model.trained["correctness"];
    for (const auto* control : { "always-refined", "random", "reversed", "sft" }) {
        ASSERT_EQ(model.trained[control].size(), right.size()) << control;
        for (std::size_t i = 0; i < right.size(); ++i)
            EXPECT_EQ(model.trained[control][i].id, right[i].id);
    }
    EXPECT_LE(model.trained["length-matched"].size(), right.size());
    EXPECT_EQ(model.trainedWith["sft"].dpoWeight, 0);
    EXPECT_EQ(model.trainedWith["sft"].sftWeight, 1);
    EXPECT_EQ(model.trainedWith["random"].dpoWeight, 0.9);
    EXPECT_TRUE(model.trained["sft"][0].rejected.empty());
    std::set<std::string> stages;
    for (const auto& one : context.all<Answered>())
        stages.insert(one.response.stage);
    EXPECT_TRUE(stages.contains("after:length-matched"));
    EXPECT_EQ(stages.size(), 8u);
}

TEST(SclRun, WithoutAChangedVerdictSaysSoAndEnds)
{
    const TemporaryFolder folder;
    const auto plan = planned({ "random" });
    ScriptedModel model;
    model.type = [](std::int64_t) { return 1; };
    RecordingContext context;
    ASSERT_TRUE(runOnce(plan, folder.path(), {}, model, context));
    EXPECT_TRUE(model.trained.empty());
    ASSERT_FALSE(context.all<Note>().empty());
    EXPECT_NE(context.all<Note>()[0].text.find("nothing to train on"), std::string::npos);
    for (const auto& one : context.all<Answered>())
        EXPECT_EQ(one.response.stage.find("after"), std::string::npos);
}

TEST(SclRun, LeavesOutAQuestionThatCannotBeAskedAndGoesOn)
{
    const TemporaryFolder folder;
    const auto plan = planned();
    ScriptedModel model;
    model.refuse = { plan.inputs[2].imageSha256[0] };
    RecordingContext context;
    ASSERT_TRUE(runOnce(plan, folder.path(), {}, model, context));
    ASSERT_GE(context.all<Note>().size(), 1u);
    EXPECT_NE(context.all<Note>()[0].text.find(plan.inputs[2].item.key + " was left out"),
        std::string::npos);
    EXPECT_EQ(context.all<StepEnded>().size(), 5u);
}

TEST(SclRun, FailsWhereNoQuestionCanBeAsked)
{
    const TemporaryFolder folder;
    const auto plan = planned();
    ScriptedModel model;
    for (const auto& input : plan.inputs)
        model.refuse.insert(input.imageSha256[0]);
    RecordingContext context;
    const auto ended = runOnce(plan, folder.path(), {}, model, context);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().kind, ErrorKind::Invalid);
    EXPECT_NE(ended.error().what.find("its picture is damaged"), std::string::npos);
}

TEST(SclRun, StoppedAnywhereAndResumedReportsWhatAnUninterruptedRunDoes)
{
    const auto plan = planned({ "random", "length-matched" }, 24);
    const TemporaryFolder whole;
    RecordingContext once;
    ScriptedModel model;
    ASSERT_TRUE(runOnce(plan, whole.path(), {}, model, once));
    const auto expected = content(once.events);
    for (int stop = 0; stop < static_cast<int>(once.events.size()); ++stop) {
        const TemporaryFolder folder;
        RecordingContext first;
        first.stopAfterEvents = stop;
        ScriptedModel one;
        const auto stopped = runOnce(plan, folder.path(), {}, one, first);
        if (stopped)
            continue; // too late to stop
        EXPECT_EQ(stopped.error().kind, ErrorKind::Stopped);
        RecordingContext second;
        ScriptedModel two;
        ASSERT_TRUE(runOnce(plan, folder.path(), first.events, two, second));
        auto all = first.events;
        all.insert(all.end(), second.events.begin(), second.events.end());
        EXPECT_EQ(content(all), expected) << "stopped after " << stop;
        EXPECT_LE(one.asked + two.asked, model.asked + 2 * static_cast<int>(model.blockSize));
    }
}

TEST(SclRun, KilledBetweenAnyTwoEventsReportsNothingTwice)
{
    const auto plan = planned({ "sft" }, 24);
    const TemporaryFolder whole;
    RecordingContext once;
    ScriptedModel model;
    ASSERT_TRUE(runOnce(plan, whole.path(), {}, model, once));
    const auto expected = content(once.events);
    for (std::size_t kill = 0; kill < once.events.size(); ++kill) {
        const TemporaryFolder folder; // whose artifacts and checkpoints are lost, the worst case
        std::vector<Event> all(
            once.events.begin(), once.events.begin() + static_cast<std::ptrdiff_t>(kill));
        RecordingContext second;
        ScriptedModel two;
        ASSERT_TRUE(runOnce(plan, folder.path(), all, two, second));
        all.insert(all.end(), second.events.begin(), second.events.end());
        EXPECT_EQ(content(all), expected) << "killed after " << kill;
    }
}

TEST(SclRun, StopsWithinOneBlockOfAnswers)
{
    const TemporaryFolder folder;
    const auto plan = planned();
    ScriptedModel model;
    RecordingContext context;
    context.stopAfterEvents = 5;
    EXPECT_EQ(runOnce(plan, folder.path(), {}, model, context).error().kind, ErrorKind::Stopped);
    EXPECT_LE(context.events.size(), 9u);
}

TEST(SclRun, RefusesAJobOfOthersMaking)
{
    const TemporaryFolder folder;
    ScriptedModel model;
    RecordingContext context;
    for (const auto* what : { "kind", "preference", "adapter", "set", "recipe", "options" }) {
        auto plan = planned();
        if (what == std::string("kind"))
            plan.job.steps[0].kind = "dance";
        if (what == std::string("preference"))
            plan.job.steps[2].preference = "../../../tmp/x";
        if (what == std::string("adapter"))
            plan.job.steps[4].adapter = "..";
        if (what == std::string("set"))
            plan.job.steps[0].set = "all";
        if (what == std::string("recipe"))
            plan.job.recipe = "magic";
        if (what == std::string("options"))
            plan.job.options = R"({"turns":9})";
        const auto ran = runOnce(plan, folder.path(), {}, model, context);
        ASSERT_FALSE(ran) << what;
        EXPECT_EQ(ran.error().kind, ErrorKind::Invalid);
    }
    EXPECT_EQ(model.asked, 0);
}

TEST(Pace, TellsAtMostFiveTimesASecond)
{
    using namespace std::chrono;
    const Pace::Clock::time_point start {};
    Pace pace(1, 10, 1010, "answers", start);
    int told = 0;
    for (int i = 1; i <= 1000; ++i) {
        const auto progress =
            pace.at(10 + i, start + milliseconds(10 * i)); // 100 a second for 10 s
        if (!progress)
            continue;
        ++told;
        EXPECT_NEAR(progress->perSecond, 100, 1e-6);
        EXPECT_NEAR(progress->secondsLeft, (1000 - i) / 100.0, 1e-6);
    }
    EXPECT_LE(told, 51);
    EXPECT_GE(told, 49);
    EXPECT_FALSE(pace.at(1010, start + seconds(20)));
}
