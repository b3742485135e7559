#include "methods/scl_options.h"
#include "methods/extract.h"
#include "methods/switch_table.h"
#include <array>

namespace slook::methods {
namespace {

constexpr std::array<std::string_view, 3> fidelities { "ours", "as_published", "as_released" };

constexpr std::array<NamedText, 5> controls { {
    { "always-refined", "Always the later answer",
        "The later answer is chosen; no label is looked at." },
    { "random", "Random", "A coin decides which answer is chosen." },
    { "reversed", "Reversed", "The wrong answer is chosen." },
    { "sft", "SFT on the chosen", "The chosen answers are learned; nothing is rejected." },
    { "length-matched", "Matched in length",
        "Only pairs whose difference in length has a counterpart of the opposite sign." },
} };

#define MEMBER(type, path) [](SclOptions& o) -> type& { return o.path; }

/// The weights of the loss, then what every training has.
void addTraining(SwitchTable<SclOptions>& all)
{
    const auto real = [&](const char* name, const char* meaning, double least, double top,
                          double runs::TrainOptions::*member) {
        all.number(std::string("training.") + name, meaning, least, top,
            [member](SclOptions& o) -> double& { return o.training.*member; });
    };
    using T = runs::TrainOptions;
    real("dpoWeight", "Weight of the preference loss; SCL as released 0.9, as published 1", 0, 1000,
        &T::dpoWeight);
    real("sftWeight", "Weight of the likelihood of the chosen answer; as released 0.1", 0, 1000,
        &T::sftWeight);
    all.preference("training", MEMBER(runs::TrainOptions, training));
    all.learning("training", MEMBER(runs::TrainOptions, training));
    all.lora("training.lora", MEMBER(runs::LoraOptions, training.lora));
}

SwitchTable<SclOptions> makeTable()
{
    SwitchTable<SclOptions> all(sclPreset);
    all.choice("fidelity", "Preset: ours, what the paper says, or what its code does",
        namesOf(fidelities), MEMBER(std::string, fidelity));
    all.choice("review", "What the model is told after its answer", namesOf(reviewPrompts()),
        MEMBER(std::string, review));
    all.integer("turns", "Reviews after the first answer", 1, 3, MEMBER(int, turns));
    all.choice("prompt.options", "How options are written behind the question",
        namesOf(optionStyles()), MEMBER(std::string, prompt.options));
    all.choice("prompt.separator",
        "What stands before the request for reasoning; as published a space",
        { "space", "newline" }, MEMBER(std::string, prompt.separator));
    all.flag("prompt.reasoning", "Ask for reasoning step by step", MEMBER(bool, prompt.reasoning));
    all.flag("prompt.answerFormat", "Ask for the answer between ## and ##",
        MEMBER(bool, prompt.answerFormat));
    all.flag(
        "prompt.hint", "Put the item's hint in front of the question", MEMBER(bool, prompt.hint));
    all.choice("prompt.open", "Questions without options: ask for a word, or as the others",
        { "short", "same" }, MEMBER(std::string, prompt.open));
    all.flag("repeatImage", "Show the pictures twice from the second turn on, as released",
        MEMBER(bool, repeatImage));
    all.decoding("pool", "the answers that pairs are made from", MEMBER(runs::Decoding, pool));
    all.decoding("test", "the answers that are measured", MEMBER(runs::Decoding, test));
    all.choice("respond",
        "Describe and respond on test questions: off, with the picture in the description step, or "
        "blind",
        { "off", "picture", "blind" }, MEMBER(std::string, respond));
    all.choice("poolExtractor", "Marks the answers that pairs are made from",
        namesOf(extractorNames()), MEMBER(std::string, poolExtractor));
    all.choice("testExtractor", "Marks the answers that are measured", namesOf(extractorNames()),
        MEMBER(std::string, testExtractor));
    all.choice("split",
        "Pool and test: by-picture shares no picture, by-field takes the file's own test split, "
        "leaky repeats the released code's leak",
        { "by-picture", "by-field", "leaky" }, MEMBER(std::string, split));
    all.number("holdOut", "Test items of each source: below 1 a share, else a number", 0, 1e9,
        MEMBER(double, holdOut));
    all.integer(
        "limit", "Use at most this many questions; 0 is all", 0, 1 << 30, MEMBER(int, limit));
    all.number(
        "fraction", "Share of the pairs that are trained on", 0.001, 1, MEMBER(double, fraction));
    all.choice("trainingPrompt",
        "Text that pairs are trained on: the full first turn, or the question alone as released",
        { "full", "question" }, MEMBER(std::string, trainingPrompt));
    all.list("controls", "The same run with its preference replaced", namesOf(controls),
        MEMBER(std::vector<std::string>, controls));
    addTraining(all);
    all.seed("seed", "Of split, sampling and training", MEMBER(std::uint64_t, seed));
    return all;
}

const SwitchTable<SclOptions>& table()
{
    static const auto all = makeTable();
    return all;
}

} // namespace

std::span<const std::string_view> sclFidelities()
{
    return fidelities;
}

std::span<const NamedText> controlNames()
{
    return controls;
}

Result<SclOptions> sclPreset(std::string_view fidelity)
{
    SclOptions o;
    o.fidelity = fidelity;
    if (fidelity == "ours") {
        o.pool.temperature = 0.7; // greedy answers change their mind too seldom to learn from
        return o;
    }
    if (fidelity != "as_published" && fidelity != "as_released")
        return fail(ErrorKind::Invalid, "is unknown; choose from ours, as_published, as_released",
            "fidelity \"" + std::string(fidelity.substr(0, 100)) + "\"");
    const bool released = fidelity == "as_released";
    o.prompt = { .options = "seedbench",
        .separator = "space",
        .reasoning = true,
        .answerFormat = true,
        .hint = false,
        .open = "same" };
    o.poolExtractor = released ? "scl-construction" : "scl-inference";
    o.testExtractor = "scl-inference";
    o.repeatImage = released;
    o.trainingPrompt = released ? "question" : "full";
    o.split = released ? "leaky" : "by-picture";
    o.holdOut = released ? 100 : 500; // --num_test's default; the paper's held-out items
    o.training.lora.projector = true;
    if (!released) {
        o.training.dpoWeight = 1;
        o.training.sftWeight = 0;
        o.training.epochs = 1;
    }
    return o;
}

Result<std::vector<Switch>> sclSwitches(std::string_view fidelity)
{
    return table().shown(fidelity);
}

Result<SclOptions> sclOptionsFrom(const Wishes& wishes)
{
    return table().from(wishes);
}

Result<void> setSclSwitch(SclOptions& options, std::string_view name, std::string_view value)
{
    return table().set(options, name, value);
}

std::string sclSwitchValue(const SclOptions& options, std::string_view name)
{
    return table().value(options, name);
}

std::string toJsonText(const SclOptions& options)
{
    return table().toJsonText(options);
}

Result<SclOptions> sclOptionsFromJsonText(std::string_view text, const std::string& where)
{
    auto options = table().fromJsonText(text, where);
    if (options)
        if (auto loss = requireLoss(options->training, "training"); !loss)
            return fail(loss.error());
    return options;
}

} // namespace slook::methods
