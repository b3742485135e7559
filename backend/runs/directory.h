#pragma once
#include "runs/event.h"
#include "runs/job.h"
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace slook::runs {

/// What a person asked of a running worker.
enum class Request { None, Stop, Pause };

/// Writes further files (pictures) into a run directory that is being made.
using FillDirectory = std::function<Result<void>(const std::filesystem::path& directory)>;

/// The files of one run: job.json, inputs.jsonl, events.jsonl, control, lock, artifacts/.
/// Writes job.json, inputs.jsonl and what `fill` adds, complete or not at all: the folder appears
/// under its name when everything in it is on the disk. Errors: Conflict if the directory exists,
/// Io, and those of `fill`.
/// @return SHA-256 of job.json
[[nodiscard]] Result<std::string> createRunDirectory(const std::filesystem::path& directory,
    const Job& job, const std::vector<InputItem>& inputs, const FillDirectory& fill = {});
[[nodiscard]] Result<Job> readJob(const std::filesystem::path& directory);
[[nodiscard]] Result<std::vector<InputItem>> readInputs(const std::filesystem::path& directory);
/// The whole of events.jsonl as far as complete lines go; empty where there is none.
[[nodiscard]] Result<std::vector<Event>> readEvents(const std::filesystem::path& directory);

[[nodiscard]] Result<void> requestOf(
    const std::filesystem::path& directory, Request request); ///< writes `control`
[[nodiscard]] Request requested(
    const std::filesystem::path& directory); ///< cheap: one stat when nothing is asked

/// True while a worker holds the run's lock (an OS lock: it cannot be stale).
[[nodiscard]] bool workerAlive(const std::filesystem::path& directory);
/// A number that changes about once a second while a worker lives; 0 without a lock file. Compare
/// two readings with your own clock: it is no time, since clocks jump and machines differ.
[[nodiscard]] std::int64_t heartbeat(const std::filesystem::path& directory);

/// The lock that a worker holds while it works on a run.
class WorkerLock {
public:
    /// Errors: Conflict where another worker holds it, Io.
    [[nodiscard]] static Result<WorkerLock> take(const std::filesystem::path& directory);
    WorkerLock(WorkerLock&& other) noexcept;
    WorkerLock& operator=(WorkerLock&& other) noexcept;
    ~WorkerLock();
    void beat() const; ///< moves heartbeat(); from any thread

private:
    explicit WorkerLock(int fd);
    int m_fd = -1;
};

/// Appends events; one per line, flushed to the kernel at once, synced to the disk at least once a
/// second. A torn last line of an earlier worker is cut off first. Sequence numbers go on where
/// they ended.
class EventWriter {
public:
    [[nodiscard]] static Result<EventWriter> open(const std::filesystem::path& directory);
    EventWriter(EventWriter&&) noexcept;
    EventWriter& operator=(EventWriter&&) noexcept;
    ~EventWriter();
    /// Errors: Io (disk full): the worker ends then, what was written stays.
    [[nodiscard]] Result<void> write(EventBody body);
    [[nodiscard]] std::int64_t lastSeq() const;

private:
    struct State;
    explicit EventWriter(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// Reads events after a sequence number, as far as complete lines go; a torn last line is left for
/// the next call.
class EventReader {
public:
    explicit EventReader(std::filesystem::path directory, std::int64_t afterSeq = 0);
    /// At most `limit` events. Errors: Invalid for a damaged line in the middle, Io.
    [[nodiscard]] Result<std::vector<Event>> next(std::size_t limit = 1000);

private:
    std::filesystem::path m_directory;
    std::int64_t m_afterSeq;
    std::int64_t m_offset = 0;
};

/// Starts `worker VERB DIR` as a process of its own that outlives the caller (new session, no
/// descriptors of ours, GOMP_SPINCOUNT=0 and tuned malloc in its environment, its stderr in
/// DIR/worker.log).
/// @return its pid. Errors: NotFound (no such program), Io.
[[nodiscard]] Result<int> spawnWorker(const std::filesystem::path& program,
    const std::filesystem::path& directory, const std::string& verb = "run");

} // namespace slook::runs
