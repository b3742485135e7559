// The C++ side of the benchmark: secondlook-bench WORKLOAD.json TASK THREADS prints one JSON line.
// The tasks and the files are those of hf_side.py; the code under the clock is what the worker
// runs.
#include "core/file.h"
#include "core/json.h"
#include "core/random.h"
#include "engine/runtime.h"
#include "engine/score.h"
#include "engine/shortcuts.h"
#include "image/corruption.h"
#include "image/decode.h"
#include "image/processor.h"
#include "worker/engine_model.h"
#include "worker/picture_book.h"
#include <ATen/ATen.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sys/resource.h>
#include <thread>
#include <torch/version.h>

namespace slook {
namespace {

/// Ends the program with the reason: a benchmark that goes on after an error measures nothing.
template <class T> T must(Result<T> result)
{
    if (!result) {
        std::fprintf(stderr, "secondlook-bench: %s\n", message(result.error()).c_str());
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>)
        return std::move(*result);
}

class Silent final : public methods::StepContext {
public:
    bool stopRequested() override { return false; }
    Result<void> report(runs::EventBody event) override
    {
        if (const auto* measured = std::get_if<runs::Measured>(&event))
            losses.push_back(measured->metric.values.at("loss"));
        if (const auto* note = std::get_if<runs::Note>(&event))
            std::fprintf(stderr, "%s\n", note->text.c_str());
        return {};
    }
    Json losses = Json::array(); ///< of each training step
};

struct Work {
    Json json;
    std::map<std::string, std::string> sha256; ///< picture file -> hash of its pixels

