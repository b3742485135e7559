#include "execution.h"
#include "methods/srf.h"
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

Plan planned(Set set = {}, std::vector<std::string> controls = {}, int count = 80)
{
    set.insert(
        set.begin(), { { "generator.batch", "4" }, { "training.batch", "4" }, { "samples", "3" } });
    auto plan = planSrfFor({ set, std::move(controls), 7 }, { "model", "", 0 }, items(count, 2));
    EXPECT_TRUE(plan) << (plan ? "" : plan.error().what);
    return plan ? std::move(*plan) : Plan();
}

int pictureOf(const Conversation& talk)
{
    return std::stoi(talk.imageSha256.at(0));
}

/// Asks what differs from picture to picture. Of pictures that 3 divides the answer comes back, of
/// those that 4 divides the question does, of others something else does. By the seed's last
/// digit some questions are in no form at all.
std::string say(const Conversation& talk, const std::string& adapter)
{
    const auto& asked = talk.userTexts.front();
    const int picture = pictureOf(talk);
    const auto word = [](int number) {
        std::string text;
        for (const char c : std::to_string(number))
            text += static_cast<char>('a' + (c - '0'));
        return text;
    };
    if (asked == askForQuestionAndAnswer) {
        if (talk.seed % 10 == 0)
            return "I do not know.";
        return "Question: What is " + word(picture) + word(static_cast<int>(talk.seed % 5))
            + "? Answer: thing " + word(picture);
    }
    if (asked.starts_with("Write a question about this image"))
        return picture % 4 == 0 ? "What is " + word(picture) + "?" : "What zzz zz zz?";
    if (asked.find("What is") != asked.npos)
        return picture % 3 == 0 ? "thing " + word(picture) : "thing qqq qqq";
    return adapter.starts_with("round") ? "B" : "A";
}

Execution executed(const Plan& plan, const std::filesystem::path& folder,
    const std::vector<Event>& earlier = {}, int stopAfter = -1)
{
    return slook::test::runScripted(plan, folder, say, earlier, stopAfter);
}

std::vector<TripletRow> tripletsOf(const Execution& run, int round)
{
    std::vector<TripletRow> rows;
    for (const auto& one : run.context.all<Tripled>())
        if (one.triplet.round == round)
            rows.push_back(one.triplet);
    return rows;
}

std::map<std::string, std::set<std::string>> picturesBySet(const Plan& plan)
{
    std::map<std::string, std::set<std::string>> pictures;
    for (const auto& one : plan.inputs)
        pictures[one.set].insert(one.imageSha256[0]);
    return pictures;
}

} // namespace

TEST(SrfPlan, SharesNoPictureBetweenSeedUnlabelledAndTest)
{
    const auto plan = planned();
    const auto pictures = picturesBySet(plan);
    ASSERT_EQ(pictures.size(), 3u);
    std::set<std::string> all;
    for (const auto& [set, some] : pictures) {
        EXPECT_GE(some.size(), 8u) << set;
        all.insert(some.begin(), some.end());
    }
    EXPECT_EQ(all.size(), 40u); // each in one set
    EXPECT_EQ(plan.pool + plan.test, 80);
}

TEST(SrfPlan, UsesPicturesOfQuestionsWithoutAnAnswerUnlessALabelIsKnownOfThem)
{
    auto all = items(40, 1);
    for (std::size_t i = 20; i < 40; ++i)
        all[i].item.answer.clear();
    all[39].imageSha256 = all[0].imageSha256;
    all[38].imageSha256.clear();
    const auto plan = planSrfFor({ { { "seedShare", "1" } }, {}, 0 }, { "model", "", 0 }, all);
    ASSERT_TRUE(plan) << plan.error().what;
    std::map<std::string, int> sets;
    for (const auto& one : plan->inputs) {
        ++sets[one.set];
        EXPECT_EQ(one.item.answer.empty(), one.set == "unlabelled");
    }
    EXPECT_EQ(sets["seed"], 10);
    EXPECT_EQ(sets["test"], 10);
    EXPECT_EQ(sets["unlabelled"], 18);
    EXPECT_EQ(plan->notes.size(), 1u);
}

