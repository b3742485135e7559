#pragma once
#include "core/result.h"
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slook::formats {

/// One cell, with where its raw text stands in the file.
struct TsvCell {
    std::string text; ///< unquoted
    std::int64_t offset = 0; ///< of the raw cell, with its quotes
    std::int64_t length = 0;
};

struct TsvRecord {
    std::vector<TsvCell> cells;
    int line = 1; ///< where it begins, counted from 1
    bool cut = false; ///< the file ended within a quoted cell of it
    bool terminated = true; ///< a line end follows
};

/// Reads a file of tab-separated records piece by piece, as pandas.read_csv(sep="\t") does: a cell
/// that begins with a quote ends at the next single quote, doubled ones stand for one; quoted cells
/// hold tabs and newlines, so a record is not a line. A byte order mark is skipped; lines end in
/// LF, CR LF or CR; empty lines are skipped.
class TsvReader {
public:
    /// Errors: NotFound, Io, Invalid (no regular file).
    /// @param separator  between cells: a comma reads CSV (RFC 4180)
    [[nodiscard]] static Result<TsvReader> open(
        const std::filesystem::path& file, char separator = '\t');

    /// The next record; empty at the end. Errors: Invalid (a cell over 64 MiB, over 1,000 columns,
    /// UTF-16), Io.
    [[nodiscard]] Result<std::optional<TsvRecord>> next();
    [[nodiscard]] std::int64_t position() const { return m_position; }
    [[nodiscard]] std::int64_t size() const { return m_size; }

private:
    TsvReader(std::FILE* stream, std::int64_t size, std::string where);
    int get();
    int peek();
    bool fill();
    Result<bool> readCell(TsvRecord& record); ///< true where another cell follows
    Result<void> readQuoted(TsvRecord& record, TsvCell& cell);
    bool endOfLine(int c);

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> m_stream;
    std::int64_t m_size = 0;
    std::string m_where;
    char m_separator = '\t';
    std::string m_buffer;
    std::size_t m_at = 0;
    std::int64_t m_position = 0;
    int m_line = 1;
};

/// A cell again, by its place in the file. Errors: NotFound, Io.
[[nodiscard]] Result<std::string> readCellAgain(
    const std::filesystem::path& file, std::int64_t offset, std::int64_t length);

} // namespace slook::formats
