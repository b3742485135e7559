#include "worker/training.h"
#include "core/hash.h"
#include "engine/adapter.h"
#include "engine/memory_plan.h"
#include "engine/model_writer.h"
#include "engine/runtime.h"
#include "engine/trainer.h"
#include <ATen/ATen.h>
#include <algorithm>
#include <map>

namespace slook::worker {
namespace {

namespace fs = std::filesystem;

/// Turns a method's texts into token ids.
class Tokens {
public:
    static Result<Tokens> of(const engine::Session& session)
    {
        auto special = text::readSpecialTokens(session.folder());
        if (!special)
            return fail(special.error());
        return Tokens(session, std::move(*special));
    }

    /// Prompt and answers as the chat template writes them in one go: the answer's tokens are those
    /// behind the prompt's, up to the end token.
    [[nodiscard]] Result<engine::TrainExample> example(
        const methods::Preference& preference, std::span<const engine::SeenPicture> pictures) const
    {
        const std::vector question { text::userMessage(
            preference.userText, static_cast<int>(preference.images.size())) };
        const auto prompt = ids(question, true, pictures);
        if (!prompt)
            return fail(prompt.error());
        engine::TrainExample example;
        example.id = preference.id;
        example.prompt = *prompt;
        for (const auto& answer : { preference.chosen, preference.rejected }) {
            if (answer.empty())
                continue;
            auto segment = answerIds(question, answer, *prompt, pictures);
            if (!segment)
                return fail(segment.error());
            example.segments.push_back({ std::move(*segment), {} });
        }
        return example;
    }

private:
    Tokens(const engine::Session& session, text::SpecialTokens special)
        : m_session(session)
        , m_special(std::move(special))
    {
    }

    [[nodiscard]] Result<std::vector<std::int64_t>> ids(std::span<const text::Message> messages,
        bool ask, std::span<const engine::SeenPicture> pictures) const
    {
        text::TemplateVariables variables;
        variables.bosToken = m_special.bos;
        variables.eosToken = m_special.eos;
        variables.addGenerationPrompt = ask;
        const auto text = m_session.chatTemplate().render(messages, variables);
        if (!text)
            return fail(text.error());
        return m_session.encodePrompt(*text, pictures);
    }

    [[nodiscard]] Result<std::vector<std::int64_t>> answerIds(
        const std::vector<text::Message>& question, const std::string& answer,
        const std::vector<std::int64_t>& prompt,
        std::span<const engine::SeenPicture> pictures) const
    {
        auto messages = question;
        messages.push_back(text::assistantMessage(answer));
        auto all = ids(messages, false, pictures);
        if (!all)
            return all;
        const bool behind =
            all->size() > prompt.size() && std::equal(prompt.begin(), prompt.end(), all->begin());
        if (!behind) // the template trims, or a token spans the border
            return m_session.encodeAnswer(answer, true);
        all->erase(all->begin(), all->begin() + static_cast<std::ptrdiff_t>(prompt.size()));
        const auto& ends = m_session.defaults().eosTokenIds;
        const auto end = std::ranges::find_first_of(*all, ends);
        if (end != all->end())
            all->erase(end + 1, all->end()); // templates may write a line break behind it
        else
            all->push_back(ends.front());
        return all;
    }

    const engine::Session& m_session;
    text::SpecialTokens m_special;
};

/// The pictures of a training by number.
struct Pictures {
    struct One {
        fs::path file;
        std::string sha256;
    };
    std::vector<One> all;
    std::map<std::string, std::size_t> keys; ///< by hash

