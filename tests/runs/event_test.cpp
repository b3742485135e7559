#include "runs/event.h"
#include "runs/job.h"
#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace slook;
using namespace slook::runs;

namespace {

Event through(EventBody body)
{
    const auto line = toLine({ 7, 1234, std::move(body) });
    EXPECT_EQ(line.find('\n'), std::string::npos);
    auto event = fromLine(line, "test");
    EXPECT_TRUE(event) << (event ? "" : message(event.error()));
    EXPECT_EQ(event->seq, 7);
    EXPECT_EQ(event->time, 1234);
    return std::move(*event);
}

std::string errorOf(std::string_view line)
{
    const auto event = fromLine(line, "events.jsonl");
    EXPECT_FALSE(event) << line;
    if (event)
        return {};
    EXPECT_EQ(event.error().kind, ErrorKind::Invalid);
    return event.error().what;
}

} // namespace

TEST(Event, AnAnswerComesBackAsItWas)
{
    Answered answered;
    answered.response.stage = "after:random";
    answered.response.item = ItemId { 41 };
    answered.response.turn = 2;
    answered.response.prompt = "USER: <image>\nWhere?";
    answered.response.text = "line\nbreak \"quoted\" \xC3\xA9 <b>";
    answered.response.tokenIds = { 5, 0, 32000 };
    answered.response.finish = "eos";
    answered.response.logprob = -1.0 / 3;
    answered.response.pixelsSha256 = "ab";
    answered.response.decoding = "{\"temperature\":0}";
    answered.response.seconds = 0.25;
    answered.extractions = { { {}, "ours", "hash", 0, 4, "B", true },
        { {}, "scl-inference", "", -1, -1, "", std::nullopt } };
    const auto back = std::get<Answered>(through(answered).body);
    EXPECT_EQ(back.response.stage, "after:random");
    EXPECT_EQ(back.response.item.value, 41);
    EXPECT_EQ(back.response.turn, 2);
    EXPECT_EQ(back.response.prompt, answered.response.prompt);
    EXPECT_EQ(back.response.text, answered.response.text);
    EXPECT_EQ(back.response.tokenIds, answered.response.tokenIds);
    EXPECT_EQ(back.response.logprob, answered.response.logprob); // exactly: shortest round trip
    EXPECT_EQ(back.response.decoding, answered.response.decoding);
    ASSERT_EQ(back.extractions.size(), 2u);
    EXPECT_EQ(back.extractions[0].end, 4);
    EXPECT_EQ(back.extractions[0].correct, true);
    EXPECT_EQ(back.extractions[1].correct, std::nullopt);
}

TEST(Event, WhatWasDoneToAPictureComesBackAndAClaimWithoutAChangeIsRefused)
{
    Answered answered;
    EXPECT_EQ(toLine({ 1, 0, answered }).find("corruptions"), std::string::npos);
    answered.corruptions = { { {}, 1, "colour_jitter", R"({"hue":-0.1})", 1u << 31, "ab", "cd" } };
    const auto line = toLine({ 1, 0, answered });
    const auto back = std::get<Answered>(through(answered).body).corruptions;
    ASSERT_EQ(back.size(), 1u);
    EXPECT_EQ(back[0].position, 1);
    EXPECT_EQ(back[0].op, "colour_jitter");
    EXPECT_EQ(back[0].parameters, R"({"hue":-0.1})");
    EXPECT_EQ(back[0].seed, 1u << 31);
    EXPECT_EQ(back[0].sha256Before, "ab");
    EXPECT_EQ(back[0].sha256After, "cd");
    auto claimed = line;
    claimed.replace(claimed.find("\"cd\""), 4, "\"ab\"");
    EXPECT_NE(errorOf(claimed).find("pixels did not change"), std::string::npos);
}

