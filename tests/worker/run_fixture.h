#pragma once
#include "core/file.h"
#include "image/encode.h"
#include "methods/scl.h"
#include "runs/directory.h"
#include "scenes/question.h"
#include "scenes/render.h"
#include <csignal>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

/// Runs with the real worker on a small real model and rendered pictures.
namespace worker_test {

namespace fs = std::filesystem;
using namespace slook;

inline fs::path program()
{
    return fs::path(SLOOK_BINARY_DIR) / "bin" / "secondlook-worker";
}

/// The model of the program itself; the laboratory's where that is not there yet.
inline fs::path modelFolder()
{
    const fs::path embedded = fs::path(SLOOK_SOURCE_DIR) / "resources" / "model";
    return fs::exists(embedded / "config.json")
        ? embedded
        : fs::path(SLOOK_SHARED_DIR) / "tiny_model" / "model";
}

inline std::string pictureName(int index)
{
    return "images/" + std::to_string(index) + ".png";
}

/// `count` questions about as many rendered pictures.
inline std::vector<runs::InputItem> sceneItems(int count)
{
    std::vector<runs::InputItem> items;
    Random random(5);
    for (std::uint64_t index = 0; static_cast<int>(items.size()) < count; ++index) {
        const auto scene = scenes::makeScene(3, index, scenes::Level::Hard, "worker test");
        const auto kind = static_cast<scenes::QuestionKind>(index % scenes::kQuestionKinds);
        const auto question = scenes::makeQuestion(scene, kind, random);
        if (!question)
            continue;
        runs::InputItem one;
        one.item.id = ItemId { static_cast<std::int64_t>(items.size()) + 1 };
        one.item.key = "scene " + std::to_string(index);
        one.item.question = question->text;
        for (std::size_t i = 0; i < question->options.size(); ++i)
            one.item.options.push_back(
                { std::string(1, static_cast<char>('A' + i)), question->options[i] });
        one.item.answer = std::string(1, static_cast<char>('A' + question->right));
        one.source = "scenes";
        one.imagePaths = { pictureName(static_cast<int>(index)) };
        one.imageSha256 = { image::pixelSha256(scenes::render(scene)) };
        items.push_back(std::move(one));
    }
    return items;
}

/// Draws the pictures of sceneItems() into a run directory.
inline Result<void> drawPictures(const fs::path& directory, int count)
{
    fs::create_directories(directory / "images");
    for (int index = 0; index < count; ++index) {
        const auto scene = scenes::makeScene(
            3, static_cast<std::uint64_t>(index), scenes::Level::Hard, "worker test");
        const auto png = image::encodePng(scenes::render(scene), 1);
        const std::string_view bytes(reinterpret_cast<const char*>(png.data()), png.size());
        if (auto written = writeFileAtomically(directory / pictureName(index), bytes); !written)
            return written;
    }
    return {};
}

inline methods::SclOptions quickOptions()
{
    auto options = *methods::sclPreset("ours");
    options.holdOut = 8;
    options.pool.temperature = 1.0;
    options.pool.maxNewTokens = options.test.maxNewTokens = 40;
    options.training.batch = 4;
    options.training.microBatch = 2;
    options.training.epochs = 3;
    options.training.learningRate = 5e-4;
    options.training.checkpointEvery = 2;
    return options;
}

/// Plans a run over 44 questions and writes its directory.
inline void makeRun(const fs::path& directory, const methods::SclOptions& options = quickOptions(),
    const fs::path& model = modelFolder())
{
    auto plan = methods::planScl(options, { model.string(), "", 0 }, sceneItems(44));
    if (!plan)
        throw std::runtime_error(message(plan.error()));
    plan->job.threads = 1;
    plan->job.device = "cpu";
    const auto made = runs::createRunDirectory(directory, plan->job, plan->inputs,
        [](const fs::path& inside) { return drawPictures(inside, 70); });
    if (!made)
        throw std::runtime_error(message(made.error()));
}

/// A worker as our own child, so that its end can be seen.
inline pid_t start(const fs::path& directory)
{
    const auto name = program().string();
    const auto where = directory.string();
    const pid_t pid = ::fork();
    if (pid == 0) {
        const auto log = directory / "worker.log";
        if (!std::freopen(log.c_str(), "a", stderr))
            ::_exit(126);
        ::execl(name.c_str(), name.c_str(), "run", where.c_str(), static_cast<char*>(nullptr));
        ::_exit(127);
    }
    return pid;
}

/// Its exit code, or 1000 + the signal that ended it.
inline int waitFor(pid_t pid)
{
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

inline int runToEnd(const fs::path& directory)
{
    return waitFor(start(directory));
}

/// Starts a worker and calls `act` as soon as it has reported more than `count` events of the kind
/// that `counts` says. @return waitFor()
inline int actAfter(const fs::path& directory, std::size_t count,
    const std::function<bool(const runs::Event&)>& counts, const std::function<void(pid_t)>& act)
{
    const pid_t pid = start(directory);
    runs::EventReader reader(directory);
    std::size_t seen = 0;
    while (true) {
        int status = 0;
        if (::waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
        const auto events = reader.next();
        for (const auto& event : events ? *events : std::vector<runs::Event>())
            seen += counts(event) ? 1 : 0;
        if (seen > count)
            break;
        ::usleep(2000);
    }
    act(pid);
    return waitFor(pid);
}

template <class T> std::vector<T> all(const std::vector<runs::Event>& events)
{
    std::vector<T> found;
    for (const auto& event : events)
        if (const auto* one = std::get_if<T>(&event.body))
            found.push_back(*one);
    return found;
}

inline std::vector<runs::Event> events(const fs::path& directory)
{
    const auto read = runs::readEvents(directory);
    if (!read)
        throw std::runtime_error(message(read.error()));
    return *read;
}

inline runs::Finished finish(const fs::path& directory)
{
    const auto read = events(directory);
    if (read.empty() || !std::holds_alternative<runs::Finished>(read.back().body))
        throw std::runtime_error("the run has no end");
    return std::get<runs::Finished>(read.back().body);
}

/// Results of a run without what clocks decide, and without the mark of a resumed training.
inline std::multiset<std::string> results(const fs::path& directory)
{
    std::multiset<std::string> lines;
    for (auto event : events(directory)) {
        event.seq = event.time = 0;
        if (auto* answered = std::get_if<runs::Answered>(&event.body))
            answered->response.seconds = 0;
        if (auto* measured = std::get_if<runs::Measured>(&event.body))
            measured->metric.values.erase("resumed");
        const bool result = std::holds_alternative<runs::Answered>(event.body)
            || std::holds_alternative<runs::Paired>(event.body)
            || std::holds_alternative<runs::Measured>(event.body)
            || std::holds_alternative<runs::Artifact>(event.body);
        if (result)
            lines.insert(runs::toLine(event));
    }
    return lines;
}

} // namespace worker_test
