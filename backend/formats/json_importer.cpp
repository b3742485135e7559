#include "formats/json_importer.h"
#include "core/file.h"
#include "core/hash.h"
#include "formats/base64.h"
#include "formats/batch_builder.h"
#include "formats/json_records.h"
#include "formats/parquet.h"

namespace slook::formats {
namespace {

namespace fs = std::filesystem;

/// Fields that an item holds itself.
constexpr std::array ownFields { "text", "question", "instruction", "category" };

/// Marks of pictures that do not count its pictures are noted, since they are cut out of the texts.
std::string fieldsOf(const Json& object, Draft& draft, std::size_t pictures)
{
    Json fields = std::move(draft.fields);
    if (fields.is_null()) {
        fields = Json::object();
        for (const auto& [key, value] : object.items())
            if (std::ranges::find(ownFields, key) == ownFields.end())
                fields[key] = value;
    }
    if (draft.marks > 0 && draft.marks != pictures)
        fields[imageMarksField] = draft.marks;
    return dumpLine(fields);
}

class FormImporter {
public:
    FormImporter(const fs::path& file, const ImportOptions& options, const JsonForm& form)
        : m_form(form)
        , m_options(options)
        , m_builder(options, "Reading " + file.filename().string())
    {
        const auto folder = file.parent_path().empty() ? fs::path(".") : file.parent_path();
        if (options.imageRoot.empty()) {
            m_finders.emplace_back(folder, false);
            m_finders.emplace_back(folder / "images", false);
        } else {
            m_finders.emplace_back(options.imageRoot, true);
        }
    }

    BatchBuilder& builder() { return m_builder; }

    Result<void> take(const JsonRecord& record)
    {
        ++m_number;
        auto object = parseJson(record.text, "");
        if (!object || !object->is_object()) {
            m_builder.problem(record.line, std::string(record.key),
                object ? "it is no JSON object" : object.error().what);
            return {};
        }
        return take(std::move(*object), std::string(record.key), record.line, {});
    }

    Result<void> take(ParquetRow row, int line)
    {
        ++m_number;
        if (row.problem.empty())
            return take(std::move(row.record), "", line, std::move(row.pictures));
        m_builder.problem(line, "", row.problem);
        return {};
    }

private:
    /// @param own  pictures that the record brings itself
    Result<void> take(Json object, const std::string& key, int line, std::vector<PictureSource> own)
    {
        rename(object);
        Draft draft;
        draft.item.line = line;
        draft.item.key = key.empty() ? "record " + std::to_string(m_number) : key;
        draft.item.split = stringOr(object, "split");
        auto reason = m_form.read(object, key, m_options, draft);
        std::vector<PictureSource> pictures = std::move(own);
        if (reason.empty() && pictures.empty())
            reason = find(draft.pictures, pictures);
        if (!reason.empty() && m_form.picturesMayBeMissing && !draft.item.question.empty()) {
            reason.clear();
            pictures.clear();
        }
        if (reason.empty() && draft.item.question.empty())
            reason = "its question is empty";
        if (!reason.empty()) {
            m_builder.problem(line, draft.item.key, reason);
            return {};
        }
        draft.item.fields = fieldsOf(object, draft, pictures.size());
        makeUnique(draft.item.key, line);
        return m_builder.add(std::move(draft.item), std::move(pictures));
    }

    /// Gives the fields that a person has mapped the names under which they are read.
    void rename(Json& object) const
    {
        for (const auto& [ours, theirs] : m_options.columns) {
            if (ours == theirs || !object.contains(theirs))
                continue;
            if (object.contains(ours))
                object[ours + " (own)"] = object[ours];
            object[ours] = object[theirs];
            object.erase(theirs);
        }
    }

    /// Ids repeat in real files (TextVQA, MME); the file's own one stays in the fields.
    void makeUnique(std::string& key, int line)
    {
        if (!m_builder.firstUse(key, line))
            return;
        auto& uses = m_uses[key];
        std::string other;
        do
            other = key + "#" + std::to_string(++uses + 1);
        while (m_builder.firstUse(other, line));
        key = other;
    }

