#pragma once
#include "core/item.h"
#include "store/project.h"
#include "workbench/watch.h"
#include <filesystem>
#include <span>
#include <string>

namespace slook::workbench {

/// Where a run finds a picture: relative to its directory for pictures that the project keeps as
/// bytes, else the absolute path.
[[nodiscard]] std::string pathInRun(const ImageRow& image);

/// Writes the pictures that the project keeps as bytes into `directory`. They are written once to
/// NAME.slook.d/pictures, a cache that may be deleted, and linked from there; where a file system
/// has no links they are copied.
/// Errors: Io, Stopped, and those of the store.
[[nodiscard]] Result<void> materialisePictures(const store::Project& project,
    std::span<const ImageRow> images, const std::filesystem::path& directory, const Watch& watch);

} // namespace slook::workbench
