#include "methods/scl_options.h"
#include "methods/extract.h"
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

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

/// One switch: how it reads and is written.
struct Entry {
    SclSwitch shown;
    std::function<Json(const SclOptions&)> get;
    std::function<bool(SclOptions&, const Json&)> set; ///< false: of a wrong type or out of range
    std::string range = {}; ///< "a number from 0 to 10"; empty where `shown` says it all
};

using Allowed = std::vector<std::string>;
template <class T> using Member = std::function<T&(SclOptions&)>;

SclSwitch shown(std::string name, std::string meaning, std::string kind, Allowed allowed = {})
{
    return { std::move(name), std::move(meaning), {}, std::move(allowed), std::move(kind) };
}

bool has(const Allowed& allowed, const std::string& value)
{
    return std::ranges::find(allowed, value) != allowed.end();
}

template <class T> const T& read(const Member<T>& member, const SclOptions& options)
{
    return member(const_cast<SclOptions&>(options)); // the accessor only names the member
}

Entry choice(std::string name, std::string meaning, Allowed allowed, Member<std::string> member)
{
    return { shown(std::move(name), std::move(meaning), "choice", allowed),
        [member](const SclOptions& o) { return Json(read(member, o)); },
        [member, allowed](SclOptions& o, const Json& value) {
            if (!value.is_string() || !has(allowed, value.get<std::string>()))
                return false;
            member(o) = value.get<std::string>();
            return true;
        } };
}

Entry flag(std::string name, std::string meaning, Member<bool> member)
{
    return { shown(std::move(name), std::move(meaning), "flag", { "true", "false" }),
        [member](const SclOptions& o) { return Json(read(member, o)); },
        [member](SclOptions& o, const Json& value) {
            if (value.is_boolean())
                member(o) = value.get<bool>();
            return value.is_boolean();
        } };
}

Entry integer(std::string name, std::string meaning, int least, int most, Member<int> member)
{
    return { shown(std::move(name), std::move(meaning), "integer"),
        [member](const SclOptions& o) { return Json(read(member, o)); },
        [member, least, most](SclOptions& o, const Json& value) {
            const bool fits = value.is_number_integer() && value >= least && value <= most;
            if (fits)
                member(o) = value.get<int>();
            return fits;
        },
        "a whole number from " + std::to_string(least) + " to " + std::to_string(most) };
}

Entry seed(std::string name, std::string meaning, Member<std::uint64_t> member)
{
    return { shown(std::move(name), std::move(meaning), "integer"),
        [member](const SclOptions& o) { return Json(read(member, o)); },
        [member](SclOptions& o, const Json& value) {
            const bool fits =
                value.is_number_unsigned() || (value.is_number_integer() && value >= 0);
            if (fits)
                member(o) = value.get<std::uint64_t>();
            return fits;
        } };
}

Entry number(
    std::string name, std::string meaning, double least, double most, Member<double> member)
{
    return { shown(std::move(name), std::move(meaning), "number"),
        [member](const SclOptions& o) { return Json(read(member, o)); },
        [member, least, most](SclOptions& o, const Json& value) {
            const bool fits =
                value.is_number() && value.get<double>() >= least && value.get<double>() <= most;
            if (fits)
                member(o) = value.get<double>();
            return fits;
        },
        "a number from " + dumpLine(least)
            + (most == std::numeric_limits<double>::max() ? " on" : " to " + dumpLine(most)) };
}

Entry list(
    std::string name, std::string meaning, Allowed allowed, Member<std::vector<std::string>> member)
{
    return { shown(std::move(name), std::move(meaning), "list", allowed),
        [member](const SclOptions& o) { return Json(read(member, o)); },
        [member, allowed](SclOptions& o, const Json& value) {
            std::vector<std::string> values;
            for (const auto& one : value.is_array() ? value : Json::array({ nullptr })) {
                const bool known =
                    one.is_string() && (allowed.empty() || has(allowed, one.get<std::string>()));
                if (!known || has(values, one.get<std::string>()))
                    return false;
                values.push_back(one.get<std::string>());
            }
            member(o) = std::move(values);
            return true;
        } };
}