TEST(SrfPlan, RefusesWhatCannotBeRun)
{
    const auto refused = [](Set set, int count = 20) {
        const auto plan = planSrfFor({ std::move(set), {}, 0 }, { "model", "", 0 }, items(count));
        return plan ? std::string() : plan.error().where + ": " + plan.error().what;
    };
    EXPECT_EQ(refused({}), "");
    EXPECT_NE(refused({}, 1), "");
    EXPECT_NE(refused({ { "rounds", "50" } }).find("rounds"), std::string::npos);
    EXPECT_NE(refused({ { "seedShare", "1" } }), ""); // nothing is left to ask about
    EXPECT_NE(refused({ { "encoder", "no such folder" } }).find("config.json"), std::string::npos);
    EXPECT_NE(refused({ { "keep", "1.5" } }), "");
    EXPECT_NE(refused({ { "mask.question", "0" }, { "mask.answer", "0" },
                  { "mask.questionAndAnswer", "0" } }),
        "");
}

TEST(SrfPlan, EveryPresetAndSwitchComesBackFromItsJob)
{
    for (const char* fidelity : { "ours", "as_published" }) {
        const auto text = toJsonText(*srfPreset(fidelity));
        const auto back = srfOptionsFromJsonText(text, "job");
        ASSERT_TRUE(back) << back.error().what;
        EXPECT_EQ(toJsonText(*back), text);
    }
    std::set<std::string> names;
    const auto switches = recipeByName("srf")->switches();
    for (const auto& one : switches) {
        EXPECT_TRUE(names.insert(one.name).second) << one.name;
        EXPECT_FALSE(one.meaning.empty());
        EXPECT_TRUE(srfOptionsFrom({ { { one.name, one.value } }, {}, 0 })) << one.name;
    }
    EXPECT_EQ(switches.front().name, "fidelity");
    const auto published = *srfPreset("as_published");
    EXPECT_EQ(published.mask.questionAndAnswer, 0.5);
    EXPECT_EQ(published.mask.question, 0.2);
    EXPECT_EQ(published.mask.answer, 0.3);
    EXPECT_EQ(published.keep, 0.2);
    EXPECT_EQ(published.rounds, 2);
    EXPECT_EQ(trainingOf(published, false).learningRate, 2e-5);
    EXPECT_EQ(trainingOf(published, false).batch, 128);
    EXPECT_TRUE(trainingOf(published, true).lora.full);
}

TEST(SrfRun, LearnsTheSeedMaskedAsksReconstructsScoresLearnsAndMeasures)
{
    const TemporaryFolder folder;
    const auto plan = planned();
    const auto run = executed(plan, folder.path());
    ASSERT_TRUE(run.ended) << run.ended.error().what;
    const auto stages = byStage(run.context.events);
    const auto pictures = picturesBySet(plan);
    for (int sample = 1; sample <= 3; ++sample)
        EXPECT_EQ(stages.at("generate:1." + std::to_string(sample)).size(),
            pictures.at("unlabelled").size());
    EXPECT_EQ(stages.at("before").size(), static_cast<std::size_t>(plan.test));
    EXPECT_EQ(stages.at("after:round1").size(), static_cast<std::size_t>(plan.test));
    for (const auto& [name, answers] : stages)
        if (name.starts_with("generate:")) {
            EXPECT_NE(answers[0].response.decoding.find("\"temperature\":0.9"), std::string::npos);
        } else {
            EXPECT_NE(answers[0].response.decoding.find("\"temperature\":0.0"), std::string::npos)
                << name << answers[0].response.decoding;
        }
    const auto seed = tripletsOf(run, 0);
    const auto made = tripletsOf(run, 1);
    EXPECT_EQ(run.model.trained.at("generator1").size(), seed.size());
    const auto kept = std::ranges::count(made, true, &TripletRow::kept);
    EXPECT_GT(kept, 0);
    EXPECT_EQ(run.model.trained.at("round1").size(), seed.size() + static_cast<std::size_t>(kept));
    EXPECT_EQ(run.model.trainedFrom.at("round1"), ""); // the original model
    EXPECT_EQ(run.model.trainedWith.at("round1").sftWeight, 1);
    EXPECT_EQ(run.model.trainedWith.at("round1").dpoWeight, 0);
    EXPECT_EQ(run.model.readBy, std::set<std::string> { "" }); // not the generator
    EXPECT_EQ(run.model.used, (std::vector<std::string> { "generator1", "", "", "round1" }));
}