TEST(Event, ATripletComesBackAndASimilarityOutsideItsRangeIsRefused)
{
    Tripled tripled;
    auto& row = tripled.triplet;
    row.round = 2;
    row.item = ItemId { 41 };
    row.sample = 4;
    row.kind = "choice";
    row.question = "Which?\nA. red\nB. blue";
    row.answer = "B";
    row.questionAgain = "What?";
    row.answerAgain = "(B)";
    row.questionSimilarity = 1.0 / 3;
    row.answerSimilarity = 1;
    row.score = 0.577;
    row.questionMeasure = "embedding";
    row.answerMeasure = "exact";
    row.kept = true;
    const auto back = std::get<Tripled>(through(tripled).body).triplet;
    EXPECT_EQ(back.round, 2);
    EXPECT_EQ(back.item.value, 41);
    EXPECT_EQ(back.sample, 4);
    EXPECT_EQ(back.kind, "choice");
    EXPECT_EQ(back.question, row.question);
    EXPECT_EQ(back.answer, "B");
    EXPECT_EQ(back.questionAgain, "What?");
    EXPECT_EQ(back.answerAgain, "(B)");
    EXPECT_EQ(back.questionSimilarity, 1.0 / 3);
    EXPECT_EQ(back.answerSimilarity, 1);
    EXPECT_EQ(back.score, 0.577);
    EXPECT_EQ(back.questionMeasure, "embedding");
    EXPECT_EQ(back.answerMeasure, "exact");
    EXPECT_TRUE(back.kept);
    row.answerSimilarity = 1.5;
    EXPECT_NE(errorOf(toLine({ 1, 0, tripled })).find("similarity"), std::string::npos);
    row.answerSimilarity = std::nan("");
    EXPECT_NE(errorOf(toLine({ 1, 0, tripled })).find("similarity"), std::string::npos);
}

TEST(Event, RewardsOfPairsSurvive)
{
    const Rewarded rewarded {
        { { "stage1", 7, 1.5, ItemId { 41 }, 0.25, -std::numeric_limits<double>::infinity() } }
    };
    const auto back = std::get<Rewarded>(through(rewarded).body).rewards;
    ASSERT_EQ(back.size(), 1u);
    EXPECT_EQ(back[0].training, "stage1");
    EXPECT_EQ(back[0].step, 7);
    EXPECT_EQ(back[0].epoch, 1.5);
    EXPECT_EQ(back[0].item.value, 41);
    EXPECT_EQ(back[0].chosen, 0.25);
    EXPECT_EQ(back[0].rejected, rewarded.rewards[0].rejected);
    EXPECT_NE(errorOf(R"({"seq":1,"time":0,"kind":"rewarded","rewards":[{"training":"a"}]})"), "");
}

TEST(Event, NumbersThatJsonCannotHoldSurvive)
{
    Measured measured;
    measured.metric.training = "correctness";
    measured.metric.step = 3;
    measured.metric.values = { { "loss", std::nan("") }, { "grad_norm", INFINITY },
        { "lr", -INFINITY } };
    const auto back = std::get<Measured>(through(measured).body).metric;
    EXPECT_TRUE(std::isnan(back.values.at("loss")));
    EXPECT_EQ(back.values.at("grad_norm"), INFINITY);
    EXPECT_EQ(back.values.at("lr"), -INFINITY);
}

TEST(Event, EveryKindComesBack)
{
    EXPECT_EQ(
        std::get<Started>(through(Started { "w 1", "host", 12, 2, "cpu", true }).body).pid, 12);
    EXPECT_EQ(
        std::get<StepBegan>(through(StepBegan { 1, "answer", "Pool", 600 }).body).kind, "answer");
    EXPECT_EQ(
        std::get<Progress>(through(Progress { 1, 5, 10, "answers", 2, 2.5 }).body).secondsLeft,
        2.5);
    EXPECT_EQ(std::get<StepEnded>(through(StepEnded { 1, 0.5 }).body).seconds, 0.5);
    PairRow pair { {}, {}, "correctness", ItemId { 3 }, 2, "Q", "good", "bad", 2, 1 };
    EXPECT_EQ(std::get<Paired>(through(Paired { pair }).body).pair.rejected, "bad");
    EXPECT_EQ(std::get<Artifact>(through(Artifact { "a", "artifacts/a", "00" }).body).path,
        "artifacts/a");
    EXPECT_EQ(std::get<Note>(through(Note { "warning", "text" }).body).level, "warning");
    EXPECT_EQ(std::get<Finished>(through(Finished { Ending::Stopped, "why" }).body).ending,
        Ending::Stopped);
}

TEST(Event, BytesThatAreNoTextDoNotBreakTheLine)
{
    Answered answered;
    answered.response.stage = "pool";
    answered.response.text = std::string("a\xFF\0z", 4);
    const auto back = std::get<Answered>(through(answered).body);
    EXPECT_EQ(back.response.text, std::string("a\xEF\xBF\xBD\0z", 6));
}

