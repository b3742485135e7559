#pragma once
#include <cstdint>
#include <functional>
#include <string>

namespace slook::workbench {

/// How far something long has come.
struct Progress {
    std::string what; ///< "Reading questions.tsv"
    std::int64_t done = 0;
    std::int64_t total = 0; ///< 0: not known
};

/// How a caller follows and stops something long. Both are called on the thread that does the work;
/// either may be empty.
struct Watch {
    std::function<void(const Progress&)> report;
    std::function<bool()> stopRequested;

    [[nodiscard]] bool stopped() const { return stopRequested && stopRequested(); }
    void tell(std::string what, std::int64_t done, std::int64_t total) const
    {
        if (report)
            report({ std::move(what), done, total });
    }
};

} // namespace slook::workbench
