#include "engine/memory_plan.h"
#include "engine/row_parallel.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <set>

namespace slook::engine {
namespace {

// Numbers that a layer keeps for its backward pass, as a multiple of its linear layers' outputs
// (and of their inputs, for dropout's masks and dropped copies); counted on Llama layers of four
// sizes, with and without grouped heads.
constexpr double keptWithAdapter = 1.75, keptInFull = 1.95, keptByDropout = 1.4;
constexpr double passing = 0.5; ///< gradients of one layer on their way
constexpr double floatBytes = 4;

/// Outputs and inputs of the linear layers that a token goes through.
struct Widths {
    double out = 0, in = 0;
};

Widths widthsOf(VisionLanguageModel& model, ModelPart part)
{
    Widths widths;
    for (const Linear* layer : model.linears())
        if (partOf(layer->name) == part) {
            widths.out += static_cast<double>(layer->weight.size(0));
            widths.in += static_cast<double>(layer->weight.size(1));
        }
    return widths;
}

double numbersLearned(
    const VisionLanguageModel& model, const LoraAdapter* adapter, const FullOptions& full)
{
    if (adapter != nullptr)
        return static_cast<double>(adapter->values().numel());
    double count = 0;
    for (const auto& [name, tensor] : model.parameters()) {
        const auto part = partOf(name);
        if (part == ModelPart::Vision          ? full.vision
                : part == ModelPart::Projector ? full.projector
                                               : full.languageModel)
            count += static_cast<double>(tensor.numel());
    }
    return count;
}

bool drops(const LoraAdapter* adapter)
{
    return adapter != nullptr && adapter->settings().dropout > 0.0;
}

bool learnsToSee(const LoraAdapter* adapter, const FullOptions& full)
{
    return adapter != nullptr
        ? adapter->touches(ModelPart::Vision) || adapter->touches(ModelPart::Projector)
        : full.vision || full.projector;
}

/// Whether the examples of a pass are computed side by side, as Learner does it.
bool sharesWork(const VisionLanguageModel& model, const LearnerOptions& options)
{
    return options.sideBySide && model.device().is_cpu() && !model.shape().heavy;
}

int atOnceOf(const LearnerOptions& options)
{
    return options.atOnce > 0 ? std::min(options.atOnce, options.microBatch) : options.microBatch;
}

/// Of all passes that could come together from `examples`, the one that takes most.
struct Pass {
    double examples = 0, tokens = 0, widest = 0, predicted = 0, pictureRows = 0;
};

Pass largestPass(const std::vector<TrainExample>& examples, int atOnce, std::int64_t imageTokenId)
{
    std::vector<const TrainExample*> longest;
    for (const TrainExample& example : examples)
        longest.push_back(&example);
    const auto count = std::min<std::size_t>(longest.size(), static_cast<std::size_t>(atOnce));
    std::partial_sort(longest.begin(), longest.begin() + static_cast<std::ptrdiff_t>(count),
        longest.end(), [](const auto* a, const auto* b) { return a->tokens() > b->tokens(); });
    longest.resize(count);
    Pass pass;
    pass.examples = static_cast<double>(count);
    for (const TrainExample* example : longest) {
        pass.widest = std::max(pass.widest, static_cast<double>(example->tokens()));
        pass.predicted += static_cast<double>(example->tokens() - example->prompt.size());
        pass.pictureRows += static_cast<double>(std::ranges::count(example->prompt, imageTokenId));
    }
    pass.tokens = pass.examples * pass.widest; // padding counts
    return pass;
}

/// In how many of a pass's parts something is going on at once, as a share.
double shareAtWork(
    const VisionLanguageModel& model, const LearnerOptions& options, const Pass& pass)
{
    if (!sharesWork(model, options))
        return 1;
    constexpr double fewestParts = 4;
    const double parts = std::min(pass.examples, fewestParts);
    return std::min(1.0, static_cast<double>(threadsForParts()) / parts);
}

double activationBytes(VisionLanguageModel& model, const LoraAdapter* adapter,
    const LearnerOptions& options, const Pass& pass)
{
    const ModelShape& shape = model.shape();
    const auto language = widthsOf(model, ModelPart::LanguageModel);
    const auto layers = static_cast<double>(shape.layers);
    const auto again = static_cast<double>(std::min(options.recomputeLayers, shape.layers));
    const double kept = ((adapter != nullptr ? keptWithAdapter : keptInFull) * language.out
                            + (drops(adapter) ? keptByDropout * language.in : 0.0))
        / layers;
    const double width = static_cast<double>(shape.hiddenSize);
    // The last layer has the keys and values of all tokens, and the rest of those that predict.
    const double last = again < layers ? std::min(1.0, 0.25 + pass.predicted / pass.tokens) : 0.0;
    const double whole = std::max(0.0, layers - again - 1);
    double numbers = pass.tokens * ((whole + last) * kept + (again + 2) * width);
    numbers += 1.25 * pass.tokens * pass.widest; // the mask, as bytes and as numbers
    const double head = pass.predicted * static_cast<double>(shape.vocabularySize);
    const double inLayer =
        pass.tokens * (passing * language.out / layers + (again > 0 ? kept : 0.0));
    numbers += head + std::max(2 * head, inLayer) * shareAtWork(model, options, pass);
    if (learnsToSee(adapter, options.full)) {
        const auto tower = widthsOf(model, ModelPart::Vision);
        const auto joint = widthsOf(model, ModelPart::Projector);
        numbers += pass.pictureRows * keptInFull * (tower.out + joint.out);
    }
    return numbers * floatBytes;
}

double featureBytes(const VisionLanguageModel& model, const std::vector<TrainExample>& examples)
{
    const ModelShape& shape = model.shape();
    std::set<std::vector<std::size_t>> seen;
    double rows = 0;
    for (const TrainExample& example : examples)
        if (seen.insert(example.images).second)
            rows += static_cast<double>(std::ranges::count(example.prompt, shape.imageTokenId));
    return rows * static_cast<double>(shape.hiddenSize)
        * static_cast<double>(c10::elementSize(model.type()));
}

/// Halves and a last one: 8, 4, 2, 1.
std::vector<int> smallerPasses(int from)
{
    std::vector<int> sizes;
    for (int size = from; size > 0; size /= 2)
        sizes.push_back(size);
    return sizes;
}

} // namespace

bool comparesPairs(const LossOptions& loss)
{
    return std::ranges::any_of(loss.terms, [](const LossTerm& term) {
        return term.kind == LossKind::Sft || term.kind == LossKind::Aot
            || term.kind == LossKind::AotUnpaired;
    });
}

TrainingNeed trainingNeed(VisionLanguageModel& model, const LoraAdapter* adapter,
    const LearnerOptions& options, const std::vector<TrainExample>& examples)
{
    const auto pass = largestPass(examples, atOnceOf(options), model.shape().imageTokenId);
    const double learned = numbersLearned(model, adapter, options.full);
    const double mostParts =
        4; // of Learner's; more only where gradients are small beside the tokens
    const bool small = sharesWork(model, options);
    TrainingNeed need;
    double numbers = learned * (3 + (small ? std::min(mostParts, pass.examples) : 0.0));
    if (small && adapter != nullptr && !drops(adapter))
        for (const auto& module : adapter->modules())
            numbers += static_cast<double>(module.layer->weight.numel());
    need.learned = static_cast<std::uint64_t>(numbers * floatBytes);
    need.activations = static_cast<std::uint64_t>(activationBytes(model, adapter, options, pass));
    if (!learnsToSee(adapter, options.full))
        need.features = std::min<std::uint64_t>(
            options.featureBytes, static_cast<std::uint64_t>(featureBytes(model, examples)));
    return need;
}

std::string TrainingPlan::text() const
{
    std::string text = "The training takes about " + memoryText(need.total())
        + " beside the weights (" + memoryText(need.activations) + " for " + std::to_string(atOnce)
        + (atOnce == 1 ? " example" : " examples") + " at once, " + memoryText(need.learned)
        + " for gradients and moments, " + memoryText(need.features) + " for pictures); " + have.of
        + " leaves " + memoryText(have.bytes);
    if (recomputeLayers > 0)
        text += ". To fit, " + std::to_string(recomputeLayers) + " of " + std::to_string(layers)
            + " layers are computed twice, which takes more time and changes no result";
    return text + ".";
}

Result<TrainingPlan> planTraining(VisionLanguageModel& model, const LoraAdapter* adapter,
    LearnerOptions options, const std::vector<TrainExample>& examples, const MemoryHave& have)
{
    constexpr double fastTokens = 512;
    const auto layers = model.shape().layers;
    const bool fixed = options.objective == Objective::Preference && comparesPairs(options.loss);
    const auto sizes =
        fixed ? std::vector<int> { atOnceOf(options) } : smallerPasses(atOnceOf(options));
    const auto tried = [&](int atOnce, std::int64_t again) {
        options.atOnce = atOnce;
        options.recomputeLayers = again;
        return TrainingPlan { atOnce, again, layers,
            trainingNeed(model, adapter, options, examples), have };
    };
    const auto fits = [&](const TrainingPlan& plan) {
        return static_cast<double>(plan.need.total())
            <= usableShare * static_cast<double>(have.bytes);
    };
    for (const int size : sizes) {
        const auto pass = largestPass(examples, size, model.shape().imageTokenId);
        if (size != sizes.front() && pass.tokens < fastTokens)
            break;
        if (auto plan = tried(size, options.recomputeLayers); fits(plan))
            return plan;
    }
    for (const int size : sizes)
        for (std::int64_t again = 1; again <= layers; ++again)
            if (auto plan = tried(size, again); fits(plan))
                return plan;
    const auto least = tried(sizes.back(), layers);
    return fail(ErrorKind::Invalid,
        "The training needs about " + memoryText(least.need.total())
            + " beside the weights even with " + std::to_string(least.atOnce)
            + (least.atOnce == 1 ? " example" : " examples")
            + " at once and every layer computed twice (" + memoryText(least.need.activations)
            + " for a pass, " + memoryText(least.need.learned) + " for gradients and moments), but "
            + have.of + " leaves " + memoryText(have.bytes) + "; "
            + (fixed ? "set training.microBatch lower, " : "") + "set training.maxLength lower, "
            + (adapter != nullptr ? "take a smaller rank, "
                                  : "train an adapter instead of all weights, ")
            + "close other programs, or take a smaller model.");
}

} // namespace slook::engine
