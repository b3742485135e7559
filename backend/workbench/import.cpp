#include "workbench/import.h"
#include "core/file.h"
#include "core/json.h"
#include "formats/import.h"
#include "formats/json_importer.h"
#include "workbench/import_pairs.h"
#include "workbench/op_id.h"
#include "workbench/prompt_length.h"
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

/// True where the fields name this member; a cheap look that spares parsing most items.
bool mayHave(const Item& item, const char* field)
{
    return item.fields.find("\"" + std::string(field) + "\"") != std::string::npos;
}

/// Number of "<image>" marks that a person wrote into the question, or that were cut out of it
/// where they did not count the pictures.
std::size_t marksIn(const Item& item)
{
    if (mayHave(item, formats::imageMarksField))
        if (const auto fields = parseJson(item.fields, item.key))
            return static_cast<std::size_t>(integerOr(*fields, formats::imageMarksField, 0));
    constexpr std::string_view mark = "<image>";
    const std::string_view text = item.question;
    std::size_t n = 0;
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1))
        ++n;
    return n;
}

/// What counts in a check, and the first question that it is about.
struct Found {
    std::size_t n = 0;
    std::string first;
    void count(const Item& item)
    {
        if (n++ == 0)
            first = item.key;
    }
};

void check(
    ImportPreview& preview, const Found& found, const std::string& says, const std::string& good)
{
    if (found.n > 0)
        preview.checks.push_back(
            { false, countText(found.n, "question") + " " + says + "; the first: " + found.first });
    else if (!good.empty())
        preview.checks.push_back({ true, good });
}

/// "7#2": a key that a file uses more than once was given a number.
bool isNumbered(const std::string& key, const std::set<std::string_view>& keys)
{
    const auto mark = key.rfind('#');
    return mark != std::string::npos && mark > 0
        && keys.contains(std::string_view(key).substr(0, mark));
}

void checkKeys(ImportPreview& preview)
{
    std::set<std::string_view> keys;
    for (const Item& item : preview.batch.items)
        keys.insert(item.key);
    Found numbered;
    for (const Item& item : preview.batch.items)
        if (isNumbered(item.key, keys))
            numbered.count(item);
    check(
        preview, numbered, "repeat a key and were given a number", "Every key stands there once.");
}

/// Of pairs: labelled answers without a counterpart, and turns before the question.
void checkPairs(ImportPreview& preview)
{
    if (preview.batch.source.format != "pairs")
        return;
    Found single, earlier;
    for (const Item& item : preview.batch.items) {
        if (!mayHave(item, "chosen") || !mayHave(item, "rejected"))
            single.count(item);
        if (mayHave(item, "history") || mayHave(item, "system"))
            earlier.count(item);
    }
    check(preview, single, "have an answer of one label only, which makes no pair",
        "Every question has a chosen and a rejected answer.");
    check(preview, earlier,
        "have a system text or earlier turns, which are kept in their fields; the prompt of the "
        "pair is the last question",
        "");
}

/// Pictures of equal pixels are one. In a folder that is worth a look, elsewhere it is usual.
void checkPictures(ImportPreview& preview)
{
    const auto& batch = preview.batch;
    std::vector<int> uses(batch.images.size(), 0);
    std::size_t shown = 0;
    Found again;
    for (std::size_t i = 0; i < batch.items.size(); ++i)
        for (const std::size_t picture : batch.itemImages[i]) {
            ++shown;
            if (++uses[picture] == 2)
                again.count(batch.items[i]);
        }
    preview.checks.push_back({ again.n == 0 || batch.source.format != "folder",
        countText(batch.images.size(), "different picture") + " (by the hash of the pixels) shown "
            + countText(shown, "time")
            + (again.n == 0 ? "."
                            : "; " + std::to_string(again.n)
                        + " of them more than once, first again with " + again.first + ".") });
}

std::string lengthText(const PromptTokens& tokens, std::int64_t context)
{
    return std::to_string(tokens.total()) + " of " + std::to_string(context)
        + " tokens: " + std::to_string(tokens.text) + " of text, " + std::to_string(tokens.pictures)
        + " of pictures";
}

