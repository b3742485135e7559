#include "formats/workbook.h"
#include "core/file.h"
#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <charconv>
#include <expat.h>
#include <map>
#include <memory>
#include <optional>
#include <unistd.h>
#include <xlsxwriter.h>

/// xlsx workbooks: ECMA-376 (Office Open XML), part 1, chapter 18.
namespace slook::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t mostUnpacked = 512u << 20;
constexpr std::size_t mostColumns = 1000;
constexpr std::size_t mostCells = 20'000'000;

Error workbookError(const std::string& says, const fs::path& file)
{
    return { ErrorKind::Invalid, says, file.string() };
}

/// The wanted members of a zip archive, unpacked.
Result<std::map<std::string, std::string>> unpack(
    const fs::path& file, bool (*wanted)(std::string_view name))
{
    const auto damaged = [&] {
        return fail(workbookError("is a damaged xlsx file; get it again, or save it as TSV", file));
    };
    const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
    archive_read_support_format_zip(reader.get());
    constexpr std::size_t block = 1u << 16;
    if (archive_read_open_filename(reader.get(), file.c_str(), block) != ARCHIVE_OK)
        return damaged();
    std::map<std::string, std::string> members;
    std::size_t total = 0;
    archive_entry* entry = nullptr;
    while (true) {
        const int status = archive_read_next_header(reader.get(), &entry);
        if (status == ARCHIVE_EOF)
            return members;
        if (status != ARCHIVE_OK)
            return damaged();
        const char* const name = archive_entry_pathname(entry);
        if (!name || !wanted(name))
            continue;
        std::string text;
        std::string buffer(block, '\0');
        la_ssize_t got = 0;
        while ((got = archive_read_data(reader.get(), buffer.data(), buffer.size())) > 0) {
            text.append(buffer, 0, static_cast<std::size_t>(got));
            if ((total += static_cast<std::size_t>(got)) > mostUnpacked)
                return fail(workbookError(
                    "is an xlsx file that unpacks to more than 512 MiB; save it as TSV", file));
        }
        if (got < 0)
            return damaged();
        members[name] = std::move(text);
    }
}

/// Calls that one kind of part wants; names are without their namespace.
struct Visitor {
    virtual ~Visitor() = default;
    virtual void begin(std::string_view name, const char** attributes) = 0;
    virtual void end(std::string_view /*name*/) { }
    virtual void text(std::string_view /*text*/) { }
    std::string problem; ///< ends the reading
};

std::string_view localName(const char* name)
{
    const std::string_view whole = name;
    return whole.substr(whole.rfind(':') + 1);
}

std::string attribute(const char** attributes, std::string_view name)
{
    for (; *attributes; attributes += 2)
        if (localName(attributes[0]) == name)
            return attributes[1];
    return {};
}

/// Empty, or why the text is none of a workbook. A document type, which could define entities, is
/// refused.
std::string visit(const std::string& xml, Visitor& visitor)
{
    struct Guard {
        XML_Parser parser;
        Visitor& visitor;
    };
    const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(
        XML_ParserCreate(nullptr), XML_ParserFree);
    Guard guard { parser.get(), visitor };
    XML_SetUserData(parser.get(), &guard);
    const auto stopAt = [](Guard& one) {
        if (!one.visitor.problem.empty())
            XML_StopParser(one.parser, XML_FALSE);
    };
    static const auto stop = stopAt;
    XML_SetElementHandler(
        parser.get(),
        [](void* data, const char* name, const char** attributes) {
            auto& one = *static_cast<Guard*>(data);
            one.visitor.begin(localName(name), attributes);
            stop(one);
        },
        [](void* data, const char* name) {
            auto& one = *static_cast<Guard*>(data);
            one.visitor.end(localName(name));
            stop(one);
        });
    XML_SetCharacterDataHandler(parser.get(), [](void* data, const char* text, int length) {
        static_cast<Guard*>(data)->visitor.text({ text, static_cast<std::size_t>(length) });
    });
    XML_SetStartDoctypeDeclHandler(
        parser.get(), [](void* data, const char*, const char*, const char*, int) {
            auto& one = *static_cast<Guard*>(data);
            one.visitor.problem = "holds a document type, which no workbook has";
            stop(one);
        });
    const auto status = XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()), XML_TRUE);
    if (!visitor.problem.empty())
        return visitor.problem;
    return status == XML_STATUS_OK ? "" : "is a damaged xlsx file; get it again, or save it as TSV";
}

