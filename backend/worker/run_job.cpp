#include "worker/run_job.h"
#include "engine/runtime.h"
#include "methods/recipe.h"
#include "runs/directory.h"
#include "runs/tensorboard.h"
#include "worker/engine_model.h"
#include "worker/preflight.h"
#include <ATen/Parallel.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <unistd.h>

namespace slook::worker {
namespace {

namespace fs = std::filesystem;

std::atomic<bool> signalled { false };

void onSignal(int)
{
    signalled = true;
}

void listenToSignals()
{
    struct sigaction action { };
    action.sa_handler = onSignal;
    ::sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN); // a full quota is an error of write(), no death
}

/// Shows that this process lives, about once a second.
class Heart {
public:
    explicit Heart(const runs::WorkerLock& lock)
        : m_thread([this, &lock](const std::stop_token& stop) {
            std::unique_lock guard(m_mutex);
            while (!m_wake.wait_for(
                guard, stop, std::chrono::seconds(1), [&stop] { return stop.stop_requested(); }))
                lock.beat();
        })
    {
    }

private:
    std::mutex m_mutex;
    std::condition_variable_any m_wake;
    std::jthread m_thread; // last: it uses the two above
};

class WorkerContext final : public methods::StepContext {
public:
    WorkerContext(fs::path directory, runs::EventWriter& writer)
        : m_directory(std::move(directory))
        , m_writer(writer)
    {
    }
    bool stopRequested() override
    {
        using namespace std::chrono;
        const auto now = steady_clock::now();
        if (!m_stop && now - m_looked > milliseconds(50)) {
            m_looked = now;
            m_stop = runs::requested(m_directory) != runs::Request::None;
        }
        return m_stop || signalled;
    }
    Result<void> report(runs::EventBody event) override
    {
        if (const auto* measured = std::get_if<runs::Measured>(&event))
            if (auto drawn = addCurves(measured->metric); !drawn)
                return drawn;
        return m_writer.write(std::move(event));
    }

private:
    /// Beside the events, for TensorBoard: one folder a training. That it cannot be written is said
    /// once and stops nothing.
    Result<void> addCurves(const MetricRow& row)
    {
        if (m_curvesBroken)
            return {};
        const double now =
            std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
                .count();
        auto file = m_curves.find(row.training);
        Result<void> done;
        if (file == m_curves.end()) {
            auto made =
                runs::TensorBoardFile::create(m_directory / "tensorboard" / row.training, now);
            if (made)
                file = m_curves.emplace(row.training, std::move(*made)).first;
            else
                done = fail(made.error());
        }
        if (done)
            done = file->second.add(row.step, now, row.values);
        if (done)
            return {};
        m_curvesBroken = true;
        return m_writer.write(
            runs::Note { "warning", "no curves for TensorBoard: " + message(done.error()) });
    }

    fs::path m_directory;
    runs::EventWriter& m_writer;
    std::map<std::string, runs::TensorBoardFile> m_curves; ///< by training
    bool m_curvesBroken = false;
    bool m_stop = false;
    std::chrono::steady_clock::time_point m_looked {};
};

runs::Started startedEvent(
    const runs::Job& job, const WorkerIdentity& identity, at::Device device, bool resumed)
{
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    return { std::string(identity.program) + " " + identity.version, host, ::getpid(),
        job.threads > 0 ? job.threads : at::get_num_threads(),
        device.str() + (job.model.int8 ? ", int8 weights" : ""), resumed };
}

/// False where the owner wrote down what is known before any worker began.
bool hasStarted(const std::vector<runs::Event>& earlier)
{
    return std::ranges::any_of(earlier,
        [](const runs::Event& event) { return std::holds_alternative<runs::Started>(event.body); });
}

/// Everything between the lock and the last event.
Result<void> work(const fs::path& directory, const std::vector<runs::Event>& earlier,
    const WorkerIdentity& identity, Task task, WorkerContext& context)
{
    const auto job = runs::readJob(directory);
    if (!job)
        return fail(job.error());
    engine::prepareRuntime({ .threads = job->threads, .deterministic = true });
    const auto device = engine::deviceByName(job->device.empty() ? "auto" : job->device);
    if (!device)
        return fail(device.error());
    if (auto told = context.report(startedEvent(*job, identity, *device, hasStarted(earlier)));
        !told)
        return told;
    const auto inputs = runs::readInputs(directory);
    if (!inputs)
        return fail(inputs.error());
    auto model = EngineModel::load(job->model, *device, directory, *inputs);
    if (!model)
        return fail(model.error());
    if (task == Task::Preflight)
        return preflight(*job, *inputs, directory, **model, context);
    return methods::runRecipe(*job, *inputs, directory, earlier, **model, context);
}

Result<void> guardedWork(const fs::path& directory, const std::vector<runs::Event>& earlier,
    const WorkerIdentity& identity, Task task, WorkerContext& context)
{
    try {
        return work(directory, earlier, identity, task, context);
    } catch (const std::exception& e) {
        return fail(engine::fromException(e));
    } catch (...) {
        return fail(ErrorKind::Internal, "an exception of an unknown kind; see worker.log");
    }
}

runs::Finished finishedEvent(const Result<void>& outcome)
{
    if (outcome)
        return { runs::Ending::Done, {} };
    if (outcome.error().kind == ErrorKind::Stopped)
        return { runs::Ending::Stopped, {} };
    return { runs::Ending::Failed, message(outcome.error()) };
}

bool isDone(const std::vector<runs::Event>& events)
{
    if (events.empty())
        return false;
    const auto* last = std::get_if<runs::Finished>(&events.back().body);
    return last && last->ending == runs::Ending::Done;
}

Result<void> lockAndWork(const fs::path& directory, const WorkerIdentity& identity, Task task)
{
    const auto lock = runs::WorkerLock::take(directory);
    if (!lock)
        return fail(lock.error());
    const Heart heart(*lock);
    auto writer = runs::EventWriter::open(directory); // cuts off a torn line before it is read
    if (!writer)
        return fail(writer.error());
    const auto earlier = runs::readEvents(directory);
    if (!earlier)
        return fail(earlier.error());
    if (isDone(*earlier))
        return {}; // nothing is left to do
    WorkerContext context(directory, *writer);
    auto outcome = guardedWork(directory, *earlier, identity, task, context);
    const auto finished = finishedEvent(outcome);
    if (auto told = writer->write(finished); !told && outcome)
        return told;
    return finished.ending == runs::Ending::Failed ? outcome : Result<void>();
}

} // namespace

int runJob(const fs::path& directory, const WorkerIdentity& identity, Task task) noexcept
{
    try {
        listenToSignals();
        const auto outcome = lockAndWork(directory, identity, task);
        if (outcome)
            return 0;
        std::fprintf(stderr, "%s\n", message(outcome.error()).c_str());
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
    } catch (...) {
        std::fprintf(stderr, "an exception of an unknown kind\n");
    }
    return 1;
}

} // namespace slook::worker