Allowed namesOf(std::span<const NamedText> texts)
{
    Allowed names;
    for (const auto& one : texts)
        names.emplace_back(one.name);
    return names;
}
Allowed namesOf(std::span<const std::string_view> texts)
{
    return { texts.begin(), texts.end() };
}

#define MEMBER(type, path) Member<type>([](SclOptions& o) -> type& { return o.path; })

constexpr double most = std::numeric_limits<double>::max();

void addDecoding(std::vector<Entry>& all, const std::string& prefix, const std::string& what,
    const Member<runs::Decoding>& decoding)
{
    all.push_back(
        number(prefix + ".temperature", "Sampling temperature of " + what + "; 0 is greedy", 0, 100,
            [decoding](SclOptions& o) -> double& { return decoding(o).temperature; }));
    all.push_back(number(prefix + ".topP", "Smallest set of tokens with this probability", 1e-6, 1,
        [decoding](SclOptions& o) -> double& { return decoding(o).topP; }));
    all.push_back(integer(prefix + ".topK", "Only the most probable tokens; 0 is all", 0, 1 << 30,
        [decoding](SclOptions& o) -> int& { return decoding(o).topK; }));
    all.push_back(
        number(prefix + ".repetitionPenalty", "Above 1: said tokens become less probable", 1e-3,
            1000, [decoding](SclOptions& o) -> double& { return decoding(o).repetitionPenalty; }));
    all.push_back(integer(prefix + ".maxNewTokens", "Longest answer in tokens", 1, 1 << 20,
        [decoding](SclOptions& o) -> int& { return decoding(o).maxNewTokens; }));
    all.push_back(list(prefix + ".stop", "Texts that end an answer", {},
        [decoding](SclOptions& o) -> std::vector<std::string>& { return decoding(o).stop; }));
}

void addTraining(std::vector<Entry>& all)
{
    const auto real = [&](const char* name, const char* meaning, double least, double top,
                          double runs::TrainOptions::*member) {
        all.push_back(number(std::string("training.") + name, meaning, least, top,
            [member](SclOptions& o) -> double& { return o.training.*member; }));
    };
    const auto whole = [&](const char* name, const char* meaning, int runs::TrainOptions::*member) {
        all.push_back(integer(std::string("training.") + name, meaning, 1, 1 << 20,
            [member](SclOptions& o) -> int& { return o.training.*member; }));
    };
    using T = runs::TrainOptions;
    real("beta", "Strength of the pull towards the start model in DPO", 1e-6, 1000, &T::beta);
    real("dpoWeight", "Weight of the preference loss; SCL as released 0.9, as published 1", 0, 1000,
        &T::dpoWeight);
    real("sftWeight", "Weight of the likelihood of the chosen answer; as released 0.1", 0, 1000,
        &T::sftWeight);
    real("labelSmoothing", "Share of preferences taken to be the wrong way round", 0, 0.499,
        &T::labelSmoothing);
    real("learningRate", "Highest learning rate", 0, 10, &T::learningRate);
    real("weightDecay", "AdamW's weight decay", 0, 10, &T::weightDecay);
    real("adamBeta1", "AdamW's memory of gradients", 0, 0.99999, &T::adamBeta1);
    real("adamBeta2", "AdamW's memory of squared gradients", 0, 0.9999999, &T::adamBeta2);
    real("adamEpsilon", "AdamW's smallest denominator", 0, 1, &T::adamEpsilon);
    real("maxGradNorm", "Longer gradients are cut to this length; 0 never", 0, most,
        &T::maxGradNorm);
    all.push_back(choice("training.schedule", "How the learning rate falls",
        { "constant", "linear", "cosine" }, MEMBER(std::string, training.schedule)));
    real("warmupRatio", "Share of the steps in which the learning rate rises", 0, 1,
        &T::warmupRatio);
    whole("epochs", "Passes through the pairs", &T::epochs);
    whole("batch", "Pairs per optimizer step", &T::batch);
    whole("microBatch", "Pairs computed at once", &T::microBatch);
    whole("maxLength", "Longest prompt and answer in tokens; longer pairs are left out",
        &T::maxLength);
    whole("checkpointEvery", "Steps between checkpoints", &T::checkpointEvery);
    all.push_back(flag("training.lora.full", "Train all weights of the language model, no adapter",
        MEMBER(bool, training.lora.full)));
    all.push_back(integer(
        "training.lora.rank", "Rank of the adapter", 1, 65536, MEMBER(int, training.lora.rank)));
    all.push_back(number("training.lora.alpha", "Scale of the adapter, divided by its rank", 0, 1e6,
        MEMBER(double, training.lora.alpha)));
    all.push_back(number("training.lora.dropout", "Dropout in front of the adapter", 0, 0.99,
        MEMBER(double, training.lora.dropout)));
    all.push_back(list("training.lora.targets", "Layers that get an adapter, by name", {},
        MEMBER(std::vector<std::string>, training.lora.targets)));
    all.push_back(flag("training.lora.projector", "Adapt the projector too; as released true",
        MEMBER(bool, training.lora.projector)));
}

