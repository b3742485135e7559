#include "workbench/places.h"
#include <array>
#include <cstdlib>
#include <system_error>
#include <vector>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

std::string variable(const char* name)
{
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody sets it
    return value ? value : "";
}

bool holds(const fs::path& folder, const char* entry)
{
    std::error_code ignored;
    return fs::exists(folder / entry, ignored);
}

} // namespace

fs::path programFolder()
{
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::current_path() : self.parent_path();
}

Result<fs::path> resourcesFolder()
{
    if (const std::string set = variable("SLOOK_RESOURCES"); !set.empty()) {
        std::error_code ignored;
        if (fs::is_directory(set, ignored))
            return fs::path(set);
        return fail(ErrorKind::NotFound,
            "is no folder; set SLOOK_RESOURCES to the folder that holds model and sample, or unset "
            "it",
            set);
    }
    const std::array<fs::path, 2> places = { programFolder().parent_path() / "share/secondlook",
        fs::path(SLOOK_SOURCE_RESOURCES) };
    for (const fs::path& place : places)
        if (holds(place, "model") || holds(place, "sample"))
            return place.lexically_normal();
    return fail(ErrorKind::NotFound,
        "holds neither the embedded model nor the sample; install the program whole, or set "
        "SLOOK_RESOURCES to the folder with both",
        places[0].string());
}

Result<fs::path> embeddedModel()
{
    auto resources = resourcesFolder();
    if (!resources)
        return fail(resources.error());
    const fs::path model = *resources / "model";
    if (!holds(model, "config.json"))
        return fail(ErrorKind::NotFound,
            "has no config.json, so there is no embedded model; name a model folder with --model",
            model.string());
    return model;
}

Result<fs::path> workerProgram()
{
    std::error_code ignored;
    if (const std::string set = variable("SLOOK_WORKER"); !set.empty()) {
        if (fs::is_regular_file(set, ignored))
            return fs::absolute(set);
        return fail(ErrorKind::NotFound,
            "is no program; set SLOOK_WORKER to secondlook-worker, or unset it", set);
    }
    const std::array<fs::path, 2> places = { programFolder() / "secondlook-worker",
        programFolder().parent_path() / "libexec/secondlook/secondlook-worker" };
    for (const fs::path& place : places)
        if (fs::is_regular_file(place, ignored))
            return place;
    return fail(ErrorKind::NotFound,
        "is not there, so nothing can be computed; build or install the worker, or set "
        "SLOOK_WORKER",
        places[0].string());
}

} // namespace slook::workbench
