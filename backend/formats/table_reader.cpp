#include "formats/table_reader.h"
#include "formats/workbook.h"
#include <fstream>

namespace slook::formats {
namespace {

namespace fs = std::filesystem;

class TextTable final : public TableReader {
public:
    explicit TextTable(TsvReader reader)
        : m_reader(std::move(reader))
    {
    }
    Result<std::optional<TsvRecord>> next() override { return m_reader.next(); }
    std::int64_t position() const override { return m_reader.position(); }
    std::int64_t size() const override { return m_reader.size(); }

private:
    TsvReader m_reader;
};

class SheetTable final : public TableReader {
public:
    explicit SheetTable(std::vector<SheetRow> rows)
        : m_rows(std::move(rows))
    {
    }

    Result<std::optional<TsvRecord>> next() override
    {
        if (m_at == m_rows.size())
            return std::nullopt;
        auto& row = m_rows[m_at++];
        TsvRecord record;
        record.line = row.number;
        for (auto& text : row.cells)
            record.cells.push_back({ std::move(text), 0, 0 });
        return std::optional(std::move(record));
    }
    std::int64_t position() const override { return static_cast<std::int64_t>(m_at); }
    std::int64_t size() const override { return static_cast<std::int64_t>(m_rows.size()); }

private:
    std::vector<SheetRow> m_rows;
    std::size_t m_at = 0;
};

/// What the file begins with; empty where it is no regular file, which others refuse.
std::string beginningOf(const fs::path& file)
{
    constexpr std::size_t most = 1u << 20;
    std::error_code error;
    if (!fs::is_regular_file(file, error))
        return {};
    std::ifstream stream(file, std::ios::binary);
    std::string bytes(most, '\0');
    stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
    return bytes;
}

} // namespace

char separatorIn(std::string_view firstLine)
{
    const bool comma = firstLine.find('\t') == std::string_view::npos
        && firstLine.find(',') != std::string_view::npos;
    return comma ? ',' : '\t';
}

Result<std::unique_ptr<TableReader>> openTable(const fs::path& file)
{
    const auto begins = beginningOf(file);
    if (looksLikeWorkbook(begins)) {
        auto rows = readWorkbook(file);
        if (!rows)
            return fail(rows.error());
        return std::unique_ptr<TableReader>(std::make_unique<SheetTable>(std::move(*rows)));
    }
    const std::string_view text = begins;
    auto reader = TsvReader::open(file, separatorIn(text.substr(0, text.find_first_of("\r\n"))));
    if (!reader)
        return fail(reader.error());
    return std::unique_ptr<TableReader>(std::make_unique<TextTable>(std::move(*reader)));
}

} // namespace slook::formats
