#include "session.h"
#include "interrupt.h"
#include "workbench/follow.h"
#include <array>
#include <ctime>

namespace slook::cli {

workbench::Watch watchWith(ProgressBar& bar)
{
    workbench::Watch watch;
    watch.report = [&bar](const workbench::Progress& p) { bar.show(p.what, p.done, p.total); };
    watch.stopRequested = [] { return interrupts() > 0; };
    return watch;
}

namespace {

void tellNotices(const Session& session, const store::Project& project)
{
    for (const std::string& notice : project.notices())
        session.console.notice(project.file().string() + ": " + notice);
}

} // namespace

Result<store::Project> openToChange(const Session& session, const std::filesystem::path& file)
{
    auto project = store::Project::open(file);
    if (!project)
        return project;
    tellNotices(session, *project);
    if (auto caughtUp = workbench::catchUp(*project); !caughtUp)
        return fail(caughtUp.error());
    return project;
}

Result<store::Project> openToRead(const Session& session, const std::filesystem::path& file)
{
    auto project = store::Project::openReadOnly(file);
    if (!project)
        return project;
    if (workbench::needsCatchUp(*project)) {
        auto owned = openToChange(session, file);
        if (owned || owned.error().kind != ErrorKind::Conflict)
            return owned;
    }
    tellNotices(session, *project);
    return project;
}

Result<RunRow> runNamed(const store::Project& project, const std::string& name)
{
    if (!name.empty())
        return project.run(name);
    auto runs = project.runs();
    if (!runs)
        return fail(runs.error());
    if (runs->empty())
        return fail(ErrorKind::NotFound,
            "has no run yet; start one with secondlook-cli run PROJECT scl",
            project.file().string());
    return runs->front();
}

Result<std::map<SourceId, std::string>> sourceNames(const store::Project& project)
{
    auto sources = project.sources();
    if (!sources)
        return fail(sources.error());
    std::map<SourceId, std::string> names;
    for (const SourceRow& source : *sources)
        names.emplace(source.id, source.name);
    return names;
}

Result<std::map<ItemId, Item>> itemsById(const store::Project& project)
{
    auto items = project.items();
    if (!items)
        return fail(items.error());
    std::map<ItemId, Item> byId;
    for (Item& item : *items) {
        const ItemId id = item.id;
        byId.emplace(id, std::move(item));
    }
    return byId;
}

std::string stateName(RunState state)
{
    switch (state) {
    case RunState::Waiting:
        return "waiting";
    case RunState::Running:
        return "running";
    case RunState::Stopped:
        return "stopped";
    case RunState::Failed:
        return "failed";
    case RunState::Done:
        return "done";
    }
    return {};
}

std::string timeText(std::int64_t utcMilliseconds)
{
    if (utcMilliseconds == 0)
        return {};
    const std::time_t seconds = utcMilliseconds / 1000;
    std::tm parts {};
    std::array<char, 32> buffer {};
    if (!localtime_r(&seconds, &parts)
        || std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M", &parts) == 0)
        return {};
    return buffer.data();
}

} // namespace slook::cli
