#include "workbench/diagnosis.h"
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>

using namespace slook;
using workbench::CurveContext;
using workbench::Finding;

namespace {

using Values = std::map<std::string, double>;

/// A curve of `steps` steps; `at` is told 0 to 1.
std::vector<MetricRow> curve(int steps, const std::function<Values(double at, int step)>& at)
{
    std::vector<MetricRow> rows;
    for (int step = 1; step <= steps; ++step)
        rows.push_back({ {}, "correctness", step, at((step - 1.0) / (steps - 1.0), step) });
    return rows;
}

/// A healthy training: starts at log 2, the chosen reward rises, the rejected one falls.
Values healthy(double at)
{
    const double margin = 0.8 * at;
    return { { "loss/dpo", std::log1p(std::exp(-margin)) }, { "rewards/margins", margin },
        { "rewards/chosen", margin / 2 }, { "rewards/rejected", -margin / 2 },
        { "rewards/accuracies", 0.5 + 0.3 * at }, { "logps/chosen", -40 + at },
        { "logps/rejected", -40 - at }, { "grad_norm", 1.0 } };
}

CurveContext pureDpo()
{
    CurveContext context;
    context.options.dpoWeight = 1;
    context.options.sftWeight = 0;
    return context;
}

std::string rulesOf(const std::vector<MetricRow>& rows, const CurveContext& context = pureDpo())
{
    std::string rules;
    for (const Finding& finding : workbench::diagnose(rows, context))
        rules += (rules.empty() ? "" : " ") + finding.rule + (finding.alarming ? "!" : "");
    return rules;
}

TEST(Diagnosis, AHealthyTrainingHasNoFinding)
{
    EXPECT_EQ(rulesOf(curve(60, [](double at, int) { return healthy(at); })), "");
    EXPECT_EQ(rulesOf({}), "");
}

TEST(Diagnosis, BothRewardsFallingIsExplainedAndNoAlarm)
{
    const auto rows = curve(60, [](double at, int) {
        Values v = healthy(at);
        v["rewards/chosen"] = -0.4 * at;
        v["rewards/rejected"] = -1.2 * at;
        return v;
    });
    EXPECT_EQ(rulesOf(rows), "rewards-fall");
}

TEST(Diagnosis, ChosenAnswersThatBecomeUnlikelyAreAnAlarmWithAKnob)
{
    const auto rows = curve(60, [](double at, int) {
        Values v = healthy(at);
        v["rewards/chosen"] = -1 * at;
        v["rewards/rejected"] = -2 * at;
        v["logps/chosen"] = -40 - 20 * at;
        return v;
    });
    EXPECT_EQ(rulesOf(rows), "rewards-fall!");
    EXPECT_NE(
        workbench::diagnose(rows, pureDpo())[0].advice.find("Set sftWeight"), std::string::npos);
    CurveContext mixed;
    EXPECT_NE(workbench::diagnose(rows, mixed)[0].advice.find("now 0.10"), std::string::npos);
}

TEST(Diagnosis, AnotherStartThanLog2IsAnAlarm)
{
    const auto rows = curve(60, [](double at, int) {
        Values v = healthy(at);
        v["loss/dpo"] += 0.1;
        return v;
    });
    EXPECT_EQ(rulesOf(rows), "start!");
    CurveContext released = pureDpo(); // its rejected side is another text than the reference's
    released.options.bestCompetitor = true;
    EXPECT_EQ(rulesOf(rows, released), "");
    const std::vector<MetricRow> resumed(rows.begin() + 30, rows.end());
    EXPECT_EQ(rulesOf(resumed), ""); // its first step is not here
}

TEST(Diagnosis, OnlyALossThatStartsAtLog2IsHeldAgainstIt)
{
    auto rows = curve(60, [](double at, int) {
        auto values = healthy(at);
        values["loss/dpo"] += 0.3;
        return values;
    });
    EXPECT_EQ(workbench::diagnose(rows, pureDpo()).at(0).rule, "start");
    auto free = pureDpo();
    free.options.referenceFree = true;
    EXPECT_TRUE(workbench::diagnose(rows, free).empty());
    for (MetricRow& row : rows) { // 1 / (2 beta) squared, per token
        row.values["loss/ipo"] = 25 - row.values["rewards/margins"];
        row.values.erase("loss/dpo");
    }
    auto ipo = pureDpo();
    ipo.options.loss = "ipo";
    EXPECT_TRUE(workbench::diagnose(rows, ipo).empty());
}

TEST(Diagnosis, ALossThatDoesNotMoveIsAnAlarm)
{
    const auto rows = curve(40, [](double, int step) {
        Values v = healthy(0);
        v["loss/dpo"] = std::numbers::ln2 + (step % 2 == 0 ? 0.001 : -0.001);
        return v;
    });
    EXPECT_EQ(rulesOf(rows), "stuck!");
    EXPECT_EQ(rulesOf({ rows.begin(), rows.begin() + 15 }), ""); // too early to say
}

TEST(Diagnosis, PairsThatAreTooEasySayHowTheyDiffer)
{
    const auto rows = curve(60, [](double at, int step) {
        Values v = healthy(at);
        v["rewards/accuracies"] = step < 8 ? 0.7 : 1.0;
        return v;
    });
    CurveContext context = pureDpo();
    context.chosenLength = 210;
    context.rejectedLength = 12;
    EXPECT_EQ(rulesOf(rows, context), "separable!");
    const auto found = workbench::diagnose(rows, context)[0];
    EXPECT_EQ(found.lastStep, 12);
    EXPECT_NE(found.sentence.find("210 characters"), std::string::npos);
    EXPECT_NE(found.sentence.find("ones 12"), std::string::npos);
}

TEST(Diagnosis, LatePerfectionIsNoAlarm)
{
    EXPECT_EQ(rulesOf(curve(60,
                  [](double at, int step) {
                      Values v = healthy(at);
                      v["rewards/accuracies"] = step < 30 ? 0.7 : 1.0;
                      return v;
                  })),
        "");
}

TEST(Diagnosis, ATypeOnTheWrongSideIsNamed)
{
    const auto rows = curve(60, [](double at, int) {
        Values v = healthy(at);
        v["rewards/accuracies/wrong-right"] = 0.5 + 0.4 * at;
        v["rewards/accuracies/right-wrong"] = 0.5 - 0.3 * at;
        return v;
    });
    EXPECT_EQ(rulesOf(rows), "swapped!");
    EXPECT_NE(
        workbench::diagnose(rows, pureDpo())[0].sentence.find("right→wrong"), std::string::npos);
}

TEST(Diagnosis, HeldOutMarginsThatFallMarkTheBestStep)
{
    const auto rows = curve(60, [](double at, int step) {
        Values v = healthy(at);
        if (step % 10 == 0)
            v["eval_rewards/margins"] = step <= 30 ? 0.01 * step : 0.6 - 0.01 * step;
        return v;
    });
    EXPECT_EQ(rulesOf(rows), "overfit!");
    EXPECT_EQ(workbench::diagnose(rows, pureDpo())[0].firstStep, 30);
}

TEST(Diagnosis, JumpsAndNoNumbersComeFirst)
{
    auto rows = curve(60, [](double at, int step) {
        Values v = healthy(at);
        v["rewards/chosen"] = -0.4 * at;
        v["rewards/rejected"] = -1.2 * at;
        v["grad_norm"] = step == 33 ? 12.0 : 1.0;
        return v;
    });
    EXPECT_EQ(rulesOf(rows), "jump! rewards-fall");
    EXPECT_EQ(workbench::diagnose(rows, pureDpo())[0].firstStep, 33);
    rows[40].values["loss"] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(rulesOf(rows), "not-finite! rewards-fall");
}

} // namespace
