#include "console.h"
#include "workbench/plain_text.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sys/ioctl.h>
#include <unistd.h>

namespace slook::cli {
namespace {

using workbench::clipped;
using workbench::columnsOf;
using workbench::printable;

const char* nameOf(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::NotFound:
        return "not-found";
    case ErrorKind::Invalid:
        return "invalid";
    case ErrorKind::Io:
        return "io";
    case ErrorKind::Conflict:
        return "conflict";
    case ErrorKind::Stopped:
        return "stopped";
    case ErrorKind::WorkerLost:
        return "worker-lost";
    case ErrorKind::Internal:
        return "internal";
    }
    return "internal";
}

int columnsOfTerminal(int descriptor, int otherwise)
{
    winsize size {};
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return otherwise;
}

/// Natural widths, made smaller in the widest flexible column until the table fits.
std::vector<int> widthsOf(const Table& table, int room)
{
    constexpr int gap = 2;
    constexpr int least = 12;
    std::vector<int> widths;
    for (const auto& column : table.columns)
        widths.push_back(columnsOf(column.title));
    for (const auto& row : table.rows)
        for (std::size_t i = 0; i < widths.size(); ++i)
            widths[i] = std::max(widths[i], columnsOf(row[i]));
    const auto total = [&] {
        return std::accumulate(
            widths.begin(), widths.end(), gap * (static_cast<int>(widths.size()) - 1));
    };
    while (total() > room) {
        std::size_t widest = widths.size();
        for (std::size_t i = 0; i < widths.size(); ++i)
            if (table.columns[i].flexible && widths[i] > least
                && (widest == widths.size() || widths[i] > widths[widest]))
                widest = i;
        if (widest == widths.size())
            break;
        --widths[widest];
    }
    return widths;
}

std::string padded(const std::string& text, int width, bool right)
{
    const std::string cell = clipped(text, width);
    const std::string blanks(static_cast<std::size_t>(std::max(width - columnsOf(cell), 0)), ' ');
    return right ? blanks + cell : cell + blanks;
}

std::string rowOf(
    const Table& table, const std::vector<std::string>& cells, const std::vector<int>& widths)
{
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i)
        line += (i ? "  " : "") + padded(cells[i], widths[i], table.columns[i].number);
    while (!line.empty() && line.back() == ' ')
        line.pop_back();
    return line + "\n";
}

void put(std::FILE* stream, const std::string& text)
{
    std::fwrite(text.data(), 1, text.size(), stream);
}

} // namespace

int terminalColumns()
{
    constexpr int plainColumns = 120;
    return columnsOfTerminal(STDOUT_FILENO, plainColumns);
}

void Console::line(const std::string& text) const
{
    if (!json)
        put(stdout, printable(text) + "\n");
}

void Console::text(const std::string& text) const
{
    if (!json)
        put(stdout, printable(text, true) + "\n");
}

void Console::table(const Table& table) const
{
    if (json)
        return;
    Table shown = table;
    for (auto& row : shown.rows) {
        row.resize(shown.columns.size());
        for (auto& cell : row)
            cell = printable(cell);
    }
    const std::vector<int> widths = widthsOf(shown, terminalColumns());
    std::vector<std::string> titles;
    for (const auto& column : shown.columns)
        titles.push_back(column.title);
    std::string out = rowOf(shown, titles, widths);
    for (const auto& row : shown.rows)
        out += rowOf(shown, row, widths);
    put(stdout, out);
}

void Console::document(const Json& document) const
{
    if (!json || m_documented)
        return;
    m_documented = true;
    put(stdout, dumpPretty(document) + "\n");
}

void Console::notice(const std::string& text) const
{
    put(stderr, printable(text) + "\n");
}

void Console::failure(const Error& error) const
{
    const std::string object = error.where.empty() ? std::string("secondlook-cli") : error.where;
    notice(object + ": " + error.what);
    document({ { "error",
        { { "kind", nameOf(error.kind) }, { "where", error.where }, { "what", error.what } } } });
}

ProgressBar::ProgressBar()
    : m_terminal(isatty(STDERR_FILENO) == 1)
{
}

ProgressBar::~ProgressBar()
{
    clear();
}

void ProgressBar::clear()
{
    if (m_drawn)
        put(stderr, "\r\x1b[K");
    m_drawn = false;
}

void ProgressBar::plain(const std::string& what, const std::string& numbers, bool finished)
{
    constexpr auto interval = std::chrono::seconds(2);
    const auto now = std::chrono::steady_clock::now();
    const std::string text = what + numbers;
    if (text == m_last || (now < m_next && !finished))
        return;
    m_last = text;
    m_next = now + interval;
    put(stderr, text + "\n");
}

void ProgressBar::show(
    const std::string& what, std::int64_t done, std::int64_t total, const std::string& tail)
{
    constexpr int barWidth = 24;
    constexpr auto redraw = std::chrono::milliseconds(100);
    std::string numbers = total > 0 ? "  " + std::to_string(done) + "/" + std::to_string(total)
        : done > 0                  ? "  " + std::to_string(done)
                                    : "";
    if (!tail.empty())
        numbers += "  " + printable(tail);
    if (!m_terminal)
        return plain(printable(what), numbers, total > 0 && done == total);
    const auto now = std::chrono::steady_clock::now();
    if (now < m_next && done != total)
        return;
    m_next = now + redraw;
    std::string bar;
    if (total > 0) {
        const auto filled =
            static_cast<int>(barWidth * std::clamp<std::int64_t>(done, 0, total) / total);
        bar = "[" + std::string(static_cast<std::size_t>(filled), '#')
            + std::string(static_cast<std::size_t>(barWidth - filled), '.') + "]  ";
    }
    const int room = columnsOfTerminal(STDERR_FILENO, 80) - 1; // NOLINT: the usual terminal
    put(stderr, "\r\x1b[K" + clipped(bar + printable(what) + numbers, room));
    m_drawn = true;
}

} // namespace slook::cli
