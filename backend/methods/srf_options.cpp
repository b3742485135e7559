#include "methods/srf_options.h"
#include "methods/switch_table.h"
#include <array>

namespace slook::methods {
namespace {

constexpr std::array<std::string_view, 2> fidelities { "ours", "as_published" };

constexpr std::array<NamedText, 4> controls { {
    { "seed-only", "Seed only", "The labelled seed alone is learned, no triplet of the model." },
    { "random", "Random triplets", "As many triplets of each kind, drawn by chance." },
    { "least", "Least consistent", "As many triplets of each kind, those that agree least." },
    { "all", "All triplets", "Every triplet is learned, whatever its score." },
} };

#define MEMBER(type, path) [](SrfOptions& o) -> type& { return o.path; }

void addGenerator(SwitchTable<SrfOptions>& all)
{
    all.number("seedShare",
        "Share of the pictures that are not tested whose labels are the seed; the other pictures "
        "are used without their labels",
        0.01, 1, MEMBER(double, seedShare));
    all.choice("seedForm",
        "How the seed asks questions with options: with them and for a label, alone and for the "
        "text, or by a coin for each question",
        { "both", "options", "text" }, MEMBER(std::string, seedForm));
    all.number("mask.questionAndAnswer",
        "Weight of making question and answer from the picture, as published 0.5", 0, 1000,
        MEMBER(double, mask.questionAndAnswer));
    all.number("mask.question",
        "Weight of making the question from picture and answer, as published 0.2", 0, 1000,
        MEMBER(double, mask.question));
    all.number("mask.answer",
        "Weight of making the answer from picture and question, as published 0.3", 0, 1000,
        MEMBER(double, mask.answer));
    all.learning("generator", MEMBER(runs::TrainOptions, generator));
}

void addTriplets(SwitchTable<SrfOptions>& all)
{
    all.integer("rounds", "Rounds, each on pictures of its own", 1, 100, MEMBER(int, rounds));
    all.integer(
        "samples", "Questions that are asked about each picture", 1, 100, MEMBER(int, samples));
    all.decoding("generation", "new questions and answers", MEMBER(runs::Decoding, generation));
    all.decoding("reconstruction", "questions and answers that are made again",
        MEMBER(runs::Decoding, reconstruction));
    all.text("encoder",
        "Folder of a BERT-type text encoder that compares texts; empty: the start model reads them",
        MEMBER(std::string, encoder));
    all.choice("similarity",
        "How texts are compared: short ones by embeddings and long ones by matching tokens, or all "
        "alike",
        { "by-length", "embedding", "token-f1" }, MEMBER(std::string, similarity));
    all.integer("longWords", "A text of so many words is long", 1, 1 << 20, MEMBER(int, longWords));
    all.number("questionWeight",
        "Weight of the question in the score, the answer has the rest; as published 0.5", 0, 1,
        MEMBER(double, questionWeight));
    all.number("keep", "Share of the triplets that is learned, as published 0.2", 0, 1,
        MEMBER(double, keep));
    all.integer("leastPerKind", "Keep at least so many of each kind", 0, 1 << 20,
        MEMBER(int, leastPerKind));
    all.choice("balance",
        "Take the share of each kind, of all divided as the seed's kinds are, or of all together",
        { "per-kind", "seed", "none" }, MEMBER(std::string, balance));
}

void addMeasuring(SwitchTable<SrfOptions>& all)
{
    all.choice("answerPrompt",
        "How test questions are asked: for a letter alone, with reasons, or without options for a "
        "word or phrase",
        { "letter", "reasoned", "short" }, MEMBER(std::string, answerPrompt));
    all.choice("respond",
        "Describe and respond on test questions: off, with the picture in the description step, or "
        "blind",
        { "off", "picture", "blind" }, MEMBER(std::string, respond));
    all.decoding("test", "what is measured", MEMBER(runs::Decoding, test));
    all.choice("split",
        "Test questions: by-picture shares no picture with the others, by-field takes the file's "
        "own test split",
        { "by-picture", "by-field" }, MEMBER(std::string, split));
    all.number("holdOut", "Test items of each source: below 1 a share, else a number", 0, 1e9,
        MEMBER(double, holdOut));
    all.integer("limit", "Use at most this many labelled questions; 0 is all", 0, 1 << 30,
        MEMBER(int, limit));
}

SwitchTable<SrfOptions> makeTable()
{
    SwitchTable<SrfOptions> all(srfPreset);
    all.choice("fidelity", "Preset: ours, or what the paper says", namesOf(fidelities),
        MEMBER(std::string, fidelity));
    addGenerator(all);
    addTriplets(all);
    all.lora("lora", MEMBER(runs::LoraOptions, lora));
    all.learning("training", MEMBER(runs::TrainOptions, training));
    addMeasuring(all);
    all.list("controls", "The last training with other triplets", namesOf(controls),
        MEMBER(std::vector<std::string>, controls));
    all.seed("seed", "Of splits, masks, sampling and training", MEMBER(std::uint64_t, seed));
    return all;
}

const SwitchTable<SrfOptions>& table()
{
    static const auto all = makeTable();
    return all;
}

runs::TrainOptions supervised(double rate, int batch)
{
    runs::TrainOptions o;
    o.dpoWeight = 0;
    o.sftWeight = 1;
    o.learningRate = rate;
    o.batch = batch;
    o.epochs = 1;
    o.weightDecay = 0;
    o.adamBeta2 = 0.999;
    return o;
}

} // namespace

Result<SrfOptions> srfPreset(std::string_view fidelity)
{
    SrfOptions o;
    o.fidelity = fidelity;
    o.generation.temperature = 0.9;
    o.generation.maxNewTokens = 128;
    o.reconstruction.maxNewTokens = 128;
    if (fidelity == "ours") { // rates that move a small model
        o.generator = supervised(2e-4, 16);
        o.training = supervised(2e-4, 16);
        o.generator.epochs = o.training.epochs = 2;
        return o;
    }
    if (fidelity != "as_published")
        return fail(ErrorKind::Invalid, "is unknown; choose from ours, as_published",
            "fidelity \"" + std::string(fidelity.substr(0, 100)) + "\"");
    o.rounds = 2;
    o.lora.full = true; // stage 2 of LLaVA-1.5: all weights of the language model
    o.generator = supervised(2e-5, 128);
    o.training = supervised(2e-5, 128);
    return o;
}

Result<std::vector<Switch>> srfSwitches(std::string_view fidelity)
{
    return table().shown(fidelity);
}

std::span<const NamedText> srfControls()
{
    return controls;
}

Result<SrfOptions> srfOptionsFrom(const Wishes& wishes)
{
    return table().from(wishes);
}

std::string toJsonText(const SrfOptions& options)
{
    return table().toJsonText(options);
}

Result<SrfOptions> srfOptionsFromJsonText(std::string_view text, const std::string& where)
{
    auto options = table().fromJsonText(text, where);
    if (options
        && options->mask.question + options->mask.answer + options->mask.questionAndAnswer <= 0)
        return fail(ErrorKind::Invalid, "are all 0, so nothing would be masked; set one above 0",
            "switches mask.questionAndAnswer, mask.question and mask.answer");
    return options;
}

runs::TrainOptions trainingOf(const SrfOptions& options, bool generator)
{
    auto training = generator ? options.generator : options.training;
    training.lora = options.lora;
    training.dpoWeight = 0;
    training.sftWeight = 1;
    return training;
}

} // namespace slook::methods