    std::size_t key(const fs::path& file, const std::string& sha256)
    {
        const auto [found, isNew] = keys.emplace(sha256, all.size());
        if (isNew)
            all.push_back({ file, sha256 });
        return found->second;
    }
};

engine::PictureSource sourceOf(
    engine::Session& session, PictureBook& book, const Pictures& pictures)
{
    return [&session, &book, &pictures](std::size_t key) -> Result<engine::Picture> {
        const auto& one = pictures.all.at(key);
        const auto seen = book.seen(session, one.file, one.sha256);
        if (!seen)
            return fail(seen.error());
        return engine::Picture { session.pixelValues(std::span(&*seen, 1)), seen->layout() };
    };
}

Result<std::vector<engine::SeenPicture>> picturesOf(
    engine::Session& session, PictureBook& book, const methods::Preference& preference)
{
    std::vector<engine::SeenPicture> pictures;
    for (std::size_t i = 0; i < preference.images.size(); ++i) {
        auto seen = book.seen(session, preference.images[i], preference.imageSha256.at(i));
        if (!seen)
            return fail(seen.error());
        pictures.push_back(std::move(*seen));
    }
    return pictures;
}

Result<std::vector<engine::TrainExample>> examplesOf(
    engine::Session& session, PictureBook& book, const TrainingJob& job, Pictures& pictures)
{
    const auto tokens = Tokens::of(session);
    if (!tokens)
        return fail(tokens.error());
    std::vector<engine::TrainExample> examples;
    for (const auto& preference : job.preferences) {
        const auto seen = picturesOf(session, book, preference);
        if (!seen)
            return fail(seen.error());
        auto example = tokens->example(preference, *seen);
        if (!example)
            return fail(example.error());
        for (std::size_t i = 0; i < preference.images.size(); ++i)
            example->images.push_back(
                pictures.key(preference.images[i], preference.imageSha256[i]));
        examples.push_back(std::move(*example));
    }
    return examples;
}

Result<engine::LossOptions> lossOf(const runs::TrainOptions& o)
{
    const auto kind = engine::lossKindFromName(o.loss);
    if (!kind)
        return fail(kind.error());
    engine::LossOptions loss;
    loss.terms = { { *kind, o.dpoWeight } };
    if (o.sftWeight > 0)
        loss.terms.push_back({ engine::LossKind::Sft, o.sftWeight });
    if (o.chosenSumWeight > 0)
        loss.terms.push_back({ engine::LossKind::ChosenSum, o.chosenSumWeight });
    loss.bestCompetitor = o.bestCompetitor;
    loss.beta = o.beta;
    loss.labelSmoothing = o.labelSmoothing;
    loss.referenceFree = o.referenceFree;
    if (o.lengthAlpha != 1)
        loss.lengthAlpha = o.lengthAlpha;
    return loss;
}

Result<engine::LearnerOptions> learnerOf(const runs::TrainOptions& o)
{
    auto loss = lossOf(o);
    if (!loss)
        return fail(loss.error());
    engine::LearnerOptions learner;
    learner.objective =
        o.dpoWeight == 0 ? engine::Objective::Supervised : engine::Objective::Preference;
    learner.loss = std::move(*loss);
    learner.adam = { o.learningRate, o.adamBeta1, o.adamBeta2, o.adamEpsilon, o.maxGradNorm };
    learner.weightDecay = o.weightDecay;
    learner.full.projector = o.lora.projector;
    learner.microBatch = std::min(o.microBatch, o.batch);
    return learner;
}

Result<engine::TrainerOptions> trainerOf(
    const engine::Session& session, const TrainingJob& job, bool continues)
{
    const auto& o = job.options;
    engine::TrainerOptions options;
    auto learner = learnerOf(o);
    if (!learner)
        return fail(learner.error());
    options.learner = std::move(*learner);
    const auto kind = engine::scheduleFromName(o.schedule);
    if (!kind)
        return fail(kind.error());
    options.schedule.kind = *kind;
    options.schedule.warmupRatio = o.warmupRatio;
    options.reference =
        continues || o.lora.full ? engine::Reference::Initial : engine::Reference::Base;
    options.epochs = o.epochs;
    options.batch = o.batch;
    options.seed = o.seed;
    options.maxLength = o.maxLength;
    options.checkpoints = job.checkpoints;
    options.checkpointEvery = o.checkpointEvery;
    const auto fingerprint = session.fingerprint();
    if (!fingerprint)
        return fail(fingerprint.error());
    options.weights = *fingerprint;
    if (o.reuseReferences)
        options.references = job.references;
    options.fingerprint = *fingerprint + " " + job.reference.adapter;
    if (!job.from.empty()) // an artifact of the same run: its name says enough
        options.fingerprint += " " + job.from.filename().string();
    return options;
}

/// The loss of a step is a weighted sum, which says little of its parts: a run at 0.9 DPO + 0.1 SFT
/// does not start at log 2, its DPO part does.
void addLossParts(MetricRow& row, const engine::StepMetrics& step, const engine::LossOptions& loss)
{
    for (std::size_t i = 0; i < step.lossTerms.size(); ++i) {
        const auto kind = loss.terms.at(i).kind;
        row.values["loss/" + (kind == engine::LossKind::Sigmoid ? "dpo" : engine::nameOf(kind))] =
            step.lossTerms[i];
    }
}

MetricRow rowOf(
    const engine::StepMetrics& step, const TrainingJob& job, const engine::LossOptions& loss)
{
    MetricRow row;
    row.training = job.name;
    row.step = static_cast<int>(step.step);
    row.values = { { "loss", step.loss }, { "grad_norm", step.gradNorm }, { "lr", step.rate },
        { "epoch", step.epoch }, { "tokens", static_cast<double>(step.tokens) } };
    if (job.options.dpoWeight == 0)
        return row;
    addLossParts(row, step, loss);
    row.values["rewards/chosen"] = step.rewardChosen;
    row.values["rewards/rejected"] = step.rewardRejected;
    row.values["rewards/margins"] = step.rewardMargin;
    row.values["rewards/accuracies"] = step.rewardAccuracy;
    row.values["logps/chosen"] = step.logpChosen;
    row.values["logps/rejected"] = step.logpRejected;
    return row;
}

runs::Rewarded rewardsOf(const engine::StepMetrics& step, const TrainingJob& job)
{
    runs::Rewarded rewarded;
    for (const engine::ExampleReward& one : step.rewards)
        rewarded.rewards.push_back({ job.name, static_cast<int>(step.step), step.epoch,
            ItemId { one.id }, one.chosen, one.rejected });
    return rewarded;
}

/// Runs `trainer` and tells its steps. Errors: Stopped, those of reporting and of the trainer.
Result<void> runTrainer(engine::Trainer& trainer, const TrainingJob& job,
    const engine::LossOptions& loss, methods::StepContext& context)
{
    std::optional<Error> problem;
    engine::TrainCallbacks callbacks;
    callbacks.stopRequested = [&] { return problem || context.stopRequested(); };
    bool first = true; // step of this process
    callbacks.onStep = [&](const engine::StepMetrics& step) {
        auto row = rowOf(step, job, loss);
        if (std::exchange(first, false) && step.step > 1)
            row.values["resumed"] = 1; // the curve has a seam here
        if (auto told = context.report(runs::Measured { std::move(row) }); !told && !problem)
            problem = told.error();
        if (problem || job.options.dpoWeight == 0)
            return;
        if (auto told = context.report(rewardsOf(step, job)); !told)
            problem = told.error();
    };
    const auto outcome = trainer.run(callbacks);
    if (problem)
        return fail(*problem);
    if (!outcome)
        return fail(outcome.error());
    if (outcome->stopped)
        return fail(ErrorKind::Stopped, "stopped on request");
    return {};
}

/// Writes the folder under another name first: it is there when it is complete.
template <class Write> Result<void> writeWhole(const fs::path& folder, const Write& write)
{
    auto temporary = folder;
    temporary += ".tmp";
    std::error_code error;
    fs::remove_all(temporary, error);
    fs::create_directories(temporary, error);
    if (auto written = write(temporary); !written)
        return written;
    fs::remove_all(folder, error);
    fs::rename(temporary, folder, error);
    if (error)
        return fail(
            ErrorKind::Io, "cannot be put in place (" + error.message() + ")", folder.string());
    return {};
}

Result<void> tellExcluded(
    const engine::Trainer& trainer, const TrainingJob& job, methods::StepContext& context)
{
    const auto& excluded = trainer.excluded();
    if (excluded.empty())
        return {};
    return context.report(runs::Note { "warning",
        std::to_string(excluded.size()) + " of " + std::to_string(job.preferences.size())
            + " pairs are left out of the training on " + job.name + "; the first is of item "
            + std::to_string(excluded.front().id) + ": " + excluded.front().reason });
}

/// What the project's cache was worth, where it was asked.
Result<void> tellReferences(const engine::Trainer& trainer, const TrainingJob& job,
    const fs::path& folder, methods::StepContext& context)
{
    const auto& use = trainer.referenceUse();
    if (folder.empty() || use.kept + use.computed == 0)
        return {};
    if (!use.problem.empty())
        if (auto told = context.report(runs::Note { "warning", use.problem }); !told)
            return told;
    return context.report(runs::Note { "info",
        "Training on " + job.name + ": the reference's log-probabilities of "
            + std::to_string(use.kept) + " of " + std::to_string(use.kept + use.computed)
            + " pairs came from the project's cache, " + std::to_string(use.computed)
            + " were computed." });
}

Result<void> prepareAdapter(
    engine::Session& session, std::optional<engine::LoraAdapter>& adapter, const TrainingJob& job)
{
    if (adapter || job.options.lora.full)
        return {};
    engine::LoraSettings settings;
    settings.rank = job.options.lora.rank;
    settings.alpha = job.options.lora.alpha;
    settings.dropout = job.options.lora.dropout;
    settings.targets = job.options.lora.targets;
    settings.projector = job.options.lora.projector;
    settings.rankStabilised = job.options.lora.rankStabilised;
    auto fresh = engine::LoraAdapter::create(session.model(), settings, job.options.seed);
    if (!fresh)
        return fail(fresh.error());
    adapter.emplace(std::move(*fresh));
    return {};
}

} // namespace

Result<engine::TrainExample> exampleOf(
    engine::Session& session, PictureBook& book, const methods::Preference& preference)
{
    const auto tokens = Tokens::of(session);
    if (!tokens)
        return fail(tokens.error());
    const auto seen = picturesOf(session, book, preference);
    return seen ? tokens->example(preference, *seen) : fail(seen.error());
}

Result<void> trainWith(engine::Session& session, PictureBook& book,
    std::optional<engine::LoraAdapter>& adapter, const TrainingJob& job,
    methods::StepContext& context)
{
    Pictures pictures;
    auto examples = examplesOf(session, book, job, pictures);
    if (!examples)
        return fail(examples.error());
    const bool continues = adapter.has_value();
    if (continues && job.options.lora.full)
        return fail(ErrorKind::Invalid,
            "cannot train all weights on top of an adapter; merge the adapter first, or switch "
            "training.lora.full off",
            "training " + job.name);
    if (auto prepared = prepareAdapter(session, adapter, job); !prepared)
        return prepared;
    auto options = trainerOf(session, job, continues);
    if (!options)
        return fail(options.error());
    auto* learned = adapter ? &*adapter : nullptr;
    const auto plan = engine::planTraining(session.model(), learned, options->learner, *examples,
        engine::memoryLeftOn(session.model().device()));
    if (!plan)
        return fail(plan.error().kind, plan.error().what, "training " + job.name);
    if (auto told = context.report(runs::Note { "info", plan->text() }); !told)
        return told;
    options->learner.atOnce = plan->atOnce;
    options->learner.recomputeLayers = plan->recomputeLayers;
    {
        auto trainer = engine::Trainer::create(session.model(), learned, *options,
            std::move(*examples), sourceOf(session, book, pictures));
        if (!trainer)
            return fail(trainer.error());
        if (auto told = tellExcluded(*trainer, job, context); !told)
            return told;
        const auto resumed = trainer->resume();
        if (!resumed)
            return fail(resumed.error());
        if (trainer->threadsChanged())
            if (auto told = context.report(runs::Note { "warning",
                    "The training goes on with another number of threads; its last digits may "
                    "differ." });
                !told)
                return told;
        const auto trained = runTrainer(*trainer, job, options->learner.loss, context);
        if (auto told = tellReferences(*trainer, job, options->references, context); !told)
            return told;
        if (!trained)
            return trained;
    }
    return writeWhole(job.artifact, [&](const fs::path& folder) {
        return job.options.lora.full
            ? engine::writeModel(folder, session.model(), session.folder(), at::kFloat)
            : engine::writeAdapter(folder, *adapter, session.folder().string());
    });
}

} // namespace slook::worker
