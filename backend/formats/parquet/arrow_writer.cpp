#include "formats/parquet/arrow_writer.h"
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <nlohmann/json.hpp>
#include <parquet/arrow/writer.h>
#include <parquet/exception.h>

namespace slook::formats {
namespace {

constexpr int rowsInGroup = 100; ///< as `datasets` writes tables with pictures

std::shared_ptr<arrow::DataType> messagesType()
{
    const auto part = arrow::struct_(
        { arrow::field("type", arrow::utf8()), arrow::field("text", arrow::utf8()) });
    return arrow::list(arrow::struct_(
        { arrow::field("role", arrow::utf8()), arrow::field("content", arrow::list(part)) }));
}

/// How `datasets` knows that a struct of bytes and path is a picture: its own note in the schema.
std::string featuresNote()
{
    const Json text { { "dtype", "string" }, { "_type", "Value" } };
    const Json parts = Json::array({ Json { { "type", text }, { "text", text } } });
    const Json messages = Json::array({ Json { { "role", text }, { "content", parts } } });
    return dumpLine(Json { { "info",
        { { "features",
            { { "images", Json::array({ Json { { "_type", "Image" } } }) }, { "prompt", messages },
                { "chosen", messages }, { "rejected", messages } } } } } });
}

std::shared_ptr<arrow::Schema> pairSchema()
{
    const auto image = arrow::struct_(
        { arrow::field("bytes", arrow::binary()), arrow::field("path", arrow::utf8()) });
    return arrow::schema(
        { arrow::field("images", arrow::list(image)), arrow::field("prompt", messagesType()),
            arrow::field("chosen", messagesType()), arrow::field("rejected", messagesType()) },
        arrow::key_value_metadata({ "huggingface" }, { featuresNote() }));
}

/// Columns of some rows on their way into the file.
class Rows {
public:
    explicit Rows(const std::shared_ptr<arrow::Schema>& schema)
        : m_schema(schema)
    {
    }

    arrow::Status begin()
    {
        return arrow::RecordBatchBuilder::Make(m_schema, arrow::default_memory_pool())
            .Value(&m_builder);
    }

    arrow::Status add(const ParquetPair& pair)
    {
        auto& images = m_builder->GetFieldAs<arrow::ListBuilder>(0)[0];
        ARROW_RETURN_NOT_OK(images.Append());
        auto& image = static_cast<arrow::StructBuilder&>(*images.value_builder());
        for (const auto& [bytes, path] : pair.images) {
            ARROW_RETURN_NOT_OK(image.Append());
            ARROW_RETURN_NOT_OK(field<arrow::BinaryBuilder>(image, 0).Append(bytes));
            ARROW_RETURN_NOT_OK(field<arrow::StringBuilder>(image, 1).Append(path));
        }
        ARROW_RETURN_NOT_OK(message(1, "user", pair.images.size(), pair.prompt));
        ARROW_RETURN_NOT_OK(message(2, "assistant", 0, pair.chosen));
        return message(3, "assistant", 0, pair.rejected);
    }

    arrow::Result<std::shared_ptr<arrow::RecordBatch>> flush() { return m_builder->Flush(); }

private:
    template <class Builder> static Builder& field(arrow::StructBuilder& of, int at)
    {
        return static_cast<Builder&>(*of.field_builder(at));
    }

    /// One message: a part for each picture, then the text.
    arrow::Status message(
        int column, const char* role, std::size_t pictures, const std::string& text)
    {
        auto& messages = *m_builder->GetFieldAs<arrow::ListBuilder>(column);
        ARROW_RETURN_NOT_OK(messages.Append());
        auto& one = static_cast<arrow::StructBuilder&>(*messages.value_builder());
        ARROW_RETURN_NOT_OK(one.Append());
        ARROW_RETURN_NOT_OK(field<arrow::StringBuilder>(one, 0).Append(role));
        auto& content = field<arrow::ListBuilder>(one, 1);
        ARROW_RETURN_NOT_OK(content.Append());
        auto& part = static_cast<arrow::StructBuilder&>(*content.value_builder());
        for (std::size_t i = 0; i < pictures; ++i) {
            ARROW_RETURN_NOT_OK(part.Append());
            ARROW_RETURN_NOT_OK(field<arrow::StringBuilder>(part, 0).Append("image"));
            ARROW_RETURN_NOT_OK(field<arrow::StringBuilder>(part, 1).AppendNull());
        }
        ARROW_RETURN_NOT_OK(part.Append());
        ARROW_RETURN_NOT_OK(field<arrow::StringBuilder>(part, 0).Append("text"));
        return field<arrow::StringBuilder>(part, 1).Append(text);
    }

    std::shared_ptr<arrow::Schema> m_schema;
    std::unique_ptr<arrow::RecordBatchBuilder> m_builder;
};

/// @param stopped  is told why `next` failed, which is no failure of Arrow's
arrow::Status writeAll(const std::string& file, const NextParquetPair& next, Result<void>& stopped)
{
    const auto schema = pairSchema();
    ARROW_ASSIGN_OR_RAISE(const auto stream, arrow::io::FileOutputStream::Open(file));
    const auto properties =
        parquet::WriterProperties::Builder().compression(arrow::Compression::SNAPPY)->build();
    const auto arrowProperties = parquet::ArrowWriterProperties::Builder().store_schema()->build();
    ARROW_ASSIGN_OR_RAISE(const auto writer,
        parquet::arrow::FileWriter::Open(
            *schema, arrow::default_memory_pool(), stream, properties, arrowProperties));
    Rows rows(schema);
    ARROW_RETURN_NOT_OK(rows.begin());
    int waiting = 0;
    const auto flush = [&]() -> arrow::Status {
        ARROW_ASSIGN_OR_RAISE(const auto batch, rows.flush());
        ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches({ batch }));
        waiting = 0;
        return writer->WriteTable(*table, rowsInGroup);
    };
    while (true) {
        const auto pair = next();
        if (!pair) {
            stopped = fail(pair.error());
            return arrow::Status::OK();
        }
        if (!*pair)
            break;
        ARROW_RETURN_NOT_OK(rows.add(**pair));
        if (++waiting == rowsInGroup)
            ARROW_RETURN_NOT_OK(flush());
    }
    if (waiting > 0)
        ARROW_RETURN_NOT_OK(flush());
    ARROW_RETURN_NOT_OK(writer->Close());
    return stream->Close();
}

} // namespace

Result<void> writeArrow(const std::filesystem::path& file, const NextParquetPair& next)
{
    try {
        Result<void> stopped;
        const auto status = writeAll(file.string(), next, stopped);
        if (!stopped)
            return stopped;
        return status.ok()
            ? Result<void> {}
            : fail(ErrorKind::Io, "could not be written: " + status.message(), file.string());
    } catch (const std::exception& e) {
        return fail(ErrorKind::Io, std::string("could not be written: ") + e.what(), file.string());
    }
}

} // namespace slook::formats
