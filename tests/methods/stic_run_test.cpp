#include "execution.h"
#include "image/corruption.h"
#include "methods/stic.h"
#include "temporary_folder.h"
#include <gtest/gtest.h>

using namespace slook;
using namespace slook::methods;
using namespace slook::runs;
using slook::test::byStage;
using slook::test::content;
using slook::test::Execution;

namespace {

using Set = std::vector<std::pair<std::string, std::string>>;

Plan planned(Set set = {}, std::vector<std::string> controls = {}, int count = 40)
{
    set.insert(set.begin(),
        { { "stage1.batch", "2" }, { "stage2.batch", "2" }, { "stage1.epochs", "2" } });
    auto plan = planSticFor({ set, std::move(controls), 7 }, { "model", "", 0 }, items(count, 2));
    EXPECT_TRUE(plan) << (plan ? "" : plan.error().what);
    return plan ? std::move(*plan) : Plan();
}

/// Describes differently with the long prompt, a bad prompt and a corrupted picture, and answers B.
std::string say(const Conversation& talk, const std::string& adapter)
{
    const auto& prompt = talk.userTexts.front();
    const auto picture = talk.imageSha256.empty() ? std::string("nothing") : talk.imageSha256[0];
    if (prompt.find("Answer with the option's letter") != std::string::npos)
        return adapter == "stage2" ? "B" : "A";
    if (talk.corruption)
        return "A blurred " + picture;
    return prompt == sticGoodPrompt() ? "A careful " + picture : "Perhaps a " + picture;
}

Execution executed(const Plan& plan, const std::filesystem::path& folder,
    const std::vector<Event>& earlier = {}, int stopAfter = -1)
{
    return slook::test::runScripted(plan, folder, say, earlier, stopAfter);
}

std::size_t poolPictures(const Plan& plan)
{
    std::set<std::string> pictures;
    for (const auto& one : plan.inputs)
        if (one.set == "pool")
            pictures.insert(one.imageSha256[0]);
    return pictures.size();
}

} // namespace

TEST(SticRun, DescribesPairsTrainsInfusesAndMeasures)
{
    const TemporaryFolder folder;
    const auto plan = planned();
    const auto run = executed(plan, folder.path());
    ASSERT_TRUE(run.ended) << run.ended.error().what;
    const auto stages = byStage(run.context.events);
    const auto pictures = poolPictures(plan);
    for (const char* stage : { "good", "rejected", "infused" })
        EXPECT_EQ(stages.at(stage).size(), pictures) << stage;
    for (const char* model : { "before", "after:stage1", "after:stage2" }) {
        EXPECT_EQ(stages.at(model).size(), static_cast<std::size_t>(plan.test));
        EXPECT_EQ(
            stages.at(std::string("dar:") + model).size(), static_cast<std::size_t>(plan.test));
        EXPECT_EQ(stages.at(std::string("describe:") + model).size(), 20 - pictures);
    }
    EXPECT_EQ(stages.size(), 12u);
    EXPECT_EQ(run.model.trained.at("stage1").size(), pictures); // one pair a picture
    EXPECT_EQ(run.model.trained.at("stage2").size(), static_cast<std::size_t>(plan.pool));
    EXPECT_EQ(run.model.trainedFrom.at("stage1"), "");
    EXPECT_EQ(run.model.trainedFrom.at("stage2"), folder.path() / "artifacts/stage1");
    EXPECT_EQ(run.model.used, (std::vector<std::string> { "", "stage1", "", "stage1", "stage2" }));
}

