#include "runs/directory.h"
#include "core/file.h"
#include "core/hash.h"
#include "runs/descriptor.h"
#include "runs/line_reader.h"
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace slook::runs {
namespace {

namespace fs = std::filesystem;

Result<void> writeFolder(const fs::path& folder, const std::string& job,
    const std::vector<InputItem>& inputs, const FillDirectory& fill)
{
    std::error_code error;
    fs::create_directories(folder / "artifacts", error);
    if (error)
        return fail(ErrorKind::Io, "cannot be created (" + error.message() + ")", folder.string());
    std::string lines;
    for (const auto& input : inputs)
        lines += toLine(input) + "\n";
    if (auto written = writeFileAtomically(folder / "inputs.jsonl", lines); !written)
        return written;
    if (fill)
        if (auto filled = fill(folder); !filled)
            return filled;
    return writeFileAtomically(folder / "job.json", job);
}

} // namespace

Result<std::string> createRunDirectory(const fs::path& directory, const Job& job,
    const std::vector<InputItem>& inputs, const FillDirectory& fill)
{
    const auto target = directory.has_filename() ? directory : directory.parent_path();
    if (fs::exists(fs::symlink_status(target)))
        return fail(ErrorKind::Conflict, "exists already; choose another name", target.string());
    auto temporary = target;
    temporary += ".tmp" + std::to_string(::getpid());
    std::error_code error;
    fs::remove_all(temporary, error); // of an earlier process with our id, which died half-way
    const auto text = toText(job);
    auto done = writeFolder(temporary, text, inputs, fill);
    if (done
        && ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE)
            != 0)
        done = fail(errno == EEXIST ? ErrorKind::Conflict : ErrorKind::Io,
            "cannot be put in place (" + systemReason() + ")", target.string());
    if (!done) {
        fs::remove_all(temporary, error);
        return fail(done.error());
    }
    if (auto synced = syncFolder(target.parent_path()); !synced)
        return fail(synced.error());
    return sha256(text);
}

Result<Job> readJob(const fs::path& directory)
{
    const auto file = directory / "job.json";
    const auto text = readFile(file, 16u << 20);
    if (!text)
        return fail(text.error());
    return jobFromText(*text, file.string());
}

Result<std::vector<InputItem>> readInputs(const fs::path& directory)
{
    const auto file = directory / "inputs.jsonl";
    std::vector<InputItem> inputs;
    std::optional<Error> problem;
    const auto read = forEachLine(file, 0, [&](std::string_view line, std::int64_t) {
        auto input =
            inputFromLine(line, file.string() + ", line " + std::to_string(inputs.size() + 1));
        if (input)
            inputs.push_back(std::move(*input));
        else
            problem = input.error();
        return !problem;
    });
    if (problem)
        return fail(*problem);
    if (!read)
        return fail(read.error());
    struct stat info { };
    if (::stat(file.c_str(), &info) != 0)
        return fail(
            ErrorKind::NotFound, "is missing; the run directory is not complete", file.string());
    if (info.st_size != *read)
        return fail(ErrorKind::Invalid,
            "ends in the middle of a line; copy the run directory again", file.string());
    return inputs;
}

Result<void> requestOf(const fs::path& directory, Request request)
{
    const auto file = directory / "control";
    if (request == Request::None) {
        std::error_code error;
        fs::remove(file, error);
        if (error)
            return fail(
                ErrorKind::Io, "cannot be removed (" + error.message() + ")", file.string());
        return {};
    }
    return writeFileAtomically(file, request == Request::Stop ? "stop\n" : "pause\n");
}

Request requested(const fs::path& directory)
{
    const auto file = directory / "control";
    struct stat info { };
    if (::stat(file.c_str(), &info) != 0)
        return Request::None;
    const auto text = readFile(file, 4096);
    if (!text)
        return Request::None;
    return text->starts_with("stop") ? Request::Stop
        : text->starts_with("pause") ? Request::Pause
                                     : Request::None;
}

} // namespace slook::runs
