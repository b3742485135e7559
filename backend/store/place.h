#pragma once
#include "core/result.h"
#include <cstdint>
#include <filesystem>

namespace slook::store {

/// Which file on which disk, so that a file moved or replaced while it is open is noticed.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const FileIdentity&) const = default;
};

/// Where a project lies.
struct Place {
    std::filesystem::path file; ///< without links and ..
    FileIdentity identity; ///< zero for a file that is still to be made
    std::uint64_t bytes = 0;
    bool passing = false; ///< on a file system in memory
};

/// Errors: NotFound; Invalid (no regular file, another hard link, empty, network file system).
[[nodiscard]] Result<Place> existingPlace(const std::filesystem::path& file);
/// Errors: Conflict (exists), NotFound (no folder), Invalid (network file system).
[[nodiscard]] Result<Place> newPlace(const std::filesystem::path& file);
[[nodiscard]] Result<void> syncFile(const std::filesystem::path& file);
/// Gives a finished file its name, never in place of another one. Errors: Conflict, Io.
[[nodiscard]] Result<void> publish(
    const std::filesystem::path& temporary, const std::filesystem::path& file);

/// Errors: Io where the file is no longer there or is another one.
[[nodiscard]] Result<void> stillInPlace(const Place& place);

} // namespace slook::store
