#include "methods/embed.h"
#include "methods/switch_table.h"
#include <algorithm>
#include <charconv>

namespace slook::methods {
namespace {

#define MEMBER(type, path) [](EmbedOptions& o) -> type& { return o.path; }

SwitchTable<EmbedOptions> makeTable()
{
    SwitchTable<EmbedOptions> all(embedPreset);
    all.list("of",
        "What to compute: vision (the tower's patches, their mean), projected (behind the "
        "projector), states (of the language model on pictures and question), question, answer "
        "(their text)",
        { "vision", "projected", "states", "question", "answer" },
        MEMBER(std::vector<std::string>, of));
    all.list("layers",
        "Layers of the states: 0 the embedded tokens, 1 behind the first layer, -1 the last one",
        {}, MEMBER(std::vector<std::string>, layers));
    all.choice("pool", "States of a prompt become one: their mean, or that of the last token",
        { "mean", "last" }, MEMBER(std::string, pool));
    all.choice("answerPrompt", "How the states' questions are asked", { "letter", "reasoned" },
        MEMBER(std::string, answerPrompt));
    all.text("encoder",
        "Folder of a text encoder (BERT) for question and answer; empty: the model itself reads "
        "them",
        MEMBER(std::string, encoder));
    return all;
}

const SwitchTable<EmbedOptions>& table()
{
    static const auto all = makeTable();
    return all;
}

bool isLayer(const std::string& text)
{
    int layer = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), layer);
    return error == std::errc() && end == text.data() + text.size() && layer > -1000
        && layer < 1000;
}

Result<EmbedOptions> checked(EmbedOptions options)
{
    if (options.of.empty())
        return fail(ErrorKind::Invalid, "is empty; name at least one feature", "switch of");
    const bool states = std::ranges::find(options.of, "states") != options.of.end();
    if (states && options.layers.empty())
        return fail(ErrorKind::Invalid, "is empty; name at least one layer", "switch layers");
    for (const std::string& one : options.layers)
        if (!isLayer(one))
            return fail(ErrorKind::Invalid,
                "\"" + one.substr(0, 40) + "\" is no layer; write whole numbers such as 4,-1",
                "switch layers");
    return options;
}

} // namespace

Result<EmbedOptions> embedPreset(std::string_view fidelity)
{
    if (fidelity != "ours")
        return fail(ErrorKind::Invalid, "is unknown; features have none but ours",
            "fidelity \"" + std::string(fidelity.substr(0, 100)) + "\"");
    return EmbedOptions {};
}

Result<std::vector<Switch>> embedSwitches(std::string_view fidelity)
{
    return table().shown(fidelity);
}

Result<EmbedOptions> embedOptionsFromJsonText(std::string_view text, const std::string& where)
{
    auto options = table().fromJsonText(text, where);
    return options ? checked(std::move(*options)) : options;
}

std::vector<std::string> featureNames(const EmbedOptions& options)
{
    std::vector<std::string> names;
    for (const std::string& one : options.of) {
        if (one != "states") {
            names.push_back(one);
            continue;
        }
        for (const std::string& layer : options.layers)
            names.push_back("states:" + layer);
    }
    return names;
}

std::string featurePath(const std::string& name)
{
    std::string file = name;
    std::ranges::replace(file, ':', '_');
    return "artifacts/" + file + ".safetensors";
}

Result<Plan> planEmbedFor(
    const Wishes& wishes, const runs::ModelRef& model, std::vector<runs::InputItem> items)
{
    auto options = table().from(wishes);
    if (options)
        options = checked(std::move(*options));
    if (!options)
        return fail(options.error());
    if (items.empty())
        return fail(ErrorKind::Invalid, "are none; import a benchmark or a folder of pictures",
            "the questions");
    const auto has = [&](const char* name) {
        return std::ranges::find(options->of, name) != options->of.end();
    };
    Plan plan;
    const auto blind = std::ranges::count_if(
        items, [](const runs::InputItem& one) { return one.imagePaths.empty(); });
    if (blind > 0 && (has("vision") || has("projected")))
        plan.notes.push_back(
            std::to_string(blind) + " questions have no picture and no features of one.");
    const auto open = std::ranges::count_if(
        items, [](const runs::InputItem& one) { return one.item.answer.empty(); });
    if (open > 0 && has("answer"))
        plan.notes.push_back(
            std::to_string(open) + " questions have no known answer and no features of one.");
    for (runs::InputItem& one : items)
        one.set = "test";
    plan.test = static_cast<int>(items.size());
    plan.job.recipe = "embed";
    plan.job.model = model;
    plan.job.seed = options->seed;
    plan.job.options = table().toJsonText(*options);
    for (std::string& name : featureNames(*options))
        plan.job.steps.push_back({ .kind = "embed",
            .stage = std::move(name),
            .set = "test",
            .preference = {},
            .adapter = {} });
    plan.inputs = std::move(items);
    return plan;
}

} // namespace slook::methods