TEST(SticRun, PairsHoldThePublishedPromptsAndWhereEachSideCameFrom)
{
    const TemporaryFolder folder;
    const auto plan = planned();
    const auto run = executed(plan, folder.path());
    const auto options = *sticOptionsFromJsonText(plan.job.options, "job");
    std::map<std::int64_t, Conversation> good, rejected;
    for (const auto& talk : run.model.conversations) {
        const auto& text = talk.userTexts.front();
        const auto& bad = sticHallucinationPrompts();
        if (text == sticGoodPrompt())
            good[std::stoll(talk.imageSha256[0])] = talk;
        else if (talk.corruption || std::ranges::find(bad, text) != bad.end())
            rejected[std::stoll(talk.imageSha256[0])] = talk;
    }
    EXPECT_EQ(good.size(), poolPictures(plan));
    int corrupted = 0;
    for (const auto& one : run.context.all<Paired>()) {
        if (one.pair.preference != "stage1")
            continue;
        const auto draw = sticDraw(options, one.pair.item);
        const auto picture = (one.pair.item.value - 1) / 2 + 1;
        const auto& talk = rejected.at(picture);
        EXPECT_EQ(talk.corruption.has_value(), draw.corrupts);
        EXPECT_EQ(one.pair.prompt, sticCaptionPrompts()[draw.caption]);
        EXPECT_EQ(talk.userTexts[0],
            draw.corrupts ? sticCaptionPrompts()[draw.caption]
                          : sticHallucinationPrompts()[draw.hallucination]);
        EXPECT_EQ(one.pair.chosen, "A careful " + std::to_string(picture));
        EXPECT_EQ(one.pair.rejected,
            (draw.corrupts ? "A blurred " : "Perhaps a ") + std::to_string(picture));
        EXPECT_EQ(one.pair.chosenStage, "good");
        EXPECT_EQ(one.pair.rejectedStage, "rejected");
        corrupted += draw.corrupts ? 1 : 0;
    }
    EXPECT_GT(corrupted, 0);
    EXPECT_LT(corrupted, static_cast<int>(poolPictures(plan)));
}

TEST(SticRun, RecordsWhatWasDoneToAPicture)
{
    const TemporaryFolder folder;
    const auto plan = planned({ { "rejectedBy", "corruption" } });
    const auto run = executed(plan, folder.path());
    const auto stages = byStage(run.context.events);
    for (const auto& one : stages.at("good"))
        EXPECT_TRUE(one.corruptions.empty());
    for (const auto& one : stages.at("rejected")) {
        ASSERT_EQ(one.corruptions.size(), 1u);
        const auto& row = one.corruptions[0];
        EXPECT_TRUE(row.op == "low_resolution" || row.op == "colour_jitter") << row.op;
        EXPECT_EQ(row.seed,
            sticDraw(*sticOptionsFromJsonText(plan.job.options, ""), one.response.item)
                .corruptionSeed);
        EXPECT_EQ(row.sha256Before, std::to_string((one.response.item.value - 1) / 2 + 1));
        EXPECT_EQ(row.sha256After, "spoiled " + row.sha256Before);
    }
}

TEST(SticRun, DescribesTestPicturesAndQuestionsWithTheSameRandomNumbersForEveryModel)
{
    const TemporaryFolder folder;
    const auto run = executed(planned(), folder.path());
    std::map<std::string, std::set<double>> seeds; // the scripted model says its seed as logprob
    for (const auto& [stage, answers] : byStage(run.context.events))
        for (const auto& one : answers)
            if (stage != "good" && stage != "rejected" && stage != "infused")
                seeds[(stage.starts_with("describe:") ? "described " : "answered ")
                    + std::to_string(one.response.item.value)]
                    .insert(one.response.logprob);
    ASSERT_GT(seeds.size(), 10u);
    for (const auto& [what, all] : seeds)
        EXPECT_EQ(all.size(), 1u) << what;
}

