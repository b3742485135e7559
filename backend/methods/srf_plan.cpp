#include "core/random.h"
#include "methods/recipe_run.h"
#include "methods/split.h"
#include "methods/srf.h"
#include <algorithm>
#include <iterator>
#include <set>

namespace slook::methods {
namespace {

using Steps = std::vector<runs::StepSpec>;
using Inputs = std::vector<runs::InputItem>;

void add(Steps& steps, std::string kind, std::string stage, std::string set, std::string preference,
    std::string adapter)
{
    steps.push_back({ .kind = std::move(kind),
        .stage = std::move(stage),
        .set = std::move(set),
        .preference = std::move(preference),
        .adapter = std::move(adapter) });
}

void addRound(Steps& steps, const SrfOptions& options, int number)
{
    const auto round = std::to_string(number);
    const auto generator = "generator" + round;
    add(steps, "train", "", "", generator, "");
    for (int sample = 1; sample <= options.samples; ++sample)
        add(steps, "generate", "generate:" + round + "." + std::to_string(sample), "unlabelled", "",
            generator);
    for (const std::string corner : { "reanswer:", "reask:" })
        for (int sample = 1; sample <= options.samples; ++sample)
            add(steps, "reconstruct", corner + round + "." + std::to_string(sample), "unlabelled",
                "", generator);
    add(steps, "score", "score:" + round, "", "", "");
    add(steps, "train", "", "", "round" + round, "");
}

Steps stepsFor(const SrfOptions& options)
{
    Steps steps;
    add(steps, "seed", "", "seed", "", "");
    for (int round = 1; round <= options.rounds; ++round)
        addRound(steps, options, round);
    const auto addTest = [&](const std::string& model) {
        const std::string stage = model.empty() ? "before" : "after:" + model;
        if (options.respond != "off")
            add(steps, "describe", (options.respond == "blind" ? "blind:" : "describe:") + stage,
                "test", "", model);
        add(steps, "answer", stage, "test", "", model);
    };
    addTest("");
    for (int round = 1; round <= options.rounds; ++round)
        addTest("round" + std::to_string(round));
    for (const auto& control : options.controls) {
        add(steps, "train", "", "", control, "");
        addTest(control);
    }
    return steps;
}

std::set<std::string> picturesOf(const Inputs& items)
{
    std::set<std::string> pictures;
    for (const auto& one : items)
        pictures.insert(one.imageSha256.begin(), one.imageSha256.end());
    return pictures;
}

/// Of the labelled items that are not tested: the seed, and those whose pictures alone are used.
void drawSeed(const SrfOptions& options, Inputs& items)
{
    Inputs tested, learned;
    for (auto& one : items)
        (one.set == "test" ? tested : learned).push_back(std::move(one));
    std::vector<std::string> nothing;
    const auto seed = Random::of(options.seed, "srf seed", 0).next();
    splitItems({ "by-picture", 1 - options.seedShare, 0, seed }, learned, nothing);
    for (auto& one : learned)
        one.set = one.set == "test" ? "unlabelled" : "seed";
    items = std::move(learned);
    std::ranges::move(tested, std::back_inserter(items));
}

/// Items without an answer lend their pictures, unless a label is known of those.
void addUnlabelled(Inputs unlabelled, Inputs& items, std::vector<std::string>& notes)
{
    const auto known = picturesOf(items);
    const auto all = unlabelled.size();
    std::erase_if(unlabelled, [&](const runs::InputItem& one) {
        return one.imageSha256.empty()
            || std::ranges::any_of(
                one.imageSha256, [&](const auto& picture) { return known.contains(picture); });
    });
    if (unlabelled.size() < all)
        notes.push_back(std::to_string(all - unlabelled.size())
            + " questions without a known answer were left out: they have no picture, or one that "
              "another question uses.");
    for (auto& one : unlabelled)
        one.set = "unlabelled";
    std::ranges::move(unlabelled, std::back_inserter(items));
}

Result<void> requireSets(const Inputs& items, const SrfOptions& options)
{
    const auto count = [&](const char* set) {
        return std::ranges::count(items, set, &runs::InputItem::set);
    };
    const auto seed = count("seed"), unlabelled = count("unlabelled"), test = count("test");
    Inputs without;
    std::ranges::copy_if(items, std::back_inserter(without),
        [](const runs::InputItem& one) { return one.set == "unlabelled"; });
    const auto pictures = picturesOf(without).size();
    if (seed > 0 && test > 0 && pictures >= static_cast<std::size_t>(options.rounds))
        return {};
    return fail(ErrorKind::Invalid,
        "leave " + std::to_string(seed) + " to learn from, " + std::to_string(unlabelled)
            + " to ask about anew (" + std::to_string(pictures) + " pictures for "
            + std::to_string(options.rounds) + " rounds) and " + std::to_string(test)
            + " to measure on, and all are needed; add questions or pictures, or change the "
              "switches seedShare, holdOut and rounds",
        "the questions");
}

/// A relative folder would begin elsewhere in the worker.
Result<void> makeAbsolute(std::string& encoder)
{
    namespace fs = std::filesystem;
    if (encoder.empty())
        return {};
    encoder = fs::absolute(encoder).lexically_normal().string();
    std::error_code error;
    if (!fs::exists(fs::path(encoder) / "config.json", error))
        return fail(ErrorKind::NotFound,
            "has no config.json; name the folder of a BERT-type encoder, or leave the switch "
            "encoder "
            "empty",
            encoder);
    return {};
}

} // namespace

Result<Plan> planSrf(
    const SrfOptions& given, const runs::ModelRef& model, std::vector<runs::InputItem> items)
{
    auto options = given;
    if (auto encoder = makeAbsolute(options.encoder); !encoder)
        return fail(encoder.error());
    const auto text = toJsonText(options);
    if (const auto valid = srfOptionsFromJsonText(text, "options"); !valid)
        return fail(valid.error());
    if (auto distinct = requireDistinct(items); !distinct)
        return fail(distinct.error());
    Plan plan;
    const auto labelled = std::stable_partition(items.begin(), items.end(),
        [](const runs::InputItem& one) { return !one.item.answer.empty(); });
    Inputs unlabelled(std::make_move_iterator(labelled), std::make_move_iterator(items.end()));
    items.erase(labelled, items.end());
    splitItems({ options.split, options.holdOut, options.limit, options.seed }, items, plan.notes);
    drawSeed(options, items);
    addUnlabelled(std::move(unlabelled), items, plan.notes);
    if (auto all = requireSets(items, options); !all)
        return fail(all.error());
    for (const auto& one : items)
        ++(one.set == "test" ? plan.test : plan.pool);
    plan.job.recipe = "srf";
    plan.job.model = model;
    plan.job.seed = options.seed;
    plan.job.options = text;
    plan.job.steps = stepsFor(options);
    plan.inputs = std::move(items);
    return plan;
}

Result<Plan> planSrfFor(
    const Wishes& wishes, const runs::ModelRef& model, std::vector<runs::InputItem> items)
{
    const auto options = srfOptionsFrom(wishes);
    if (!options)
        return fail(options.error());
    return planSrf(*options, model, std::move(items));
}

} // namespace slook::methods
