#pragma once
#include <chrono>
#include <cstdint>

namespace slook::store {

/// UTC milliseconds, for people; order in the project is by id.
inline std::int64_t nowMs()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace slook::store