TEST(SticRun, InfusesTheStageOneModelsDescription)
{
    const TemporaryFolder folder;
    const auto plan = planned();
    const auto run = executed(plan, folder.path());
    const auto& example = run.model.trained.at("stage2").front();
    const auto picture = example.imageSha256.at(0);
    EXPECT_EQ(example.userText,
        "Image description:\nPerhaps a " + picture + "\n\nQuestion " + std::to_string(example.id)
            + "?\nA. left\nB. right\n"
            + "Answer with the option's letter from the given choices directly.");
    EXPECT_EQ(example.chosen, "B");
    EXPECT_TRUE(example.rejected.empty());
    EXPECT_EQ(run.model.trainedWith.at("stage2").dpoWeight, 0);
    EXPECT_EQ(run.model.trainedWith.at("stage2").sftWeight, 1);
    for (const auto& talk : run.model.conversations)
        if (talk.userTexts[0].starts_with("Image description:")) {
            EXPECT_FALSE(talk.imageSha256.empty()); // the answer step sees the picture
        }
}

TEST(SticRun, RespondsBlindlyWhereThePictureIsLeftOutOfTheDescriptionStep)
{
    const TemporaryFolder folder;
    const auto plan = planned({ { "respond", "blind" } });
    const auto run = executed(plan, folder.path());
    ASSERT_TRUE(run.ended);
    const auto stages = byStage(run.context.events);
    for (const auto& one : stages.at("blind:before"))
        EXPECT_EQ(one.response.text, "Perhaps a nothing");
    std::size_t infused = 0;
    for (const auto& talk : run.model.conversations)
        infused += talk.userTexts[0].starts_with("Image description:\nPerhaps a nothing\n\n");
    EXPECT_EQ(infused, 3 * static_cast<std::size_t>(plan.test));
    const auto off = planned({ { "respond", "off" } });
    for (const auto& step : off.job.steps)
        EXPECT_FALSE(step.stage.starts_with("dar:"));
}

TEST(SticRun, TheLossHasTheReleasedCodesSwitches)
{
    const auto options = [](const Set& set) { return *sticOptionsFrom({ set, {}, 0 }); };
    const auto released = trainingOf(options({ { "fidelity", "as_released" } }), "stage1");
    EXPECT_TRUE(released.bestCompetitor);
    EXPECT_EQ(released.chosenSumWeight, 1.0 / 1024);
    EXPECT_EQ(released.sftWeight, 0);
    EXPECT_EQ(released.beta, 0.1);
    EXPECT_EQ(released.learningRate, 1e-7);
    EXPECT_EQ(released.batch, 8);
    EXPECT_EQ(released.lora.rank, 128);
    const auto published = trainingOf(options({ { "fidelity", "as_published" } }), "stage1");
    EXPECT_FALSE(published.bestCompetitor);
    const auto perToken =
        trainingOf(options({ { "regulariser", "per-token" }, { "alpha", "0.25" } }), "stage1");
    EXPECT_EQ(perToken.sftWeight, 0.25);
    EXPECT_EQ(perToken.chosenSumWeight, 0);
    const auto none = trainingOf(options({ { "regulariser", "none" } }), "random");
    EXPECT_EQ(none.sftWeight + none.chosenSumWeight, 0);
    const auto stage2 = trainingOf(options({ { "fidelity", "as_released" } }), "stage2");
    EXPECT_EQ(stage2.learningRate, 2e-5);
    EXPECT_EQ(stage2.batch, 32);
    EXPECT_FALSE(stage2.bestCompetitor);
    const auto smooth = options({ { "stage1.labelSmoothing", "0.2" } });
    EXPECT_EQ(trainingOf(smooth, "stage1").labelSmoothing, 0.2);
    EXPECT_EQ(trainingOf(smooth, "random").labelSmoothing, 0.2);
    EXPECT_EQ(trainingOf(smooth, "stage2").labelSmoothing, 0); // learns no preference
    EXPECT_FALSE(sticOptionsFrom({ { { "stage1.labelSmoothing", "0.5" } }, {}, 0 }));
}

TEST(SticRun, AsReleasedTrainsOnTextAndCorruptsNothing)
{
    const TemporaryFolder folder;
    const auto plan = planned({ { "fidelity", "as_released" }, { "stage1.batch", "2" } });
    const auto run = executed(plan, folder.path());
    ASSERT_TRUE(run.ended) << run.ended.error().what;
    for (const auto& talk : run.model.conversations)
        EXPECT_FALSE(talk.corruption);
    for (const auto& one : run.model.trained.at("stage1"))
        EXPECT_TRUE(one.images.empty());
    for (const auto& one : run.model.trained.at("stage2"))
        EXPECT_EQ(one.images.size(), 1u);
}

