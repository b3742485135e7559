#pragma once
#include "runs/job.h"
#include <cstdint>
#include <string>
#include <vector>

namespace slook::methods {

struct SplitOptions {
    std::string split = "by-picture"; ///< by-picture, by-field, leaky
    double holdOut = 0.5; ///< below 1 a share of each source, from 1 on a number of its items
    int limit = 0; ///< use at most this many items; 0 is all
    std::uint64_t seed = 0;
    bool answersNeeded = true; ///< drop items whose answer is not known
};

/// Sets InputItem::set of all items and drops those that cannot take part.
/// What was dropped is said in `notes`, one sentence for each reason.
void splitItems(const SplitOptions& options, std::vector<runs::InputItem>& items,
    std::vector<std::string>& notes);

} // namespace slook::methods
