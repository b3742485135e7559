#include "methods/scl_run.h"
#include "core/hash.h"
#include "methods/prompts.h"
#include "methods/scl.h"
#include <algorithm>

namespace slook::methods {
namespace {

namespace fs = std::filesystem;

bool isPreference(const std::string& name)
{
    return name == "correctness"
        || std::ranges::find(controlNames(), name, &NamedText::name) != controlNames().end();
}

/// job.json may have been edited by hand, and names of it become paths.
Result<void> requireKnown(const runs::StepSpec& step, int index)
{
    const auto where = "step " + std::to_string(index + 1) + " of job.json";
    const auto wrong = [&](const std::string& what, const std::string& value) {
        return fail(ErrorKind::Invalid,
            "has the " + what + " \"" + value.substr(0, 100)
                + "\", which this program does not know; plan the run again",
            where);
    };
    if (step.kind != "answer" && step.kind != "pairs" && step.kind != "train")
        return wrong("kind", step.kind);
    if (step.kind == "answer" && !step.adapter.empty() && !isPreference(step.adapter))
        return wrong("adapter", step.adapter);
    if (step.kind == "answer" && step.set != "pool" && step.set != "test")
        return wrong("set", step.set);
    if (step.kind != "answer" && !isPreference(step.preference))
        return wrong("preference", step.preference);
    return {};
}

/// SHA-256 over "sha256  name" lines of a folder's files, sorted by name.
Result<std::string> sha256OfFolder(const fs::path& folder)
{
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
         it.increment(error))
        if (it->is_regular_file())
            files.push_back(it->path());
    if (error)
        return fail(ErrorKind::Io, "cannot be listed (" + error.message() + ")", folder.string());
    std::ranges::sort(files);
    Sha256 sum;
    for (const auto& file : files) {
        const auto one = sha256OfFile(file);
        if (!one)
            return one;
        sum.add(*one + "  " + file.lexically_relative(folder).generic_string() + "\n");
    }
    return sum.hex();
}

std::int64_t stepsOf(const runs::TrainOptions& options, std::size_t examples)
{
    const auto batch = static_cast<std::size_t>(options.batch);
    return static_cast<std::int64_t>((examples + batch - 1) / batch) * options.epochs;
}

} // namespace

SclRun::SclRun(const runs::Job& job, SclOptions options, const std::vector<runs::InputItem>& inputs,
    fs::path directory, const std::vector<runs::Event>& earlier, Model& model, StepContext& context)
    : m_job(job)
    , m_options(std::move(options))
    , m_inputs(inputs)
    , m_directory(std::move(directory))
    , m_past(earlier)
    , m_model(model)
    , m_context(context)
{
    for (const auto& input : m_inputs)
        m_byId[input.item.id.value] = &input;
}

Result<void> SclRun::run()
{
    int index = 0;
    for (const auto& step : m_job.steps)
        if (auto known = requireKnown(step, index++); !known)
            return known;
    index = 0;
    for (const auto& step : m_job.steps) {
        const auto start = std::chrono::steady_clock::now();
        const int at = index++;
        if (m_past.ended(at))
            continue;
        if (stopRequested())
            return fail(ErrorKind::Stopped, "stopped on request");
        if (auto done = execute(at, step); !done)
            return done;
        m_pace.reset();
        const auto seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        if (auto told = report(runs::StepEnded { at, seconds }); !told)
            return told;
        std::error_code ignored; // what a training that has ended would have gone on from
        if (step.kind == "train")
            fs::remove_all(m_directory / "artifacts" / "checkpoints" / step.preference, ignored);
    }
    return {};
}

Result<void> SclRun::execute(int index, const runs::StepSpec& step)
{
    if (step.kind == "answer")
        return answer(index, step);
    return step.kind == "pairs" ? makePairs(index, step) : train(index, step);
}

bool SclRun::stopRequested()
{
    return m_context.stopRequested();
}

Result<void> SclRun::report(runs::EventBody event)
{
    std::int64_t trained = -1;
    if (const auto* measured = std::get_if<runs::Measured>(&event))
        trained = measured->metric.step;
    if (m_past.add(event))
        if (auto told = m_context.report(std::move(event)); !told)
            return told;
    return trained >= 0 ? tell(trained) : Result<void>();
}

Result<void> SclRun::begin(int index, const runs::StepSpec& step, std::string title,
    std::int64_t done, std::int64_t total, std::string unit)
{
    m_pace.emplace(index, done, total, std::move(unit), Pace::Clock::now());
    return report(runs::StepBegan { index, step.kind, std::move(title), total });
}

Result<void> SclRun::tell(std::int64_t done)
{
    const auto progress = m_pace ? m_pace->at(done, Pace::Clock::now()) : std::nullopt;
    return progress ? m_context.report(*progress) : Result<void>();
}

