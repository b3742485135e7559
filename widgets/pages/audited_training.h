#pragma once
#include "services/workspace.h"

namespace slook::gui {

/// Asks on which audited pairs to train and starts the run; says so where there are none.
void trainOnAuditedPairs(Workspace& workspace, QWidget* parent);

} // namespace slook::gui
