#include "methods/stic_options.h"
#include "image/corruption.h"
#include "methods/switch_table.h"
#include <array>

namespace slook::methods {
namespace {

constexpr std::array<std::string_view, 3> fidelities { "ours", "as_published", "as_released" };

constexpr std::array<NamedText, 11> controls { {
    { "random", "Random", "A coin decides which description is chosen." },
    { "reversed", "Reversed",
        "The description of the bad prompt or of the corrupted picture is chosen." },
    { "sft", "SFT on the chosen", "The chosen descriptions are learned; nothing is rejected." },
    { "length-matched", "Matched in length",
        "Only pairs whose difference in length has a counterpart of the opposite sign." },
    { "plain-sft", "Stage 2 without descriptions",
        "Stage 2 on the same questions, with no description in the prompt." },
    { "no-corruption", "Without corrupted pictures",
        "Only pairs whose rejected description a bad prompt made." },
    { "no-bad-prompt", "Without bad prompts",
        "Only pairs whose rejected description is of a corrupted picture." },
    { "no-alpha", "Without the regulariser", "The same pairs, and no regulariser in the loss." },
    { "half", "Half of the pairs", "A random half of the pairs: what amount alone does." },
    { "quarter", "A quarter of the pairs", "A random quarter of the pairs, within the half." },
    { "eighth", "An eighth of the pairs", "A random eighth of the pairs, within the quarter." },
} };

Allowed corruptionNames()
{
    Allowed names { "none" };
    for (const image::Operator& one : image::operators())
        names.emplace_back(one.name);
    return names;
}

Allowed descriptionNames()
{
    Allowed names { "good" };
    for (std::size_t i = 1; i <= sticCaptionPrompts().size(); ++i)
        names.push_back("caption-" + std::to_string(i));
    return names;
}

#define MEMBER(type, path) [](SticOptions& o) -> type& { return o.path; }

void addStageOne(SwitchTable<SticOptions>& all)
{
    all.choice("goodPrompt", "Prompt of the chosen descriptions: the long one, or a short caption",
        { "good", "caption" }, MEMBER(std::string, goodPrompt));
    all.choice("rejectedBy",
        "What makes the rejected descriptions: a bad prompt, a corrupted picture, or a coin for "
        "each picture",
        { "both", "bad-prompt", "corruption" }, MEMBER(std::string, rejectedBy));
    all.choice("corruption",
        "Operator of the corrupted pictures; stic draws low resolution or colour jitter; as "
        "released none, the picture stays clean",
        corruptionNames(), MEMBER(std::string, corruption));
    all.integer("severity", "Severity of the operator, 1 to 5; 0: its standard parameters", 0, 5,
        MEMBER(int, severity));
    all.choice("trainingPrompt",
        "Text that pairs are trained on: the picture's short caption prompt as published, or the "
        "long one",
        { "caption", "good" }, MEMBER(std::string, trainingPrompt));
    all.flag("trainingPicture",
        "Show the picture in the training prompt; as released it is text alone",
        MEMBER(bool, trainingPicture));
    all.decoding("description", "the descriptions that are learned from",
        MEMBER(runs::Decoding, description));
    all.choice("rejectedScore",
        "Log-probability of the rejected description: of its own tokens, or as released of the "
        "likeliest other token at each place",
        { "label", "best-competitor" }, MEMBER(std::string, rejectedScore));
    all.choice("regulariser",
        "Log-probability of the chosen description in the loss: summed as released, per token, or "
        "none",
        { "sum", "per-token", "none" }, MEMBER(std::string, regulariser));
    all.number(
        "alpha", "Weight of the regulariser; as released 1/1024", 0, 1000, MEMBER(double, alpha));
    all.preference("stage1", MEMBER(runs::TrainOptions, stage1));
    all.learning("stage1", MEMBER(runs::TrainOptions, stage1));
}

void addMeasuring(SwitchTable<SticOptions>& all)
{
    all.choice("testDescription",
        "Prompt of the test descriptions, which describe and respond builds on too",
        descriptionNames(), MEMBER(std::string, testDescription));
    all.choice("answerPrompt", "How test questions are asked: for a letter alone, or with reasons",
        { "letter", "reasoned" }, MEMBER(std::string, answerPrompt));
    all.choice("respond",
        "Describe and respond: off, with the picture in the description step, or blind as released",
        { "off", "picture", "blind" }, MEMBER(std::string, respond));
    all.decoding("test", "what is measured", MEMBER(runs::Decoding, test));
    all.choice("split",
        "Pool and test: by-picture shares no picture, by-field takes the file's own test split, "
        "leaky measures on what was learned from",
        { "by-picture", "by-field", "leaky" }, MEMBER(std::string, split));
    all.number("holdOut", "Test items of each source: below 1 a share, else a number", 0, 1e9,
        MEMBER(double, holdOut));
    all.integer(
        "limit", "Use at most this many questions; 0 is all", 0, 1 << 30, MEMBER(int, limit));
}

SwitchTable<SticOptions> makeTable()
{
    SwitchTable<SticOptions> all(sticPreset);
    all.choice("fidelity", "Preset: ours, what the paper says, or what its code does",
        namesOf(fidelities), MEMBER(std::string, fidelity));
    addStageOne(all);
    all.lora("lora", MEMBER(runs::LoraOptions, lora));
    all.flag("secondStage", "Go on with stage 2", MEMBER(bool, secondStage));
    all.learning("stage2", MEMBER(runs::TrainOptions, stage2));
    addMeasuring(all);
    all.list("controls", "The same run with its preference replaced", namesOf(controls),
        MEMBER(std::vector<std::string>, controls));
    all.seed("seed", "Of split, draws, sampling and training", MEMBER(std::uint64_t, seed));
    return all;
}

const SwitchTable<SticOptions>& table()
{
    static const auto all = makeTable();
    return all;
}

/// What both stages of the published training share.
runs::TrainOptions publishedTraining(double rate, int batch)
{
    runs::TrainOptions o;
    o.learningRate = rate;
    o.batch = batch;
    o.epochs = 1;
    o.weightDecay = 0;
    o.adamBeta2 = 0.999;
    return o;
}

Result<void> requireSeverity(const SticOptions& options)
{
    if (options.severity == 0)
        return {};
    if (options.corruption == "none")
        return fail(ErrorKind::Invalid, "needs an operator; set corruption, or severity to 0",
            "switch severity");
    if (const auto severe = image::atSeverity(options.corruption, options.severity); !severe)
        return fail(severe.error().kind, severe.error().what, "switch severity");
    return {};
}

} // namespace

Result<SticOptions> sticPreset(std::string_view fidelity)
{
    SticOptions o;
    o.fidelity = fidelity;
    o.description.temperature = 0.2;
    if (fidelity == "ours") { // rates that move a small model, which the published ones do not
        o.stage1 = publishedTraining(2e-4, 16);
        o.stage2 = publishedTraining(1e-4, 16);
        return o;
    }
    if (fidelity != "as_published" && fidelity != "as_released")
        return fail(ErrorKind::Invalid, "is unknown; choose from ours, as_published, as_released",
            "fidelity \"" + std::string(fidelity.substr(0, 100)) + "\"");
    o.description.maxNewTokens = 1024;
    o.test.maxNewTokens = 1024;
    o.lora.rank = 128;
    o.lora.alpha = 256;
    o.lora.dropout = 0; // 0.05 by the script, which TRL sets to 0 in DPO
    o.stage1 = publishedTraining(1e-7, 8);
    o.stage2 = publishedTraining(2e-5, 32);
    if (fidelity == "as_released") {
        o.corruption = "none"; // the script never passes its flag on
        o.trainingPicture = false; // its pairs hold no image token
        o.rejectedScore = "best-competitor";
        o.respond = "blind";
    }
    return o;
}

Result<std::vector<Switch>> sticSwitches(std::string_view fidelity)
{
    return table().shown(fidelity);
}

std::span<const NamedText> sticControls()
{
    return controls;
}

Result<SticOptions> sticOptionsFrom(const Wishes& wishes)
{
    return table().from(wishes);
}

std::string toJsonText(const SticOptions& options)
{
    return table().toJsonText(options);
}

Result<SticOptions> sticOptionsFromJsonText(std::string_view text, const std::string& where)
{
    auto options = table().fromJsonText(text, where);
    if (options)
        if (auto severity = requireSeverity(*options); !severity)
            return fail(severity.error());
    if (options)
        if (auto loss = requireLoss(options->stage1, "stage1"); !loss)
            return fail(loss.error());
    return options;
}

double shareOfPairs(std::string_view control)
{
    return control == "half"   ? 1.0 / 2
        : control == "quarter" ? 1.0 / 4
        : control == "eighth"  ? 1.0 / 8
                               : 1;
}

runs::TrainOptions trainingOf(const SticOptions& options, const std::string& name)
{
    const bool supervised = name == "stage2" || name == "plain-sft" || name == "sft";
    auto training = name == "stage2" || name == "plain-sft" ? options.stage2 : options.stage1;
    training.lora = options.lora;
    training.dpoWeight = supervised ? 0 : 1;
    training.sftWeight = supervised ? 1 : 0;
    if (supervised)
        return training;
    training.bestCompetitor = options.rejectedScore == "best-competitor";
    if (name == "no-alpha")
        return training;
    if (options.regulariser == "sum")
        training.chosenSumWeight = options.alpha;
    else if (options.regulariser == "per-token")
        training.sftWeight = options.alpha;
    return training;
}

} // namespace slook::methods