TEST(Event, AHostileLineIsRefusedWithItsReason)
{
    EXPECT_NE(errorOf("").find("JSON"), std::string::npos);
    EXPECT_NE(errorOf("[]").find("object"), std::string::npos);
    EXPECT_NE(errorOf(R"({"time":1,"kind":"note"})").find("\"seq\""), std::string::npos);
    EXPECT_NE(errorOf(R"({"seq":0,"kind":"note","level":"","text":""})").find("\"seq\""),
        std::string::npos);
    EXPECT_NE(errorOf(R"({"seq":1.5,"kind":"note","level":"","text":""})").find("\"seq\""),
        std::string::npos);
    EXPECT_NE(errorOf(R"({"seq":18446744073709551615,"kind":"note","level":"","text":""})")
                  .find("\"seq\""),
        std::string::npos);
    EXPECT_NE(errorOf(R"({"seq":1,"kind":"dance"})").find("dance"), std::string::npos);
    EXPECT_NE(errorOf(R"({"seq":1,"kind":"answered"})").find("\"response\""), std::string::npos);
    EXPECT_NE(
        errorOf(R"({"seq":1,"kind":"answered","response":{"stage":"pool","item":1,"turn":1}})")
            .find("\"text\""),
        std::string::npos);
    EXPECT_NE(
        errorOf(
            R"({"seq":1,"kind":"answered","response":{"stage":"p","item":-1,"turn":1,"text":""}})")
            .find("\"item\""),
        std::string::npos);
    EXPECT_NE(
        errorOf(
            R"({"seq":1,"kind":"answered","response":{"stage":"p","item":1,"turn":1,"text":"ab"},)"
            R"("extractions":[{"extractor":"ours","begin":0,"end":3}]})")
            .find("span"),
        std::string::npos);
    EXPECT_NE(
        errorOf(
            R"({"seq":1,"kind":"measured","metric":{"training":"x","step":1,"values":{"loss":[]}}})")
            .find("loss"),
        std::string::npos);
    EXPECT_NE(errorOf(R"({"seq":1,"kind":"artifact","name":"a","path":"../../etc/passwd"})")
                  .find("outside"),
        std::string::npos);
    EXPECT_NE(
        errorOf(R"({"seq":1,"kind":"artifact","name":"a","path":"/etc/passwd"})").find("outside"),
        std::string::npos);
    EXPECT_NE(errorOf(R"({"seq":1,"seq":2,"kind":"note","level":"","text":""})").find("twice"),
        std::string::npos);
    EXPECT_NE(
        errorOf(R"({"seq":1,"kind":"started","version":99})").find("version"), std::string::npos);
    errorOf(std::string(100000, '['));
    errorOf(R"({"seq":1,"kind":"answered","response":)" + std::string(50, '[')
        + std::string(50, ']') + "}");
}

TEST(Job, ComesBackAsItWas)
{
    Job job;
    job.recipe = "scl";
    job.model = { "/models/x", "/adapters/y", 100, true };
    job.seed = 18446744073709551615u;
    job.threads = 2;
    job.device = "cpu";
    job.options = R"({"review":"vp1","turns":2})";
    job.steps = { { "answer", "pool", "pool", "", "" }, { "train", "", "", "random", "" } };
    const auto back = jobFromText(toText(job), "job.json");
    ASSERT_TRUE(back) << message(back.error());
    EXPECT_EQ(back->recipe, "scl");
    EXPECT_EQ(back->model.adapter, "/adapters/y");
    EXPECT_EQ(back->model.maxImageTokens, 100);
    EXPECT_TRUE(back->model.int8);
    EXPECT_EQ(back->seed, 18446744073709551615u);
    EXPECT_EQ(back->options, job.options);
    ASSERT_EQ(back->steps.size(), 2u);
    EXPECT_EQ(back->steps[1].preference, "random");
    EXPECT_EQ(toText(*back), toText(job));
}

TEST(Job, OfANewerProgramIsRefused)
{
    Job job;
    job.recipe = "scl";
    job.model.folder = "m";
    auto text = toText(job);
    text.replace(text.find("\"version\": 1"), 12, "\"version\": 2");
    const auto back = jobFromText(text, "job.json");
    ASSERT_FALSE(back);
    EXPECT_NE(back.error().what.find("format 2"), std::string::npos);
}

TEST(Job, OptionsForTrainingAndDecodingComeBack)
{
    TrainOptions train;
    train.lora.full = true;
    train.lora.targets = { "q_proj" };
    train.beta = 0.25;
    train.schedule = "linear";
    train.seed = 5;
    const auto trained = trainOptionsFromJson(toJson(train));
    EXPECT_TRUE(trained.lora.full);
    EXPECT_EQ(trained.lora.targets, train.lora.targets);
    EXPECT_EQ(trained.beta, 0.25);
    EXPECT_EQ(trained.schedule, "linear");
    EXPECT_EQ(trained.seed, 5u);
    Decoding decoding;
    decoding.temperature = 0.7;
    decoding.stop = { "USER:" };
    const auto decoded = decodingFromJson(toJson(decoding));
    EXPECT_EQ(decoded.temperature, 0.7);
    EXPECT_EQ(decoded.stop, decoding.stop);
}
