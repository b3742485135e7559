#pragma once
#include "core/rows.h"
#include "store/project.h"
#include "workbench/filter.h"
#include "workbench/watch.h"
#include <filesystem>
#include <string>
#include <vector>

namespace slook::workbench {

struct ExportOptions {
    std::string format; ///< see pairFormats(), itemFormats(), responseFormats()
    std::filesystem::path out;
    std::string preference = "correctness"; ///< which pairs of the run
    std::string stage; ///< which responses; empty: all
    Filter filter;
    bool withSeed = false; ///< triplets: the labelled seed too
    bool copyPictures = true; ///< write pictures beside the file, also those that lie elsewhere
};

struct ExportReport {
    std::int64_t rows = 0;
    std::int64_t pictures = 0; ///< written beside the file
    std::vector<std::filesystem::path> files; ///< besides pictures
    std::vector<std::string> notCarried; ///< what the form has no place for, one sentence each
};

// See the functions of the same names in formats/export.h.
[[nodiscard]] std::vector<std::string> pairFormats();
[[nodiscard]] std::vector<std::string> itemFormats();
[[nodiscard]] std::vector<std::string> responseFormats();
[[nodiscard]] std::vector<std::string> tripletFormats(); ///< "llava"

/// Write a run's pairs, questions or responses for another program. Files appear complete or not at
/// all.
/// Errors: Invalid (unknown form, nothing to write), Io, Stopped.
[[nodiscard]] Result<ExportReport> exportPairs(const store::Project& project, const RunRow& run,
    const ExportOptions& options, const Watch& watch = {});
[[nodiscard]] Result<ExportReport> exportItems(
    const store::Project& project, const ExportOptions& options, const Watch& watch = {});
[[nodiscard]] Result<ExportReport> exportResponses(const store::Project& project, const RunRow& run,
    const ExportOptions& options, const Watch& watch = {});

/// The triplets that a run kept, asked and answered as its model learned them.
[[nodiscard]] Result<ExportReport> exportTriplets(const store::Project& project, const RunRow& run,
    const ExportOptions& options, const Watch& watch = {});

} // namespace slook::workbench