/// "_x000D_" stands for a character that XML cannot hold (ECMA-376 22.9.2.19).
std::string unescaped(const std::string& text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned code = 0;
        const char* const digits = text.data() + i + 2;
        const bool escape = text[i] == '_' && i + 7 <= text.size() && text[i + 1] == 'x'
            && text[i + 6] == '_' && std::from_chars(digits, digits + 4, code, 16).ptr == digits + 4
            && code > 0 && code < 0x80;
        if (!escape) {
            plain += text[i];
            continue;
        }
        plain += static_cast<char>(code);
        i += 6;
    }
    return plain;
}

/// What looks like such an escape is escaped itself.
std::string escaped(const std::string& text)
{
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        result += text[i];
        if (text[i] == '_' && i + 1 < text.size() && text[i + 1] == 'x')
            result += "x005F_";
    }
    return result;
}

/// Texts that cells share, by number.
struct SharedTexts final : Visitor {
    std::vector<std::string> texts;

    void begin(std::string_view name, const char**) override
    {
        if (name == "si")
            texts.emplace_back();
        m_inside = name == "t" && m_reading == 0 && !texts.empty();
        m_reading += name == "rPh"; // how a text is pronounced
    }
    void end(std::string_view name) override
    {
        m_inside = false;
        m_reading -= name == "rPh";
        if (name == "si")
            texts.back() = unescaped(texts.back());
    }
    void text(std::string_view text) override
    {
        if (m_inside)
            texts.back() += text;
    }

private:
    bool m_inside = false;
    int m_reading = 0;
};

/// "AB12" -> 27; empty where there are no letters.
std::optional<std::size_t> columnOf(std::string_view reference)
{
    std::size_t column = 0;
    std::size_t letters = 0;
    for (const char c : reference) {
        if (c < 'A' || c > 'Z' || letters == 4)
            break;
        column = column * 26 + static_cast<std::size_t>(c - 'A') + 1;
        ++letters;
    }
    return letters == 0 ? std::nullopt : std::optional(column - 1);
}

struct Sheet final : Visitor {
    explicit Sheet(const std::vector<std::string>& shared)
        : m_shared(shared)
    {
    }
    std::vector<SheetRow> rows;

    void begin(std::string_view name, const char** attributes) override
    {
        if (name == "row")
            beginRow(attribute(attributes, "r"));
        else if (name == "c" && m_inRow)
            beginCell(attributes);
        m_inside = (name == "v" || name == "t") && m_inCell && m_reading == 0;
        m_reading += name == "rPh";
    }
    void end(std::string_view name) override
    {
        m_inside = false;
        m_reading -= name == "rPh";
        if (name == "c" && m_inCell)
            endCell();
        if (name == "row" && m_inRow) {
            m_inRow = false;
            if (rows.back().cells.empty())
                rows.pop_back();
        }
    }
    void text(std::string_view text) override
    {
        if (m_inside)
            m_text += text;
    }

private:
    void beginRow(const std::string& number)
    {
        int at = m_next;
        std::from_chars(number.data(), number.data() + number.size(), at);
        m_next = at < m_next ? m_next + 1 : at + 1;
        rows.push_back({ m_next - 1, {} });
        m_inRow = true;
        m_column = 0;
    }
    void beginCell(const char** attributes)
    {
        m_column = columnOf(attribute(attributes, "r")).value_or(m_column);
        if (m_column >= mostColumns)
            problem = "has more than 1,000 columns, which is no table of questions";
        m_type = attribute(attributes, "t");
        m_text.clear();
        m_inCell = true;
    }
    void endCell()
    {
        m_inCell = false;
        auto value = valueOf();
        if (value && !value->empty()) {
            auto& cells = rows.back().cells;
            if (cells.size() <= m_column) {
                m_cells += m_column + 1 - cells.size();
                cells.resize(m_column + 1);
            }
            cells[m_column] = std::move(*value);
        }
        if (m_cells > mostCells)
            problem = "has more than 20 million cells; save it as TSV";
        ++m_column;
    }
    std::optional<std::string> valueOf()
    {
        if (m_type == "inlineStr")
            return unescaped(m_text);
        if (m_type == "e") // "#N/A"
            return std::nullopt;
        if (m_type == "b")
            return m_text == "1" ? "TRUE" : "FALSE";
        if (m_type != "s")
            return m_text;
        std::size_t number = 0;
        const auto* const last = m_text.data() + m_text.size();
        if (std::from_chars(m_text.data(), last, number).ptr != last || number >= m_shared.size()) {
            problem = "names a text that it does not hold; get the file again";
            return std::nullopt;
        }
        return m_shared[number];
    }

    const std::vector<std::string>& m_shared;
    std::string m_text;
    std::string m_type;
    std::size_t m_column = 0;
    std::size_t m_cells = 0;
    int m_next = 1; ///< number of the next row where it does not say
    int m_reading = 0;
    bool m_inRow = false, m_inCell = false, m_inside = false;
};

