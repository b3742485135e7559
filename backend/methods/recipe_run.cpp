#include "methods/recipe_run.h"
#include "core/hash.h"
#include "core/random.h"
#include "methods/extract.h"
#include "methods/prompts.h"
#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>

namespace slook::methods {
namespace {

namespace fs = std::filesystem;

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

/// Items of the same pictures have the same key.
std::string keyOf(const runs::InputItem& input)
{
    std::string key;
    for (const auto& one : input.imageSha256)
        key += one + " ";
    return key;
}

std::int64_t stepsOf(const runs::TrainOptions& options, std::size_t examples)
{
    const auto batch = static_cast<std::size_t>(options.batch);
    return static_cast<std::int64_t>((examples + batch - 1) / batch) * options.epochs;
}

} // namespace

std::string artifactPath(const std::string& preference)
{
    return "artifacts/" + preference;
}

bool isTestDescription(const std::string& stage)
{
    return stage.starts_with("describe:") || stage.starts_with("blind:");
}

std::string withDescription(const std::string& description, const std::string& instruction)
{
    return "Image description:\n" + description + "\n\n" + instruction;
}

Result<void> requireDistinct(const std::vector<runs::InputItem>& items)
{
    std::set<std::int64_t> seen;
    for (const auto& one : items)
        if (!seen.insert(one.item.id.value).second)
            return fail(ErrorKind::Invalid, "is listed twice", "item " + one.item.key);
    return {};
}

RecipeRun::RecipeRun(const runs::Job& job, const std::vector<runs::InputItem>& inputs,
    fs::path directory, const std::vector<runs::Event>& earlier, Past::Kept kept, Model& model,
    StepContext& context)
    : m_job(job)
    , m_inputs(inputs)
    , m_directory(std::move(directory))
    , m_past(earlier, std::move(kept))
    , m_model(model)
    , m_context(context)
{
    for (const auto& input : m_inputs)
        m_byId[input.item.id.value] = &input;
    for (const std::string set : { "pool", "unlabelled", "test" })
        for (const auto* input : itemsOf(set))
            m_first.emplace(std::pair(set, keyOf(*input)), input);
}

Result<void> RecipeRun::run()
{
    int index = 0;
    for (const auto& step : m_job.steps)
        if (auto known = check(step, index++); !known)
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

Error RecipeRun::unknown(int index, const std::string& what, const std::string& value)
{
    return { ErrorKind::Invalid,
        "has the " + what + " \"" + value.substr(0, 100)
            + "\", which this program does not know; plan the run again",
        "step " + std::to_string(index + 1) + " of job.json" };
}

bool RecipeRun::stopRequested()
{
    return m_context.stopRequested();
}

Result<void> RecipeRun::report(runs::EventBody event)
{
    std::int64_t trained = -1;
    if (const auto* measured = std::get_if<runs::Measured>(&event))
        trained = measured->metric.step;
    if (m_past.add(event))
        if (auto told = m_context.report(std::move(event)); !told)
            return told;
    return trained >= 0 ? tell(trained) : Result<void>();
}

Result<void> RecipeRun::begin(int index, const runs::StepSpec& step, std::string title,
    std::int64_t done, std::int64_t total, std::string unit)
{
    m_pace.emplace(index, done, total, std::move(unit), Pace::Clock::now());
    return report(runs::StepBegan { index, step.kind, std::move(title), total });
}

Result<void> RecipeRun::tell(std::int64_t done)
{
    const auto progress = m_pace ? m_pace->at(done, Pace::Clock::now()) : std::nullopt;
    return progress ? m_context.report(*progress) : Result<void>();
}

std::vector<const runs::InputItem*> RecipeRun::itemsOf(const std::string& set) const
{
    std::vector<const runs::InputItem*> items;
    for (const auto& input : m_inputs)
        if (input.set == set || input.set == "both")
            items.push_back(&input);
    return items;
}

std::vector<fs::path> RecipeRun::pathsOf(const runs::InputItem& input) const
{
    std::vector<fs::path> paths;
    for (const auto& path : input.imagePaths)
        paths.push_back(m_directory / path); // an absolute path stays as it is
    return paths;
}

std::vector<const runs::InputItem*> RecipeRun::described(const std::string& set) const
{
    std::vector<const runs::InputItem*> items;
    for (const auto* input : itemsOf(set))
        if (m_first.at({ set, keyOf(*input) }) == input)
            items.push_back(input);
    return items;
}

std::string RecipeRun::descriptionOf(
    const std::string& stage, const std::string& set, const runs::InputItem& input) const
{
    const auto* answered = m_past.answer(stage, m_first.at({ set, keyOf(input) })->item.id, 1);
    return answered ? answered->response.text : std::string();
}

Conversation RecipeRun::describing(const runs::InputItem& input, const runs::StepSpec& step,
    std::string_view prompt, const std::string& stream) const
{
    Conversation talk;
    if (!step.stage.starts_with("blind:")) {
        talk.images = pathsOf(input);
        talk.imageSha256 = input.imageSha256;
    }
    talk.userTexts.emplace_back(prompt);
    talk.seed =
        Random::of(m_job.seed, stream, static_cast<std::uint64_t>(input.item.id.value)).next();
    return talk;
}

Result<void> RecipeRun::describeToRespond(
    int index, const runs::StepSpec& step, const runs::Decoding& decoding)
{
    constexpr std::size_t detail = 4;
    Asking asking;
    asking.title = "Descriptions to respond with, "
        + (step.adapter.empty() ? "before training" : "after training on " + step.adapter);
    asking.items = described(step.set);
    asking.decoding = decoding;
    asking.conversation = [&](const runs::InputItem& input) {
        return describing(input, step, sticCaptionPrompts()[detail], "descriptions of " + step.set);
    };
    asking.unit = "descriptions";
    return ask(index, step, asking);
}

std::string RecipeRun::responding(const std::string& respond, const runs::StepSpec& step,
    const runs::InputItem& input, const std::string& text) const
{
    if (step.set != "test" || respond == "off")
        return text;
    const auto stage = (respond == "blind" ? "blind:" : "describe:") + step.stage;
    return withDescription(descriptionOf(stage, step.set, input), text);
}

bool RecipeRun::allAnswered(
    const std::string& stage, const std::vector<const runs::InputItem*>& items, int turns) const
{
    return std::ranges::all_of(items, [&](const auto* input) {
        for (int turn = 1; turn <= turns; ++turn)
            if (!m_past.answered(stage, input->item.id, turn))
                return false;
        return true;
    });
}

Result<void> RecipeRun::ask(int index, const runs::StepSpec& step, const Asking& asking)
{
    const bool trained = step.adapter.empty() || m_past.trained(step.adapter);
    const auto items =
        trained ? asking.items : std::vector<const runs::InputItem*>(); // said before
    std::int64_t done = 0;
    for (const auto* input : items)
        for (int turn = 1; turn <= asking.turns; ++turn)
            done += m_past.answered(step.stage, input->item.id, turn) ? 1 : 0;
    const auto total = static_cast<std::int64_t>(items.size()) * asking.turns;
    if (auto begun = begin(index, step, asking.title, done, total, asking.unit); !begun)
        return begun;
    m_refused = 0;
    const auto size = std::max<std::size_t>(1, m_model.block());
    for (std::size_t from = 0; from < items.size(); from += size) {
        const std::vector block(items.begin() + static_cast<std::ptrdiff_t>(from),
            items.begin() + static_cast<std::ptrdiff_t>(std::min(items.size(), from + size)));
        if (auto answered = askBlock(step, asking, block, done); !answered)
            return answered;
    }
    if (m_refused == items.size() && !items.empty()) // a run over nothing is no result
        return fail(ErrorKind::Invalid,
            "none of the " + std::to_string(items.size()) + " questions could be asked ("
                + step.stage + "); the first: " + m_refusal,
            m_job.model.folder);
    return {};
}

Result<void> RecipeRun::use(const std::string& adapter)
{
    if (m_inUse == adapter)
        return {};
    auto used = m_model.use(adapter.empty() ? fs::path() : m_directory / artifactPath(adapter));
    if (used)
        m_inUse = adapter;
    return used;
}

Result<void> RecipeRun::askBlock(const runs::StepSpec& step, const Asking& asking,
    const std::vector<const runs::InputItem*>& block, std::int64_t& done)
{
    if (allAnswered(step.stage, block, asking.turns))
        return {};
    if (stopRequested())
        return fail(ErrorKind::Stopped, "stopped on request");
    if (auto used = use(step.adapter); !used)
        return used;
    std::vector<Conversation> conversations;
    for (const auto* input : block)
        conversations.push_back(asking.conversation(*input));
    return m_model.converse(
        conversations, asking.decoding,
        [&](std::size_t which, int turn, Answer answer) {
            return take(step, asking, *block.at(which), conversations.at(which), turn,
                std::move(answer), done);
        },
        [&](std::size_t which, std::string reason) {
            if (m_refused++ == 0)
                m_refusal = reason;
            return report(runs::Note { "warning",
                "Question " + block.at(which)->item.key + " was left out (" + step.stage
                    + "): " + reason });
        },
        *this);
}

Result<void> RecipeRun::take(const runs::StepSpec& step, const Asking& asking,
    const runs::InputItem& input, const Conversation& talk, int turn, Answer answer,
    std::int64_t& done)
{
    if (m_past.answered(step.stage, input.item.id, turn))
        return {}; // of a block that was cut off
    auto decoding = toJson(asking.decoding);
    decoding["seed"] = talk.seed;
    runs::Answered answered;
    auto& row = answered.response;
    row.stage = step.stage;
    row.item = input.item.id;
    row.turn = turn;
    row.prompt = cleanText(answer.prompt);
    row.text = cleanText(answer.text);
    row.tokenIds = std::move(answer.tokenIds);
    row.finish = std::move(answer.finish);
    row.logprob = answer.logprob;
    row.pixelsSha256 = std::move(answer.pixelsSha256);
    row.decoding = dumpLine(decoding);
    row.seconds = answer.seconds;
    answered.corruptions = std::move(answer.corruptions);
    if (asking.mark)
        answered.extractions = asking.mark(row.text, input);
    if (auto told = report(std::move(answered)); !told)
        return told;
    return tell(++done);
}

Result<void> RecipeRun::reportPairs(int index, const runs::StepSpec& step,
    const std::vector<PairRow>& pairs, const std::string& sayWhereEmpty)
{
    const auto total = static_cast<std::int64_t>(pairs.size());
    if (auto begun = begin(index, step, "Pairs: " + step.preference, 0, total, "pairs"); !begun)
        return begun;
    for (const auto& pair : pairs)
        if (auto told = report(runs::Paired { pair }); !told)
            return told;
    if (pairs.empty())
        return report(runs::Note { "warning", sayWhereEmpty });
    return tell(total);
}

Result<Preference> RecipeRun::preferenceOn(
    ItemId item, std::string userText, std::string chosen, std::string rejected) const
{
    const auto found = m_byId.find(item.value);
    if (found == m_byId.end())
        return fail(ErrorKind::Invalid,
            "is about item " + std::to_string(item.value)
                + ", which inputs.jsonl does not have; start the run again",
            "events.jsonl");
    return Preference { item.value, pathsOf(*found->second), found->second->imageSha256,
        std::move(userText), std::move(chosen), std::move(rejected) };
}

Result<std::vector<Preference>> RecipeRun::preferencesOf(const std::vector<PairRow>& pairs) const
{
    std::vector<Preference> preferences;
    for (const auto& pair : pairs) {
        auto one = preferenceOn(pair.item, pair.prompt, pair.chosen, pair.rejected);
        if (!one)
            return fail(one.error());
        preferences.push_back(std::move(*one));
    }
    return preferences;
}

Result<void> RecipeRun::train(int index, const runs::StepSpec& step, runs::TrainOptions options,
    const std::function<void(Preference&)>& finish)
{
    // What continues a training that had nothing to learn from has nothing to continue.
    const bool startIsThere = step.adapter.empty() || m_past.trained(step.adapter);
    auto preferences = startIsThere ? preferencesOf(m_past.pairs(step.preference))
                                    : Result<std::vector<Preference>>();
    if (!preferences)
        return fail(preferences.error());
    for (auto& one : *preferences)
        if (finish)
            finish(one);
    return trainOn(index, step, std::move(options), *preferences);
}

Result<void> RecipeRun::trainOn(int index, const runs::StepSpec& step, runs::TrainOptions options,
    const std::vector<Preference>& preferences)
{
    options.seed = m_job.seed;
    const auto total = stepsOf(options, preferences.size());
    if (auto begun = begin(index, step, "Training: " + step.preference, 0, total, "steps"); !begun)
        return begun;
    if (preferences.empty())
        return {};
    const auto artifact = m_directory / artifactPath(step.preference);
    m_inUse = "?";
    const Training training { preferences, options, step.preference,
        m_directory / "artifacts" / "checkpoints" / step.preference, artifact,
        step.adapter.empty() ? fs::path() : m_directory / artifactPath(step.adapter) };
    if (auto trained = m_model.train(training, *this); !trained)
        return trained;
    const auto sum = sha256OfFolder(artifact);
    if (!sum)
        return fail(sum.error());
    return report(runs::Artifact { step.preference, artifactPath(step.preference), *sum });
}

} // namespace slook::methods
