#include "runs/descriptor.h"
#include "runs/directory.h"
#include <cstdlib>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string_view>
#include <sys/wait.h>

extern char** environ; // NOLINT: POSIX declares it nowhere

namespace slook::runs {
namespace {

/// What a child process says before it becomes the worker. pid < 0: it could not.
struct Birth {
    int pid = 0;
    int error = 0;
};

/// OpenMP threads that spin for each other stand still when another program wants the cores, and
/// glibc returns every large tensor to the kernel: both cost a multiple of the work itself.
constexpr std::pair<const char*, const char*> workerEnvironment[] = {
    { "GOMP_SPINCOUNT", "0" },
    { "OMP_WAIT_POLICY", "passive" },
    { "CUBLAS_WORKSPACE_CONFIG", ":4096:8" }, // CUDA sums in a fixed order
    { "MALLOC_MMAP_MAX_", "0" },
    { "MALLOC_TRIM_THRESHOLD_", "1099511627776" },
};

std::vector<std::string> environment()
{
    std::vector<std::string> all;
    for (char** entry = environ; entry && *entry; ++entry) {
        const std::string_view one(*entry);
        const auto name = one.substr(0, one.find('='));
        bool ours = false;
        for (const auto& [key, value] : workerEnvironment)
            ours = ours || name == key;
        if (!ours)
            all.emplace_back(one);
    }
    for (const auto& [key, value] : workerEnvironment)
        all.push_back(std::string(key) + "=" + value);
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings)
{
    std::vector<char*> result;
    for (auto& one : strings)
        result.push_back(one.data());
    result.push_back(nullptr);
    return result;
}

// Between fork() and execve() only calls that are safe in a signal handler: the caller may have
// threads, and any of them may hold malloc's lock.
[[noreturn]] void becomeWorker(const char* program, char* const* arguments, char* const* variables,
    int log, int null, int tell)
{
    ::dup2(null, STDIN_FILENO);
    ::dup2(log, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    ::fcntl(tell, F_SETFD, FD_CLOEXEC);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(program, arguments, variables);
    const Birth failed { -1, errno };
    (void)!::write(tell, &failed, sizeof failed);
    ::_exit(127);
}

/// Forks twice, so that the worker is nobody's child: it cannot become our zombie, and it lives on
/// when we end.
[[noreturn]] void leaveOrphan(const char* program, char* const* arguments, char* const* variables,
    int log, int null, int tell)
{
    ::setsid();
    const auto pid = ::fork();
    if (pid == 0)
        becomeWorker(program, arguments, variables, log, null, tell);
    const Birth birth { pid, pid < 0 ? errno : 0 };
    (void)!::write(tell, &birth, sizeof birth);
    ::_exit(0);
}

bool isProgram(const std::filesystem::path& file)
{
    std::error_code error;
    return std::filesystem::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

} // namespace

Result<int> spawnWorker(const std::filesystem::path& program,
    const std::filesystem::path& directory, const std::string& verb)
{
    if (!isProgram(program))
        return fail(
            ErrorKind::NotFound, "is no program; build or install the worker", program.string());
    const auto logFile = directory / "worker.log";
    const Descriptor log(::open(logFile.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (log.get() < 0)
        return fail(ErrorKind::Io, "cannot be opened (" + systemReason() + ")", logFile.string());
    const Descriptor null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    int ends[2] = { -1, -1 };
    if (null.get() < 0 || ::pipe2(ends, O_CLOEXEC) != 0)
        return fail(ErrorKind::Io, "cannot be started (" + systemReason() + ")", program.string());
    const Descriptor listen(ends[0]);
    Descriptor tell(ends[1]);

    auto variableTexts = environment();
    const auto variables = pointers(variableTexts);
    std::vector<std::string> argumentTexts { program.string(), verb,
        std::filesystem::absolute(directory).string() };
    const auto arguments = pointers(argumentTexts);
    const auto child = ::fork();
    if (child == 0)
        leaveOrphan(
            program.c_str(), arguments.data(), variables.data(), log.get(), null.get(), tell.get());
    if (child < 0)
        return fail(ErrorKind::Io, "cannot be started (" + systemReason() + ")", program.string());
    tell = Descriptor();
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) { }

    Birth birth { -1, ECHILD };
    Birth heard;
    int pid = -1;
    while (::read(listen.get(), &heard, sizeof heard) == static_cast<ssize_t>(sizeof heard)) {
        if (heard.pid > 0)
            pid = heard.pid;
        birth = heard; // order is free: a refusal may come before or behind the birth
        if (heard.pid < 0)
            break;
    }
    if (birth.pid < 0 || pid < 0)
        return fail(ErrorKind::Io,
            std::string("cannot be started (") + std::strerror(birth.error) + ")",
            program.string());
    return pid;
}

} // namespace slook::runs
