#pragma once
#include "core/result.h"
#include "core/rows.h"
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace slook {

/// A picture on its way into a project. Its encoded bytes are kept in the project where the source
/// had bytes (`row.storedBytes`): they are in `bytes`, or `load` gives them when they are wanted,
/// so that a large import does not hold all of them in memory. Else the picture stays at
/// `row.path`.
struct NewImage {
    ImageRow row; ///< id is given by the store
    std::string bytes;
    std::function<Result<std::string>()> load;
};

/// A whole import, as an importer makes it and the store takes it. Items name their pictures by
/// position in `images`.
struct ImportBatch {
    SourceRow source; ///< id, time, items and problems are given by the store
    std::vector<NewImage> images;
    std::vector<Item> items; ///< Item::images is filled in by the store ...
    std::vector<std::vector<std::size_t>>
        itemImages; ///< ... from these positions in `images`, one list per item
    std::vector<ProblemRow> problems;
};

} // namespace slook
