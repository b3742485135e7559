#pragma once
#include "analysis/pca.h"
#include "core/rows.h"
#include "store/project.h"
#include <filesystem>
#include <string>
#include <vector>

namespace slook::workbench {

/// One feature that a run of the recipe "embed" has computed.
struct FeatureSet {
    RunRow run;
    std::string name; ///< "vision", "states:-1", ...
    std::filesystem::path file; ///< safetensors, see methods/feature_file.h
    std::string sha256; ///< as the worker told it
    std::size_t rows = 0; ///< those that were refused among them
    std::size_t columns = 0;
    std::string problem; ///< why it cannot be read; empty where it can
};
/// Of all runs, the newest run's first. What is in the files is not looked at, only their headers.
[[nodiscard]] Result<std::vector<FeatureSet>> featureSets(const store::Project& project);
/// The feature that is meant. @param run  name or number; empty: the newest that has it
/// @param name  empty: the run's only one, or "vision"
/// Errors: NotFound, naming what there is.
[[nodiscard]] Result<FeatureSet> featureSetNamed(
    const store::Project& project, const std::string& run, const std::string& name);

/// Rows with the questions that they are of.
struct Features {
    std::vector<ItemId> items;
    analysis::Matrix rows; ///< [items, columns]
    std::size_t refused = 0; ///< left out: the worker could not compute them
};
/// Errors: NotFound, Io; Invalid where the file is another than the worker wrote.
[[nodiscard]] Result<Features> readFeatures(const FeatureSet& set);

} // namespace slook::workbench
