#include "workbench/laboratory.h"
#include "core/file.h"
#include "core/json.h"
#include "image/compare.h"
#include "image/processor.h"
#include "image/resize.h"
#include "methods/extract.h"
#include "methods/triplet.h"
#include "workbench/model_info.h"
#include "workbench/worker_talk.h"
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

PictureDistance distanceOf(const image::Picture& a, const image::Picture& b)
{
    return { false, image::psnr(a, b), image::ssim(a, b), image::changedShare(a, b),
        image::largestDifference(a, b) };
}

TrialAnswer answerFrom(const Json& json, const Item& item)
{
    TrialAnswer answer;
    answer.text = stringOr(json, "text");
    answer.logprob = numberOr(json, "logprob", 0);
    answer.pixelsSha256 = stringOr(json, "pixelsSha256");
    const auto texts = stringsOr(json, "tokens");
    const auto logprobs = json.value("logprobs", Json::array());
    for (std::size_t i = 0; i < texts.size() && i < logprobs.size(); ++i)
        answer.tokens.push_back(
            { texts[i], logprobs[i].is_number() ? logprobs[i].get<double>() : 0 });
    const auto mark = methods::extract(answer.text, item, "ours");
    answer.answer = mark.answer;
    answer.correct = mark.correct;
    return answer;
}

} // namespace

Compared comparedPictures(const image::Picture& before, const image::Picture& after, double gain)
{
    Compared result { before, after, {}, {}, image::samePixels(before, after),
        image::pixelSha256(before), image::pixelSha256(after) };
    const bool resized = before.width != after.width || before.height != after.height;
    const auto& against = resized
        ? image::resized(after, before.width, before.height, image::Filter::Bicubic)
        : after;
    result.difference = image::amplifiedDifference(before, against, gain);
    result.distance = distanceOf(before, against);
    result.distance.resized = resized;
    return result;
}

Result<Compared> corruptedInLaboratory(
    const image::Picture& picture, const image::Corruption& corruption, double gain)
{
    const auto spoiled = image::corrupted(picture, corruption);
    if (!spoiled)
        return fail(spoiled.error());
    return comparedPictures(picture, *spoiled, gain);
}

Result<SeenCompared> seenInLaboratory(
    const image::Picture& before, const image::Picture& after, const fs::path& model, double gain)
{
    const auto settings = image::readProcessorSettings(model);
    if (!settings)
        return fail(settings.error());
    const auto first = image::seenBy(*settings, before);
    if (!first)
        return fail(first.error());
    const auto second = image::seenBy(*settings, after);
    if (!second)
        return fail(second.error());
    SeenCompared result { comparedPictures(
                              image::contactSheet(*first), image::contactSheet(*second), gain),
        0, settings->type };
    result.sha256Before = image::seenSha256(*first);
    result.sha256After = image::seenSha256(*second);
    result.same = result.sha256Before == result.sha256After;
    if (first->tiles.size() == 1)
        if (const auto info = inspectModel(model))
            result.patch = static_cast<int>(info->patchSize);
    return result;
}

bool differs(const TrialAnswer& a, const TrialAnswer& b)
{
    const auto read = [](const TrialAnswer& one) {
        return methods::normalizedAnswer(one.answer.empty() ? one.text : one.answer);
    };
    return read(a) != read(b);
}

/// The worker, what it has loaded, and the folder of the picture that it is shown.
struct Trials::State {
    std::optional<WorkerTalk> worker;
    std::string loaded; ///< model and adapter
    fs::path folder;
    std::mutex guard; ///< of the two below
    int pid = 0; ///< of the worker, for end()
    bool ended = false;

    ~State()
    {
        forget();
        std::error_code ignored;
        if (!folder.empty())
            fs::remove_all(folder, ignored);
    }

    void forget()
    {
        {
            const std::lock_guard lock(guard);
            pid = 0;
        }
        worker.reset();
        loaded.clear();
    }

    Result<void> makeFolder()
    {
        if (!folder.empty())
            return {};
        std::error_code error;
        auto name = (fs::temp_directory_path(error) / "secondlook-XXXXXX").string();
        if (error || !::mkdtemp(name.data()))
            return fail(ErrorKind::Io,
                "cannot be created (" + (error ? error.message() : std::strerror(errno))
                    + "); set TMPDIR to a folder with room",
                name);
        folder = name;
        return {};
    }

    Result<void> start()
    {
        if (worker)
            return {};
        auto talk = WorkerTalk::start();
        if (!talk)
            return fail(talk.error());
        worker.emplace(std::move(*talk));
        const std::lock_guard lock(guard);
        pid = worker->pid();
        if (ended)
            return fail(ErrorKind::Stopped, "was stopped", "the question to the model");
        return {};
    }

    bool isEnded()
    {
        const std::lock_guard lock(guard);
        return ended;
    }

