#include "methods/sweep.h"
#include "methods/switch_table.h"
#include <charconv>

namespace slook::methods {
namespace {

#define MEMBER(type, path) [](SweepOptions& o) -> type& { return o.path; }

Allowed operatorNames()
{
    Allowed names;
    for (const image::Operator& one : image::operators())
        names.emplace_back(one.name);
    return names;
}

SwitchTable<SweepOptions> makeTable()
{
    SwitchTable<SweepOptions> all(sweepPreset);
    all.choice("op", "What is done to the pictures; see image corruptions", operatorNames(),
        MEMBER(std::string, op));
    all.list("levels",
        "Severities (1,2,3), standard, or numbers of the operator (side=20,side=40; several with "
        "a colon: brightness=1.5:hue=0.1); empty: all severities",
        {}, MEMBER(std::vector<std::string>, levels));
    all.choice("answerPrompt", "How questions are asked: for a letter alone, or with reasons",
        { "letter", "reasoned" }, MEMBER(std::string, answerPrompt));
    all.choice("respond",
        "Describe and respond: off, with the picture as it is shown in the description step, or "
        "blind",
        { "off", "picture", "blind" }, MEMBER(std::string, respond));
    all.decoding("test", "the answers", MEMBER(runs::Decoding, test));
    all.seed("seed", "Of the corruptions and of sampling", MEMBER(std::uint64_t, seed));
    return all;
}

const SwitchTable<SweepOptions>& table()
{
    static const auto all = makeTable();
    return all;
}

bool isWhole(std::string_view text)
{
    return !text.empty() && text.size() < 4
        && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "side=20" into `corruption`.
Result<void> setNumber(
    image::Corruption& corruption, std::string_view word, const std::string& level)
{
    const auto equals = word.find('=');
    const auto number =
        equals == std::string_view::npos ? std::string_view() : word.substr(equals + 1);
    double value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error != std::errc() || end != number.data() + number.size())
        return fail(ErrorKind::Invalid,
            "is no level; give a severity such as 3, standard, or a number such as side=20",
            "level \"" + level.substr(0, 100) + "\"");
    corruption.parameters[std::string(word.substr(0, equals))] = value;
    return {};
}

/// Fills the levels in where none is named, and tries each.
Result<SweepOptions> checked(SweepOptions options)
{
    if (options.levels.empty())
        options.levels = levelsOf(options.op);
    for (const std::string& level : options.levels)
        if (const auto one = corruptionAt(options.op, level, 0); !one)
            return fail(one.error().kind, one.error().what, "switch levels");
    return options;
}

} // namespace

Result<image::Corruption> corruptionAt(
    std::string_view op, const std::string& level, std::uint64_t seed)
{
    if (isWhole(level))
        return image::atSeverity(op, std::stoi(level), seed);
    image::Corruption corruption { std::string(op), {}, seed };
    if (level == "standard")
        return image::completed(corruption);
    for (std::string_view rest = level;;) {
        const auto colon = std::min(rest.find(':'), rest.size());
        if (auto done = setNumber(corruption, rest.substr(0, colon), level); !done)
            return fail(done.error());
        if (colon == rest.size())
            return image::completed(corruption);
        rest.remove_prefix(colon + 1);
    }
}

std::vector<std::string> levelsOf(std::string_view op)
{
    std::vector<std::string> levels;
    const auto* found = image::operatorByName(op);
    for (std::size_t i = 1; found && i <= found->severities.size(); ++i)
        levels.push_back(std::to_string(i));
    if (levels.empty())
        levels.emplace_back("standard");
    return levels;
}

std::string stageOfLevel(const std::string& level)
{
    return "level " + level;
}

Result<SweepOptions> sweepPreset(std::string_view fidelity)
{
    if (fidelity != "ours")
        return fail(ErrorKind::Invalid, "is unknown; a sweep has none but ours",
            "fidelity \"" + std::string(fidelity.substr(0, 100)) + "\"");
    return SweepOptions {};
}

Result<std::vector<Switch>> sweepSwitches(std::string_view fidelity)
{
    return table().shown(fidelity);
}

std::span<const NamedText> sweepControls()
{
    return {};
}

Result<SweepOptions> sweepOptionsFromJsonText(std::string_view text, const std::string& where)
{
    auto options = table().fromJsonText(text, where);
    return options ? checked(std::move(*options)) : options;
}

Result<Plan> planSweepFor(
    const Wishes& wishes, const runs::ModelRef& model, std::vector<runs::InputItem> items)
{
    auto options = table().from(wishes);
    if (options)
        options = checked(std::move(*options));
    if (!options)
        return fail(options.error());
    Plan plan;
    const auto blind =
        std::erase_if(items, [](const runs::InputItem& one) { return one.imagePaths.empty(); });
    if (blind > 0)
        plan.notes.push_back(
            std::to_string(blind) + " questions have no picture and are left out.");
    if (items.empty())
        return fail(ErrorKind::Invalid,
            "have no picture, so there is nothing to corrupt; choose others", "the questions");
    const auto open = std::ranges::count_if(
        items, [](const runs::InputItem& one) { return one.item.answer.empty(); });
    if (open > 0)
        plan.notes.push_back(std::to_string(open)
            + " questions have no known answer; they tell whether the answer changes, and nothing "
              "about accuracy.");
    for (runs::InputItem& one : items)
        one.set = "test";
    plan.test = static_cast<int>(items.size());
    plan.job.recipe = "sweep";
    plan.job.model = model;
    plan.job.seed = options->seed;
    plan.job.options = table().toJsonText(*options);
    const auto add = [&](const std::string& stage) {
        const auto step = [&](const char* kind, std::string name) {
            plan.job.steps.push_back({ .kind = kind,
                .stage = std::move(name),
                .set = "test",
                .preference = {},
                .adapter = {} });
        };
        if (options->respond != "off")
            step("describe", (options->respond == "blind" ? "blind:" : "describe:") + stage);
        step("answer", stage);
    };
    add(std::string(cleanStage));
    for (const std::string& level : options->levels)
        add(stageOfLevel(level));
    plan.inputs = std::move(items);
    return plan;
}

} // namespace slook::methods
