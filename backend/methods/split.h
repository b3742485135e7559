#pragma once
#include "methods/scl_options.h"
#include "runs/job.h"
#include <string>
#include <vector>

namespace slook::methods {

/// Sets InputItem::set of all items by the options' split and drops those that cannot take part.
/// What was dropped is said in `notes`, one sentence for each reason.
void splitItems(const SclOptions& options, std::vector<runs::InputItem>& items,
    std::vector<std::string>& notes);

} // namespace slook::methods