std::vector<fs::path> SclRun::pathsOf(const runs::InputItem& input) const
{
    std::vector<fs::path> paths;
    for (const auto& path : input.imagePaths)
        paths.push_back(m_directory / path); // an absolute path stays as it is
    return paths;
}

std::vector<AnswerPair> SclRun::poolAnswers() const
{
    const auto correct = [&](const runs::Answered& answered) {
        for (const auto& one : answered.extractions)
            if (one.extractor == m_options.poolExtractor)
                return one.correct.value_or(false);
        return false;
    };
    const int lastTurn = m_options.turns + 1;
    std::vector<AnswerPair> answers;
    for (const auto* input : itemsOf("pool")) {
        const auto* first = m_past.poolAnswer(input->item.id, 1);
        const auto* refined = m_past.poolAnswer(input->item.id, lastTurn);
        if (!first || !refined)
            continue; // was refused, and said so
        AnswerPair pair;
        pair.item = input->item.id;
        pair.prompt = m_options.trainingPrompt == "question"
            ? input->item.question
            : firstPrompt(input->item, m_options.prompt);
        pair.first = first->response.text;
        pair.refined = refined->response.text;
        pair.refinedTurn = lastTurn;
        pair.firstCorrect = correct(*first);
        pair.refinedCorrect = correct(*refined);
        answers.push_back(std::move(pair));
    }
    return answers;
}

std::vector<PairRow> SclRun::pairsFor(const std::string& preference) const
{
    if (preference == "correctness")
        return correctnessPairs(poolAnswers(), m_options.fraction, m_options.seed);
    return controlPairs(m_past.pairs("correctness"), preference, m_options.seed,
        [&](const std::string& text) { return m_model.countTokens(text); });
}

Result<void> SclRun::makePairs(int index, const runs::StepSpec& step)
{
    const auto pairs = pairsFor(step.preference);
    const auto total = static_cast<std::int64_t>(pairs.size());
    if (auto begun = begin(index, step, "Pairs: " + step.preference, 0, total, "pairs"); !begun)
        return begun;
    for (const auto& pair : pairs)
        if (auto told = report(runs::Paired { pair }); !told)
            return told;
    if (pairs.empty())
        return report(runs::Note { "warning",
            step.preference == "correctness"
                ? "No answer of the pool changed its verdict, so there is nothing to train on. Ask "
                  "more questions, or sample with a higher pool.temperature."
                : "The control " + step.preference + " has no pairs and is left out." });
    return tell(total);
}

Result<std::vector<Preference>> SclRun::preferencesOf(const std::vector<PairRow>& pairs) const
{
    std::vector<Preference> preferences;
    for (const auto& pair : pairs) {
        const auto found = m_byId.find(pair.item.value);
        if (found == m_byId.end())
            return fail(ErrorKind::Invalid,
                "holds a pair of item " + std::to_string(pair.item.value)
                    + ", which inputs.jsonl does not have; start the run again",
                "events.jsonl");
        preferences.push_back({ pair.item.value, pathsOf(*found->second),
            found->second->imageSha256, pair.prompt, pair.chosen, pair.rejected });
    }
    return preferences;
}

Result<void> SclRun::train(int index, const runs::StepSpec& step)
{
    const auto preferences = preferencesOf(m_past.pairs(step.preference));
    if (!preferences)
        return fail(preferences.error());
    auto options = m_options.training;
    options.seed = m_options.seed;
    if (step.preference == "sft") {
        options.dpoWeight = 0;
        options.sftWeight = 1;
    }
    const auto total = stepsOf(options, preferences->size());
    if (auto begun = begin(index, step, "Training: " + step.preference, 0, total, "steps"); !begun)
        return begun;
    if (preferences->empty())
        return {};
    const auto artifact = m_directory / artifactPath(step.preference);
    m_inUse = "?";
    if (auto trained = m_model.train(*preferences, options, step.preference,
            m_directory / "artifacts" / "checkpoints" / step.preference, artifact, *this);
        !trained)
        return trained;
    const auto sum = sha256OfFolder(artifact);
    if (!sum)
        return fail(sum.error());
    return report(runs::Artifact { step.preference, artifactPath(step.preference), *sum });
}

Result<void> runScl(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const fs::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context)
{
    auto options = sclOptionsFromJsonText(job.options, "options of job.json");
    if (!options)
        return fail(options.error());
    return SclRun(job, std::move(*options), inputs, directory, earlier, model, context).run();
}

Result<void> runRecipe(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    const fs::path& directory, const std::vector<runs::Event>& earlier, Model& model,
    StepContext& context)
{
    if (job.recipe == "scl")
        return runScl(job, inputs, directory, earlier, model, context);
    return fail(ErrorKind::Invalid, "is a recipe that this worker does not know; it knows scl",
        "\"" + job.recipe.substr(0, 100) + "\"");
}

} // namespace slook::methods
