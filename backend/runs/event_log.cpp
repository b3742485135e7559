#include "core/file.h"
#include "runs/descriptor.h"
#include "runs/directory.h"
#include "runs/line_reader.h"
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <sys/stat.h>
#include <thread>

namespace slook::runs {
namespace {

std::filesystem::path eventFile(const std::filesystem::path& directory)
{
    return directory / "events.jsonl";
}

/// The sequence number of a line as we write them, without parsing the rest; 0 for any other text.
std::int64_t quickSeq(std::string_view line)
{
    constexpr std::string_view head = "{\"seq\":";
    if (!line.starts_with(head) || !line.ends_with('}'))
        return 0;
    std::int64_t seq = 0;
    const auto* begin = line.data() + head.size();
    const auto read = std::from_chars(begin, line.data() + line.size(), seq);
    return read.ec == std::errc() && *read.ptr == ',' ? seq : 0;
}

struct Tail {
    std::int64_t size = 0; ///< bytes that are whole events
    std::int64_t lastSeq = 0;
};

/// Where the good events end. A power loss may leave zeros or half a line behind them, which is no
/// event that anybody was promised; a good line behind a bad one means other damage.
Result<Tail> findTail(const std::filesystem::path& file)
{
    Tail tail;
    bool broken = false;
    bool damaged = false;
    const auto read = forEachLine(file, 0, [&](std::string_view line, std::int64_t offset) {
        const auto seq = quickSeq(line);
        if (!broken && seq == tail.lastSeq + 1) {
            tail = { offset + static_cast<std::int64_t>(line.size()) + 1, seq };
            return true;
        }
        damaged = broken ? damaged || seq != 0 : seq != 0;
        broken = true;
        return !damaged;
    });
    if (!read)
        return fail(read.error());
    if (damaged)
        return fail(ErrorKind::Invalid,
            "is damaged behind event " + std::to_string(tail.lastSeq)
                + "; restore it from a copy, or start the run again",
            file.string());
    return tail;
}

std::int64_t nowInMilliseconds()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace

struct EventWriter::State {
    std::string where;
    Descriptor fd;
    std::mutex mutex;
    std::condition_variable_any wake;
    std::int64_t size = 0;
    std::int64_t lastSeq = 0;
    bool dirty = false;
    bool failed = false; ///< after a failed sync nothing is written any more
    std::jthread syncer; // last: it uses all of the above

    Result<void> sync()
    {
        if (!dirty || failed)
            return {};
        dirty = false;
        if (::fdatasync(fd.get()) == 0)
            return {};
        failed = true; // a second try could report success for pages the kernel has dropped
        return fail(ErrorKind::Io, "cannot be synced to the disk (" + systemReason() + ")", where);
    }
    void syncUntilStopped(const std::stop_token& stop)
    {
        std::unique_lock lock(mutex);
        while (!stop.stop_requested()) {
            wake.wait_for(lock, stop, std::chrono::milliseconds(500), [] { return false; });
            (void)sync(); // `failed` tells the next write()
        }
    }
    Result<void> append(std::string_view line)
    {
        if (failed)
            return fail(ErrorKind::Io,
                "could not be written before; free some space and resume the run", where);
        const auto before = size;
        while (!line.empty()) {
            const auto written = ::write(fd.get(), line.data(), line.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0) {
                const auto why = systemReason();
                if (::ftruncate(fd.get(), before) == 0)
                    size = before; // as if it had not been tried: a shorter line may still fit
                else
                    failed = true; // the next worker cuts it off
                return fail(ErrorKind::Io,
                    "cannot be written (" + why + "); free some space and resume the run", where);
            }
            line.remove_prefix(static_cast<std::size_t>(written));
            size += written;
        }
        dirty = true;
        return {};
    }
};

Result<EventWriter> EventWriter::open(const std::filesystem::path& directory)
{
    const auto file = eventFile(directory);
    const auto tail = findTail(file);
    if (!tail)
        return fail(tail.error());
    auto state = std::make_unique<State>();
    state->where = file.string();
    state->fd = Descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (state->fd.get() < 0)
        return fail(ErrorKind::Io, "cannot be opened (" + systemReason() + ")", file.string());
    if (::ftruncate(state->fd.get(), tail->size) != 0)
        return fail(ErrorKind::Io, "cannot be shortened (" + systemReason() + ")", file.string());
    if (auto synced = syncFolder(directory); !synced)
        return fail(synced.error());
    state->size = tail->size;
    state->lastSeq = tail->lastSeq;
    auto* raw = state.get();
    state->syncer = std::jthread([raw](std::stop_token stop) { raw->syncUntilStopped(stop); });
    return EventWriter(std::move(state));
}

EventWriter::EventWriter(std::unique_ptr<State> state)
    : m_state(std::move(state))
{
}
EventWriter::EventWriter(EventWriter&&) noexcept = default;

EventWriter& EventWriter::operator=(EventWriter&& other) noexcept
{
    std::swap(m_state, other.m_state);
    return *this;
}

EventWriter::~EventWriter()
{
    if (!m_state)
        return;
    m_state->syncer.request_stop();
    m_state->syncer.join();
    const std::scoped_lock lock(m_state->mutex);
    (void)m_state->sync();
}

Result<void> EventWriter::write(EventBody body)
{
    const std::scoped_lock lock(m_state->mutex);
    const bool last = std::holds_alternative<Finished>(body);
    const auto line = toLine({ m_state->lastSeq + 1, nowInMilliseconds(), std::move(body) }) + "\n";
    if (auto written = m_state->append(line); !written)
        return written;
    ++m_state->lastSeq;
    return last ? m_state->sync() : Result<void>();
}

std::int64_t EventWriter::lastSeq() const
{
    const std::scoped_lock lock(m_state->mutex);
    return m_state->lastSeq;
}

EventReader::EventReader(std::filesystem::path directory, std::int64_t afterSeq)
    : m_directory(std::move(directory))
    , m_afterSeq(afterSeq)
{
}

Result<std::vector<Event>> EventReader::next(std::size_t limit)
{
    std::vector<Event> events;
    if (limit == 0)
        return events;
    const auto file = eventFile(m_directory);
    std::optional<Error> problem;
    auto seen = m_afterSeq;
    const auto behind = forEachLine(file, m_offset, [&](std::string_view line, std::int64_t) {
        if (const auto seq = quickSeq(line); seq > 0 && seq <= seen)
            return true; // taken in before
        const auto where = file.string() + ", behind event " + std::to_string(seen);
        auto event = fromLine(line, where);
        if (!event)
            problem = event.error();
        else if (event->seq > seen + 1)
            problem = Error { ErrorKind::Invalid,
                "an event is missing: the next one has number " + std::to_string(event->seq),
                where };
        if (problem)
            return false;
        if (event->seq <= seen)
            return true;
        seen = event->seq;
        events.push_back(std::move(*event));
        return events.size() < limit;
    });
    if (!behind)
        return fail(behind.error());
    // Good events before a bad line are still given; the next call meets the bad line again.
    if (problem && events.empty())
        return fail(*problem);
    m_afterSeq = seen;
    if (!problem)
        m_offset = *behind;
    return events;
}

Result<std::vector<Event>> readEvents(const std::filesystem::path& directory)
{
    EventReader reader(directory);
    return reader.next(std::numeric_limits<std::size_t>::max());
}

} // namespace slook::runs
