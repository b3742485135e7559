#pragma once
#include <cstdint>
#include <string>

namespace slook {

/// Memory that this process may still take.
struct MemoryHave {
    std::uint64_t bytes = 0;
    std::string of; ///< who says so: "the machine", "the limit of this container"
};

/// What is free of the machine's memory, and of each limit that a container sets on this process:
/// the smallest counts. Files that the system holds in memory count as free.
[[nodiscard]] MemoryHave memoryLeft();

/// "1.5 GiB", "12 MiB": for people, rounded up.
[[nodiscard]] std::string memoryText(std::uint64_t bytes);

} // namespace slook
