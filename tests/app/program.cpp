#include "program.h"
#include <algorithm>
#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <spawn.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/wait.h>

namespace fs = std::filesystem;

extern char** environ; // NOLINT: POSIX declares it nowhere

namespace {

std::string contents(const fs::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    return { std::istreambuf_iterator<char>(stream), {} };
}

} // namespace

slook::Json Outcome::json() const
{
    const auto parsed = slook::parseJson(out, "stdout");
    return parsed ? *parsed : slook::Json();
}

std::size_t Outcome::errorLines() const
{
    return static_cast<std::size_t>(std::ranges::count(err, '\n'));
}

Program::Program(std::vector<std::string> arguments, const fs::path& folder)
{
    static std::atomic<int> number = 0;
    const std::string name = std::to_string(++number);
    m_out = folder / ("out" + name);
    m_err = folder / ("err" + name);
    arguments.insert(arguments.begin(), SLOOK_CLI);
    std::vector<char*> pointers;
    for (std::string& one : arguments)
        pointers.push_back(one.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, 1, m_out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&files, 2, m_err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int failed = posix_spawn(&m_pid, SLOOK_CLI, &files, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0)
        throw std::runtime_error("secondlook-cli cannot be started");
}

Program::~Program()
{
    if (m_pid > 0) {
        ::kill(m_pid, SIGKILL);
        ::waitpid(m_pid, nullptr, 0);
    }
}

void Program::signal(int number) const
{
    ::kill(m_pid, number);
}

Outcome Program::wait()
{
    int status = 0;
    rusage used {};
    ::wait4(m_pid, &status, 0, &used);
    m_pid = -1;
    constexpr int signalled = 128;
    Outcome outcome;
    outcome.exit = WIFEXITED(status) ? WEXITSTATUS(status) : signalled + WTERMSIG(status);
    outcome.peakBytes = static_cast<std::size_t>(used.ru_maxrss) << 10; // given in KiB
    outcome.out = contents(m_out);
    outcome.err = contents(m_err);
    return outcome;
}

Outcome cli(const std::vector<std::string>& arguments, const fs::path& folder)
{
    return Program(arguments, folder).wait();
}