std::vector<Entry> makeEntries()
{
    std::vector<Entry> all;
    all.push_back(choice("fidelity", "Preset: ours, what the paper says, or what its code does",
        namesOf(fidelities), MEMBER(std::string, fidelity)));
    all.push_back(choice("review", "What the model is told after its answer",
        namesOf(reviewPrompts()), MEMBER(std::string, review)));
    all.push_back(integer("turns", "Reviews after the first answer", 1, 3, MEMBER(int, turns)));
    all.push_back(choice("prompt.options", "How options are written behind the question",
        namesOf(optionStyles()), MEMBER(std::string, prompt.options)));
    all.push_back(choice("prompt.separator",
        "What stands before the request for reasoning; as published a space",
        { "space", "newline" }, MEMBER(std::string, prompt.separator)));
    all.push_back(
        flag("prompt.reasoning", "Ask for reasoning step by step", MEMBER(bool, prompt.reasoning)));
    all.push_back(flag("prompt.answerFormat", "Ask for the answer between ## and ##",
        MEMBER(bool, prompt.answerFormat)));
    all.push_back(flag(
        "prompt.hint", "Put the item's hint in front of the question", MEMBER(bool, prompt.hint)));
    all.push_back(
        choice("prompt.open", "Questions without options: ask for a word, or as the others",
            { "short", "same" }, MEMBER(std::string, prompt.open)));
    all.push_back(flag("repeatImage",
        "Show the pictures twice from the second turn on, as released", MEMBER(bool, repeatImage)));
    addDecoding(all, "pool", "the answers that pairs are made from", MEMBER(runs::Decoding, pool));
    addDecoding(all, "test", "the answers that are measured", MEMBER(runs::Decoding, test));
    all.push_back(choice("poolExtractor", "Marks the answers that pairs are made from",
        namesOf(extractorNames()), MEMBER(std::string, poolExtractor)));
    all.push_back(choice("testExtractor", "Marks the answers that are measured",
        namesOf(extractorNames()), MEMBER(std::string, testExtractor)));
    all.push_back(choice("split",
        "Pool and test: by-picture shares no picture, by-field takes the file's own test split, "
        "leaky repeats the released code's leak",
        { "by-picture", "by-field", "leaky" }, MEMBER(std::string, split)));
    all.push_back(number("holdOut", "Test items of each source: below 1 a share, else a number", 0,
        1e9, MEMBER(double, holdOut)));
    all.push_back(integer(
        "limit", "Use at most this many questions; 0 is all", 0, 1 << 30, MEMBER(int, limit)));
    all.push_back(number(
        "fraction", "Share of the pairs that are trained on", 0.001, 1, MEMBER(double, fraction)));
    all.push_back(choice("trainingPrompt",
        "Text that pairs are trained on: the full first turn, or the question alone as released",
        { "full", "question" }, MEMBER(std::string, trainingPrompt)));
    all.push_back(list("controls", "The same run with its preference replaced", namesOf(controls),
        MEMBER(std::vector<std::string>, controls)));
    addTraining(all);
    all.push_back(seed("seed", "Of split, sampling and training", MEMBER(std::uint64_t, seed)));
    return all;
}

const std::vector<Entry>& entries()
{
    static const auto all = makeEntries();
    return all;
}

const Entry* entryOf(std::string_view name)
{
    const auto found = std::ranges::find(
        entries(), name, [](const Entry& e) { return std::string_view(e.shown.name); });
    return found == entries().end() ? nullptr : &*found;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string asTyped(const Json& value)
{
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_array()) {
        std::string text;
        for (const auto& one : value)
            text += (text.empty() ? "" : ",") + one.get<std::string>();
        return text;
    }
    return dumpLine(value);
}

