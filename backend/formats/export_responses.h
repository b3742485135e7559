#pragma once
#include "formats/export.h"

namespace slook::formats {

// Forms of exportResponses() in files of their own. Errors as of that.
[[nodiscard]] Result<ExportReport> exportPredictions(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options);
[[nodiscard]] Result<ExportReport> exportTraces(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options);
/// "llava-answers", "mmevalpro-answers"
[[nodiscard]] Result<ExportReport> exportAnswers(
    const ExportData& data, const std::filesystem::path& out, const ExportOptions& options);

} // namespace slook::formats
