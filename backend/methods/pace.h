#pragma once
#include "runs/event.h"
#include <chrono>
#include <optional>

namespace slook::methods {

/// Turns counts into progress events, at most five a second, with rate and time left.
class Pace {
public:
    using Clock = std::chrono::steady_clock;

    Pace(int step, std::int64_t done, std::int64_t total, std::string unit, Clock::time_point now)
        : m_step(step)
        , m_start(now)
        , m_startedAt(done)
        , m_total(total)
        , m_unit(std::move(unit))
    {
    }

    /// The event that is due, if any. The last count is always due.
    [[nodiscard]] std::optional<runs::Progress> at(std::int64_t done, Clock::time_point now)
    {
        const bool last = done >= m_total;
        if (!last && m_told && now - *m_told < std::chrono::milliseconds(200))
            return std::nullopt;
        if (last && m_last == done)
            return std::nullopt;
        m_told = now;
        m_last = done;
        runs::Progress progress { m_step, done, m_total, m_unit, 0, -1 };
        const auto seconds = std::chrono::duration<double>(now - m_start).count();
        if (seconds > 0 && done > m_startedAt) {
            progress.perSecond = static_cast<double>(done - m_startedAt) / seconds;
            progress.secondsLeft = static_cast<double>(m_total - done) / progress.perSecond;
        }
        return progress;
    }

private:
    int m_step;
    Clock::time_point m_start;
    std::int64_t m_startedAt;
    std::int64_t m_total;
    std::string m_unit;
    std::optional<Clock::time_point> m_told;
    std::int64_t m_last = -1;
};

} // namespace slook::methods
