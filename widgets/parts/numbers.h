#pragma once
#include <QString>
#include <cstdint>

/// Numbers as people read them.
namespace slook::gui {

[[nodiscard]] QString number(double value, int digits = 4); ///< shortest form; "–" for no number
[[nodiscard]] QString percent(double share, int digits = 1); ///< "53.1 %"
[[nodiscard]] QString interval(double low, double high); ///< "[41.9, 50.6]" in percent
[[nodiscard]] QString pValue(double p); ///< "0.38", "3e-04"
[[nodiscard]] QString duration(double seconds); ///< "42 s", "3 min 5 s", "2 h 7 min"
[[nodiscard]] QString timeOf(std::int64_t utcMilliseconds); ///< local time; empty for 0
[[nodiscard]] QString shortHash(const std::string& hash); ///< "9f3c…c3e1"
[[nodiscard]] QString points(double difference); ///< "+2.2 points" for 0.022
[[nodiscard]] QString signedNumber(double value); ///< "+0.31", "−1.20"; small ones "+0.013"

} // namespace slook::gui
