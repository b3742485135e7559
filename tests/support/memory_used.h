#pragma once
#include <sys/resource.h>

namespace slook::test {

/// The most memory that this process ever had.
inline double peakMebibytes()
{
    rusage usage {};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) / 1024;
}

} // namespace slook::test
