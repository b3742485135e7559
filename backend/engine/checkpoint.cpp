#include "engine/checkpoint.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "engine/tensor_file.h"
#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

namespace slook::engine {
namespace {

namespace fs = std::filesystem;
constexpr auto stateName = "state.safetensors";
constexpr auto manifestName = "manifest.json";
constexpr std::size_t kept = 2;

std::string folderName(std::int64_t step)
{
    std::array<char, 32> text {};
    std::snprintf(text.data(), text.size(), "step-%06lld", static_cast<long long>(step));
    return text.data();
}

/// Checkpoint folders by falling step.
std::vector<std::pair<std::int64_t, fs::path>> listCheckpoints(const fs::path& folder)
{
    std::vector<std::pair<std::int64_t, fs::path>> found;
    std::error_code ignored;
    for (fs::directory_iterator at(folder, ignored), end; !ignored && at != end;
         at.increment(ignored)) {
        const std::string name = at->path().filename().string();
        const bool numbered = name.starts_with("step-") && name.size() > 5 && name.size() < 20
            && name.find_first_not_of("0123456789", 5) == std::string::npos;
        if (numbered)
            found.emplace_back(std::stoll(name.substr(5)), at->path());
    }
    std::sort(found.rbegin(), found.rend());
    return found;
}

Result<Json> manifestOf(const fs::path& folder, const TrainState& state)
{
    const auto hash = sha256OfFile(folder / stateName);
    if (!hash)
        return fail(hash.error());
    std::error_code problem;
    const auto size = fs::file_size(folder / stateName, problem);
    if (problem)
        return fail(ErrorKind::Io, "cannot be read back: " + problem.message() + ".",
            (folder / stateName).string());
    Json manifest;
    manifest["version"] = 1;
    manifest["step"] = state.step;
    manifest["config_sha256"] = state.configSha256;
    manifest["threads"] = state.threads;
    manifest["files"][stateName] = { { "bytes", size }, { "sha256", *hash } };
    return manifest;
}

/// The checkpoint in `folder`; Invalid where anything is missing or differs from the manifest.
Result<TrainState> readOne(const fs::path& folder)
{
    const auto text = readFile(folder / manifestName, 1u << 20);
    if (!text)
        return fail(text.error());
    const auto manifest = parseJson(*text, (folder / manifestName).string());
    if (!manifest)
        return fail(manifest.error());
    const auto damaged = [&] {
        return fail(ErrorKind::Invalid, "The checkpoint is damaged.", folder.string());
    };
    if (!manifest->is_object() || integerOr(*manifest, "version", 0) != 1
        || !manifest->contains("files") || !(*manifest)["files"].is_object()
        || !(*manifest)["files"].contains(stateName))
        return damaged();
    const Json& entry = (*manifest)["files"][stateName];
    std::error_code problem;
    const auto size = fs::file_size(folder / stateName, problem);
    if (problem || static_cast<std::int64_t>(size) != integerOr(entry, "bytes", -1))
        return damaged();
    const auto hash = sha256OfFile(folder / stateName);
    if (!hash || *hash != stringOr(entry, "sha256"))
        return damaged();
    const auto file = TensorFile::open(folder / stateName);
    if (!file)
        return fail(file.error());
    auto tensors = file->readAll();
    if (!tensors)
        return fail(tensors.error());
    TrainState state;
    state.step = integerOr(*manifest, "step", -1);
    state.configSha256 = stringOr(*manifest, "config_sha256");
    state.threads = static_cast<int>(integerOr(*manifest, "threads", 0));
    state.tensors = std::move(*tensors);
    return state;
}

tl::unexpected<Error> ioProblem(const fs::path& path, const std::error_code& problem)
{
    return fail(ErrorKind::Io, "The checkpoint cannot be written: " + problem.message() + ".",
        path.string());
}

} // namespace

Result<void> writeCheckpoint(const fs::path& folder, const TrainState& state)
{
    const fs::path target = folder / folderName(state.step);
    const fs::path partial = folder / ("partial-" + folderName(state.step));
    std::error_code problem;
    fs::remove_all(partial, problem);
    fs::create_directories(partial, problem);
    if (problem)
        return ioProblem(partial, problem);
    if (const auto written = writeTensorFile(partial / stateName, state.tensors); !written)
        return written;
    const auto manifest = manifestOf(partial, state);
    if (!manifest)
        return fail(manifest.error());
    if (const auto written = writeFileAtomically(partial / manifestName, dumpPretty(*manifest));
        !written)
        return written;
    fs::remove_all(target, problem); // the same step once more, after a resume from an older one
    fs::rename(partial, target, problem);
    if (problem)
        return ioProblem(target, problem);
    if (const auto synced = syncFolder(folder); !synced)
        return synced;
    const auto all = listCheckpoints(folder);
    for (std::size_t i = kept; i < all.size(); ++i)
        fs::remove_all(all[i].second, problem); // what cannot be removed only takes room
    return {};
}

Result<std::optional<TrainState>> readNewestCheckpoint(
    const fs::path& folder, const std::string& configSha256)
{
    for (const auto& [step, path] : listCheckpoints(folder)) {
        auto state = readOne(path);
        if (!state || state->step != step)
            continue;
        if (state->configSha256 != configSha256)
            return fail(ErrorKind::Conflict,
                "The checkpoint belongs to a training with other options, data or start weights; "
                "start this one in a new "
                "folder.",
                path.string());
        return std::optional(std::move(*state));
    }
    return std::optional<TrainState>();
}

} // namespace slook::engine
