#pragma once
#include "formats/parquet.h"

namespace slook::formats {

/// See openParquet().
[[nodiscard]] Result<std::unique_ptr<ParquetTable>> openArrow(const std::filesystem::path& file);

} // namespace slook::formats
