#include "methods/scl_options.h"
#include <gtest/gtest.h>

using namespace slook;
using namespace slook::methods;

TEST(SclOptions, DefaultsAreOursWithNineTenthsDpo)
{
    const auto ours = *sclPreset("ours");
    EXPECT_EQ(ours.training.dpoWeight, 0.9);
    EXPECT_EQ(ours.training.sftWeight, 0.1);
    EXPECT_EQ(ours.trainingPrompt, "full");
    EXPECT_EQ(ours.split, "by-picture");
    EXPECT_EQ(ours.review, "vp1");
    EXPECT_FALSE(ours.repeatImage);
}

TEST(SclOptions, PaperAndCodeDifferAsTheyDo)
{
    const auto paper = *sclPreset("as_published");
    EXPECT_EQ(paper.training.dpoWeight, 1);
    EXPECT_EQ(paper.training.sftWeight, 0);
    EXPECT_EQ(paper.holdOut, 500);
    EXPECT_EQ(paper.split, "by-picture");
    const auto code = *sclPreset("as_released");
    EXPECT_EQ(code.training.dpoWeight, 0.9);
    EXPECT_EQ(code.training.epochs, 3);
    EXPECT_EQ(code.training.beta, 0.1);
    EXPECT_EQ(code.training.learningRate, 5e-5);
    EXPECT_EQ(code.training.weightDecay, 0.1);
    EXPECT_EQ(code.training.lora.rank, 8);
    EXPECT_EQ(code.training.lora.alpha, 32);
    EXPECT_TRUE(code.training.lora.projector);
    EXPECT_EQ(code.split, "leaky");
    EXPECT_EQ(code.trainingPrompt, "question");
    EXPECT_TRUE(code.repeatImage);
    EXPECT_EQ(code.poolExtractor, "scl-construction");
    EXPECT_EQ(code.testExtractor, "scl-inference");
    EXPECT_EQ(code.test.temperature, 0);
    EXPECT_EQ(code.test.maxNewTokens, 256);
    EXPECT_FALSE(sclPreset("as_imagined"));
}

TEST(SclOptions, EverySwitchTakesItsOwnValueAndComesBack)
{
    const auto switches = recipeByName("scl")->switches();
    for (const auto* fidelity : { "ours", "as_published", "as_released" }) {
        const auto options = *sclPreset(fidelity);
        SclOptions copy;
        ASSERT_TRUE(setSclSwitch(copy, "fidelity", fidelity));
        for (const auto& one : switches) {
            EXPECT_FALSE(one.meaning.empty()) << one.name;
            if (one.name == "fidelity")
                continue;
            const auto set = setSclSwitch(copy, one.name, sclSwitchValue(options, one.name));
            EXPECT_TRUE(set) << message(set.error());
        }
        EXPECT_EQ(toJsonText(copy), toJsonText(options));
        const auto back = sclOptionsFromJsonText(toJsonText(options), "test");
        ASSERT_TRUE(back) << message(back.error());
        EXPECT_EQ(toJsonText(*back), toJsonText(options));
    }
    EXPECT_EQ(switches.front().name, "fidelity");
}

TEST(SclOptions, WhatAPersonChangedIsWhatDiffersFromThePresetOfTheirs)
{
    const auto& recipe = *recipeByName("scl");
    const auto ours = *sclPreset("ours");
    using Changes = std::vector<std::pair<std::string, std::string>>;
    EXPECT_EQ(*changedSwitches(recipe, toJsonText(ours)), Changes());
    auto released = *sclPreset("as_released");
    EXPECT_EQ(*changedSwitches(recipe, toJsonText(released)),
        (Changes { { "fidelity", "as_released" } }));
    // A value that is the usual one is a change of this preset, and must not get lost.
    ASSERT_NE(sclSwitchValue(released, "split"), sclSwitchValue(ours, "split"));
    released.split = ours.split;
    const auto changed = changedSwitches(recipe, toJsonText(released));
    ASSERT_TRUE(changed) << message(changed.error());
    EXPECT_EQ(*changed, (Changes { { "fidelity", "as_released" }, { "split", ours.split } }));
    EXPECT_EQ(toJsonText(*sclOptionsFrom({ *changed, {}, 0 })), toJsonText(released));
    EXPECT_FALSE(changedSwitches(recipe, R"({"fidelity": "as_imagined"})"));
}

TEST(SclOptions, SwitchesReadWhatAPersonTypes)
{
    auto o = *sclPreset("ours");
    EXPECT_TRUE(setSclSwitch(o, "training.learningRate", "5e-4"));
    EXPECT_EQ(o.training.learningRate, 5e-4);
    EXPECT_TRUE(setSclSwitch(o, "controls", "random,sft"));
    EXPECT_EQ(o.controls, (std::vector<std::string> { "random", "sft" }));
    EXPECT_TRUE(setSclSwitch(o, "controls", ""));
    EXPECT_TRUE(o.controls.empty());
    EXPECT_TRUE(setSclSwitch(o, "repeatImage", "on"));
    EXPECT_TRUE(o.repeatImage);
    EXPECT_TRUE(setSclSwitch(o, "turns", "3"));
    EXPECT_TRUE(setSclSwitch(o, "seed", "18446744073709551615"));
    EXPECT_EQ(o.seed, 18446744073709551615u);
    EXPECT_TRUE(setSclSwitch(o, "holdOut", "0.25"));
    EXPECT_TRUE(setSclSwitch(o, "training.lora.targets", "q_proj,v_proj"));
    EXPECT_EQ(o.training.lora.targets.size(), 2u);
}

TEST(SclOptions, AWrongSwitchIsNamedWithWhatIsAllowed)
{
    auto o = *sclPreset("ours");
    const auto before = toJsonText(o);
    const std::vector<std::pair<std::string, std::string>> wrong { { "review", "vp9" },
        { "turns", "4" }, { "turns", "1.5" }, { "turns", "" }, { "fraction", "0" },
        { "fraction", "nan" }, { "fraction", "2" }, { "controls", "random,random" },
        { "controls", "magic" }, { "repeatImage", "maybe" }, { "training.beta", "-1" },
        { "training.beta", "0.1x" }, { "nonsense", "1" }, { "fidelity", "best" }, { "seed", "-1" },
        { "training.schedule", "x" } };
    for (const auto& [name, value] : wrong) {
        const auto set = setSclSwitch(o, name, value);
        ASSERT_FALSE(set) << name << "=" << value;
        EXPECT_EQ(set.error().kind, ErrorKind::Invalid);
        EXPECT_NE(message(set.error()).find(name), std::string::npos);
    }
    EXPECT_NE(
        setSclSwitch(o, "review", "vp9").error().what.find("cp, vp1, vp2, vp3"), std::string::npos);
    EXPECT_EQ(toJsonText(o), before);
    EXPECT_FALSE(sclOptionsFromJsonText("{\"reviev\":\"cp\"}", "test"));
    EXPECT_FALSE(sclOptionsFromJsonText("{\"turns\":\"1\"}", "test"));
    EXPECT_FALSE(sclOptionsFromJsonText("[]", "test"));
    EXPECT_TRUE(sclOptionsFromJsonText("{}", "test"));
}

TEST(SclOptions, OffersFiveControls)
{
    std::vector<std::string> names;
    for (const auto& one : controlNames())
        names.emplace_back(one.name);
    EXPECT_EQ(names,
        (std::vector<std::string> {
            "always-refined", "random", "reversed", "sft", "length-matched" }));
}
