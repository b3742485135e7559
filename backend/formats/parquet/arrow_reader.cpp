#include "formats/parquet/arrow_reader.h"
#include "formats/parquet/arrow_values.h"
#include <algorithm>
#include <arrow/io/file.h>
#include <arrow/util/key_value_metadata.h>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

namespace slook::formats {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t mostMemory = std::int64_t(2) << 30; ///< of all open files together
constexpr std::int64_t rowsAtOnce = 64;
/// Of the lists in the footer: columns, row groups. Ten levels of nesting are thirty elements.
constexpr std::int32_t mostInFooter = 20'000;
constexpr std::int32_t longestInFooter = 64 << 20;

/// Sizes in a file are claims: what is asked for beyond this is refused, not tried.
arrow::MemoryPool* pool()
{
    static arrow::CappedMemoryPool capped(arrow::default_memory_pool(), mostMemory);
    return &capped;
}

/// The first line of what Arrow says, cut.
std::string firstLine(std::string text)
{
    constexpr std::size_t most = 160;
    text.resize(std::min({ text.size(), text.find('\n'), most }));
    return text;
}

Error errorOf(const std::string& says, bool tooLarge, const std::string& where)
{
    if (tooLarge)
        return { ErrorKind::Invalid,
            "claims parts of more than 2 GiB; write it again with smaller row groups", where };
    return { ErrorKind::Invalid,
        "is a damaged Parquet file (" + firstLine(says) + "); get the file again", where };
}

Error errorOf(const arrow::Status& status, const std::string& where)
{
    return errorOf(status.message(), status.IsOutOfMemory(), where);
}

/// Runs what may fail in either of Arrow's two ways.
template <class Work> Result<void> guarded(const std::string& where, Work work)
{
    try {
        const arrow::Status status = work();
        return status.ok() ? Result<void> {} : fail(errorOf(status, where));
    } catch (const std::bad_alloc&) {
        return fail(errorOf("", true, where));
    } catch (const std::length_error&) {
        return fail(errorOf("", true, where));
    } catch (const std::exception& e) {
        return fail(errorOf(e.what(), false, where));
    }
}

/// Both ends of a Parquet file are marked. Errors: NotFound, Io, Invalid.
Result<void> checkEnds(const fs::path& file)
{
    std::error_code error;
    if (!fs::exists(file, error))
        return fail(ErrorKind::NotFound, "is not there; check the path", file.string());
    if (!fs::is_regular_file(file, error))
        return fail(ErrorKind::Invalid, "is no regular file", file.string());
    std::ifstream stream(file, std::ios::binary);
    constexpr std::uintmax_t leastBytes = 12; // both marks and the length of the footer
    if (fs::file_size(file, error) < leastBytes || error)
        return fail(ErrorKind::Invalid, "is too short for a Parquet file; get the file again",
            file.string());
    char head[4] = {}, tail[4] = {};
    stream.read(head, sizeof head);
    stream.seekg(-4, std::ios::end);
    stream.read(tail, sizeof tail);
    const std::string_view begin(head, sizeof head), end(tail, sizeof tail);
    if (!stream)
        return fail(ErrorKind::Io, "cannot be read; look at its rights", file.string());
    if (begin == "PARE" || end == "PARE")
        return fail(
            ErrorKind::Invalid, "is an encrypted Parquet file; decrypt it first", file.string());
    if (begin != "PAR1")
        return fail(ErrorKind::Invalid, "is no Parquet file", file.string());
    if (end != "PAR1")
        return fail(ErrorKind::Invalid,
            "is cut off: the list of its parts, which ends a Parquet file, is missing; get the "
            "file again",
            file.string());
    return {};
}

Result<std::unique_ptr<parquet::arrow::FileReader>> openReader(const fs::path& file)
{
    if (auto whole = checkEnds(file); !whole)
        return fail(whole.error());
    std::unique_ptr<parquet::arrow::FileReader> reader;
    auto opened = guarded(file.string(), [&]() -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(auto stream, arrow::io::ReadableFile::Open(file.string(), pool()));
        parquet::ReaderProperties properties(pool());
        properties.set_thrift_container_size_limit(mostInFooter);
        properties.set_thrift_string_size_limit(longestInFooter);
        parquet::ArrowReaderProperties arrowProperties;
        arrowProperties.set_batch_size(rowsAtOnce);
        arrowProperties.set_pre_buffer(false);
        parquet::arrow::FileReaderBuilder builder;
        ARROW_RETURN_NOT_OK(builder.Open(stream, properties));
        builder.memory_pool(pool())->properties(arrowProperties);
        return builder.Build(&reader);
    });
    if (!opened)
        return fail(opened.error());
    return reader;
}

/// Reads pictures again when the store wants their bytes: one column of one group of rows is kept.
class Pictures {
public:
    Pictures(fs::path file, std::vector<std::int64_t> groupEnds)
        : m_file(std::move(file))
        , m_groupEnds(std::move(groupEnds))
    {
    }

    Result<std::string> at(std::int64_t row, int column, std::size_t position)
    {
        const std::scoped_lock lock(m_mutex);
        const auto end = std::ranges::upper_bound(m_groupEnds, row);
        const auto group = static_cast<int>(end - m_groupEnds.begin());
        if (end == m_groupEnds.end())
            return fail(changed());
        if (group != m_group || column != m_column)
            if (auto loaded = load(group, column); !loaded)
                return fail(loaded.error());
        auto offset = row - (group == 0 ? 0 : m_groupEnds[static_cast<std::size_t>(group) - 1]);
        for (const auto& chunk : m_cells->chunks()) {
            if (offset >= chunk->length()) {
                offset -= chunk->length();
                continue;
            }
            auto found = picturesIn(*chunk, offset);
            if (position < found.size())
                return std::move(found[position].bytes);
            break;
        }
        return fail(changed());
    }

private:
    static std::vector<CellPicture> picturesIn(const arrow::Array& cells, std::int64_t row)
    {
        try {
            return picturesOf(cells, row);
        } catch (const std::exception&) {
            return {};
        }
    }

