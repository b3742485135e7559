#include "formats/tsv_reader.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace slook::formats {
namespace {

constexpr std::size_t largestCell = 64u << 20;
constexpr std::size_t mostColumns = 1000;
constexpr std::size_t block = 1u << 20;

std::string unquoted(std::string_view raw)
{
    if (!raw.starts_with('"'))
        return std::string(raw);
    raw.remove_prefix(1);
    std::string text;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] != '"')
            text += raw[i];
        else if (i + 1 < raw.size() && raw[i + 1] == '"')
            text += raw[i++];
        else
            return text.append(raw.substr(i + 1));
    }
    return text;
}

} // namespace

TsvReader::TsvReader(std::FILE* stream, std::int64_t size, std::string where)
    : m_stream(stream, &std::fclose)
    , m_size(size)
    , m_where(std::move(where))
{
}

Result<TsvReader> TsvReader::open(const std::filesystem::path& file, char separator)
{
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(errno == ENOENT ? ErrorKind::NotFound : ErrorKind::Io,
            "cannot be opened (" + std::string(std::strerror(errno)) + ")", file.string());
    struct stat info { };
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        ::close(fd);
        return fail(ErrorKind::Invalid, "is not a regular file", file.string());
    }
    TsvReader reader(::fdopen(fd, "rb"), info.st_size, file.string());
    reader.m_separator = separator;
    reader.fill();
    if (reader.m_buffer.starts_with("\xEF\xBB\xBF")) {
        reader.m_at = 3;
        reader.m_position = 3;
    }
    return reader;
}

bool TsvReader::fill()
{
    m_buffer.resize(block);
    m_at = 0;
    m_buffer.resize(std::fread(m_buffer.data(), 1, block, m_stream.get()));
    return !m_buffer.empty();
}

int TsvReader::peek()
{
    if (m_at == m_buffer.size() && !fill())
        return EOF;
    return static_cast<unsigned char>(m_buffer[m_at]);
}

int TsvReader::get()
{
    const int c = peek();
    if (c != EOF) {
        ++m_at;
        ++m_position;
    }
    return c;
}

/// True where `c`, just read, ends a line; takes the LF of a CR LF and counts the line.
bool TsvReader::endOfLine(int c)
{
    if (c == '\r' && peek() == '\n')
        get();
    if (c != '\r' && c != '\n')
        return false;
    ++m_line;
    return true;
}

Result<void> TsvReader::readQuoted(TsvRecord& record, TsvCell& cell)
{
    while (true) {
        if (cell.text.size() > largestCell)
            return fail(ErrorKind::Invalid,
                "has a cell of more than 64 MiB in the record of line "
                    + std::to_string(record.line) + "; a quote there is probably never closed",
                m_where);
        // The bulk of a picture is taken at once, since cells hold up to millions of characters.
        if (peek() != EOF) {
            const auto stop = m_buffer.find_first_of("\"\n\r", m_at);
            const auto end = stop == std::string::npos ? m_buffer.size() : stop;
            cell.text.append(m_buffer, m_at, end - m_at);
            m_position += static_cast<std::int64_t>(end - m_at);
            m_at = end;
            if (stop == std::string::npos)
                continue;
        }
        const int c = get();
        if (c == EOF) {
            record.cut = true;
            return {};
        }
        if (c != '"') {
            cell.text += static_cast<char>(c);
            m_line += c == '\n' || (c == '\r' && peek() != '\n');
            continue;
        }
        if (peek() != '"')
            return {};
        cell.text += static_cast<char>(get());
    }
}

Result<bool> TsvReader::readCell(TsvRecord& record)
{
    TsvCell cell;
    cell.offset = m_position;
    if (peek() == '"') {
        get();
        if (auto read = readQuoted(record, cell); !read)
            return fail(read.error());
    }
    bool more = false;
    while (true) {
        cell.length = m_position - cell.offset;
        if (peek() != EOF) {
            const char ends[] = { m_separator, '\n', '\r', 0 };
            const auto stop = m_buffer.find_first_of(ends, m_at);
            const auto end = stop == std::string::npos ? m_buffer.size() : stop;
            cell.text.append(m_buffer, m_at, end - m_at);
            m_position += static_cast<std::int64_t>(end - m_at);
            m_at = end;
            cell.length = m_position - cell.offset;
        }
        if (cell.text.size() > largestCell)
            return fail(ErrorKind::Invalid,
                "has a cell of more than 64 MiB in line " + std::to_string(record.line), m_where);
        const int c = peek();
        if (c != EOF && c != m_separator && c != '\n' && c != '\r')
            continue;
        get();
        more = c == m_separator;
        record.terminated = more || endOfLine(c);
        break;
    }
    record.cells.push_back(std::move(cell));
    return more;
}

Result<std::optional<TsvRecord>> TsvReader::next()
{
    while (peek() == '\n' || peek() == '\r')
        endOfLine(get());
    if (peek() == EOF) {
        if (std::ferror(m_stream.get()))
            return fail(ErrorKind::Io, "stopped being readable half-way; check the disk", m_where);
        return std::optional<TsvRecord> {};
    }
    if (m_position == 0 && (m_buffer.starts_with("\xFF\xFE") || m_buffer.starts_with("\xFE\xFF")))
        return fail(ErrorKind::Invalid, "is written in UTF-16; save it as UTF-8", m_where);
    TsvRecord record;
    record.line = m_line;
    while (true) {
        const auto more = readCell(record);
        if (!more)
            return fail(more.error());
        if (!*more)
            return record;
        if (record.cells.size() >= mostColumns)
            return fail(ErrorKind::Invalid,
                "has more than 1,000 columns in line " + std::to_string(record.line), m_where);
    }
}

Result<std::string> readCellAgain(
    const std::filesystem::path& file, std::int64_t offset, std::int64_t length)
{
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(ErrorKind::NotFound,
            "went away while it was imported (" + std::string(std::strerror(errno)) + ")",
            file.string());
    std::string raw(static_cast<std::size_t>(length), '\0');
    std::size_t have = 0;
    while (have < raw.size()) {
        const auto got = ::pread(
            fd, raw.data() + have, raw.size() - have, offset + static_cast<std::int64_t>(have));
        if (got <= 0)
            break;
        have += static_cast<std::size_t>(got);
    }
    ::close(fd);
    if (have < raw.size())
        return fail(
            ErrorKind::Io, "became shorter while it was imported; import it again", file.string());
    return unquoted(raw);
}

} // namespace slook::formats
