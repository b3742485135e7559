#pragma once
#include "methods/recipe.h"
#include "runs/job.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

/// The switches of a recipe: each is named once, for job.json, `--set` and the window. Private to
/// this folder's sources.
namespace slook::methods {

using Allowed = std::vector<std::string>;

inline Allowed namesOf(std::span<const NamedText> texts)
{
    Allowed names;
    for (const auto& one : texts)
        names.emplace_back(one.name);
    return names;
}
inline Allowed namesOf(std::span<const std::string_view> texts)
{
    return { texts.begin(), texts.end() };
}

/// A value as it would be typed, and back: null where it is no such value.
[[nodiscard]] std::string asTyped(const Json& value);
[[nodiscard]] Json fromTyped(const Switch& about, std::string_view text);
/// What a person is told about a value that does not fit.
[[nodiscard]] Error wrongValue(const Switch& about, const std::string& value);

/// The losses that compare a chosen with a rejected answer, by TRL's names; engine/losses.h has
/// their formulas and sources.
[[nodiscard]] std::span<const std::string_view> preferenceLosses();
/// Errors: Invalid where the loss of `options` cannot be computed with its other switches, which
/// begin with `prefix`; so that a run is refused before it answers, and not when it trains.
[[nodiscard]] Result<void> requireLoss(
    const runs::TrainOptions& options, const std::string& prefix);

/// All switches of the options struct `O`, which has `seed` and, where something is trained,
/// `controls`.
template <class O> class SwitchTable {
public:
    template <class T> using Member = std::function<T&(O&)>;
    using Preset = Result<O> (*)(std::string_view fidelity);

    explicit SwitchTable(Preset preset)
        : m_preset(preset)
    {
    }

    void choice(std::string name, std::string meaning, Allowed allowed, Member<std::string> member)
    {
        add(std::move(name), std::move(meaning), "choice", allowed, member,
            [allowed](const Json& value) {
                return value.is_string() && has(allowed, value.get<std::string>());
            });
    }
    /// Any text, which the recipe itself checks.
    void text(std::string name, std::string meaning, Member<std::string> member)
    {
        add(std::move(name), std::move(meaning), "text", {}, member,
            [](const Json& value) { return value.is_string(); });
    }
    void flag(std::string name, std::string meaning, Member<bool> member)
    {
        add(std::move(name), std::move(meaning), "flag", { "true", "false" }, member,
            [](const Json& value) { return value.is_boolean(); });
    }
    void integer(std::string name, std::string meaning, int least, int most, Member<int> member)
    {
        add(
            std::move(name), std::move(meaning), "integer", {}, member,
            [least, most](const Json& value) {
                return value.is_number_integer() && value >= least && value <= most;
            },
            "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    void seed(std::string name, std::string meaning, Member<std::uint64_t> member)
    {
        add(std::move(name), std::move(meaning), "integer", {}, member, [](const Json& value) {
            return value.is_number_unsigned() || (value.is_number_integer() && value >= 0);
        });
    }
    void number(
        std::string name, std::string meaning, double least, double most, Member<double> member)
    {
        add(
            std::move(name), std::move(meaning), "number", {}, member,
            [least, most](const Json& value) {
                return value.is_number() && value.get<double>() >= least
                    && value.get<double>() <= most;
            },
            "a number from " + dumpLine(least)
                + (most == unbounded ? " on" : " to " + dumpLine(most)));
    }
    void list(std::string name, std::string meaning, Allowed allowed,
        Member<std::vector<std::string>> member)
    {
        add(std::move(name), std::move(meaning), "list", allowed, member,
            [allowed](const Json& value) { return isList(allowed, value); });
    }
    void decoding(const std::string& prefix, const std::string& what, Member<runs::Decoding> of)
    {
        number(prefix + ".temperature", "Sampling temperature of " + what + "; 0 is greedy", 0, 100,
            [of](O& o) -> double& { return of(o).temperature; });
        number(prefix + ".topP", "Smallest set of tokens with this probability", 1e-6, 1,
            [of](O& o) -> double& { return of(o).topP; });
        integer(prefix + ".topK", "Only the most probable tokens; 0 is all", 0, 1 << 30,
            [of](O& o) -> int& { return of(o).topK; });
        number(prefix + ".repetitionPenalty", "Above 1: said tokens become less probable", 1e-3,
            1000, [of](O& o) -> double& { return of(o).repetitionPenalty; });
        integer(prefix + ".maxNewTokens", "Longest answer in tokens", 1, 1 << 20,
            [of](O& o) -> int& { return of(o).maxNewTokens; });
        list(prefix + ".stop", "Texts that end an answer", {},
            [of](O& o) -> std::vector<std::string>& { return of(o).stop; });
    }
    void preference(const std::string& prefix, Member<runs::TrainOptions> of);
    void learning(const std::string& prefix, Member<runs::TrainOptions> of);
    void lora(const std::string& prefix, Member<runs::LoraOptions> of);

    /// With the values of this preset. Errors: Invalid (no such preset).
    [[nodiscard]] Result<std::vector<Switch>> shown(std::string_view fidelity) const
    {
        const auto preset = m_preset(fidelity);
        if (!preset)
            return fail(preset.error());
        std::vector<Switch> switches;
        for (const Entry& entry : m_entries) {
            switches.push_back(entry.shown);
            switches.back().value = asTyped(entry.get(*preset));
        }
        return switches;
    }

    /// "fidelity" replaces all others by that preset. Errors: Invalid.
    [[nodiscard]] Result<void> set(O& options, std::string_view name, std::string_view value) const
    {
        const Entry* entry = find(name);
        if (!entry)
            return fail(ErrorKind::Invalid,
                "is no switch of this recipe; see the list of its switches",
                "switch " + std::string(name.substr(0, 100)));
        if (name == "fidelity") {
            const auto kept = options.seed;
            auto preset = m_preset(value);
            if (!preset)
                return fail(wrongValue(entry->shown, std::string(value)));
            options = std::move(*preset);
            options.seed = kept;
            return {};
        }
        if (!entry->set(options, fromTyped(entry->shown, value)))
            return fail(wrongValue(entry->shown, std::string(value)));
        return {};
    }

    /// @throws std::invalid_argument for an unknown name
    [[nodiscard]] std::string value(const O& options, std::string_view name) const
    {
        const Entry* entry = find(name);
        if (!entry)
            throw std::invalid_argument("[SwitchTable] no switch " + std::string(name));
        return asTyped(entry->get(options));
    }

    [[nodiscard]] std::string toJsonText(const O& options) const
    {
        Json json = Json::object();
        for (const Entry& entry : m_entries)
            json[entry.shown.name] = entry.get(options);
        return dumpLine(json);
    }

    [[nodiscard]] Result<O> fromJsonText(std::string_view text, const std::string& where) const
    {
        const auto json = parseJson(text, where, { .bytes = 1u << 20, .depth = 4 });
        if (!json)
            return fail(json.error());
        if (!json->is_object())
            return fail(ErrorKind::Invalid, "holds no object of switches", where);
        auto options = m_preset(stringOr(*json, "fidelity", "ours"));
        if (!options)
            return options;
        for (const auto& [name, value] : json->items()) {
            const Entry* entry = find(name);
            if (!entry)
                return fail(ErrorKind::Invalid,
                    "names the switch \"" + name.substr(0, 100)
                        + "\", which this program does not know",
                    where);
            if (!entry->set(*options, value))
                return fail(wrongValue(entry->shown,
                    asTyped(value.is_primitive() || value.is_array() ? value : Json("..."))));
        }
        return options;
    }

    /// The options that a person's wishes come to. Errors: Invalid.
    [[nodiscard]] Result<O> from(const Wishes& wishes) const
    {
        auto options = m_preset("ours");
        // The preset replaces everything else, so it goes first wherever it was written.
        for (const bool preset : { true, false }) {
            for (const auto& [name, text] : wishes.set)
                if (options && (name == "fidelity") == preset)
                    if (auto done = set(*options, name, text); !done)
                        return fail(done.error());
            if (options && preset)
                options->seed = wishes.seed;
        }
        if constexpr (requires(O o) { o.controls; }) {
            for (const std::string& control : wishes.controls)
                if (options && !has(options->controls, control))
                    options->controls.push_back(control);
        } else if (!wishes.controls.empty())
            return fail(ErrorKind::Invalid, "trains nothing, so it has no controls; leave them out",
                "this recipe");
        return options;
    }

private:
    /// One switch: how it reads and is written.
    struct Entry {
        Switch shown;
        std::function<Json(const O&)> get;
        std::function<bool(O&, const Json&)> set; ///< false: of a wrong type or out of range
    };
    static constexpr double unbounded = std::numeric_limits<double>::max();

    static bool has(const Allowed& allowed, const std::string& value)
    {
        return std::ranges::find(allowed, value) != allowed.end();
    }
    static bool isList(const Allowed& allowed, const Json& value)
    {
        Allowed seen;
        for (const auto& one : value.is_array() ? value : Json::array({ nullptr })) {
            if (!one.is_string() || has(seen, one.get<std::string>())
                || (!allowed.empty() && !has(allowed, one.get<std::string>())))
                return false;
            seen.push_back(one.get<std::string>());
        }
        return true;
    }

    template <class T, class Fits>
    void add(std::string name, std::string meaning, std::string kind, Allowed allowed,
        Member<T> member, Fits fits, std::string range = {})
    {
        m_entries.push_back({ { std::move(name), std::move(meaning), {}, std::move(allowed),
                                  std::move(kind), std::move(range) },
            // The accessor only names the member.
            [member](const O& o) { return Json(member(const_cast<O&>(o))); },
            [member, fits](O& o, const Json& value) {
                if (!fits(value))
                    return false;
                member(o) = value.template get<T>();
                return true;
            } });
    }
    [[nodiscard]] const Entry* find(std::string_view name) const
    {
        const auto found = std::ranges::find(
            m_entries, name, [](const Entry& e) { return std::string_view(e.shown.name); });
        return found == m_entries.end() ? nullptr : &*found;
    }

    Preset m_preset;
    std::vector<Entry> m_entries;
};

/// The switches of a preference loss: "PREFIX.beta" ...
template <class O>
void SwitchTable<O>::preference(const std::string& prefix, Member<runs::TrainOptions> of)
{
    choice(prefix + ".loss",
        "Preference loss by TRL's name: sigmoid is DPO as published and released",
        namesOf(preferenceLosses()), [of](O& o) -> std::string& { return of(o).loss; });
    number(prefix + ".beta", "Strength of the pull towards the start model in DPO", 1e-6, 1000,
        [of](O& o) -> double& { return of(o).beta; });
    number(prefix + ".labelSmoothing", "Share of preferences taken to be the wrong way round", 0,
        0.499, [of](O& o) -> double& { return of(o).labelSmoothing; });
    number(prefix + ".lengthAlpha",
        "Weight of the tokens by which one answer is longer than the other (LD-DPO); 1 is plain", 0,
        1, [of](O& o) -> double& { return of(o).lengthAlpha; });
    flag(prefix + ".referenceFree",
        "Train without a reference: the start model is not asked and pulls nothing back",
        [of](O& o) -> bool& { return of(o).referenceFree; });
    flag(prefix + ".reuseReferences",
        "Take the start model's log-probabilities from the project's cache where it has them; the "
        "results are the same",
        [of](O& o) -> bool& { return of(o).reuseReferences; });
}

/// The optimizer's switches: "PREFIX.learningRate" ...
template <class O>
void SwitchTable<O>::learning(const std::string& prefix, Member<runs::TrainOptions> of)
{
    using T = runs::TrainOptions;
    const auto real = [&](const char* name, const char* meaning, double least, double top,
                          double T::*member) {
        number(prefix + "." + name, meaning, least, top,
            [of, member](O& o) -> double& { return of(o).*member; });
    };
    const auto whole = [&](const char* name, const char* meaning, int T::*member) {
        integer(prefix + "." + name, meaning, 1, 1 << 20,
            [of, member](O& o) -> int& { return of(o).*member; });
    };
    real("learningRate", "Highest learning rate", 0, 10, &T::learningRate);
    real("weightDecay", "AdamW's weight decay", 0, 10, &T::weightDecay);
    real("adamBeta1", "AdamW's memory of gradients", 0, 0.99999, &T::adamBeta1);
    real("adamBeta2", "AdamW's memory of squared gradients", 0, 0.9999999, &T::adamBeta2);
    real("adamEpsilon", "AdamW's smallest denominator", 0, 1, &T::adamEpsilon);
    real("maxGradNorm", "Longer gradients are cut to this length; 0 never", 0, unbounded,
        &T::maxGradNorm);
    choice(prefix + ".schedule", "How the learning rate falls", { "constant", "linear", "cosine" },
        [of](O& o) -> std::string& { return of(o).schedule; });
    real("warmupRatio", "Share of the steps in which the learning rate rises", 0, 1,
        &T::warmupRatio);
    whole("epochs", "Passes through the pairs", &T::epochs);
    whole("batch", "Pairs per optimizer step", &T::batch);
    whole("microBatch", "Pairs computed at once", &T::microBatch);
    whole("maxLength", "Longest prompt and answer in tokens; longer pairs are left out",
        &T::maxLength);
    whole("checkpointEvery", "Steps between checkpoints", &T::checkpointEvery);
}

/// The adapter's switches: "PREFIX.rank" ...
template <class O>
void SwitchTable<O>::lora(const std::string& prefix, Member<runs::LoraOptions> of)
{
    flag(prefix + ".full", "Train all weights of the language model, no adapter",
        [of](O& o) -> bool& { return of(o).full; });
    integer(prefix + ".rank", "Rank of the adapter", 1, 65536,
        [of](O& o) -> int& { return of(o).rank; });
    number(prefix + ".alpha", "Scale of the adapter, divided by its rank", 0, 1e6,
        [of](O& o) -> double& { return of(o).alpha; });
    number(prefix + ".dropout", "Dropout in front of the adapter", 0, 0.99,
        [of](O& o) -> double& { return of(o).dropout; });
    list(prefix + ".targets", "Layers that get an adapter, by name", {},
        [of](O& o) -> std::vector<std::string>& { return of(o).targets; });
    flag(prefix + ".projector", "Adapt the projector too; as released true",
        [of](O& o) -> bool& { return of(o).projector; });
    flag(prefix + ".rankStabilised", "Scale the adapter by alpha / sqrt(rank) (rsLoRA)",
        [of](O& o) -> bool& { return of(o).rankStabilised; });
}

} // namespace slook::methods