    Error changed() const
    {
        return { ErrorKind::Invalid, "has changed since it was read; import it again",
            m_file.string() };
    }

    Result<void> load(int group, int column)
    {
        if (!m_reader) {
            auto reader = openReader(m_file);
            if (!reader)
                return fail(reader.error());
            m_reader = std::move(*reader);
        }
        m_cells.reset();
        m_group = -1;
        std::shared_ptr<arrow::Table> table;
        auto read = guarded(m_file.string(), [&]() -> arrow::Status {
            const auto& fields = m_reader->manifest().schema_fields;
            if (group >= m_reader->num_row_groups() || column >= static_cast<int>(fields.size()))
                return arrow::Status::Invalid("other parts than before");
            std::vector<int> leaves;
            addLeaves(fields[static_cast<std::size_t>(column)], leaves);
            ARROW_ASSIGN_OR_RAISE(table, m_reader->ReadRowGroup(group, leaves));
            return table->Validate();
        });
        if (!read)
            return read;
        if (table->num_columns() != 1)
            return fail(changed());
        m_cells = table->column(0);
        m_group = group;
        m_column = column;
        return {};
    }

    static void addLeaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves)
    {
        if (field.column_index >= 0)
            leaves.push_back(field.column_index);
        for (const auto& child : field.children)
            addLeaves(child, leaves);
    }

    std::mutex m_mutex;
    fs::path m_file;
    std::vector<std::int64_t> m_groupEnds; ///< number of the row after each group
    std::unique_ptr<parquet::arrow::FileReader> m_reader;
    std::shared_ptr<arrow::ChunkedArray> m_cells;
    int m_group = -1;
    int m_column = -1;
};

class Table final : public ParquetTable {
public:
    static Result<std::unique_ptr<ParquetTable>> open(const fs::path& file)
    {
        auto reader = openReader(file);
        if (!reader)
            return fail(reader.error());
        auto table = std::make_unique<Table>();
        table->m_where = file.string();
        table->m_reader = std::move(*reader);
        if (auto begun = table->begin(file); !begun)
            return fail(begun.error());
        return std::unique_ptr<ParquetTable>(std::move(table));
    }

    std::int64_t rows() const override { return m_rows; }

    Result<std::optional<ParquetRow>> next() override
    {
        while (!m_batch || m_at >= m_batch->num_rows()) {
            m_at = 0;
            auto read = guarded(m_where, [&]() -> arrow::Status {
                ARROW_RETURN_NOT_OK(m_batches->ReadNext(&m_batch));
                return m_batch ? m_batch->Validate() : arrow::Status::OK();
            });
            if (!read)
                return fail(read.error());
            if (!m_batch)
                return std::nullopt;
        }
        auto row = rowAt(m_at++);
        ++m_number;
        return row;
    }

private:
    Result<void> begin(const fs::path& file)
    {
        std::shared_ptr<arrow::Schema> schema;
        auto begun = guarded(m_where, [&]() -> arrow::Status {
            ARROW_RETURN_NOT_OK(m_reader->GetSchema(&schema));
            ARROW_ASSIGN_OR_RAISE(m_batches, m_reader->GetRecordBatchReader());
            return arrow::Status::OK();
        });
        if (!begun)
            return begun;
        for (const auto& field : schema->fields())
            if (nestingOf(*field->type()) > deepestNesting)
                return fail(ErrorKind::Invalid,
                    "has a column nested deeper than " + std::to_string(deepestNesting)
                        + " levels, which is no data set of questions",
                    m_where);
        std::vector<std::int64_t> ends;
        const auto metadata = m_reader->parquet_reader()->metadata();
        for (int i = 0; i < metadata->num_row_groups(); ++i) {
            const auto rowsInGroup = std::max<std::int64_t>(metadata->RowGroup(i)->num_rows(), 0);
            ends.push_back((ends.empty() ? 0 : ends.back()) + rowsInGroup);
        }
        m_rows = ends.empty() ? 0 : ends.back();
        m_pictures = std::make_shared<Pictures>(file, std::move(ends));
        return {};
    }

    ParquetRow rowAt(std::int64_t at)
    {
        ParquetRow row;
        row.record = Json::object();
        try {
            for (int column = 0; column < m_batch->num_columns(); ++column)
                addCell(at, column, row);
        } catch (const std::exception& e) {
            row.problem = firstLine(e.what());
        }
        return row;
    }

    void addCell(std::int64_t at, int column, ParquetRow& row)
    {
        const auto& name = m_batch->column_name(column);
        std::vector<CellPicture> found;
        row.record[name] = jsonOf(*m_batch->column(column), at, name, found);
        for (std::size_t i = 0; i < found.size(); ++i)
            row.pictures.push_back({ std::move(found[i].bytes),
                [pictures = m_pictures, number = m_number, column, i] {
                    return pictures->at(number, column, i);
                },
                {} });
    }

    std::string m_where;
    std::unique_ptr<parquet::arrow::FileReader> m_reader;
    std::unique_ptr<arrow::RecordBatchReader> m_batches;
    std::shared_ptr<arrow::RecordBatch> m_batch;
    std::shared_ptr<Pictures> m_pictures;
    std::int64_t m_rows = 0;
    std::int64_t m_at = 0; ///< in the batch
    std::int64_t m_number = 0; ///< in the file
};

} // namespace

Result<std::unique_ptr<ParquetTable>> openArrow(const fs::path& file)
{
    return Table::open(file);
}

} // namespace slook::formats
