#include "workbench/worker_process.h"
#include "core/file.h"
#include "core/json.h"
#include "runs/directory.h"
#include "workbench/places.h"
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

constexpr std::uint64_t smallFile = 1u << 16;

/// State and start time of a process, as Linux gives them: a pid used again has another start time.
struct Process {
    char state = 0;
    std::string startTime; ///< clock ticks since the system started
};

std::optional<Process> processOf(std::int64_t pid)
{
    // Files of /proc have no size, so readFile() is no use here.
    std::FILE* file = std::fopen(("/proc/" + std::to_string(pid) + "/stat").c_str(), "re");
    if (!file)
        return std::nullopt;
    std::string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    // "pid (name) state ...": the name may hold anything, so the fields are counted from its end.
    const auto close = text.rfind(')');
    if (close == std::string::npos || close + 2 >= text.size())
        return std::nullopt;
    Process process { text[close + 2], {} };
    constexpr int startTimeField = 22; // state is field 3
    std::size_t at = close + 2;
    for (int field = 3; field < startTimeField && at != std::string::npos; ++field)
        at = text.find(' ', at + 1);
    if (at == std::string::npos)
        return std::nullopt;
    process.startTime = text.substr(at + 1, text.find(' ', at + 1) - at - 1);
    return process;
}

fs::path pidFile(const fs::path& directory)
{
    return directory / "worker.pid";
}

/// True where the process that was started last on this directory still lives.
bool startedProcessLives(const fs::path& directory)
{
    const auto text = readFile(pidFile(directory), smallFile);
    if (!text)
        return false;
    const auto json = parseJson(*text, "worker.pid");
    if (!json)
        return false;
    const auto process = processOf(integerOr(*json, "pid", -1));
    return process && process->state != 'Z' && process->state != 'X'
        && process->startTime == stringOr(*json, "start");
}

} // namespace

Result<void> beginWork(const fs::path& directory, const std::string& verb)
{
    auto program = workerProgram();
    if (!program)
        return fail(program.error());
    auto pid = runs::spawnWorker(*program, directory, verb);
    if (!pid)
        return fail(pid.error());
    const auto process = processOf(*pid);
    if (!process)
        return {}; // it has ended already; its log says why
    const Json json { { "pid", *pid }, { "start", process->startTime } };
    return writeFileAtomically(pidFile(directory), dumpLine(json) + "\n");
}

bool workerAtWork(const fs::path& directory)
{
    return runs::workerAlive(directory) || startedProcessLives(directory);
}

} // namespace slook::workbench
