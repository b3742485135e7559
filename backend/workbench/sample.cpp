#include "workbench/sample.h"
#include "scenes/export.h"
#include "workbench/places.h"
#include <system_error>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

/// Six kinds of question, easy and hard scenes in turn: hard enough that every type of transition
/// occurs.
constexpr int kScenes = 336;
constexpr std::uint64_t kSeed = 2024;

void removeProject(const fs::path& file)
{
    std::error_code ignored;
    for (const char* ending : { "", "-wal", "-shm", ".lock" })
        fs::remove(file.string() + ending, ignored);
    fs::remove_all(file.string() + ".d", ignored);
}

/// A folder beside the project that is gone when this is.
class Scratch {
public:
    explicit Scratch(const fs::path& file)
        : m_folder(file.string() + ".sample")
    {
        std::error_code ignored;
        m_mine = fs::create_directory(m_folder, ignored);
    }
    ~Scratch()
    {
        std::error_code ignored;
        if (m_mine)
            fs::remove_all(m_folder, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    [[nodiscard]] const fs::path& folder() const { return m_folder; }

private:
    fs::path m_folder;
    bool m_mine = false; ///< a folder of that name that was there is somebody else's
};

/// Rendered here and not shipped: the same bytes on every machine, and megabytes less to download.
Result<fs::path> renderScenes(const fs::path& folder, const Watch& watch)
{
    scenes::ExportOptions options;
    options.folder = folder;
    options.count = kScenes;
    options.seed = kSeed;
    options.mixedLevels = true;
    options.progress = [&](int done) {
        watch.tell("Rendering scenes", done, kScenes);
        return !watch.stopped();
    };
    auto report = scenes::exportScenes(options);
    if (!report)
        return fail(report.error());
    return report->file;
}

/// @param origin  what the project says of where the questions came from: `source` lies in a folder
///                that is gone by then, or wherever this program is installed today
Result<ImportReport> take(store::Project& project, const fs::path& source, const char* format,
    const char* name, const std::string& origin, const Watch& watch)
{
    ImportOptions options;
    options.name = name;
    options.origin = origin;
    options.format = format;
    options.split = "test";
    return importInto(project, source, options, watch);
}

Result<std::vector<ImportReport>> fill(
    store::Project& project, const fs::path& resources, const fs::path& scratch, const Watch& watch)
{
    const auto rendered = renderScenes(scratch, watch);
    if (!rendered)
        return fail(rendered.error());
    auto ours = take(project, *rendered, "vlmevalkit", "scenes",
        "secondlook-cli scenes, " + std::to_string(kScenes) + " rendered with seed "
            + std::to_string(kSeed),
        watch);
    if (!ours)
        return fail(ours.error());
    const fs::path inResources = fs::path("sample") / "easy_vqa" / "data" / "test";
    auto easyVqa = take(project, resources / inResources, "easy-vqa", "easy-vqa",
        "resources/" + inResources.generic_string(), watch);
    if (!easyVqa)
        return fail(easyVqa.error());
    return std::vector<ImportReport> { std::move(*ours), std::move(*easyVqa) };
}

} // namespace

Result<std::vector<ImportReport>> makeSampleProject(const fs::path& file, const Watch& watch)
{
    const auto resources = resourcesFolder();
    if (!resources)
        return fail(resources.error());
    const Scratch scratch(file);
    Result<std::vector<ImportReport>> reports;
    {
        auto project = store::Project::create(file);
        if (!project)
            return fail(project.error());
        reports = fill(*project, *resources, scratch.folder(), watch);
    }
    if (!reports)
        removeProject(file);
    return reports;
}

} // namespace slook::workbench
