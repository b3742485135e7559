#pragma once
#include "formats/parquet.h"

namespace slook::formats {

/// See writeParquet(); leaves half a file behind where it fails.
[[nodiscard]] Result<void> writeArrow(
    const std::filesystem::path& file, const NextParquetPair& next);

} // namespace slook::formats
