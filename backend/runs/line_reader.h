#pragma once
#include "core/result.h"
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

namespace slook::runs {

/// Calls `onLine(line, offset of its first byte)` for every complete line of `file` from byte
/// `offset` on, without the newline; stops early where it returns false. A file that is not there
/// has no lines. Holds one line in memory at a time.
/// @return the offset behind the last line given
/// Errors: Io; Invalid for a line beyond 64 MiB.
[[nodiscard]] Result<std::int64_t> forEachLine(const std::filesystem::path& file,
    std::int64_t offset, const std::function<bool(std::string_view, std::int64_t)>& onLine);

} // namespace slook::runs
