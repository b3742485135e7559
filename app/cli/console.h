#pragma once
#include "core/json.h"
#include "core/result.h"
#include <chrono>
#include <string>
#include <vector>

namespace slook::cli {

/// A table for people. Cells are made printable when the table is drawn, whatever they hold.
struct Table {
    struct Column {
        std::string title;
        bool number = false; ///< aligned to the right
        bool flexible = false; ///< gives way where the terminal is too narrow
    };
    std::vector<Column> columns;
    std::vector<std::vector<std::string>> rows;
};

/// Both outputs of the program. stdout carries the result: lines and tables for people, or, with
/// `json`, one JSON document and nothing else. Everything else goes to stderr.
class Console {
public:
    bool json = false;

    void line(const std::string& text) const; ///< a line of the result; nothing with `json`
    void text(const std::string& text) const; ///< as line(), but line breaks in it stay
    void table(const Table& table) const; ///< nothing with `json`
    void document(const Json& json) const; ///< the document; nothing without `json`
    void notice(const std::string& text) const; ///< a line on stderr
    /// The one sentence of a failure, and with `json` also {"error": {...}} as the document.
    void failure(const Error& error) const;

private:
    mutable bool m_documented = false; ///< one document and no second one
};

/// Progress on stderr: a bar that is drawn over itself on a terminal, else a plain line at most
/// every two seconds.
class ProgressBar {
public:
    ProgressBar();
    ~ProgressBar(); ///< removes the bar
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;

    /// @param tail shown behind the numbers: speed, time left, loss
    void show(const std::string& what, std::int64_t done, std::int64_t total,
        const std::string& tail = {});
    void clear(); ///< so that a line can be written where the bar was

private:
    void plain(const std::string& what, const std::string& numbers, bool finished);
    bool m_terminal;
    bool m_drawn = false;
    std::string m_last;
    std::chrono::steady_clock::time_point m_next {};
};

[[nodiscard]] int terminalColumns(); ///< of stdout; 120 where it is no terminal

} // namespace slook::cli
