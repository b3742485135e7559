#pragma once
#include "core/audit.h"
#include "services/workspace.h"

/// Two files, no server: an audit goes to somebody as a small project and comes back.
namespace slook::gui {

/// Asks for a file and writes an annotator's part of a batch, or where nobody is named all of it
/// with what was judged and settled, for an adjudicator.
void sendAuditFile(Workspace& workspace, QWidget* parent, const AuditBatchRow& batch,
    const std::string& annotator = {});

/// Asks for a file that came back, shows what it would add, and merges it.
void mergeAuditFile(Workspace& workspace, QWidget* parent);

} // namespace slook::gui
