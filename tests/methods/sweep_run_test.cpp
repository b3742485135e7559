#include "image/corruption.h"
#include "methods/sweep.h"
#include "scripted_model.h"
#include "temporary_folder.h"
#include <gtest/gtest.h>

using namespace slook;
using namespace slook::methods;
using namespace slook::runs;

namespace {

using Set = std::vector<std::pair<std::string, std::string>>;

Result<Plan> plan(Set set, std::vector<InputItem> all = items(12))
{
    return planSweepFor({ std::move(set), {}, 5 }, { "model", "", 0 }, std::move(all));
}

std::vector<std::string> stagesOf(const Plan& planned)
{
    std::vector<std::string> stages;
    for (const auto& step : planned.job.steps)
        stages.push_back(step.stage);
    return stages;
}

std::string complaint(Set set)
{
    const auto planned = plan(std::move(set));
    EXPECT_FALSE(planned);
    return planned ? std::string() : message(planned.error());
}

} // namespace

TEST(Sweep, AsksTheSameQuestionsAtEveryLevel)
{
    const auto planned = plan({ { "op", "gaussian_noise" }, { "levels", "1,5" } });
    ASSERT_TRUE(planned) << planned.error().what;
    EXPECT_EQ(stagesOf(*planned), (std::vector<std::string> { "clean", "level 1", "level 5" }));
    EXPECT_EQ(planned->pool, 0);
    EXPECT_EQ(planned->test, 12);
    const TemporaryFolder folder;
    ScriptedModel model;
    model.say = [](const Conversation& talk, const std::string&) {
        return std::string(
            talk.corruption && talk.corruption->parameters.at("sigma") > 90 ? "A" : "B");
    };
    RecordingContext context;
    const auto ended = runRecipe(planned->job, planned->inputs, folder.path(), {}, model, context);
    ASSERT_TRUE(ended) << ended.error().what;
    std::map<std::string, int> right;
    std::map<std::int64_t, std::set<std::uint64_t>> seeds;
    for (const auto& one : context.all<Answered>()) {
        EXPECT_EQ(one.corruptions.size(), one.response.stage == "clean" ? 0u : 1u);
        for (const auto& row : one.corruptions)
            seeds[one.response.item.value].insert(row.seed);
        for (const auto& mark : one.extractions)
            if (mark.extractor == "ours")
                right[one.response.stage] += *mark.correct ? 1 : 0;
    }
    // ImageNet-C's severity 1 of Gaussian noise is .08 * 255, 5 is .38 * 255.
    EXPECT_EQ(right,
        (std::map<std::string, int> { { "clean", 12 }, { "level 1", 12 }, { "level 5", 0 } }));
    EXPECT_EQ(seeds.size(), 12u);
    for (const auto& [item, all] : seeds)
        EXPECT_EQ(all.size(), 1u) << "levels of one picture differ in strength alone";
    EXPECT_TRUE(model.trained.empty());
}

TEST(Sweep, ResumesWhereItWasStopped)
{
    const auto planned = plan({ { "op", "gaussian_noise" } });
    ASSERT_TRUE(planned);
    const TemporaryFolder folder;
    ScriptedModel first;
    RecordingContext cut;
    cut.stopAfterEvents = 20;
    EXPECT_FALSE(runRecipe(planned->job, planned->inputs, folder.path(), {}, first, cut));
    ScriptedModel second;
    RecordingContext rest;
    ASSERT_TRUE(runRecipe(planned->job, planned->inputs, folder.path(), cut.events, second, rest));
    std::multiset<std::pair<std::string, std::int64_t>> answered;
    for (const auto* context : { &cut, &rest })
        for (const auto& one : context->all<Answered>())
            answered.emplace(one.response.stage, one.response.item.value);
    EXPECT_EQ(answered.size(), 6u * 12u);
    EXPECT_EQ(std::set(answered.begin(), answered.end()).size(), answered.size());
}

