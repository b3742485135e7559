#include "workbench/import.h"
#include "formats/import.h"
#include "workbench/import_pairs.h"
#include "workbench/op_id.h"
#include <algorithm>

namespace fs = std::filesystem;

namespace slook::workbench {
namespace {

/// "questions", "questions 2", ...: sources are named by people, so two never share a name.
std::string freeName(const std::vector<SourceRow>& sources, const std::string& wanted)
{
    std::string name = wanted;
    for (int number = 2; std::ranges::find(sources, name, &SourceRow::name) != sources.end();
         ++number)
        name = wanted + " " + std::to_string(number);
    return name;
}

formats::ImportOptions translated(const ImportOptions& options, const Watch& watch)
{
    formats::ImportOptions result;
    result.format = options.format;
    result.imageRoot = options.imageRoot;
    result.name = options.name;
    result.split = options.split;
    result.wholeRecordsOfCutFile = options.wholeRecordsOfCutFile;
    result.seed = options.seed;
    result.onProgress = [&watch](
                            const formats::Progress& p) { watch.tell(p.what, p.done, p.total); };
    result.stopRequested = watch.stopRequested;
    return result;
}

} // namespace

std::vector<std::string> importFormats()
{
    return formats::importFormats();
}

Result<ImportReport> addBatch(store::Project& project, ImportBatch batch, const Watch& watch)
{
    const auto before = project.sources();
    if (!before)
        return fail(before.error());
    batch.source.name = freeName(*before, batch.source.name);
    if (watch.stopped())
        return fail(
            ErrorKind::Stopped, "was not imported, since it was stopped", batch.source.name);
    watch.tell("Saving " + batch.source.name, 0, 0);
    const auto id = project.addImport(batch, newOpId());
    if (!id)
        return fail(id.error());
    const auto sources = project.sources();
    if (!sources)
        return fail(sources.error());
    ImportReport report;
    report.problems = std::move(batch.problems);
    report.pictures = static_cast<std::int64_t>(batch.images.size());
    if (const auto row = std::ranges::find(*sources, *id, &SourceRow::id); row != sources->end())
        report.source = *row;
    return report;
}

Result<ImportReport> importInto(store::Project& project, const fs::path& source,
    const ImportOptions& options, const Watch& watch)
{
    if (project.readOnly())
        return fail(ErrorKind::Conflict, "is open for reading only; open it as its owner to import",
            project.file().string());
    auto batch = formats::readSource(source, translated(options, watch));
    if (!batch)
        return fail(batch.error());
    if (!options.origin.empty())
        batch->source.file = options.origin;
    const bool hasPairs = batch->source.format == "stic-pairs";
    auto report = addBatch(project, std::move(*batch), watch);
    if (!report || !hasPairs)
        return report;
    auto pairs = addImportedPairs(project, report->source, options.corruptedRoot);
    if (!pairs) {
        (void)project.undo(); // of the questions: all or nothing
        return fail(pairs.error());
    }
    report->pairs = std::move(*pairs);
    return report;
}

} // namespace slook::workbench