TEST(SrfRun, TheSeedIsAskedInBothFormsAndMaskedInAllThreeWays)
{
    const TemporaryFolder folder;
    const auto run = executed(planned({}, {}, 400), folder.path());
    std::map<std::string, int> kinds;
    for (const auto& row : tripletsOf(run, 0)) {
        ++kinds[row.kind];
        EXPECT_TRUE(row.kept);
        EXPECT_EQ(row.answer, row.kind == "choice" ? "B" : "right");
        EXPECT_EQ(row.question.find("\nB. right") != std::string::npos, row.kind == "choice");
    }
    // A hundred coins: four standard deviations are 20.
    EXPECT_NEAR(kinds["choice"], 50, 20);
    EXPECT_EQ(kinds["choice"] + kinds["vqa"], 100);
    int both = 0, question = 0, answer = 0;
    for (const auto& one : run.model.trained.at("generator1")) {
        EXPECT_EQ(one.images.size(), 1u);
        both += one.userText == askForQuestionAndAnswer;
        question += one.userText.starts_with("Write a question");
        answer += one.chosen == "B" || one.chosen == "right";
    }
    EXPECT_NEAR(both, 50, 20);
    EXPECT_NEAR(question, 20, 16);
    EXPECT_NEAR(answer, 30, 18);
    for (const auto& one : run.model.trained.at("round1")) // instructions as usual
        EXPECT_TRUE(one.userText.ends_with("directly.") || one.userText.ends_with("phrase."))
            << one.userText;
    const auto text = executed(planned({ { "seedForm", "text" } }), folder.path());
    for (const auto& row : tripletsOf(text, 0))
        EXPECT_EQ(row.kind, "vqa");
}

TEST(SrfRun, TripletsHaveWhatWasSaidAndTheScoreOfTheFormula)
{
    const TemporaryFolder folder;
    const auto run = executed(planned(), folder.path());
    const auto stages = byStage(run.context.events);
    std::set<std::pair<std::int64_t, std::string>> seen;
    std::size_t forms = 0;
    for (int sample = 1; sample <= 3; ++sample)
        for (const auto& one : stages.at("generate:1." + std::to_string(sample)))
            if (const auto corners = questionAnswerIn(one.response.text))
                forms += seen.emplace(one.response.item.value, corners->question).second;
    const auto rows = tripletsOf(run, 1);
    EXPECT_EQ(rows.size(), forms); // neither unreadable nor repeated ones
    double lowestKept = 1, highestDropped = 0;
    for (const auto& row : rows) {
        const auto picture = (row.item.value - 1) / 2 + 1;
        const auto place = "1." + std::to_string(row.sample);
        const auto find = [&](const std::string& stage) {
            return std::ranges::find(stages.at(stage), row.item, [](const Answered& a) {
                return a.response.item;
            })->response;
        };
        EXPECT_EQ(
            "Question: " + row.question + " Answer: " + row.answer, find("generate:" + place).text);
        EXPECT_EQ(row.questionAgain, find("reask:" + place).text);
        EXPECT_EQ(row.answerAgain, find("reanswer:" + place).text);
        EXPECT_NE(find("reask:" + place).prompt.find(row.answer), std::string::npos);
        EXPECT_NE(find("reanswer:" + place).prompt.find(row.question), std::string::npos);
        EXPECT_EQ(row.questionMeasure, "embedding");
        EXPECT_EQ(row.score, std::sqrt(row.questionSimilarity * row.answerSimilarity));
        if (picture % 3 == 0) {
            EXPECT_NEAR(row.answerSimilarity, 1, 1e-12);
        } else {
            EXPECT_LT(row.answerSimilarity, 0.9);
        }
        (row.kept ? lowestKept : highestDropped) =
            row.kept ? std::min(lowestKept, row.score) : std::max(highestDropped, row.score);
    }
    EXPECT_GE(lowestKept, highestDropped);
    const auto kept = std::ranges::count(rows, true, &TripletRow::kept);
    EXPECT_EQ(kept, std::lround(0.2 * static_cast<double>(rows.size())));
    ASSERT_FALSE(run.context.all<Note>().empty());
    EXPECT_NE(run.context.all<Note>()[0].text.find(std::to_string(rows.size()) + " were scored"),
        std::string::npos);
}

