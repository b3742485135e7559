#pragma once
#include "core/rows.h"
#include "store/project.h"
#include "workbench/watch.h"
#include <filesystem>
#include <string>
#include <vector>

namespace slook::workbench {

struct ImportOptions {
    std::string format; ///< one of importFormats(); empty: found out from the file
    std::filesystem::path
        imageRoot; ///< where relative picture paths begin; empty: the file's folder
    std::string name; ///< of the source; empty: the file's name without its ending
    std::string origin; ///< recorded as the source's file; empty: the file's own path
    std::string split; ///< given to items whose file names none
    bool wholeRecordsOfCutFile = false; ///< of a file that was cut off: take what is whole
    std::uint64_t seed = 0; ///< order of the options that easy-VQA's answers become
};

struct ImportReport {
    SourceRow source; ///< as the project has it now: counts of items and problems
    std::vector<ProblemRow> problems; ///< rows that were not taken, with line and reason
    std::int64_t pictures = 0; ///< different pictures of this source
};

/// "vlmevalkit", "easy-vqa", "llava", "folder".
[[nodiscard]] std::vector<std::string> importFormats();

/// Reads a file or folder and adds it as one source, all or nothing. Rows that cannot be taken are
/// problems of the report, no error.
/// Errors: NotFound, Io; Invalid where the form is not known or no row can be taken; Conflict where
/// the project is read-only; Stopped, and then nothing was imported.
[[nodiscard]] Result<ImportReport> importInto(store::Project& project,
    const std::filesystem::path& source, const ImportOptions& options, const Watch& watch = {});

} // namespace slook::workbench
