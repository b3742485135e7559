#include "window_project.h"
#include "runs/directory.h"
#include "store/project.h"
#include "workbench/import.h"
#include "workbench/op_id.h"
#include "workbench/run.h"
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace slook::bench {
namespace {

using Clock = std::chrono::steady_clock;

void writeTable(const std::filesystem::path& file, int count)
{
    std::ofstream out(file);
    out << "index\tquestion\tA\tB\tC\tD\tanswer\tcategory\tsplit\n";
    const char* kinds[] = { "colour", "shape", "count", "relation", "exist", "position" };
    const char* things[] = { "bus", "house", "tree", "dog", "ship", "lamp", "bridge" };
    for (int i = 0; i < count; ++i)
        out << i << "\tWhat is beside the " << things[i % 7] << " number " << i
            << " in the left half of this picture?\ta red one\ta blue one\ta green one\tnothing\t"
            << static_cast<char>('A' + i % 4) << '\t' << kinds[i % 6] << '\t'
            << (i % 10 == 0 ? "test" : "dev") << '\n';
}

runs::Answered answerTo(const Item& item, int turn)
{
    const bool right = (item.id.value * 7 + turn * 3) % 10 < 6;
    const std::string said = right ? item.answer : item.answer == "A" ? "B" : "A";
    runs::Answered one;
    one.response.stage = "pool";
    one.response.item = item.id;
    one.response.turn = turn;
    one.response.text = "It is plain to see. ## " + said + " ##";
    one.response.finish = "eos";
    one.extractions.push_back({ {}, "ours", "hashes", 23, 24, said, right });
    return one;
}

runs::Measured stepOf(int step)
{
    runs::Measured one;
    one.metric.training = "correctness";
    one.metric.step = step;
    const double loss = std::exp(-step / 2000.0);
    one.metric.values = { { "loss", loss }, { "lr", 1e-4 }, { "grad_norm", 1 + loss },
        { "rewards/margins", 1 - loss }, { "rewards/accuracies", 1 - loss / 2 } };
    return one;
}

/// A run that is at work: its directory is there, its worker comes later.
Result<void> addLiveRun(store::Project& project)
{
    RunRow run;
    run.name = "0001-live";
    run.recipe = "scl";
    run.state = RunState::Running;
    runs::Job job;
    job.recipe = "scl";
    job.model.folder = "m";
    run.job = runs::toText(job);
    const auto hash =
        runs::createRunDirectory(workbench::runFolder(project, run.name), job, {}, {});
    if (!hash)
        return fail(hash.error());
    run.jobSha256 = *hash;
    const auto id = project.addRun(run, workbench::newOpId());
    return id ? Result<void>() : fail(id.error());
}

/// As a worker would have reported them.
Result<void> addAnswers(store::Project& project)
{
    RunRow run;
    run.name = "0002-scl";
    run.recipe = "scl";
    run.state = RunState::Done;
    run.job = R"({"version":1,"recipe":"scl","model":{"folder":"m"},"seed":7})";
    const auto id = project.addRun(run, workbench::newOpId());
    const auto items = project.items();
    if (!id || !items)
        return fail(id ? items.error() : id.error());
    std::vector<runs::Event> events;
    std::int64_t seq = 0;
    constexpr std::size_t atOnce = 20'000;
    for (const Item& item : *items) {
        for (int turn = 1; turn <= 2; ++turn)
            events.push_back({ ++seq, 1, answerTo(item, turn) });
        if (events.size() >= atOnce) {
            if (auto taken = project.takeEvents(*id, events); !taken)
                return taken;
            events.clear();
        }
    }
    events.push_back({ ++seq, 1, runs::Finished {} });
    return project.takeEvents(*id, events);
}

} // namespace

Result<MadeProject> makeProject(const std::filesystem::path& file, int questions)
{
    auto project = store::Project::create(file);
    if (!project)
        return fail(project.error());
    const auto table = file.parent_path() / "questions.tsv";
    writeTable(table, questions);
    const auto begun = Clock::now();
    const auto report = workbench::importInto(*project, table, {});
    if (!report)
        return fail(report.error());
    const std::chrono::duration<double> taken = Clock::now() - begun;
    if (auto live = addLiveRun(*project); !live)
        return fail(live.error());
    if (auto answered = addAnswers(*project); !answered)
        return fail(answered.error());
    return MadeProject { taken.count() };
}

int work(const std::filesystem::path& directory)
{
    const pid_t parent = getppid();
    auto lock = runs::WorkerLock::take(directory);
    auto writer = runs::EventWriter::open(directory);
    if (!lock || !writer)
        return 1;
    runs::Started started;
    started.program = "bench";
    started.pid = getpid();
    (void)writer->write(started);
    while (!std::filesystem::exists(directory / "go")) {
        if (getppid() != parent)
            return 2;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    (void)writer->write(runs::StepBegan { 0, "train", "Training", 0 });
    const auto begun = Clock::now();
    constexpr int all = liveSeconds * liveEventsPerSecond;
    for (int i = 0; i < all; ++i) {
        std::this_thread::sleep_until(
            begun + std::chrono::microseconds(1'000'000 / liveEventsPerSecond) * i);
        Item item;
        item.id = { i / 4 + 1 };
        item.answer = "A";
        const auto written = i % 2 == 0 ? writer->write(answerTo(item, i / 2 % 2 + 1))
                                        : writer->write(stepOf(i / 2));
        if (!written)
            return 3;
    }
    (void)writer->write(runs::Finished {});
    return 0;
}

} // namespace slook::bench