TEST(SrfRun, ComparesTextsAsItIsTold)
{
    const TemporaryFolder folder;
    const auto tokens = executed(planned({ { "similarity", "token-f1" } }), folder.path());
    for (const auto& row : tripletsOf(tokens, 1))
        EXPECT_EQ(row.questionMeasure, "token-f1");
    const auto longer = executed(planned({ { "longWords", "2" } }), folder.path());
    for (const auto& row : tripletsOf(longer, 1)) {
        EXPECT_EQ(row.questionMeasure, "token-f1");
        EXPECT_EQ(row.kind, "chat"); // an answer of two words
    }
    const auto weighted = executed(planned({ { "questionWeight", "1" } }), folder.path());
    for (const auto& row : tripletsOf(weighted, 1))
        EXPECT_EQ(row.score, row.questionSimilarity);
    std::filesystem::create_directories(folder.path() / "encoder");
    std::ofstream(folder.path() / "encoder" / "config.json") << "{}";
    const auto encoder = (folder.path() / "encoder").string();
    EXPECT_EQ(executed(planned({ { "encoder", encoder } }), folder.path()).model.encoders,
        std::set<std::string> { encoder });
}

TEST(SrfRun, ARoundLearnsWhatAllRoundsKeptAndTheNextGeneratorKnowsIt)
{
    const TemporaryFolder folder;
    const auto plan = planned({ { "rounds", "2" } });
    const auto run = executed(plan, folder.path());
    ASSERT_TRUE(run.ended) << run.ended.error().what;
    std::set<std::int64_t> first, second;
    std::size_t keptFirst = 0, kept = 0;
    for (const auto& row : tripletsOf(run, 1)) {
        first.insert(row.item.value);
        keptFirst += row.kept;
    }
    for (const auto& row : tripletsOf(run, 2)) {
        second.insert(row.item.value);
        EXPECT_FALSE(first.contains(row.item.value)); // pictures of its own
        kept += row.kept;
    }
    EXPECT_GT(first.size(), 3u);
    EXPECT_GT(second.size(), 3u);
    const auto seed = tripletsOf(run, 0).size();
    EXPECT_EQ(run.model.trained.at("generator1").size(), seed);
    EXPECT_EQ(run.model.trained.at("round1").size(), seed + keptFirst);
    EXPECT_EQ(run.model.trained.at("generator2").size(), seed + keptFirst);
    EXPECT_EQ(run.model.trained.at("round2").size(), seed + keptFirst + kept);
    EXPECT_TRUE(byStage(run.context.events).contains("after:round2"));
}

TEST(SrfRun, ControlsLearnOtherTripletsAndTheSameSeed)
{
    const TemporaryFolder folder;
    const auto run =
        executed(planned({}, { "seed-only", "random", "least", "all" }), folder.path());
    ASSERT_TRUE(run.ended) << run.ended.error().what;
    const auto rows = tripletsOf(run, 1);
    const auto seed = tripletsOf(run, 0).size();
    const auto& trained = run.model.trained;
    EXPECT_EQ(trained.at("seed-only").size(), seed);
    EXPECT_EQ(trained.at("random").size(), trained.at("round1").size());
    EXPECT_EQ(trained.at("least").size(), trained.at("round1").size());
    EXPECT_EQ(trained.at("all").size(), seed + rows.size());
    std::map<std::pair<std::int64_t, std::string>, double> score;
    for (const auto& row : rows)
        score[{ row.item.value, askForAnswer(TripletKind::Vqa, row.question) }] = row.score;
    const auto highest = [&](const std::string& name) {
        double most = 0;
        for (const auto& one : std::span(trained.at(name)).subspan(seed))
            most = std::max(most, score.at({ one.id, one.userText }));
        return most;
    };
    EXPECT_LT(highest("least"), highest("round1"));
    for (const char* name : { "seed-only", "random", "least", "all" })
        EXPECT_TRUE(byStage(run.context.events).contains("after:" + std::string(name)));
}