    Result<void> load(const fs::path& model, const fs::path& adapter)
    {
        const auto wanted = model.string() + "\n" + adapter.string();
        if (loaded == wanted)
            return {};
        loaded.clear();
        const auto reply = worker->ask(
            { { "kind", "load" }, { "model", model.string() }, { "adapter", adapter.string() } });
        if (!reply)
            return fail(reply.error());
        loaded = wanted;
        return {};
    }

    Result<TrialAnswer> ask(const Trial& trial, const std::string& file, bool corrupted)
    {
        Json request { { "kind", "ask" }, { "image", file },
            { "turns", Json::array({ trial.prompt }) },
            { "decoding", { { "temperature", 0 }, { "maxNewTokens", trial.maxNewTokens } } } };
        if (corrupted)
            request["corruption"] = image::toJson(trial.corruption);
        std::optional<TrialAnswer> answer;
        const auto reply = worker->ask(std::move(request), [&](const Json& part) {
            answer = answerFrom(part.value("answer", Json::object()), trial.item);
        });
        if (!reply)
            return fail(reply.error());
        if (!answer)
            return fail(ErrorKind::WorkerLost, "sent no answer; try again", "the worker");
        return std::move(*answer);
    }

    /// The picture lies in a file and the model is loaded. @return the file
    Result<std::string> prepare(
        const std::string& picture, const fs::path& model, const fs::path& adapter)
    {
        if (auto made = makeFolder(); !made)
            return fail(made.error());
        auto file = (folder / "picture").string();
        if (auto written = writeFileAtomically(file, picture); !written)
            return fail(written.error());
        if (auto started = start(); !started)
            return fail(started.error());
        if (auto ready = load(model, adapter); !ready)
            return fail(ready.error());
        return file;
    }

    Result<CornerAnswer> corner(const CornerTrial& trial)
    {
        const auto file = prepare(trial.picture, trial.model, trial.adapter);
        if (!file)
            return fail(file.error());
        CornerAnswer answer;
        const auto reply = worker->ask(
            { { "kind", "ask" }, { "image", *file }, { "artifact", trial.artifact.string() },
                { "turns", Json::array({ trial.prompt }) },
                { "decoding", runs::toJson(trial.decoding) } },
            [&](const Json& part) {
                answer.text = stringOr(part.value("answer", Json::object()), "text");
            });
        if (!reply)
            return fail(reply.error());
        const auto compared = [&](const std::string& text) {
            return trial.question ? methods::questionStem(text) : text;
        };
        const auto alike =
            worker->ask({ { "kind", "compare" }, { "encoder", trial.encoder.string() },
                { "a", compared(trial.original) }, { "b", compared(answer.text) } });
        if (!alike)
            return fail(alike.error());
        answer.embedding = numberOr(*alike, "embedding", 0);
        answer.tokenF1 = numberOr(*alike, "tokenF1", 0);
        return answer;
    }

    Result<TrialResult> all(const Trial& trial)
    {
        const auto prepared = prepare(trial.picture, trial.model, trial.adapter);
        if (!prepared)
            return fail(prepared.error());
        const auto& file = *prepared;
        TrialResult result;
        for (const bool corrupted : { false, true }) {
            auto answer = ask(trial, file, corrupted);
            if (!answer)
                return fail(answer.error());
            (corrupted ? result.corrupted : result.clean) = std::move(*answer);
        }
        const auto distance = worker->ask({ { "kind", "distance" }, { "image", file },
            { "corruption", image::toJson(trial.corruption) } });
        if (!distance)
            return fail(distance.error());
        result.featureDistance = numberOr(*distance, "cosine", 0);
        result.flipped = differs(result.clean, result.corrupted);
        return result;
    }
};

Trials::Trials()
    : m_state(std::make_unique<State>())
{
}
Trials::~Trials() = default;

Result<TrialResult> Trials::run(const Trial& trial)
{
    if (m_state->isEnded())
        return fail(ErrorKind::Stopped, "was stopped", "the question to the model");
    auto result = m_state->all(trial);
    if (!result && result.error().kind != ErrorKind::Invalid)
        m_state->forget(); // the next trial starts a worker of its own
    return result;
}

Result<CornerAnswer> Trials::corner(const CornerTrial& trial)
{
    if (m_state->isEnded())
        return fail(ErrorKind::Stopped, "was stopped", "the question to the model");
    auto answer = m_state->corner(trial);
    if (!answer && answer.error().kind != ErrorKind::Invalid)
        m_state->forget();
    return answer;
}

void Trials::end()
{
    const std::lock_guard lock(m_state->guard);
    m_state->ended = true;
    if (m_state->pid > 0)
        ::kill(m_state->pid, SIGTERM);
}

} // namespace slook::workbench