    std::string find(
        const std::vector<std::string>& names, std::vector<PictureSource>& pictures) const
    {
        for (std::string name : names) {
            if (name.starts_with(m_form.home))
                name.erase(0, std::string_view(m_form.home).size());
            if (name.starts_with("data:image/")) {
                auto bytes = fromBase64(name);
                if (!bytes)
                    return "its picture begins like one in base64 but is none";
                pictures.push_back({ std::move(*bytes), {}, {} });
                continue;
            }
            auto file = findIn(m_finders, name);
            if (!file)
                return file.error().what;
            pictures.push_back({ {}, {}, std::move(*file) });
        }
        return {};
    }

    const JsonForm& m_form;
    const ImportOptions& m_options;
    BatchBuilder m_builder;
    std::vector<PictureFinder> m_finders;
    std::unordered_map<std::string, int> m_uses;
    int m_number = 0;
};

JsonRecords recordsOf(const std::string& text, std::string_view place)
{
    if (place.empty())
        return JsonRecords(text);
    return place == "{}" ? JsonRecords::membersOf(text) : JsonRecords::within(text, place);
}

} // namespace

std::optional<std::string> asText(const Json& object, const char* key)
{
    const auto found = object.find(key);
    if (found == object.end() || found->is_null() || found->is_structured())
        return std::nullopt;
    return found->is_string() ? found->get<std::string>() : dumpLine(*found);
}

std::string setOptions(Item& item, const std::vector<std::string>& texts)
{
    if (texts.size() > 26)
        return "it has more than 26 options";
    for (const auto& text : texts)
        item.options.push_back(
            { std::string(1, static_cast<char>('A' + item.options.size())), text });
    return {};
}

std::optional<std::vector<std::string>> textsOf(const Json& list)
{
    if (!list.is_array())
        return std::nullopt;
    std::vector<std::string> texts;
    for (const auto& one : list) {
        if (one.is_structured() || one.is_null())
            return std::nullopt;
        texts.push_back(one.is_string() ? one.get<std::string>() : dumpLine(one));
    }
    return texts;
}

namespace {

Result<ImportBatch> importRows(
    const fs::path& file, const ImportOptions& options, const JsonForm& form)
{
    const auto table = openParquet(file);
    if (!table)
        return fail(table.error());
    FormImporter importer(file, options, form);
    for (int number = 1;; ++number) {
        auto row = (*table)->next();
        if (!row)
            return fail(row.error());
        if (!*row)
            break;
        if (auto taken = importer.take(std::move(**row), number); !taken)
            return fail(taken.error());
        importer.builder().progress(number, (*table)->rows());
    }
    auto hash = sha256OfFile(file);
    if (!hash)
        return fail(hash.error());
    return importer.builder().finish(sourceRow(file, options, form.name, std::move(*hash)));
}

} // namespace

Result<ImportBatch> importJson(
    const fs::path& file, const ImportOptions& options, const JsonForm& form)
{
    const auto rows = isParquet(file);
    if (!rows)
        return fail(rows.error());
    if (*rows)
        return importRows(file, options, form);
    const auto text = readFile(file);
    if (!text)
        return fail(text.error());
    FormImporter importer(file, options, form);
    JsonRecords records = recordsOf(*text, form.place);
    for (int whole = 0; const auto record = records.next(); ++whole) {
        if (record->cut) {
            if (!options.wholeRecordsOfCutFile)
                return fail(ErrorKind::Invalid,
                    "is cut off at byte " + std::to_string(record->offset)
                        + " (in the record of line " + std::to_string(record->line) + "); "
                        + std::to_string(whole)
                        + " whole records come before, which can be imported alone",
                    file.string());
            importer.builder().problem(record->line, "", "the file is cut off in this record");
            break;
        }
        if (auto taken = importer.take(*record); !taken)
            return fail(taken.error());
        importer.builder().progress(record->offset, static_cast<std::int64_t>(text->size()));
    }
    return importer.builder().finish(sourceRow(file, options, form.name, sha256(*text)));
}

} // namespace slook::formats
