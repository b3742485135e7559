#include "workbench/import.h"
#include "formats/import.h"
#include "workbench/import_pairs.h"
#include "workbench/op_id.h"
#include <algorithm>
#include <functional>
#include <map>
#include <set>

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
    result.columns = options.columns;
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

namespace {

std::string countText(std::size_t n, const std::string& one)
{
    return std::to_string(n) + " " + one + (n == 1 ? "" : "s");
}

/// Number of "<image>" marks that a person wrote into the question.
std::size_t marksIn(std::string_view text)
{
    constexpr std::string_view mark = "<image>";
    std::size_t n = 0;
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1))
        ++n;
    return n;
}

void check(ImportPreview& preview, std::size_t n, const std::string& one, const std::string& first,
    const std::string& good)
{
    if (n == 0)
        preview.checks.push_back({ true, good });
    else
        preview.checks.push_back(
            { false, countText(n, "question") + " " + one + "; the first: " + first });
}

void lookOver(ImportPreview& preview)
{
    const auto& batch = preview.batch;
    std::size_t marks = 0, bare = 0, unanswered = 0, twice = 0;
    std::string firstMark, firstBare, firstUnanswered, firstTwice;
    const auto count = [](std::size_t& n, std::string& first, const std::string& key) {
        if (n++ == 0)
            first = key;
    };
    std::set<std::string> seen;
    std::map<std::string, int> categories;
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        const Item& item = batch.items[i];
        const auto& pictures = batch.itemImages[i];
        ++categories[item.category];
        if (const auto written = marksIn(item.question); written > 0 && written != pictures.size())
            count(marks, firstMark, item.key);
        if (pictures.empty())
            count(bare, firstBare, item.key);
        if (item.answer.empty())
            count(unanswered, firstUnanswered, item.key);
        std::string all = item.question;
        for (const Option& option : item.options)
            all += '\n' + option.text;
        for (const std::size_t picture : pictures)
            all += '\n' + std::to_string(picture);
        if (!seen.insert(std::move(all)).second)
            count(twice, firstTwice, item.key);
    }
    check(preview, marks, "have another number of <image> marks than pictures", firstMark,
        "Picture marks and pictures agree.");
    check(preview, bare, "have no picture", firstBare, "Every question has a picture.");
    check(preview, unanswered, "have no known answer, so nobody can say what is right",
        firstUnanswered, "Every question has a known answer.");
    check(preview, twice, "stand there more than once", firstTwice,
        "No question stands there twice.");
    std::size_t shown = 0;
    for (const auto& pictures : batch.itemImages)
        shown += pictures.size();
    preview.checks.push_back({ true,
        countText(batch.images.size(), "different picture") + " shown " + countText(shown, "time")
            + "." });
    preview.categories.assign(categories.begin(), categories.end());
    std::ranges::stable_sort(
        preview.categories, std::ranges::greater(), &std::pair<std::string, int>::second);
}

/// Without its checks.
Result<ImportPreview> readPreview(
    const fs::path& source, const ImportOptions& options, const Watch& watch)
{
    auto batch = formats::readSource(source, translated(options, watch));
    if (!batch)
        return fail(batch.error());
    if (!options.origin.empty())
        batch->source.file = options.origin;
    ImportPreview preview;
    preview.batch = std::move(*batch);
    return preview;
}

} // namespace

Result<ImportPreview> previewImport(
    const fs::path& source, const ImportOptions& options, const Watch& watch)
{
    auto preview = readPreview(source, options, watch);
    if (preview)
        lookOver(*preview);
    return preview;
}

Result<ImportReport> addPreviewed(store::Project& project, ImportPreview preview,
    const ImportOptions& options, const Watch& watch)
{
    if (project.readOnly())
        return fail(ErrorKind::Conflict, "is open for reading only; open it as its owner to import",
            project.file().string());
    const bool hasPairs = preview.batch.source.format == "stic-pairs";
    auto report = addBatch(project, std::move(preview.batch), watch);
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

Result<SourceShape> shapeOf(const fs::path& source, const std::string& format)
{
    SourceShape shape;
    if (format.empty()) {
        const auto sniffed = formats::sniffFormat(source);
        if (!sniffed && sniffed.error().kind != ErrorKind::Invalid)
            return fail(sniffed.error());
        shape.format = sniffed.value_or("");
        shape.reason = sniffed ? std::string() : message(sniffed.error());
    } else {
        shape.format = format;
    }
    const auto columns = formats::sourceColumns(source);
    if (columns)
        for (const auto& one : *columns)
            shape.columns.push_back({ one.name, one.sample });
    shape.fields = formats::mappedFields(shape.format);
    return shape;
}

Result<ImportReport> importInto(store::Project& project, const fs::path& source,
    const ImportOptions& options, const Watch& watch)
{
    if (project.readOnly()) // before a long read
        return fail(ErrorKind::Conflict, "is open for reading only; open it as its owner to import",
            project.file().string());
    auto preview = readPreview(source, options, watch);
    if (!preview)
        return fail(preview.error());
    return addPreviewed(project, std::move(*preview), options, watch);
}

} // namespace slook::workbench
