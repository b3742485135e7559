#pragma once
#include <string>

/// Numbers as people read them.
namespace slook::cli {

[[nodiscard]] std::string fixed(double value, int digits); ///< "0.53"; "-" where it is no number
[[nodiscard]] std::string significant(double value); ///< "0.6931", "4.8e-05": four digits
[[nodiscard]] std::string percent(double share); ///< "53.1 %" for 0.531
[[nodiscard]] std::string duration(double seconds); ///< "42 s", "3 min 5 s", "2 h 7 min"
[[nodiscard]] std::string pValue(double p); ///< "0.38", "3e-04"

} // namespace slook::cli