    explicit Work(const std::string& file)
        : json(must(parseJson(must(readFile(file)), file)))
    {
        for (const auto* list : { "questions", "pairs" })
            for (const auto& row : json[list]) {
                const auto picture = row["image"].get<std::string>();
                if (!sha256.contains(picture))
                    sha256[picture] = image::pixelSha256(must(image::decodeFile(picture)));
            }
    }
    std::vector<runs::InputItem> inputs() const
    {
        std::vector<runs::InputItem> items;
        for (const auto& [file, hash] : sha256) {
            runs::InputItem item;
            item.imagePaths = { file };
            item.imageSha256 = { hash };
            item.set = "test";
            items.push_back(std::move(item));
        }
        return items;
    }
};

Json twoTurns(worker::EngineModel& model, const Work& work)
{
    std::vector<methods::Conversation> conversations;
    for (const auto& row : work.json["questions"]) {
        methods::Conversation one;
        one.images = { row["image"].get<std::string>() };
        one.imageSha256 = { work.sha256.at(row["image"].get<std::string>()) };
        one.userTexts = row["turns"].get<std::vector<std::string>>();
        conversations.push_back(std::move(one));
    }
    runs::Decoding greedy;
    greedy.maxNewTokens = work.json["new_tokens"].get<int>();
    std::size_t tokens = 0;
    Json texts = Json::array();
    Silent silent;
    must(model.converse(
        conversations, greedy,
        [&](std::size_t, int, const methods::Answer& answer) -> Result<void> {
            tokens += answer.tokenIds.size();
            texts.push_back(answer.text); // in the order of the conversations
            return {};
        },
        [](std::size_t, std::string reason) -> Result<void> {
            return fail(ErrorKind::Invalid, reason);
        },
        silent));
    return { { "units", conversations.size() }, { "unit", "conversations" },
        { "new_tokens", tokens }, { "texts", std::move(texts) } };
}

Json optionScores(worker::EngineModel& model, const Work& work, const char* list)
{
    auto& session = model.session();
    worker::PictureBook book({}, work.inputs());
    const auto size = work.json["batch"].get<std::size_t>();
    const auto& questions = work.json[list];
    std::vector<std::int64_t> ids;
    for (const auto* letter : { " A", " B", " C", " D" })
        ids.push_back(must(session.tokenizer().encode(letter, false)).back());
    const auto letters = at::tensor(ids);
    std::string answers;
    for (std::size_t start = 0; start < questions.size(); start += size) {
        std::vector<engine::Opening> openings;
        for (std::size_t i = start; i < std::min(start + size, questions.size()); ++i) {
            const auto file = questions[i]["image"].get<std::string>();
            const auto seen = must(book.picture(session, file, work.sha256.at(file)));
            text::Message message { "user",
                { text::imagePart(),
                    text::textPart(questions[i]["turns"][0].get<std::string>()) } };
            openings.push_back(must(session.prompt({ &message, 1 }, { &seen, 1 })).opening);
        }
        const auto all = must(engine::nextTokenLogProbs(session.model(), openings));
        for (const auto& best : at::split(all.index_select(1, letters).argmax(1), 1))
            answers += static_cast<char>('A' + best.item<std::int64_t>());
    }
    return { { "units", questions.size() }, { "unit", "questions" }, { "answers", answers } };
}

Json preferenceSteps(worker::EngineModel& model, const Work& work)
{
    std::vector<methods::Preference> pairs;
    for (const auto& row : work.json["pairs"])
        pairs.push_back({ static_cast<std::int64_t>(pairs.size()),
            { row["image"].get<std::string>() },
            { work.sha256.at(row["image"].get<std::string>()) }, row["prompt"].get<std::string>(),
            row["chosen"].get<std::string>(), row["rejected"].get<std::string>() });
    runs::TrainOptions options;
    options.dpoWeight = 1;
    options.sftWeight = 0;
    options.lora.dropout = 0;
    options.learningRate = 5e-4;
    options.epochs = work.json["epochs"].get<int>();
    options.batch = options.microBatch = work.json["micro_batch"].get<int>();
    options.checkpointEvery = 0;
    const auto folder =
        std::filesystem::temp_directory_path() / ("secondlook-bench-" + std::to_string(::getpid()));
    Silent silent;
    must(model.train(
        { pairs, options, "bench", folder / "checkpoints", folder / "adapter", {} }, silent));
    std::filesystem::remove_all(folder);
    return { { "units", pairs.size() * static_cast<std::size_t>(options.epochs) },
        { "unit", "pairs" }, { "losses", silent.losses } };
}

/// Of all threads of this process.
double cpuSeconds()
{
    rusage usage {};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// A picture of 640 x 480 as smooth and as noisy as a photograph.
image::Picture photograph(std::uint64_t seed)
{
    constexpr int width = 640, height = 480;
    Random random = Random::of(seed, "bench", 0);
    auto picture = image::filled(width, height, { 0, 0, 0 });
    for (std::size_t i = 0; i < picture.rgb.size(); ++i) {
        const auto x = static_cast<int>(i / 3 % width), y = static_cast<int>(i / 3 / width);
        picture.rgb[i] = static_cast<std::uint8_t>((x / 4 + y / 3 + random.below(24)) % 256);
    }
    return picture;
}

/// What a STIC pair costs before the tower: each picture corrupted by STIC's coin, then brought to
/// the model's numbers as it is and corrupted. No model is loaded.
Json sticPictures(const std::string& modelFolder, int threads)
{
    constexpr std::size_t different = 32, count = 768;
    const auto settings = must(image::readProcessorSettings(modelFolder));
    std::vector<image::Picture> pictures;
    for (std::size_t i = 0; i < different; ++i)
        pictures.push_back(photograph(i));
    const auto work = [&](std::size_t first) {
        for (auto i = first; i < count; i += static_cast<std::size_t>(threads)) {
            const auto& clean = pictures[i % different];
            const auto spoiled = must(image::corrupted(clean, { "stic", {}, i }));
            for (const auto* picture : { &clean, &spoiled })
                if (image::pixelValues(settings, must(image::seenBy(settings, *picture))).empty())
                    std::exit(1);
        }
    };
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::jthread> all;
    for (int thread = 0; thread < threads; ++thread)
        all.emplace_back(work, static_cast<std::size_t>(thread));
    all.clear(); // waits for them
    const auto seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return { { "units", count }, { "unit", "pictures, clean and corrupted" },
        { "seconds", seconds }, { "cpu_seconds", cpuSeconds() },
        { "per_second", static_cast<double>(count) / seconds } };
}

/// @param off what is switched off, see engine/shortcuts.h, and "float" for weights in int8
int run(const std::string& file, const std::string& task, int threads, std::string off)
{
    if (task == "stic-pictures") {
        std::printf("%s\n", dumpLine(sticPictures(file, threads)).c_str());
        return 0;
    }
    engine::prepareRuntime({ .threads = threads, .deterministic = true });
    const Work work(file);
    runs::ModelRef reference;
    reference.int8 = off == "float";
    must(engine::switchOff(reference.int8 ? "" : off));
    reference.folder = work.json["model"].get<std::string>();
    const auto model = must(
        worker::EngineModel::load(reference, must(engine::deviceByName("cpu")), {}, work.inputs()));
    const double used = cpuSeconds();
    const auto began = std::chrono::steady_clock::now();
    auto result = task == "two-turn" ? twoTurns(*model, work)
        : task == "options"          ? optionScores(*model, work, "questions")
        : task == "circular"         ? optionScores(*model, work, "rotations")
                                     : preferenceSteps(*model, work);
    result["seconds"] =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    result["cpu_seconds"] = cpuSeconds() - used;
    result["versions"] = { { "LibTorch", TORCH_VERSION } };
    rusage usage {};
    getrusage(RUSAGE_SELF, &usage);
    result["peak_mib"] = static_cast<double>(usage.ru_maxrss) / 1024;
    std::printf("%s\n", dumpLine(result).c_str());
    return 0;
}

} // namespace
} // namespace slook

int main(int argc, char** argv)
{
    if (argc != 4 && argc != 5) {
        std::fprintf(stderr,
            "usage: secondlook-bench WORKLOAD.json two-turn|options|circular|dpo THREADS [OFF]\n"
            "         OFF: shortcuts to switch off, with commas (drafts,kernels), or float: int8\n"
            "       secondlook-bench MODEL-FOLDER stic-pictures THREADS\n");
        return 2;
    }
    return slook::run(argv[1], argv[2], std::atoi(argv[3]), argc > 4 ? argv[4] : "");
}