/// Prompts against the model's context, without what a method adds.
void checkLengths(ImportPreview& preview, const fs::path& model, const Watch& watch)
{
    if (model.empty())
        return;
    const auto length = PromptLength::of(model);
    if (!length) {
        preview.checks.push_back({ false,
            "Whether the prompts fit the model is not known: " + message(length.error()) + "." });
        return;
    }
    Found tooLong;
    const auto& batch = preview.batch;
    std::vector<ImageRow> pictures;
    for (std::size_t i = 0; i < batch.items.size() && !watch.stopped(); ++i) {
        const Item& item = batch.items[i];
        pictures.clear();
        for (const std::size_t at : batch.itemImages[i])
            pictures.push_back(batch.images[at].row);
        watch.tell("Counting tokens", static_cast<std::int64_t>(i),
            static_cast<std::int64_t>(batch.items.size()));
        if (length->atMost(item, pictures) <= length->context())
            continue;
        const auto tokens = length->count(item, pictures);
        if (tokens && tokens->total() <= length->context())
            continue;
        tooLong.count(item);
        preview.tooLong.push_back({ item.line, item.key,
            tokens ? lengthText(*tokens, length->context()) : message(tokens.error()) });
    }
    const std::string context =
        "the " + std::to_string(length->context()) + " tokens of the model's context (";
    const std::string counted =
        (length->estimate().empty() ? "by its tokenizer, chat template and picture rule"
                                    : "an estimate: counted " + length->estimate())
        + "; a method's instructions and the answer come on top)";
    check(preview, tooLong, "are longer than " + context + counted,
        "Every question fits " + context + counted + ".");
}

void lookOver(ImportPreview& preview, const fs::path& model, const Watch& watch)
{
    const auto& batch = preview.batch;
    Found marks, bare, unanswered, twice;
    std::set<std::string> seen;
    std::map<std::string, int> categories;
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        const Item& item = batch.items[i];
        const auto& pictures = batch.itemImages[i];
        ++categories[item.category];
        if (const auto written = marksIn(item); written > 0 && written != pictures.size())
            marks.count(item);
        if (pictures.empty())
            bare.count(item);
        if (item.answer.empty())
            unanswered.count(item);
        std::string all = item.question;
        for (const Option& option : item.options)
            all += '\n' + option.text;
        for (const std::size_t picture : pictures)
            all += '\n' + std::to_string(picture);
        if (!seen.insert(std::move(all)).second)
            twice.count(item);
    }
    check(preview, marks, "have another number of <image> marks than pictures",
        "Picture marks and pictures agree.");
    check(preview, bare, "have no picture", "Every question has a picture.");
    check(preview, unanswered, "have no known answer, so nobody can say what is right",
        "Every question has a known answer.");
    check(preview, twice, "stand there more than once", "No question stands there twice.");
    if (batch.source.format.ends_with("-answers"))
        preview.checks.push_back({ true,
            "These are answers: those to questions that the project has, by key and text, are "
            "filed "
            "under them; the others become questions of their own, without a picture." });
    checkKeys(preview);
    checkPairs(preview);
    checkPictures(preview);
    checkLengths(preview, model, watch);
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
        lookOver(*preview, options.model, watch);
    if (watch.stopped())
        return fail(
            ErrorKind::Stopped, "was not looked through, since it was stopped", source.string());
    return preview;
}

namespace {

/// A cheap look: most sources are questions alone.
bool bringsAnswers(const ImportBatch& batch)
{
    const auto& format = batch.source.format;
    return format == "pairs" || format == "stic-pairs" || format == "scl-traces"
        || format.ends_with("-answers")
        || (format == "vlmevalkit" && std::ranges::any_of(batch.items, [](const Item& item) {
               return mayHave(item, "prediction");
           }));
}

} // namespace

Result<ImportReport> addPreviewed(store::Project& project, ImportPreview preview,
    const ImportOptions& options, const Watch& watch)
{
    if (project.readOnly())
        return fail(ErrorKind::Conflict, "is open for reading only; open it as its owner to import",
            project.file().string());
    const bool hasAnswers = bringsAnswers(preview.batch);
    const auto known = takeKnownAnswers(project, preview.batch);
    if (!known)
        return fail(known.error());
    auto report = addBatch(project, std::move(preview.batch), watch);
    if (!report || !hasAnswers)
        return report;
    auto pairs = addImportedAnswers(project, report->source, options.corruptedRoot, *known);
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
