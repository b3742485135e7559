#pragma once
#include "workbench/audit_agreement.h"
#include <filesystem>

namespace slook::gui {

/// Writes the report of an audit, as PDF where the file ends in .pdf, else as HTML; annotators are
/// numbered. Off the GUI thread. Errors: Io.
[[nodiscard]] Result<bool> writeAuditReport(
    const workbench::AuditReport& report, const std::filesystem::path& file);

} // namespace slook::gui
