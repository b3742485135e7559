#include "formats/import.h"
#include "core/file.h"
#include "core/json.h"
#include "formats/answer_files.h"
#include "formats/importers.h"
#include "formats/json_records.h"
#include "formats/parquet.h"
#include "formats/preference.h"
#include "formats/table_reader.h"
#include "formats/traces.h"
#include "formats/workbook.h"
#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace slook::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t headBytes = 8u << 20;

Result<std::string> head(const fs::path& file)
{
    if (auto able = TsvReader::open(file); !able) // refuses pipes and devices without waiting
        return fail(able.error());
    std::ifstream stream(file, std::ios::binary);
    std::string bytes(headBytes, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
    return bytes;
}

/// What else people pick by mistake.
std::string guess(std::string_view bytes)
{
    using namespace std::string_view_literals;
    if (bytes.empty())
        return "is empty";
    if (bytes.starts_with("PK\x03\x04"sv))
        return "is a zip archive; unpack it first";
    if (bytes.starts_with("\x1F\x8B"sv))
        return "is compressed; unpack it first";
    if (bytes.starts_with("\x80\x02"sv) || bytes.starts_with("\x80\x03"sv)
        || bytes.starts_with("\x80\x04"sv) || bytes.starts_with("\x80\x05"sv))
        return "is a Python pickle, which can run programs and is never opened; save it as JSON";
    if (looksLikePicture(bytes))
        return "is a single picture; name its folder";
    if (bytes.starts_with("\xFF\xFE"sv) || bytes.starts_with("\xFE\xFF"sv))
        return "is written in UTF-16; save it as UTF-8";
    if (bytes.starts_with("version https://git-lfs"sv))
        return "is a Git LFS pointer; fetch it with \"git lfs pull\"";
    return "is of no form that can be imported; take a VLMEvalKit TSV, LLaVA JSON or JSON Lines, "
           "easy-VQA, Parquet, xlsx or a folder of pictures";
}

/// What the first record of a file gives away.
Result<std::string> formOfRecord(const Json& first, const std::string& where)
{
    if (first.is_array() && first.size() == 3 && first[0].is_string())
        return std::string("easy-vqa");
    if (first.is_string() && fs::path(first.get<std::string>()).has_extension())
        return std::string("picture-list");
    if (!first.is_object())
        return fail(ErrorKind::Invalid, guess("?"), where);
    if (isLlavaAnswer(first))
        return std::string("llava-answers");
    if (isMmevalproAnswer(first))
        return std::string("mmevalpro-answers");
    if (first.contains("answer_id") || first.contains("model_id"))
        return fail(ErrorKind::Invalid,
            "holds a model's answers without its prompts; choose the question file", where);
    if (auto named = benchmarkOfRecord(first); !named.empty())
        return named;
    if (first.contains("image_corruption") && first.contains("chosen"))
        return std::string("stic-pairs");
    if (isPreference(first))
        return std::string("pairs");
    if (isTrace(first))
        return std::string("scl-traces");
    for (const char* key : { "conversations", "messages", "text", "question", "instruction" })
        if (first.contains(key))
            return std::string("llava");
    return fail(ErrorKind::Invalid,
        "has no \"text\", \"question\", \"conversations\" or \"chosen\" in its first record",
        where);
}

/// The first row of a Parquet file; empty where it has none. Errors: those of openParquet().
Result<Json> firstRow(const fs::path& file)
{
    const auto table = openParquet(file);
    if (!table)
        return fail(table.error());
    auto row = (*table)->next();
    if (!row)
        return fail(row.error());
    return *row ? std::move((*row)->record) : Json::object();
}

Result<std::string> sniffParquet(const fs::path& file)
{
    const auto row = firstRow(file);
    return row ? formOfRecord(*row, file.string()) : fail(row.error());
}

/// Of a text that is one object: a benchmark that its first member gives away. Empty: none.
std::string benchmarkKeyedById(std::string_view bytes)
{
    const auto first = JsonRecords::membersOf(bytes).next();
    if (!first)
        return {};
    const auto value = first->cut ? Result<Json>(Json::array()) : parseJson(first->text, "");
    // An array may be longer than the head: its key says enough.
    return value ? benchmarkOfMember(std::string(first->key), *value) : "";
}

Result<std::string> sniffJson(std::string_view bytes, const std::string& where)
{
    if (auto named = benchmarkKeyedById(bytes); !named.empty())
        return named;
    JsonRecords records(bytes);
    const auto record = records.next();
    if (!record || record->cut)
        return fail(ErrorKind::Invalid,
            bytes.size() < headBytes
                ? "is JSON that ends too early, at byte " + std::to_string(bytes.size())
                    + ", with no whole record; get the file again"
                : "begins with a JSON value of more than 8 MiB, which is no question",
            where);
    const auto first = parseJson(record->text, where);
    return first ? formOfRecord(*first, where) : fail(first.error());
}

constexpr std::size_t longestSample = 200;

/// Short, and UTF-8 where it can be.
std::string cutSample(std::string text)
{
    constexpr int longestCharacter = 4;
    const bool cut = text.size() > longestSample;
    text.resize(std::min(text.size(), longestSample));
    for (int i = 1; i < longestCharacter && cut && !isCleanUtf8(text); ++i)
        text.pop_back();
    return isCleanUtf8(text) ? text + (cut ? "…" : "") : "(no text)";
}

Result<std::vector<SourceColumn>> columnsOfTable(const fs::path& source)
{
    const auto reader = openTable(source);
    if (!reader)
        return fail(reader.error());
    const auto header = (*reader)->next();
    if (!header)
        return fail(header.error());
    std::vector<SourceColumn> columns;
    if (!*header)
        return columns;
    const auto first = (*reader)->next();
    for (std::size_t i = 0; i < (*header)->cells.size(); ++i) {
        const bool there = first && *first && i < (*first)->cells.size();
        columns.push_back({ (*header)->cells[i].text,
            there ? cutSample((*first)->cells[i].text) : std::string() });
    }
    return columns;
}

std::vector<SourceColumn> columnsOfRecord(const Result<Json>& object)
{
    std::vector<SourceColumn> columns;
    if (object && object->is_object())
        for (const auto& [name, value] : object->items())
            columns.push_back({ name,
                cutSample(value.is_string() ? value.get<std::string>() : dumpLine(value)) });
    return columns;
}

std::vector<SourceColumn> columnsOfJson(std::string_view bytes)
{
    JsonRecords records(bytes);
    const auto record = records.next();
    return columnsOfRecord(
        record && !record->cut ? parseJson(record->text, "") : Result<Json>(Json()));
}

bool hasQuestionColumn(std::string_view bytes)
{
    if (bytes.starts_with("\xEF\xBB\xBF"))
        bytes.remove_prefix(3);
    auto line = bytes.substr(0, bytes.find_first_of("\r\n"));
    const char separator = separatorIn(line);
    while (!line.empty()) {
        auto cell = line.substr(0, line.find(separator));
        line.remove_prefix(std::min(line.size(), cell.size() + 1));
        if (cell == "question" || cell == "\"question\"")
            return true;
    }
    return false;
}

bool isJson(std::string_view text)
{
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n")));
    return text.starts_with('{') || text.starts_with('[');
}

std::string listed(const std::vector<std::string>& names)
{
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

using ImportFunction = Result<ImportBatch> (*)(const fs::path&, const ImportOptions&);
struct ImportForm {
    const char* name;
    ImportFunction import;
};
Result<std::string> sniffWorkbook(const fs::path& file)
{
    const auto columns = columnsOfTable(file);
    if (!columns)
        return fail(columns.error());
    if (std::ranges::find(*columns, "question", &SourceColumn::name) == columns->end())
        return fail(ErrorKind::Invalid,
            "has no column \"question\" in the first row of its first sheet", file.string());
    return std::string("vlmevalkit");
}

constexpr ImportForm importForms[] = {
    { "vlmevalkit", importVlmevalkit },
    { "easy-vqa", importEasyVqa },
    { "llava", importLlava },
    { "folder", importFolder },
    { "picture-list", importPictureList },
    { "stic-pairs", importSticPairs },
    { "pairs", importPairs },
    { "scl-traces", importTraces },
    { "llava-answers", importLlavaAnswers },
    { "mmevalpro-answers", importMmevalproAnswers },
};

} // namespace

std::vector<std::string> importFormats()
{
    std::vector<std::string> names;
    for (const auto& form : importForms)
        names.emplace_back(form.name);
    std::ranges::copy(benchmarkForms(), std::back_inserter(names));
    return names;
}

Result<std::vector<SourceColumn>> sourceColumns(const fs::path& source)
{
    std::error_code error;
    if (!fs::exists(source, error))
        return fail(ErrorKind::NotFound, "is not there; check the path", source.string());
    if (fs::is_directory(source, error))
        return std::vector<SourceColumn>();
    const auto bytes = head(source);
    if (!bytes)
        return fail(bytes.error());
    if (looksLikeParquet(*bytes)) {
        const auto row = firstRow(source);
        return row ? Result<std::vector<SourceColumn>>(columnsOfRecord(row)) : fail(row.error());
    }
    if (isJson(*bytes))
        return columnsOfJson(*bytes);
    return columnsOfTable(source);
}

std::vector<std::string> mappedFields(const std::string& format)
{
    if (format == "vlmevalkit")
        return { "question", "answer", "A", "B", "C", "D", "E", "F", "image", "image_path", "index",
            "hint", "category", "split" };
    if (format == "pairs")
        return { "prompt", "chosen", "rejected", "image", "id" };
    if (format == "llava")
        return { "question", "answer", "options", "image", "question_id", "category", "split" };
    return {};
}

Result<std::string> sniffFormat(const fs::path& source)
{
    std::error_code error;
    if (!fs::exists(source, error))
        return fail(ErrorKind::NotFound, "is not there; check the path", source.string());
    if (fs::is_directory(source, error))
        return std::string(easyVqaSplits(source).empty() ? "folder" : "easy-vqa");
    const auto bytes = head(source);
    if (!bytes)
        return fail(bytes.error());
    if (looksLikeParquet(*bytes))
        return sniffParquet(source);
    if (looksLikeWorkbook(*bytes))
        return sniffWorkbook(source);
    std::string_view text = *bytes;
    if (text.starts_with("\xEF\xBB\xBF"))
        text.remove_prefix(3);
    text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t\r\n")));
    if (hasQuestionColumn(*bytes))
        return std::string("vlmevalkit");
    if (text.starts_with('{') || text.starts_with('['))
        return sniffJson(*bytes, source.string());
    return fail(ErrorKind::Invalid, guess(*bytes), source.string());
}

namespace {

/// A person who says which column holds the question has a table or records of no known kind.
Result<std::string> formOf(const fs::path& source, const ImportOptions& options)
{
    if (!options.format.empty())
        return options.format;
    auto sniffed = sniffFormat(source);
    if (sniffed || options.columns.empty())
        return sniffed;
    const auto bytes = head(source);
    if (!bytes)
        return fail(bytes.error());
    return std::string(isJson(*bytes) || looksLikeParquet(*bytes) ? "llava" : "vlmevalkit");
}

} // namespace

Result<ImportBatch> readSource(const fs::path& source, const ImportOptions& options)
{
    std::error_code error;
    if (!options.imageRoot.empty() && !fs::is_directory(options.imageRoot, error))
        return fail(ErrorKind::NotFound, "is no folder; name the folder of the pictures",
            options.imageRoot.string());
    auto format = formOf(source, options);
    if (!format)
        return fail(format.error());
    const auto known = importFormats();
    if (std::ranges::find(known, *format) == known.end())
        return fail(ErrorKind::Invalid,
            "\"" + *format + "\" is no form that can be imported; use " + listed(known),
            source.string());
    if (!fs::exists(source, error))
        return fail(ErrorKind::NotFound, "is not there; check the path", source.string());
    const auto* form = std::ranges::find_if(
        importForms, [&](const ImportForm& one) { return one.name == *format; });
    return form == std::end(importForms) ? importBenchmark(*format, source, options)
                                         : form->import(source, options);
}

} // namespace slook::formats
