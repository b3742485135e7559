#include "words.h"
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

namespace slook::cli {
namespace {

std::string formatted(const char* form, int digits, double value)
{
    std::array<char, 64> buffer {};
    std::snprintf(buffer.data(), buffer.size(), form, digits, value);
    return buffer.data();
}

} // namespace

std::string fixed(double value, int digits)
{
    return std::isfinite(value) ? formatted("%.*f", digits, value) : "-";
}

std::string significant(double value)
{
    return std::isfinite(value) ? formatted("%.*g", 4, value) : "-";
}

std::string percent(double share)
{
    constexpr double hundred = 100;
    return std::isfinite(share) ? fixed(share * hundred, 1) + " %" : "-";
}

std::string duration(double seconds)
{
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    if (whole < 60)
        return std::to_string(whole) + " s";
    if (whole < 3600)
        return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + std::to_string(whole / 60 % 60) + " min";
}

std::string pValue(double p)
{
    constexpr double small = 0.001;
    if (!std::isfinite(p))
        return "-";
    return p < small ? formatted("%.*e", 0, p) : formatted("%.*f", 3, p);
}

} // namespace slook::cli