TEST(SticRun, ControlsReplaceThePreferenceAndNothingElse)
{
    const TemporaryFolder folder;
    const auto plan =
        planned({}, { "random", "reversed", "sft", "length-matched", "plain-sft" }, 80);
    const auto run = executed(plan, folder.path());
    ASSERT_TRUE(run.ended) << run.ended.error().what;
    const auto& stage1 = run.model.trained.at("stage1");
    const auto& reversed = run.model.trained.at("reversed");
    ASSERT_EQ(reversed.size(), stage1.size());
    for (std::size_t i = 0; i < stage1.size(); ++i) {
        EXPECT_EQ(reversed[i].chosen, stage1[i].rejected);
        EXPECT_EQ(reversed[i].userText, stage1[i].userText);
    }
    for (const auto& one : run.context.all<Paired>())
        if (one.pair.preference == "reversed") {
            EXPECT_EQ(one.pair.chosenStage, "rejected");
        }
    EXPECT_EQ(run.model.trainedFrom.at("plain-sft"), folder.path() / "artifacts/stage1");
    EXPECT_TRUE(run.model.trained.at("plain-sft")[0].userText.starts_with("Question"));
    EXPECT_TRUE(byStage(run.context.events).contains("describe:after:length-matched"));
}

TEST(SticRun, AblationsTakePartOfThePairsOrOfTheLoss)
{
    const TemporaryFolder folder;
    const auto plan = planned(
        {}, { "no-corruption", "no-bad-prompt", "no-alpha", "half", "quarter", "eighth" }, 160);
    const auto run = executed(plan, folder.path());
    ASSERT_TRUE(run.ended) << run.ended.error().what;
    const auto idsOf = [&](const std::string& name) {
        std::set<std::int64_t> ids;
        for (const auto& one : run.model.trained.at(name))
            ids.insert(one.id);
        return ids;
    };
    const auto all = idsOf("stage1");
    const auto options = *sticOptionsFromJsonText(plan.job.options, "job");
    for (const auto id : all) {
        const bool corrupts = sticDraw(options, ItemId { id }).corrupts;
        EXPECT_EQ(idsOf("no-corruption").contains(id), !corrupts);
        EXPECT_EQ(idsOf("no-bad-prompt").contains(id), corrupts);
    }
    EXPECT_EQ(idsOf("no-alpha"), all);
    EXPECT_EQ(run.model.trainedWith.at("stage1").chosenSumWeight, 1.0 / 1024);
    EXPECT_EQ(run.model.trainedWith.at("no-alpha").chosenSumWeight, 0);
    EXPECT_EQ(run.model.trainedWith.at("no-alpha").dpoWeight, 1);
    EXPECT_EQ(run.model.trainedWith.at("half").chosenSumWeight, 1.0 / 1024);
    auto larger = all;
    for (const auto& [name, share] :
        { std::pair("half", 2.0), std::pair("quarter", 4.0), std::pair("eighth", 8.0) }) {
        const auto some = idsOf(name);
        EXPECT_NEAR(static_cast<double>(some.size()), static_cast<double>(all.size()) / share, .5);
        EXPECT_TRUE(std::ranges::includes(larger, some)) << name;
        larger = some;
    }
}

TEST(SticRun, StoppedAnywhereAndResumedReportsWhatAnUninterruptedRunDoes)
{
    const auto plan = planned({}, { "random" }, 16);
    const TemporaryFolder whole;
    const auto expected = executed(plan, whole.path()).context.events;
    for (std::size_t stop = 1; stop < expected.size(); stop += 7) {
        const TemporaryFolder folder;
        auto events = executed(plan, folder.path(), {}, static_cast<int>(stop)).context.events;
        const auto rest = executed(plan, folder.path(), events);
        ASSERT_TRUE(rest.ended);
        events.insert(events.end(), rest.context.events.begin(), rest.context.events.end());
        EXPECT_EQ(content(events), content(expected)) << "stopped after " << stop;
    }
}

