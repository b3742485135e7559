#pragma once
#include "core/ids.h"
#include <cstdint>
#include <string>
#include <vector>

namespace slook {

using LayoutId = RowId<struct LayoutTag>;

/// A question's place on a map; its ids stay with it whatever is sorted or left out.
struct LayoutPoint {
    RunId run; ///< whose feature it is
    ItemId item;
    double x = 0, y = 0;
};

/// Features of questions laid out in the plane, with all that made it and how good it is.
struct LayoutRow {
    LayoutId id;
    std::string feature; ///< "vision", "states:-1", ...
    std::string method; ///< "pca", "tsne"
    std::string options; ///< JSON object: every setting
    LayoutId start; ///< the layout that it went on from; none: 0
    std::int64_t time = 0; ///< UTC milliseconds
    double seconds = 0;
    int iterations = 0; ///< as done
    double divergence = 0; ///< KL in nats; NaN where the method has none
    double trustworthiness = 0; ///< NaN where there are too few points
    double neighboursKept = 0; ///< share; NaN where there are too few points
    int neighbours = 0; ///< that both were asked about
    std::int64_t judged = 0; ///< points that both were asked of
    std::int64_t size = 0; ///< points
    std::vector<LayoutPoint> points; ///< empty in lists of layouts
};

} // namespace slook
