#pragma once
#include "workbench/audit_agreement.h"
#include <string>

namespace slook::workbench {

/// The numbers of an audit in words, as they may stand in a paper's section on methods.
[[nodiscard]] std::string auditMethods(const AuditReport& report);

/// A whole report as one HTML document without scripts, links or outside files: the plan, agreement
/// with intervals, annotators, precision of the machine's labels, methods. Every foreign text in it
/// is escaped. It uses the part of HTML that Qt's rich text can print.
/// @param hideNames  annotators are numbered
[[nodiscard]] std::string auditHtml(const AuditReport& report, bool hideNames);

} // namespace slook::workbench
