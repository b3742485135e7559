#pragma once
#include "core/json.h"
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// What a program said and how it ended.
struct Outcome {
    int exit = -1; ///< exit status; 128 + signal where a signal ended it
    std::string out; ///< stdout
    std::string err; ///< stderr
    std::size_t peakBytes = 0; ///< of memory that was really used
    [[nodiscard]] slook::Json json() const; ///< of stdout; null where it is no single document
    [[nodiscard]] std::size_t errorLines() const;
};

/// secondlook-cli as a process of its own, with files for its outputs.
class Program {
public:
    /// @param folder  where the files go that hold its outputs
    Program(std::vector<std::string> arguments, const std::filesystem::path& folder);
    ~Program(); ///< kills it if it still runs
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    [[nodiscard]] int pid() const { return m_pid; }
    void signal(int number) const;
    [[nodiscard]] Outcome wait(); ///< for its end

private:
    std::filesystem::path m_out;
    std::filesystem::path m_err;
    int m_pid = -1;
};

/// Runs secondlook-cli to its end.
[[nodiscard]] Outcome cli(
    const std::vector<std::string>& arguments, const std::filesystem::path& folder);
