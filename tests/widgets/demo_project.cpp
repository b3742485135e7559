#include "demo_project.h"
#include "core/hash.h"
#include "image/encode.h"
#include "image/picture.h"
#include "methods/extract.h"
#include "workbench/op_id.h"
#include <cmath>
#include <random>

namespace slook::gui::test {
namespace {

/// Writes events in order.
class Log {
public:
    void add(runs::EventBody body)
    {
        ++m_seq;
        constexpr std::int64_t begin = 1'700'000'000'000;
        m_events.push_back({ m_seq, begin + m_seq * 40, std::move(body) });
    }
    [[nodiscard]] const std::vector<runs::Event>& events() const { return m_events; }

private:
    std::int64_t m_seq = 0;
    std::vector<runs::Event> m_events;
};

std::string otherLabel(const Item& item, std::mt19937& random)
{
    if (item.options.empty())
        return "something else";
    for (;;) {
        const auto& option = item.options[random() % item.options.size()];
        if (option.label != item.answer)
            return option.label;
    }
}

std::string said(const std::string& answer, bool later)
{
    const std::string begin = later
        ? "Looking at the picture again, more carefully, I compare every part with the question. "
        : "I look at the picture and read the question. ";
    return begin + "From what can be seen, the best answer is clear. ## " + answer + " ##";
}

runs::Answered answered(
    const Item& item, const std::string& stage, int turn, bool right, std::mt19937& random)
{
    ResponseRow response;
    response.stage = stage;
    response.item = item.id;
    response.turn = turn;
    response.prompt = "USER: <image>\n" + item.question
        + "\nExplain your reasoning step-by-step. Your final answer should be put between two ##.";
    if (turn > 1)
        response.prompt +=
            "\nASSISTANT: ...\nUSER: Look at the picture again and check your answer.";
    response.prompt += "\nASSISTANT:";
    response.text = said(right ? item.answer : otherLabel(item, random), turn > 1);
    response.tokenIds.assign(20 + random() % 12, 7);
    response.finish = "eos";
    response.logprob = -3.5 - static_cast<double>(random() % 100) / 20;
    response.pixelsSha256 = sha256(item.key);
    response.decoding = R"({"temperature":0,"seed":7})";
    response.seconds = 0.04;
    runs::Answered event { response, methods::extractAll(response.text, item) };
    return event;
}

void answerStage(Log& log, const std::vector<Item>& items, const std::string& stage, int index,
    double firstRight, std::mt19937& random)
{
    std::uniform_real_distribution<double> chance;
    log.add(runs::StepBegan {
        index, "answer", "answer and review (" + stage + ")", std::int64_t(items.size()) });
    for (const Item& item : items) {
        const bool first = chance(random) < firstRight;
        const bool refined = chance(random) < (first ? 0.86 : 0.24);
        const auto before = answered(item, stage, 1, first, random);
        const auto after = answered(item, stage, 2, refined, random);
        log.add(before);
        log.add(after);
        if (stage == "pool" && first != refined) {
            PairRow pair;
            pair.preference = "correctness";
            pair.item = item.id;
            pair.type = refined ? 2 : 3;
            pair.prompt = item.question;
            pair.chosen = (refined ? after : before).response.text;
            pair.rejected = (refined ? before : after).response.text;
            pair.chosenTurn = refined ? 2 : 1;
            pair.rejectedTurn = refined ? 1 : 2;
            log.add(runs::Paired { pair });
            pair.preference = "random";
            log.add(runs::Paired { pair });
        }
    }
    log.add(runs::StepEnded { index, 21.5 });
}

/// A third of the pairs a step: looked at in turn, their margins grow, those of every fourth fall.
runs::Rewarded rewardsOf(const Log& log, const std::string& training, int step)
{
    runs::Rewarded rewarded;
    int number = 0;
    for (const runs::Event& event : log.events())
        if (const auto* paired = std::get_if<runs::Paired>(&event.body);
            paired && paired->pair.preference == training && number++ % 3 == step % 3) {
            const double margin = (number % 4 == 0 ? -0.01 : 0.01) * step;
            rewarded.rewards.push_back(
                { training, step, step / 40.0, paired->pair.item, margin / 2, -margin / 2 });
        }
    return rewarded;
}

void train(Log& log, const std::string& training, int index, std::mt19937& random)
{
    std::normal_distribution<double> noise(0, 0.03);
    log.add(runs::StepBegan { index, "train", "train on " + training, 120 });
    for (int step = 1; step <= 120; ++step) {
        const double done = step / 120.0;
        MetricRow row;
        row.training = training;
        row.step = step;
        const double margin = 1.2 * done + noise(random);
        const double dpo = 0.693 - 0.2 * done + noise(random);
        const double sft = 0.4 - 0.1 * done + noise(random);
        row.values = { { "loss", 0.9 * dpo + 0.1 * sft }, { "loss/dpo", dpo }, { "loss/sft", sft },
            { "rewards/chosen", -0.3 * done + noise(random) },
            { "rewards/rejected", -0.3 * done - margin }, { "rewards/margins", margin },
            { "rewards/accuracies", std::min(1.0, 0.5 + 0.35 * done + noise(random)) },
            { "grad_norm", 1.3 - 0.4 * done + 2 * noise(random) },
            { "lr", 5e-5 * 0.5 * (1 + std::cos(3.14159265 * done)) } };
        log.add(runs::Measured { row });
        log.add(rewardsOf(log, training, step));
    }
    log.add(runs::Artifact { training, "artifacts/" + training, sha256(training) });
    log.add(runs::StepEnded { index, 48.2 });
}

} // namespace

Result<RunId> addDemoRun(store::Project& project, int count)
{
    const auto all = project.items();
    if (!all)
        return fail(all.error());
    std::vector<Item> pool;
    std::vector<Item> test;
    for (const Item& item : *all)
        if (static_cast<int>(pool.size() + test.size()) < count && !item.answer.empty())
            (item.id.value % 2 == 0 ? pool : test).push_back(item);
    const auto name = project.nextRunName("scl");
    if (!name)
        return fail(name.error());
    RunRow run;
    run.name = *name;
    run.recipe = "scl";
    run.model = "resources/model";
    run.job = R"({"version":1,"recipe":"scl","model":{"folder":"resources/model"},"seed":7})";
    run.jobSha256 = sha256(run.job);
    run.time = 1'700'000'000'000;
    const auto id = project.addRun(run, workbench::newOpId());
    if (!id)
        return id;
    std::mt19937 random(7);
    Log log;
    log.add(runs::Started { "secondlook-worker 0.1", "laptop", 4711, 2, "cpu", false });
    answerStage(log, pool, "pool", 0, 0.5, random);
    train(log, "correctness", 1, random);
    train(log, "random", 2, random);
    answerStage(log, test, "before", 3, 0.5, random);
    answerStage(log, test, "after", 4, 0.62, random);
    answerStage(log, test, "after:random", 5, 0.55, random);
    log.add(runs::Note { "warning", "Both rewards fall while the margin grows." });
    log.add(runs::Finished {});
    if (auto taken = project.takeEvents(*id, log.events()); !taken)
        return fail(taken.error());
    return *id;
}

Result<store::Project> makeSmallProject(const std::filesystem::path& file, int items)
{
    auto project = store::Project::create(file);
    if (!project)
        return project;
    ImportBatch batch;
    batch.source.name = "colours";
    batch.source.file = "colours.tsv";
    batch.source.sha256 = sha256("colours");
    batch.source.format = "vlmevalkit";
    for (int i = 0; i < items; ++i) {
        const auto shade = static_cast<std::uint8_t>(i * 37);
        const auto picture = image::filled(48, 32,
            { shade, static_cast<std::uint8_t>(200 - shade), static_cast<std::uint8_t>(i) });
        NewImage image;
        const auto bytes = image::encodePng(picture);
        image.bytes.assign(bytes.begin(), bytes.end());
        image.row.sha256 = image::pixelSha256(picture);
        image.row.fileSha256 = sha256(image.bytes);
        image.row.width = picture.width;
        image.row.height = picture.height;
        image.row.format = "png";
        image.row.storedBytes = true;
        batch.images.push_back(std::move(image));
        Item item;
        item.key = std::to_string(i);
        item.question = "What colour fills picture " + item.key + "?";
        item.options = { { "A", "red" }, { "B", "green" }, { "C", "blue" } };
        item.answer = i % 3 == 0 ? "A" : i % 3 == 1 ? "B" : "C";
        item.category = i % 2 == 0 ? "colour" : "shade";
        item.fields = R"({"source":"made up"})";
        item.line = i + 2;
        batch.items.push_back(std::move(item));
        batch.itemImages.push_back({ static_cast<std::size_t>(i) });
    }
    batch.problems = { { 99, "99", "the picture is missing" } };
    if (auto added = project->addImport(batch, workbench::newOpId()); !added)
        return fail(added.error());
    return project;
}

} // namespace slook::gui::test
