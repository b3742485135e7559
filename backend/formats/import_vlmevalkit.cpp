#include "core/file.h"
#include "core/hash.h"
#include "core/json.h"
#include "formats/base64.h"
#include "formats/batch_builder.h"
#include "formats/importers.h"
#include "formats/python_list.h"
#include "formats/table_reader.h"
#include <algorithm>
#include <nlohmann/json.hpp>

/// VLMEvalKit's tables, as TSV, CSV or xlsx: docs/en/Development.md and
/// vlmeval/dataset/image_base.py of that project say what the columns mean.
namespace slook::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longestReference = 64; ///< of an `image` cell that names another row

/// The encoded picture `position` of an `image` cell: base64, or a Python list of such.
Result<std::string> pictureOf(const std::string& cell, std::size_t position)
{
    std::optional<std::string> bytes;
    if (cell.starts_with('[')) {
        const auto list = fromPythonList(cell);
        if (list && position < list->size())
            bytes = fromBase64((*list)[position]);
    } else {
        bytes = fromBase64(cell);
    }
    if (!bytes || bytes->empty())
        return fail(ErrorKind::Invalid, "the cell \"image\" is no picture in base64");
    return std::move(*bytes);
}

struct Columns {
    std::vector<std::string> names;
    std::vector<std::pair<char, std::size_t>> options;

    std::optional<std::size_t> find(std::string_view name) const
    {
        const auto found = std::ranges::find(names, name);
        if (found == names.end())
            return std::nullopt;
        return static_cast<std::size_t>(found - names.begin());
    }
    static bool isOwn(const std::string& name)
    {
        static const char* const own[] = { "index", "image", "image_path", "question", "hint",
            "answer", "category", "split" };
        return std::ranges::find(own, name) != std::end(own) || isOption(name);
    }
    static bool isOption(const std::string& name)
    {
        return name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z';
    }
};

/// The name of ours under which this column of the file is read; its own where nobody said
/// otherwise. A column whose name was given to another one is set aside as "name (own)".
std::string nameFor(const std::string& column, const ColumnMap& map)
{
    for (const auto& [ours, theirs] : map)
        if (theirs == column)
            return ours;
    const bool taken =
        std::ranges::any_of(map, [&](const auto& one) { return one.first == column; });
    return taken ? column + " (own)" : column;
}

Result<Columns> readHeader(TableReader& reader, const ColumnMap& map, const std::string& where)
{
    const auto record = reader.next();
    if (!record)
        return fail(record.error());
    Columns columns;
    if (*record)
        for (const auto& cell : (*record)->cells) {
            if (!isCleanUtf8(cell.text))
                return fail(ErrorKind::Invalid, "has column names that are no UTF-8", where);
            const std::string name = nameFor(cell.text, map);
            if (columns.find(name))
                return fail(ErrorKind::Invalid, "has the column \"" + name + "\" twice", where);
            if (Columns::isOption(name))
                columns.options.emplace_back(name[0], columns.names.size());
            columns.names.push_back(name);
        }
    std::ranges::sort(columns.options);
    if (!columns.find("question"))
        return fail(ErrorKind::Invalid,
            "has no column \"question\" and is no VLMEvalKit TSV; look at its first line, or say "
            "which column holds the question",
            where);
    return columns;
}

class TableImporter {
public:
    TableImporter(const fs::path& file, const ImportOptions& options, Columns columns)
        : m_file(file)
        , m_columns(std::move(columns))
        , m_builder(options, "Reading " + file.filename().string())
    {
        const auto folder = file.parent_path().empty() ? fs::path(".") : file.parent_path();
        if (options.imageRoot.empty()) {
            m_finders.emplace_back(folder / "images" / file.stem(), false);
            m_finders.emplace_back(folder, false);
        } else {
            m_finders.emplace_back(options.imageRoot, true);
        }
    }

    BatchBuilder& builder() { return m_builder; }

    Result<void> take(const TsvRecord& record)
    {
        Item item;
        item.line = record.line;
        ++m_number;
        const auto key = cell(record, "index");
        item.key = key.empty() ? "row " + std::to_string(m_number) : key;
        auto reason = fill(item, record);
        std::vector<PictureSource> pictures;
        std::string reference;
        if (reason.empty())
            reason = addPictures(record, pictures, reference);
        if (reason.empty())
            if (const auto line = m_builder.firstUse(item.key, item.line))
                reason = "the index is already used in line " + std::to_string(*line);
        if (reason.empty())
            return m_builder.add(std::move(item), std::move(pictures), std::move(reference));
        m_builder.problem(item.line, isCleanUtf8(item.key) ? item.key : "", reason);
        return {};
    }

private:
    const std::string& at(const TsvRecord& record, std::size_t column) const
    {
        static const std::string empty;
        return column < record.cells.size() ? record.cells[column].text : empty;
    }
    const std::string& cell(const TsvRecord& record, std::string_view name) const
    {
        const auto column = m_columns.find(name);
        return at(record, column ? *column : record.cells.size());
    }

    std::string shapeProblem(const TsvRecord& record) const
    {
        if (record.cells.size() > m_columns.names.size())
            return "has " + std::to_string(record.cells.size()) + " cells, but the header names "
                + std::to_string(m_columns.names.size());
        const auto image = m_columns.find("image");
        for (std::size_t i = 0; i < record.cells.size(); ++i)
            if (i != image && !isCleanUtf8(record.cells[i].text))
                return "the cell \"" + m_columns.names[i] + "\" is no clean UTF-8 text";
        return {};
    }

