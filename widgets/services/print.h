#pragma once
#include "workbench/audit_agreement.h"
#include <filesystem>
#include <string>

namespace slook::gui {

/// Writes a page of our own making, whose foreign parts are escaped, as PDF where the file ends in
/// .pdf, else as HTML. Off the GUI thread. Errors: Io.
[[nodiscard]] Result<bool> writeReport(const std::string& html, const std::filesystem::path& file);

/// Writes the report of an audit, as PDF where the file ends in .pdf, else as HTML; annotators are
/// numbered. Off the GUI thread. Errors: Io.
[[nodiscard]] Result<bool> writeAuditReport(
    const workbench::AuditReport& report, const std::filesystem::path& file);

} // namespace slook::gui
