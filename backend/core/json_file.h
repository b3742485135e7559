#pragma once
#include "core/json.h"
#include <cstdint>
#include <filesystem>

namespace slook {

/// Reads a JSON file of at most `limit` bytes. Errors: those of readFile() and parseJson().
[[nodiscard]] Result<Json> readJson(
    const std::filesystem::path& file, std::uint64_t limit = 64u << 20);

} // namespace slook
