#include "core/memory.h"
#include "core/file.h"
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string_view>
#include <unistd.h>

namespace slook {
namespace {

namespace fs = std::filesystem;

std::optional<std::uint64_t> numberIn(std::string_view text)
{
    std::uint64_t number = 0;
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos)
        return std::nullopt;
    const auto read = std::from_chars(text.data() + from, text.data() + text.size(), number);
    return read.ec == std::errc() ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> numberOf(const fs::path& file)
{
    const auto text = readFile(file, 4096);
    return text ? numberIn(*text) : std::nullopt;
}

/// The number behind `key` at the beginning of a line.
std::optional<std::uint64_t> lineOf(const fs::path& file, const std::string& key)
{
    const auto text = readFile(file, 1 << 16);
    if (!text)
        return std::nullopt;
    for (std::size_t at = 0; at < text->size();) {
        if (text->compare(at, key.size(), key) == 0)
            return numberIn(std::string_view(*text).substr(at + key.size()));
        const auto end = text->find('\n', at);
        if (end == std::string::npos)
            break;
        at = end + 1;
    }
    return std::nullopt;
}

/// What a control group leaves of its limit; nothing where it has none.
std::optional<std::uint64_t> leftIn(const fs::path& group, bool second)
{
    const auto limit = numberOf(group / (second ? "memory.max" : "memory.limit_in_bytes"));
    const auto used = numberOf(group / (second ? "memory.current" : "memory.usage_in_bytes"));
    if (!limit || !used || *limit > std::uint64_t { 1 } << 60)
        return std::nullopt;
    const auto files =
        lineOf(group / "memory.stat", second ? "inactive_file " : "total_inactive_file ");
    const auto kept = *used - std::min(*used, files.value_or(0));
    return *limit - std::min(*limit, kept);
}

/// The path behind the last colon of the line of /proc/self/cgroup that begins "N:`controller`:".
std::optional<std::string> groupOf(const std::string& groups, const std::string& controller)
{
    for (std::size_t at = 0; at < groups.size();) {
        const auto end = std::min(groups.find('\n', at), groups.size());
        const auto line = groups.substr(at, end - at);
        const auto first = line.find(':');
        const auto second = first == std::string::npos ? first : line.find(':', first + 1);
        if (second != std::string::npos && line.substr(first + 1, second - first - 1) == controller)
            return line.substr(second + 1);
        at = end + 1;
    }
    return std::nullopt;
}

} // namespace

MemoryHave memoryLeft()
{
    MemoryHave have { lineOf("/proc/meminfo", "MemAvailable:").value_or(0) * 1024, "the machine" };
    if (have.bytes == 0)
        have.bytes = static_cast<std::uint64_t>(::sysconf(_SC_AVPHYS_PAGES))
            * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const auto groups = readFile("/proc/self/cgroup", 1 << 16).value_or(std::string());
    const auto look = [&](const fs::path& root, const std::string& controller, bool second) {
        const auto path = groupOf(groups, controller);
        if (!path)
            return;
        // Inside a container the path may be that of the outside: then the root is our own group.
        for (auto group = root / fs::path(*path).relative_path();; group = group.parent_path()) {
            if (const auto left = leftIn(group, second); left && *left < have.bytes)
                have = { *left, "the limit of this container" };
            if (group == root || group.empty() || group == group.root_path())
                break;
        }
    };
    look("/sys/fs/cgroup", "", true);
    look("/sys/fs/cgroup/memory", "memory", false);
    return have;
}

std::string memoryText(std::uint64_t bytes)
{
    constexpr double mib = 1 << 20;
    const double size = static_cast<double>(bytes) / mib;
    if (size < 1024)
        return std::to_string(static_cast<std::int64_t>(std::ceil(size))) + " MiB";
    const auto tenths = static_cast<std::int64_t>(std::ceil(size / 102.4));
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

} // namespace slook
