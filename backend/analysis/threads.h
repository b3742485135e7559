#pragma once
#include <algorithm>
#include <cstddef>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace slook::analysis {

/// Calls part(first, last) for neighbouring ranges that make up 0 .. count - 1, each on a thread of
/// its own, and waits. What a row gives must not depend on its range. The first exception is thrown
/// again. @param least  rows that are worth a thread
inline void inRanges(std::size_t count, std::size_t least,
    const std::function<void(std::size_t first, std::size_t last)>& part)
{
    const auto most = std::max<std::size_t>(1, std::thread::hardware_concurrency());
    const auto parts = std::clamp<std::size_t>(count / std::max<std::size_t>(1, least), 1, most);
    if (parts == 1)
        return part(0, count);
    std::vector<std::exception_ptr> thrown(parts);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < parts; ++i)
            threads.emplace_back([&, i] {
                try {
                    part(count * i / parts, count * (i + 1) / parts);
                } catch (...) {
                    thrown[i] = std::current_exception();
                }
            });
    }
    for (const auto& one : thrown)
        if (one)
            std::rethrow_exception(one);
}

} // namespace slook::analysis
