#include "workbench/sample.h"
#include "workbench/places.h"
#include <array>
#include <optional>
#include <system_error>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

struct Part {
    const char* path; ///< under resources/sample
    const char* name;
    const char* format;
};
constexpr std::array parts = {
    Part { "scenes.tsv", "scenes", "vlmevalkit" },
    Part { "easy_vqa/data/test", "easy-vqa", "easy-vqa" },
};

void removeProject(const fs::path& file)
{
    std::error_code ignored;
    for (const char* ending : { "", "-wal", "-shm", ".lock" })
        fs::remove(file.string() + ending, ignored);
    fs::remove_all(file.string() + ".d", ignored);
}

Result<std::vector<ImportReport>> fill(
    store::Project& project, const fs::path& sample, const Watch& watch)
{
    std::vector<ImportReport> reports;
    for (const Part& part : parts) {
        ImportOptions options;
        options.name = part.name;
        options.format = part.format;
        options.split = "test";
        auto report = importInto(project, sample / part.path, options, watch);
        if (!report)
            return fail(report.error());
        reports.push_back(std::move(*report));
    }
    return reports;
}

} // namespace

Result<std::vector<ImportReport>> makeSampleProject(const fs::path& file, const Watch& watch)
{
    const auto resources = resourcesFolder();
    if (!resources)
        return fail(resources.error());
    Result<std::vector<ImportReport>> reports;
    {
        auto project = store::Project::create(file);
        if (!project)
            return fail(project.error());
        reports = fill(*project, *resources / "sample", watch);
    }
    if (!reports)
        removeProject(file);
    return reports;
}

} // namespace slook::workbench
