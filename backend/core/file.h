#pragma once
#include "core/result.h"
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace slook {

/// The whole of a regular file. Never blocks on a pipe or a device.
/// Errors: NotFound; Invalid (no regular file, or more than `limit` bytes); Io.
[[nodiscard]] Result<std::string> readFile(
    const std::filesystem::path& file, std::uint64_t limit = 1u << 30);

/// Writes beside `file` under a temporary name, syncs, renames, syncs the folder: the old file or
/// the new one, never half. Errors: Io, with the system's reason (no space, no permission).
[[nodiscard]] Result<void> writeFileAtomically(
    const std::filesystem::path& file, std::string_view bytes);

/// Syncs a folder, so that a rename in it survives a power loss.
[[nodiscard]] Result<void> syncFolder(const std::filesystem::path& folder);

/// True where `bytes` are valid UTF-8 without NUL.
[[nodiscard]] bool isCleanUtf8(std::string_view bytes);

} // namespace slook