TEST(SrfRun, TestAnswersRespondToADescriptionWhereAsked)
{
    for (const std::string respond : { "picture", "blind" }) {
        const TemporaryFolder folder;
        const auto plan = planned({ { "respond", respond } });
        const auto sayOrGuess = [](const Conversation& talk, const std::string& adapter) {
            return talk.imageSha256.empty() ? std::string("Something.") : say(talk, adapter);
        };
        const auto run = slook::test::runScripted(plan, folder.path(), sayOrGuess);
        ASSERT_TRUE(run.ended) << run.ended.error().what;
        const std::string kind = respond == "blind" ? "blind:" : "describe:";
        const auto stages = byStage(run.context.events);
        for (const std::string stage : { "before", "after:round1" }) {
            ASSERT_TRUE(stages.contains(kind + stage)) << kind + stage;
            EXPECT_EQ(stages.at(stage).size(), static_cast<std::size_t>(plan.test));
        }
        int responded = 0;
        for (const auto& talk : run.model.conversations) {
            const bool responds = talk.userTexts.front().starts_with("Image description:\n");
            responded += responds ? 1 : 0;
            if (responds) {
                EXPECT_FALSE(talk.imageSha256.empty());
            }
        }
        EXPECT_EQ(responded, 2 * plan.test);
    }
    for (const auto& step : planned().job.steps)
        EXPECT_NE(step.kind, "describe");
}

TEST(SrfRun, StoppedAnywhereAndResumedReportsWhatAnUninterruptedRunDoes)
{
    const auto plan = planned({ { "rounds", "2" } }, { "random" }, 40);
    const TemporaryFolder whole;
    const auto expected = executed(plan, whole.path()).context.events;
    for (std::size_t stop = 1; stop < expected.size(); stop += 11) {
        const TemporaryFolder folder;
        auto events = executed(plan, folder.path(), {}, static_cast<int>(stop)).context.events;
        const auto rest = executed(plan, folder.path(), events);
        ASSERT_TRUE(rest.ended) << rest.ended.error().what;
        events.insert(events.end(), rest.context.events.begin(), rest.context.events.end());
        EXPECT_EQ(content(events), content(expected)) << "stopped after " << stop;
    }
}

TEST(SrfRun, AModelThatAsksNothingLearnsTheSeedAndSaysSo)
{
    const TemporaryFolder folder;
    const auto plan = planned();
    ScriptedModel model;
    model.say = [](const Conversation&, const std::string&) { return std::string("What?"); };
    RecordingContext context;
    ASSERT_TRUE(runRecipe(plan.job, plan.inputs, folder.path(), {}, model, context));
    EXPECT_EQ(model.trained.at("round1").size(), model.trained.at("generator1").size());
    ASSERT_FALSE(context.all<Note>().empty());
    EXPECT_EQ(context.all<Note>()[0].level, "warning");
}

TEST(SrfRun, RefusesAJobOfOthersMaking)
{
    const TemporaryFolder folder;
    for (const auto change : { 0, 1, 2, 3, 4, 5 }) {
        auto plan = planned();
        auto& steps = plan.job.steps;
        if (change == 0)
            steps[0].kind = "dance";
        if (change == 1)
            steps[1].preference = "../../elsewhere";
        if (change == 2)
            steps[2].adapter = "../../elsewhere";
        if (change == 3)
            steps[2].stage = "generate:9.1";
        if (change == 4)
            steps[2].stage = "generate:1.99";
        if (change == 5)
            steps.back().stage = "after:nothing";
        const auto run = executed(plan, folder.path());
        ASSERT_FALSE(run.ended) << change;
        EXPECT_EQ(run.ended.error().kind, ErrorKind::Invalid);
        EXPECT_TRUE(run.context.events.empty());
    }
}

TEST(SrfQuestion, IsAskedWithOptionsOrAlone)
{
    auto item = items(1)[0].item;
    EXPECT_EQ(srfQuestion(item, "letter"),
        "Question 1?\nA. left\nB. right\nAnswer with the option's letter from the given choices "
        "directly.");
    EXPECT_EQ(srfQuestion(item, "short"),
        "Question 1?\nAnswer the question using a single word or phrase.");
    EXPECT_NE(srfQuestion(item, "reasoned").find("step-by-step"), std::string::npos);
    item.question = "Which of these is it?";
    EXPECT_EQ(srfQuestion(item, "short"), srfQuestion(item, "letter"));
}
