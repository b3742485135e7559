#pragma once
#include "analysis/tsne.h"
#include "core/json.h"
#include "core/layout.h"
#include "workbench/features.h"
#include <functional>
#include <string>
#include <vector>

namespace slook::workbench {

/// How features are laid out.
struct LayoutOptions {
    std::string method = "tsne"; ///< "pca", "tsne"
    analysis::TsneOptions tsne;
    int reduce = 0; ///< principal components that t-SNE starts from; 0: the features themselves
    int most = 0; ///< at most so many points, drawn by the seed; 0: all
};
[[nodiscard]] Json toJson(const LayoutOptions& options);
/// Members that are missing keep their defaults.
[[nodiscard]] LayoutOptions layoutOptionsFromJson(const Json& json);

/// What a layout is computed from, without the project: any thread may take it.
struct LayoutInput {
    std::string feature;
    LayoutOptions options;
    std::vector<LayoutPoint> points; ///< ids alone
    analysis::Matrix rows; ///< [points, columns]
    LayoutId startId; ///< 0: none
    analysis::Matrix start; ///< [points, 2] or empty
    std::vector<std::string> notes; ///< what was left out, one sentence each
};

/// Reads one feature of one or several runs. A point of an earlier layout starts where it was, by
/// run and question, else by question alone, so that maps of checkpoints can be compared; one that
/// is new starts at its nearest row's place.
/// @param start  the earlier layout; 0: none
/// Errors: those of readFeatures(); Invalid (features of different widths, less than half of the
/// points in the earlier layout).
[[nodiscard]] Result<LayoutInput> layoutInput(const store::Project& project,
    const std::vector<FeatureSet>& sets, const LayoutOptions& options, LayoutId start = {});

/// How far a layout has come; false stops it, and what there is is the result.
using LayoutWatch = std::function<bool(const analysis::TsneState& state)>;
/// Computes a layout and how good it is. Errors: Invalid (options out of range), Stopped.
[[nodiscard]] Result<LayoutRow> computeLayout(
    const LayoutInput& input, const LayoutWatch& watch = {});

/// All settings and figures of a layout in one line: "t-SNE of vision, 412 of 500 points, ...".
[[nodiscard]] std::string layoutText(const LayoutRow& row);

} // namespace slook::workbench