TEST(SticRun, WithoutTwoDifferentDescriptionsSaysSoAndMeasuresTheStart)
{
    const TemporaryFolder folder;
    const auto plan = planned();
    ScriptedModel model;
    model.say = [](const Conversation&, const std::string&) { return std::string("the same"); };
    RecordingContext context;
    ASSERT_TRUE(runRecipe(plan.job, plan.inputs, folder.path(), {}, model, context));
    EXPECT_TRUE(model.trained.empty());
    for (const auto& [stage, answers] : byStage(context.events))
        EXPECT_EQ(stage.find("after"), std::string::npos);
    ASSERT_FALSE(context.all<Note>().empty());
    EXPECT_NE(context.all<Note>()[0].text.find("nothing to train on"), std::string::npos);
}

TEST(SticRun, RefusesAJobOfOthersMaking)
{
    const TemporaryFolder folder;
    for (const auto change : { 0, 1, 2, 3 }) {
        auto plan = planned();
        auto& steps = plan.job.steps;
        if (change == 0)
            steps[0].kind = "dance";
        if (change == 1)
            steps[3].preference = "../../elsewhere";
        if (change == 2)
            steps[4].adapter = "../../elsewhere";
        if (change == 3)
            steps[0].stage = "after:nothing";
        const auto run = executed(plan, folder.path());
        ASSERT_FALSE(run.ended) << change;
        EXPECT_EQ(run.ended.error().kind, ErrorKind::Invalid);
        EXPECT_TRUE(run.context.events.empty());
    }
}

TEST(SticPlan, EveryPresetAndSwitchComesBackFromItsJob)
{
    for (const char* fidelity : { "ours", "as_published", "as_released" }) {
        const auto text = toJsonText(*sticPreset(fidelity));
        const auto back = sticOptionsFromJsonText(text, "job");
        ASSERT_TRUE(back) << back.error().what;
        EXPECT_EQ(toJsonText(*back), text);
    }
    std::set<std::string> names;
    const auto switches = recipeByName("stic")->switches();
    for (const auto& one : switches) {
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
        EXPECT_FALSE(one.meaning.empty());
        EXPECT_TRUE(sticOptionsFrom({ { { one.name, one.value } }, {}, 0 })) << one.name;
    }
    EXPECT_EQ(switches.front().name, "fidelity");
}

TEST(SticPlan, RefusesWhatCannotBeRun)
{
    const auto refused = [](Set set, int count = 20) {
        const auto plan = planSticFor({ std::move(set), {}, 0 }, { "model", "", 0 }, items(count));
        return plan ? std::string() : plan.error().where + ": " + plan.error().what;
    };
    EXPECT_NE(refused({}, 1), "");
    EXPECT_NE(refused({ { "corruption", "melt" } }).find("low_resolution"), std::string::npos);
    EXPECT_NE(refused({ { "corruption", "flip" }, { "severity", "3" } }).find("severity"),
        std::string::npos);
    EXPECT_NE(refused({ { "severity", "3" }, { "corruption", "none" } }), "");
    EXPECT_EQ(refused({ { "severity", "3" }, { "corruption", "gaussian_noise" } }), "");
}

TEST(SticPlan, TakesPicturesWithoutKnownAnswersAndLeavesStageTwoOut)
{
    auto all = items(20);
    for (auto& one : all)
        one.item.answer.clear();
    const auto plan = planSticFor({}, { "model", "", 0 }, all);
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->inputs.size(), 20u);
    EXPECT_EQ(plan->notes.size(), 2u);
    for (const auto& step : plan->job.steps)
        EXPECT_NE(step.preference, "stage2");
}