TEST(Sweep, TakesLevelsAsSeveritiesOrNumbers)
{
    EXPECT_EQ(levelsOf("gaussian_noise"), (std::vector<std::string> { "1", "2", "3", "4", "5" }));
    EXPECT_EQ(levelsOf("grey"), std::vector<std::string> { "standard" });
    EXPECT_EQ(corruptionAt("low_resolution", "side=40", 3).value(),
        (image::Corruption { "low_resolution", { { "side", 40.0 } }, 3 }));
    EXPECT_EQ(corruptionAt("colour_jitter", "brightness=1.5:hue=0.1", 0)->parameters.at("hue"), .1);
    EXPECT_EQ(corruptionAt("gaussian_noise", "2", 0).value(),
        image::atSeverity("gaussian_noise", 2).value());
    const auto standard = plan({ { "op", "grey" } });
    ASSERT_TRUE(standard);
    EXPECT_EQ(stagesOf(*standard), (std::vector<std::string> { "clean", "level standard" }));
    EXPECT_NE(complaint({ { "op", "low_resolution" }, { "levels", "7" } }).find("severity 7"),
        std::string::npos);
    EXPECT_NE(complaint({ { "op", "low_resolution" }, { "levels", "width=3" } }).find("side"),
        std::string::npos);
    EXPECT_NE(complaint({ { "op", "low_resolution" }, { "levels", "much" } }).find("is no level"),
        std::string::npos);
    EXPECT_NE(complaint({ { "op", "melt" } }).find("choose from"), std::string::npos);
}

TEST(Sweep, LeavesOutWhatHasNoPictureAndHasNoControls)
{
    auto all = items(4);
    all[0].imagePaths.clear();
    all[0].imageSha256.clear();
    all[1].item.answer.clear();
    const auto planned = plan({}, all);
    ASSERT_TRUE(planned);
    EXPECT_EQ(planned->inputs.size(), 3u);
    EXPECT_EQ(planned->notes.size(), 2u);
    for (auto& one : all)
        one.imagePaths.clear();
    EXPECT_FALSE(plan({}, all));
    EXPECT_FALSE(planSweepFor({ {}, { "random" }, 0 }, { "model", "", 0 }, items(3)));
}

TEST(Sweep, RefusesAJobOfOthersMaking)
{
    for (const int change : { 0, 1, 2 }) {
        auto planned = plan({}).value();
        auto& step = planned.job.steps.back();
        if (change == 0)
            step.kind = "train";
        if (change == 1)
            step.stage = "level 9";
        if (change == 2)
            step.adapter = "../../elsewhere";
        const TemporaryFolder folder;
        ScriptedModel model;
        RecordingContext context;
        const auto ended =
            runRecipe(planned.job, planned.inputs, folder.path(), {}, model, context);
        ASSERT_FALSE(ended) << change;
        EXPECT_EQ(ended.error().kind, ErrorKind::Invalid);
        EXPECT_TRUE(context.events.empty());
    }
}

TEST(Sweep, AnswersRespondToADescriptionOfThePictureAsItIsShown)
{
    for (const std::string respond : { "picture", "blind" }) {
        const auto planned = plan({ { "levels", "5" }, { "respond", respond } });
        ASSERT_TRUE(planned) << planned.error().what;
        const std::string kind = respond == "blind" ? "blind:" : "describe:";
        EXPECT_EQ(stagesOf(*planned),
            (std::vector<std::string> { kind + "clean", "clean", kind + "level 5", "level 5" }));
        const TemporaryFolder folder;
        ScriptedModel model;
        model.say = [](const Conversation& talk, const std::string&) {
            return std::string(talk.imageSha256.empty() ? "unseen"
                    : talk.corruption                   ? "spoiled"
                                                        : "clear");
        };
        RecordingContext context;
        const auto ended =
            runRecipe(planned->job, planned->inputs, folder.path(), {}, model, context);
        ASSERT_TRUE(ended) << ended.error().what;
        std::map<std::string, int> responses;
        for (const auto& talk : model.conversations)
            if (talk.userTexts.front().starts_with("Image description:\n")) {
                const auto text = talk.userTexts.front().substr(19);
                ++responses[text.substr(0, text.find('\n'))
                    + (talk.corruption ? " level" : " clean")];
            }
        const bool blind = respond == "blind";
        EXPECT_EQ(responses,
            (std::map<std::string, int> { { blind ? "unseen clean" : "clear clean", 12 },
                { blind ? "unseen level" : "spoiled level", 12 } }));
    }
}
