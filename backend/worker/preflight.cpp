#include "worker/preflight.h"
#include "core/file.h"
#include "core/json.h"
#include "methods/extract.h"
#include "methods/recipe.h"
#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sys/resource.h>

namespace slook::worker {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kept = 8; ///< rows, and training examples, that are shown
/// Of a trial's optimizer step: a run may ask for far more pairs at once than it will ever have.
constexpr int largestBatch = 256;

double secondsSince(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Most memory that this process ever had, bytes.
std::int64_t peakBytes()
{
    rusage use {};
    ::getrusage(RUSAGE_SELF, &use);
    constexpr std::int64_t kibi = 1024;
    return static_cast<std::int64_t>(use.ru_maxrss) * kibi;
}

/// Passes everything on and keeps what a person wants to see of it.
class Watched final : public methods::Model, public methods::StepContext {
public:
    Watched(EngineModel& model, methods::StepContext& context)
        : m_model(model)
        , m_context(context)
    {
    }

    Result<void> converse(std::span<const methods::Conversation> conversations,
        const runs::Decoding& decoding,
        const std::function<Result<void>(std::size_t, int, methods::Answer)>& onAnswer,
        const std::function<Result<void>(std::size_t, std::string)>& onRefused,
        methods::StepContext& context) override
    {
        return m_model.converse(
            conversations, decoding,
            [&](std::size_t which, int turn, methods::Answer answer) {
                keep(conversations[which], turn, answer);
                return onAnswer(which, turn, std::move(answer));
            },
            onRefused, context);
    }

    Result<void> train(const methods::Training& training, methods::StepContext& context) override
    {
        auto options = training.options;
        const auto two = twoBatches(training.preferences, options);
        const methods::Training cut { two, options, training.name, training.checkpoints,
            training.artifact, training.from };
        if (auto shown = show(two, options); !shown)
            return shown;
        m_lastStep.reset();
        return m_model.train(cut, context);
    }

    Result<void> use(const fs::path& artifact) override { return m_model.use(artifact); }
    Result<std::vector<methods::TextStates>> textStates(std::span<const std::string> texts,
        const fs::path& encoder, methods::StepContext& context) override
    {
        return m_model.textStates(texts, encoder, context);
    }
    Result<std::vector<methods::Feature>> features(
        std::span<const methods::Conversation> conversations, const methods::FeatureWish& wish,
        methods::StepContext& context) override
    {
        return m_model.features(conversations, wish, context);
    }
    std::size_t block() const override { return m_model.block(); }
    std::size_t countTokens(const std::string& text) const override
    {
        return m_model.countTokens(text);
    }

    bool stopRequested() override { return m_context.stopRequested(); }
    Result<void> report(runs::EventBody event) override
    {
        if (const auto* answered = std::get_if<runs::Answered>(&event))
            addRow(*answered);
        else if (const auto* ended = std::get_if<runs::StepEnded>(&event))
            m_steps.push_back({ { "index", ended->index }, { "seconds", ended->seconds } });
        else if (std::holds_alternative<runs::Measured>(event)) {
            if (m_lastStep)
                m_secondsPerStep = secondsSince(*m_lastStep);
            m_lastStep = Clock::now();
        }
        if (std::holds_alternative<runs::Rewarded>(event))
            return {}; // of pairs that a trial makes up
        return m_context.report(std::move(event));
    }

    [[nodiscard]] bool trained() const { return m_lastStep.has_value(); }

    /// One answer against the next one's, as there was no pair.
    [[nodiscard]] std::vector<methods::Preference> madeUp() const
    {
        std::vector<methods::Preference> preferences;
        for (std::size_t i = 0; i < m_answers.size(); ++i) {
            auto one = m_answers[i];
            one.rejected = m_answers[(i + 1) % m_answers.size()].chosen + " .";
            preferences.push_back(std::move(one));
        }
        return preferences;
    }

    [[nodiscard]] Json document(bool madeUp) const
    {
        return { { "rows", m_rows }, { "examples", m_examples }, { "steps", m_steps },
            { "secondsPerStep", m_secondsPerStep }, { "pairsPerStep", m_batch },
            { "madeUp", madeUp }, { "peakBytes", peakBytes() }, { "longest", m_longest },
            { "context", m_model.session().model().shape().contextLength } };
    }

private:
    void keep(const methods::Conversation& talk, int turn, const methods::Answer& answer)
    {
        if (turn != 1 || m_answers.size() == kept || answer.text.empty())
            return;
        methods::Preference one;
        one.id = -1 - static_cast<std::int64_t>(m_answers.size()); // no item's: it is made up
        one.images = talk.images;
        one.imageSha256 = talk.imageSha256;
        one.userText = talk.userTexts.front();
        one.chosen = answer.text;
        m_answers.push_back(std::move(one));
    }

    void addRow(const runs::Answered& answered)
    {
        const auto& row = answered.response;
        const auto tokens = static_cast<std::int64_t>(row.tokenIds.size());
        if (m_rows.size() == kept)
            return;
        m_rows.push_back({ { "item", row.item.value }, { "stage", row.stage }, { "turn", row.turn },
            { "prompt", row.prompt }, { "answer", row.text }, { "answerTokens", tokens },
            { "finish", row.finish } });
    }

    /// As many as two optimizer steps take, from the front and over again.
    static std::vector<methods::Preference> twoBatches(
        std::span<const methods::Preference> all, runs::TrainOptions& options)
    {
        options.batch = std::min(options.batch, largestBatch);
        options.epochs = 1;
        const auto wanted = 2 * static_cast<std::size_t>(options.batch);
        std::vector<methods::Preference> two;
        for (std::size_t i = 0; i < wanted; ++i)
            two.push_back(all[i % all.size()]);
        return two;
    }

    Result<void> show(
        const std::vector<methods::Preference>& preferences, const runs::TrainOptions& options)
    {
        m_batch = options.batch;
        for (const auto& one : preferences) {
            if (m_examples.size() == kept)
                return {};
            const auto known = [&](const Json& shown) { return shown["item"] == one.id; };
            if (std::ranges::any_of(m_examples, known))
                continue;
            const auto example = m_model.example(one);
            if (!example)
                return fail(example.error());
            m_longest = std::max(m_longest, static_cast<std::int64_t>(example->longest()));
            m_examples.push_back(asJson(one.id, *example));
        }
        return {};
    }

    /// Tokens as their text; those of pictures are counted and not listed.
    Json asJson(std::int64_t item, const engine::TrainExample& example) const
    {
        const auto image = m_model.session().model().shape().imageTokenId;
        Json sides = Json::array();
        for (const auto& segment : example.segments)
            sides.push_back(piecesOf(segment.ids, image));
        return { { "item", item }, { "promptTokens", example.prompt.size() },
            { "imageTokens", std::ranges::count(example.prompt, image) },
            { "prompt", piecesOf(example.prompt, image) }, { "sides", std::move(sides) } };
    }

    Json piecesOf(const std::vector<std::int64_t>& ids, std::int64_t image) const
    {
        Json pieces = Json::array();
        for (const std::int64_t id : ids)
            if (id != image)
                pieces.push_back(methods::cleanText(m_model.session().decode({ &id, 1 })));
        return pieces;
    }

    EngineModel& m_model;
    methods::StepContext& m_context;
    std::vector<methods::Preference> m_answers;
    Json m_rows = Json::array();
    Json m_examples = Json::array();
    Json m_steps = Json::array();
    std::optional<Clock::time_point> m_lastStep; ///< end of the optimizer step before
    double m_secondsPerStep = 0;
    int m_batch = 0;
    std::int64_t m_longest = 0;
};

/// Two steps on made-up pairs, where the recipe trains and the few answers made no pair.
Result<bool> trainOnMadeUp(const runs::Job& job, const fs::path& directory, Watched& watched)
{
    const auto* recipe = methods::recipeByName(job.recipe);
    const auto preferences = watched.madeUp();
    if (watched.trained() || !recipe || !recipe->training || preferences.empty())
        return false;
    const auto options = recipe->training(job.options);
    if (!options)
        return fail(options.error());
    const methods::Training training { preferences, *options, "preflight",
        directory / "artifacts" / "checkpoints" / "preflight",
        directory / "artifacts" / "preflight", {} };
    if (auto trained = watched.train(training, watched); !trained)
        return fail(trained.error());
    return true;
}

} // namespace

Result<void> preflight(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const fs::path& directory, EngineModel& model, methods::StepContext& context)
{
    Watched watched(model, context);
    if (auto run = methods::runRecipe(job, inputs, directory, {}, watched, watched); !run)
        return run;
    const auto madeUp = trainOnMadeUp(job, directory, watched);
    if (!madeUp)
        return fail(madeUp.error());
    return writeFileAtomically(
        directory / preflightFile, dumpPretty(watched.document(*madeUp)) + "\n");
}

} // namespace slook::worker