    /// The texts of an item. Empty, or why the row cannot be taken.
    std::string fill(Item& item, const TsvRecord& record) const
    {
        if (auto problem = shapeProblem(record); !problem.empty())
            return problem;
        item.question = cell(record, "question");
        if (item.question.empty())
            return "the cell \"question\" is empty";
        item.hint = cell(record, "hint");
        item.category = cell(record, "category");
        item.split = cell(record, "split");
        for (const auto& [letter, column] : m_columns.options)
            if (!at(record, column).empty())
                item.options.push_back({ std::string(1, letter), at(record, column) });
        const auto& answer = cell(record, "answer");
        auto problem = setAnswer(item, answer);
        item.fields = fieldsOf(record, item.answer == answer ? std::string() : answer);
        return problem;
    }

    /// Foreign columns as they were written, and the answer where we read it another way.
    std::string fieldsOf(const TsvRecord& record, const std::string& answerAsWritten) const
    {
        Json fields = Json::object();
        for (std::size_t i = 0; i < record.cells.size(); ++i)
            if (!Columns::isOwn(m_columns.names[i]))
                fields[m_columns.names[i]] = record.cells[i].text;
        if (const auto& path = cell(record, "image_path"); !path.empty())
            fields["image_path"] = path;
        if (!answerAsWritten.empty())
            fields["answer"] = answerAsWritten;
        return dumpLine(fields);
    }

    std::string addPictures(
        const TsvRecord& record, std::vector<PictureSource>& pictures, std::string& reference) const
    {
        const auto column = m_columns.find("image");
        if (!column || at(record, *column).empty())
            return addFiles(cell(record, "image_path"), pictures);
        const auto& image = record.cells[*column];
        if (!image.text.starts_with('[') && image.text.size() <= longestReference) {
            reference = image.text;
            return isCleanUtf8(reference) ? "" : "the cell \"image\" is no clean UTF-8 text";
        }
        std::size_t count = 1;
        if (image.text.starts_with('[')) {
            const auto list = fromPythonList(image.text);
            if (!list)
                return "the cell \"image\" begins like a list but is none";
            count = list->size();
        }
        for (std::size_t i = 0; i < count; ++i) {
            auto bytes = pictureOf(image.text, i);
            if (!bytes)
                return bytes.error().what;
            pictures.push_back({ std::move(*bytes),
                image.length > 0 ? loader(image, i) : std::function<Result<std::string>()>(), {} });
        }
        return {};
    }

    /// Reads a picture again from its cell, when the store wants its bytes.
    std::function<Result<std::string>()> loader(const TsvCell& cell, std::size_t position) const
    {
        return [file = m_file, offset = cell.offset, length = cell.length,
                   position]() -> Result<std::string> {
            const auto text = readCellAgain(file, offset, length);
            if (!text)
                return fail(text.error());
            return pictureOf(*text, position);
        };
    }

    std::string addFiles(const std::string& names, std::vector<PictureSource>& pictures) const
    {
        if (names.empty())
            return {};
        auto list = names.starts_with('[') ? fromPythonList(names) : std::nullopt;
        if (!list)
            list = { names };
        for (const auto& name : *list) {
            auto file = findIn(m_finders, name);
            if (!file)
                return file.error().what;
            pictures.push_back({ {}, {}, std::move(*file) });
        }
        return {};
    }

    fs::path m_file;
    Columns m_columns;
    BatchBuilder m_builder;
    std::vector<PictureFinder> m_finders;
    int m_number = 0;
};

/// Did the file end within this, its last record?
bool isCutOff(const TsvRecord& record, std::size_t columns)
{
    return record.cut || (!record.terminated && record.cells.size() < columns);
}

} // namespace

Result<ImportBatch> importVlmevalkit(const fs::path& file, const ImportOptions& options)
{
    const auto reader = openTable(file);
    if (!reader)
        return fail(reader.error());
    auto columns = readHeader(**reader, options.columns, file.string());
    if (!columns)
        return fail(columns.error());
    const auto width = columns->names.size();
    TableImporter importer(file, options, std::move(*columns));
    for (int whole = 0;; ++whole) {
        auto record = (*reader)->next();
        if (!record)
            return fail(record.error());
        if (!*record)
            break;
        if (isCutOff(**record, width)) {
            const auto line = std::to_string((*record)->line);
            if (!options.wholeRecordsOfCutFile)
                return fail(ErrorKind::Invalid,
                    "is cut off in the record that begins in line " + line
                        + ", or a quote there is "
                          "never closed; "
                        + std::to_string(whole)
                        + " whole records come before it, which can be imported alone",
                    file.string());
            importer.builder().problem((*record)->line, "", "the file is cut off in this record");
            break;
        }
        if (auto taken = importer.take(**record); !taken)
            return fail(taken.error());
        importer.builder().progress((*reader)->position(), (*reader)->size());
    }
    auto hash = sha256OfFile(file);
    if (!hash)
        return fail(hash.error());
    return importer.builder().finish(sourceRow(file, options, "vlmevalkit", std::move(*hash)));
}

} // namespace slook::formats