/// The relation of the first sheet, and what the relations mean.
struct FirstSheet final : Visitor {
    std::string relation;
    void begin(std::string_view name, const char** attributes) override
    {
        if (name != "sheet" || !relation.empty())
            return;
        for (; *attributes; attributes += 2) // "r:id", beside "sheetId"
            if (std::string_view(attributes[0]).ends_with(":id"))
                relation = attributes[1];
    }
};
struct Relations final : Visitor {
    std::map<std::string, std::string> targets;
    void begin(std::string_view name, const char** attributes) override
    {
        if (name == "Relationship")
            targets[attribute(attributes, "Id")] = attribute(attributes, "Target");
    }
};

/// Name of the first sheet's part.
std::string sheetName(const std::map<std::string, std::string>& parts)
{
    FirstSheet first;
    Relations relations;
    const auto book = parts.find("xl/workbook.xml");
    const auto list = parts.find("xl/_rels/workbook.xml.rels");
    if (book != parts.end() && list != parts.end() && visit(book->second, first).empty()
        && visit(list->second, relations).empty()) {
        auto target = relations.targets[first.relation];
        target = target.starts_with('/') ? target.substr(1) : "xl/" + target;
        if (parts.contains(target))
            return target;
    }
    return "xl/worksheets/sheet1.xml";
}

bool isPart(std::string_view name)
{
    return name == "xl/workbook.xml" || name == "xl/_rels/workbook.xml.rels"
        || name == "xl/sharedStrings.xml" || name.starts_with("xl/worksheets/");
}

std::optional<double> wholeNumber(const std::string& text)
{
    std::int64_t value = 0;
    constexpr std::size_t most = 15; // digits of a double
    const auto* const last = text.data() + text.size();
    if (text.empty() || text.size() > most || std::from_chars(text.data(), last, value).ptr != last
        || std::to_string(value) != text) // "007" stays a text
        return std::nullopt;
    return static_cast<double>(value);
}

lxw_error writeRow(lxw_worksheet* sheet, lxw_row_t row, const std::vector<std::string>& cells)
{
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const auto column = static_cast<lxw_col_t>(i);
        const auto number = i == 0 ? wholeNumber(cells[i]) : std::nullopt;
        const auto status = cells[i].empty() ? LXW_NO_ERROR
            : number
            ? worksheet_write_number(sheet, row, column, *number, nullptr)
            : worksheet_write_string(sheet, row, column, escaped(cells[i]).c_str(), nullptr);
        if (status != LXW_NO_ERROR)
            return status;
    }
    return LXW_NO_ERROR;
}

} // namespace

bool canWriteWorkbooks()
{
    return true;
}

Result<std::vector<SheetRow>> readWorkbook(const fs::path& file)
{
    const auto parts = unpack(file, isPart);
    if (!parts)
        return fail(parts.error());
    SharedTexts shared;
    if (const auto part = parts->find("xl/sharedStrings.xml"); part != parts->end())
        if (const auto problem = visit(part->second, shared); !problem.empty())
            return fail(workbookError(problem, file));
    const auto part = parts->find(sheetName(*parts));
    if (part == parts->end())
        return fail(workbookError("is a zip archive without a sheet of cells", file));
    Sheet sheet(shared.texts);
    if (const auto problem = visit(part->second, sheet); !problem.empty())
        return fail(workbookError(problem, file));
    return std::move(sheet.rows);
}

Result<void> writeWorkbook(const fs::path& file, const std::vector<std::vector<std::string>>& rows)
{
    const auto part = file.string() + ".part-" + std::to_string(::getpid());
    lxw_workbook_options options {};
    options.constant_memory = LXW_TRUE;
    lxw_workbook* const book = workbook_new_opt(part.c_str(), &options);
    lxw_worksheet* const sheet = workbook_add_worksheet(book, "Sheet1");
    lxw_error status = LXW_NO_ERROR;
    for (std::size_t i = 0; i < rows.size() && status == LXW_NO_ERROR; ++i)
        status = writeRow(sheet, static_cast<lxw_row_t>(i), rows[i]);
    const lxw_error closed = workbook_close(book);
    const auto bytes = status == LXW_NO_ERROR && closed == LXW_NO_ERROR
        ? readFile(part)
        : Result<std::string>(fail(ErrorKind::Io,
            std::string("could not be written: ")
                + lxw_strerror(status == LXW_NO_ERROR ? closed : status),
            file.string()));
    std::error_code error;
    fs::remove(part, error);
    return bytes ? writeFileAtomically(file, *bytes) : fail(bytes.error());
}

} // namespace slook::formats
