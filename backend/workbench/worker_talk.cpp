#include "workbench/worker_talk.h"
#include "runs/frames.h"
#include "workbench/places.h"
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern char** environ; // NOLINT: POSIX declares it nowhere

namespace slook::workbench {
namespace {

Error lost(const std::string& why)
{
    return { ErrorKind::WorkerLost,
        why + "; try again, or start secondlook-worker by hand to see why", "the worker" };
}

/// OpenMP threads that spin cost a multiple of the work where others want the cores.
std::vector<std::string> environmentOf()
{
    std::vector<std::string> all { "GOMP_SPINCOUNT=0" };
    for (char** entry = environ; entry && *entry; ++entry)
        if (std::strncmp(*entry, "GOMP_SPINCOUNT=", 15) != 0)
            all.emplace_back(*entry);
    return all;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (std::string& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

} // namespace

struct WorkerTalk::Process {
    int pid = -1;
    int in = -1; ///< what the worker reads
    int out = -1; ///< what it writes
    std::int64_t lastId = 0;
    std::string buffer;

    Process() = default;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process()
    {
        if (in >= 0)
            ::close(in); // the end of its input tells it to go
        if (out >= 0)
            ::close(out);
        if (pid > 0) {
            ::kill(pid, SIGTERM); // it may be in the middle of an answer
            ::waitpid(pid, nullptr, 0);
        }
    }

    Result<void> spawn(const std::string& program)
    {
        std::array<int, 2> to { -1, -1 };
        std::array<int, 2> from { -1, -1 };
        if (::pipe2(to.data(), O_CLOEXEC) != 0)
            return fail(lost(std::string("no pipe to it: ") + std::strerror(errno)));
        in = to[1];
        if (::pipe2(from.data(), O_CLOEXEC) != 0) {
            ::close(to[0]);
            return fail(lost(std::string("no pipe from it: ") + std::strerror(errno)));
        }
        out = from[0];
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_adddup2(&files, to[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&files, from[1], STDOUT_FILENO);
        std::vector<std::string> words { program, "serve" };
        std::vector<std::string> variables = environmentOf();
        const int error = ::posix_spawn(&pid, program.c_str(), &files, nullptr,
            pointersTo(words).data(), pointersTo(variables).data());
        posix_spawn_file_actions_destroy(&files);
        ::close(to[0]);
        ::close(from[1]);
        if (error != 0) {
            pid = -1;
            return fail(lost(std::string("cannot be started: ") + std::strerror(error)));
        }
        return {};
    }
};

WorkerTalk::WorkerTalk(std::unique_ptr<Process> process)
    : m_process(std::move(process))
{
}
WorkerTalk::WorkerTalk(WorkerTalk&&) noexcept = default;
WorkerTalk& WorkerTalk::operator=(WorkerTalk&&) noexcept = default;
WorkerTalk::~WorkerTalk() = default;

Result<WorkerTalk> WorkerTalk::start()
{
    const auto program = workerProgram();
    if (!program)
        return fail(program.error());
    auto process = std::make_unique<Process>();
    if (auto spawned = process->spawn(program->string()); !spawned)
        return fail(spawned.error());
    WorkerTalk talk(std::move(process));
    const auto greeting = talk.receive();
    if (!greeting)
        return fail(greeting.error());
    if (greeting->value("protocol", Json()) != Json(runs::serveProtocol))
        return fail(ErrorKind::Conflict,
            "is of another version than this program; install both from one build",
            program->string());
    return talk;
}

int WorkerTalk::pid() const
{
    return m_process->pid;
}

Result<Json> WorkerTalk::receive()
{
    const auto frame = runs::readFrame(m_process->out, m_process->buffer);
    if (!frame)
        return fail(frame.error());
    if (!*frame)
        return fail(lost("ended before it had answered"));
    auto json = parseJson(**frame, "the worker's reply");
    if (json && !json->is_object())
        return fail(lost("sent a reply that is no object"));
    return json;
}

Result<Json> WorkerTalk::ask(Json request, const std::function<void(const Json&)>& onPart)
{
    const std::int64_t id = ++m_process->lastId;
    request["id"] = id;
    if (auto sent = runs::writeFrame(m_process->in, dumpLine(request)); !sent)
        return fail(sent.error());
    for (;;) {
        auto reply = receive();
        if (!reply)
            return reply;
        if (integerOr(*reply, "id", -1) != id)
            continue; // of an older request
        if (!reply->contains("ok")) {
            if (onPart)
                onPart(*reply);
            continue;
        }
        if (boolOr(*reply, "ok", false))
            return reply;
        return fail(ErrorKind::Invalid, stringOr(*reply, "error", "was refused"), "the worker");
    }
}

} // namespace slook::workbench