Json fromTyped(const SclSwitch& about, std::string_view text)
{
    if (about.kind == "choice")
        return std::string(text);
    if (about.kind == "flag")
        return text == "true" || text == "on" || text == "1"  ? Json(true)
            : text == "false" || text == "off" || text == "0" ? Json(false)
                                                              : Json(nullptr);
    if (about.kind == "list") {
        Json values = Json::array();
        while (!text.empty()) {
            const auto end = std::min(text.find(','), text.size());
            values.push_back(std::string(text.substr(0, end)));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return values;
    }
    std::uint64_t whole = 0;
    const auto* end = text.data() + text.size();
    if (const auto read = std::from_chars(text.data(), end, whole);
        read.ec == std::errc() && read.ptr == end)
        return whole;
    double real = 0;
    if (const auto read = std::from_chars(text.data(), end, real);
        read.ec == std::errc() && read.ptr == end && std::isfinite(real))
        return real;
    return nullptr;
}

tl::unexpected<Error> refusal(const Entry& entry, const std::string& value)
{
    const auto& about = entry.shown;
    return fail(ErrorKind::Invalid,
        "cannot be \"" + value.substr(0, 100) + "\"; "
            + (about.allowed.empty()
                    ? "it is " + (entry.range.empty() ? "a " + about.kind : entry.range) + " ("
                        + about.meaning + ")"
                    : "choose from " + joined(about.allowed)),
        "switch " + about.name);
}

Result<void> assign(SclOptions& options, const Entry& entry, const Json& value)
{
    if (!entry.set(options, value))
        return refusal(
            entry, asTyped(value.is_primitive() || value.is_array() ? value : Json("...")));
    return {};
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

const std::vector<SclSwitch>& sclSwitches()
{
    static const auto all = [] {
        const auto ours = *sclPreset("ours");
        std::vector<SclSwitch> switches;
        for (const auto& entry : entries()) {
            switches.push_back(entry.shown);
            switches.back().value = asTyped(entry.get(ours));
        }
        return switches;
    }();
    return all;
}

Result<void> setSclSwitch(SclOptions& options, std::string_view name, std::string_view value)
{
    const auto* entry = entryOf(name);
    if (!entry)
        return fail(ErrorKind::Invalid, "is no switch of this recipe; see the list of its switches",
            "switch " + std::string(name.substr(0, 100)));
    if (name == "fidelity") {
        const auto kept = options.seed;
        auto preset = sclPreset(value);
        if (!preset)
            return refusal(*entry, std::string(value));
        options = std::move(*preset);
        options.seed = kept;
        return {};
    }
    const auto typed = fromTyped(entry->shown, value);
    if (!entry->set(options, typed))
        return refusal(*entry, std::string(value));
    return {};
}

std::string sclSwitchValue(const SclOptions& options, std::string_view name)
{
    const auto* entry = entryOf(name);
    if (!entry)
        throw std::invalid_argument("[sclSwitchValue] no switch " + std::string(name));
    return asTyped(entry->get(options));
}

std::string toJsonText(const SclOptions& options)
{
    Json json = Json::object();
    for (const auto& entry : entries())
        json[entry.shown.name] = entry.get(options);
    return dumpLine(json);
}

Result<SclOptions> sclOptionsFromJsonText(std::string_view text, const std::string& where)
{
    const auto json = parseJson(text, where, { .bytes = 1u << 20, .depth = 4 });
    if (!json)
        return fail(json.error());
    if (!json->is_object())
        return fail(ErrorKind::Invalid, "holds no object of switches", where);
    auto options = sclPreset(stringOr(*json, "fidelity", "ours"));
    if (!options)
        return options;
    for (const auto& [name, value] : json->items()) {
        const auto* entry = entryOf(name);
        if (!entry)
            return fail(ErrorKind::Invalid,
                "names the switch \"" + name.substr(0, 100)
                    + "\", which this program does not know",
                where);
        if (auto set = assign(*options, *entry, value); !set)
            return fail(set.error());
    }
    return options;
}

} // namespace slook::methods
